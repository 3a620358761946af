//! Batches.

use crate::l1;
use alloy_primitives::{B256, U256};
use alloy_sol_types::SolEvent as _;
use rollup_l1_devnet::{CONTRACTS, L1Batch, L1Chain, L1Message, abi::ScrollChain, blob};
use serde_json::{Value, json};

/// Last committed and last finalized batch.
async fn batches(l1: &L1Chain) -> (u64, u64) {
    let data = l1.rpc().view(CONTRACTS.scroll_chain, &ScrollChain::miscDataCall {}).await.unwrap();
    (data.lastCommittedBatchIndex, data.lastFinalizedBatchIndex)
}

/// Second and third topic of the events of a kind.
async fn events(l1: &L1Chain, topic: B256) -> Vec<[Value; 2]> {
    let address = CONTRACTS.scroll_chain;
    let filter = json!([{ "address": address, "topics": [topic], "fromBlock": "0x2" }]);
    let logs = l1.rpc().call("eth_getLogs", filter).await.unwrap();
    let topics = |log: &Value| [log["topics"][1].clone(), log["topics"][2].clone()];
    logs.as_array().unwrap().iter().map(topics).collect()
}

fn word(number: u64) -> Value {
    json!(B256::from(U256::from(number)))
}

#[tokio::test]
async fn batches_are_committed_finalized_and_reverted() {
    let l1 = l1().await;
    l1.send_message(&L1Message::default()).await.unwrap();
    l1.mine(1).await.unwrap();

    let first = l1.commit_batch(&L1Batch::genesis(), 8, blob(b"first")).await.unwrap();
    // The transactions of one block may build on each other.
    let blobs = vec![*blob(b"second"), *blob(b"third")];
    let more = l1.commit_batches(&first, 8, blobs).await.unwrap();
    l1.mine(1).await.unwrap();
    assert_eq!(batches(&l1).await, (3, 0));
    let expected: Vec<_> =
        [&first, &more[0], &more[1]].map(|batch| [word(batch.index), json!(batch.hash())]).into();
    assert_eq!(events(&l1, ScrollChain::CommitBatch::SIGNATURE_HASH).await, expected);

    l1.finalize_batch(&first, 1, B256::repeat_byte(5)).await.unwrap();
    l1.mine(1).await.unwrap();
    assert_eq!(batches(&l1).await, (3, 1));
    let finalized = events(&l1, ScrollChain::FinalizeBatch::SIGNATURE_HASH).await;
    assert_eq!(finalized, [[word(1), json!(first.hash())]]);

    l1.revert_batches_after(&first).await.unwrap();
    l1.mine(1).await.unwrap();
    assert_eq!(batches(&l1).await, (1, 1));
    let reverted = events(&l1, ScrollChain::RevertBatch::SIGNATURE_HASH).await;
    assert_eq!(reverted, [[word(2), word(3)]]);

    let again = l1.commit_batch(&first, 9, blob(b"again")).await.unwrap();
    l1.mine(1).await.unwrap();
    assert_eq!((again.index, batches(&l1).await), (2, (2, 1)));
}

#[tokio::test]
async fn a_batch_is_committed_after_the_last_one_only() {
    let l1 = l1().await;
    let first = l1.commit_batch(&L1Batch::genesis(), 8, blob(b"first")).await.unwrap();
    l1.mine(1).await.unwrap();
    l1.commit_batch(&L1Batch::genesis(), 8, blob(b"other")).await.unwrap();
    assert!(l1.mine(1).await.is_err());
    // More messages than there are.
    l1.finalize_batch(&first, 1, B256::repeat_byte(5)).await.unwrap();
    assert!(l1.mine(1).await.is_err());
    assert_eq!(batches(&l1).await, (1, 0));
}

#[tokio::test]
async fn the_blob_of_a_batch_can_be_read_again() {
    let l1 = l1().await;
    let content: Vec<u8> = (0..100_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let sent = blob(&content);
    let batch = l1.commit_batch(&L1Batch::genesis(), 8, sent.clone()).await.unwrap();
    l1.mine(1).await.unwrap();
    let hash = batch.blob_hash.unwrap();
    let found = l1.rpc().call("anvil_getBlobByHash", json!([hash])).await.unwrap();
    assert_eq!(found, json!(sent));
    let element = &sent[32..64];
    assert_eq!((element[0], &element[1..]), (0, &content[31..62]));
}
