//! S2, S12, S16: L1 messages in the blocks of a node.

use crate::support::{RECIPIENT, hashes, queue_indices, transfers};
use alloy_primitives::U256;
use rollup_devnet::{Setup, Slot, TestNode, Wallet};
use rollup_primitives::TxL1Message;
use rollup_sequencer::{L1InclusionMode, SkipReason};
use serde_json::json;

fn message() -> TxL1Message {
    TxL1Message {
        to: RECIPIENT,
        gas_limit: 50_000,
        value: U256::ZERO,
        sender: Wallet::funded(3).unwrap().address(),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s2_a_message_makes_the_block_after_that_of_a_transaction() {
    let setup = Setup::sequencer()
        .with_genesis(|genesis| genesis.base_fee_per_gas = Some(1_000_000_000))
        .with_sequencer(|config| config.l1_inclusion_mode = L1InclusionMode::Finalized(0));
    let mut node = TestNode::start(setup).await.unwrap();
    transfers(&mut node, &mut Wallet::funded(0).unwrap(), 1).await;
    assert_eq!(node.stored(1).unwrap().block.base_fee_per_gas, Some(876_960_000));
    let l1_block = node.l1().unwrap().enqueue([message()]).await.unwrap();
    assert!(matches!(node.build().await.unwrap(), Slot::Empty), "it is not final");
    node.l1().unwrap().finalize(l1_block).await.unwrap();
    let block = node.block().await.unwrap();
    assert_eq!(queue_indices(&block.block), [0]);
    assert_eq!(hashes(&block.block).len(), 1);
    let stored = node.handle.engine.view().unwrap().l1_message(0).unwrap().unwrap();
    assert_eq!(stored.l2_block_number, Some(2));

    let rpc = node.rpc().unwrap();
    let told = rpc.call("rollupNode_getL1MessageByIndex", json!([0])).await.unwrap();
    assert_eq!(told["l2_block_number"], json!(2), "{told}");
    let receipt = rpc.receipts(&hashes(&block.block)).await.unwrap().remove(0);
    assert_eq!((&receipt["type"], &receipt["l1Fee"]), (&json!("0x7e"), &json!("0x0")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s12_a_message_that_a_batch_passed_over_is_never_offered() {
    let mut node = TestNode::start(Setup::sequencer()).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    transfers(&mut node, &mut wallet, 1).await;
    node.l1().unwrap().enqueue([message(), message()]).await.unwrap();
    node.l1().unwrap().consolidate(node.head(), vec![0, 1]).await.unwrap();
    transfers(&mut node, &mut wallet, 2).await;
    assert!(matches!(node.build().await.unwrap(), Slot::Empty));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s16_a_message_that_l1_took_back_is_in_no_block() {
    let mut node = TestNode::start(Setup::sequencer()).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    node.l1().unwrap().enqueue([message()]).await.unwrap();
    node.block().await.unwrap();
    let l1_block = node.l1().unwrap().enqueue([message()]).await.unwrap();
    node.begin().await.unwrap();
    node.l1().unwrap().reorg(l1_block - 1).await.unwrap();
    let slot = node.seal().await.unwrap();
    assert!(matches!(slot, Slot::Skipped(SkipReason::L1Reorg)), "{slot:?}");
    assert_eq!(node.head().number, 1);
    assert_eq!(node.handle.storage.signed_height().unwrap().number, 1, "it was not even promised");
    // L1 brings another message in its place.
    transfers(&mut node, &mut wallet, 1).await;
    let other = TxL1Message { gas_limit: 60_000, ..message() };
    node.l1().unwrap().enqueue([other.clone()]).await.unwrap();
    let block = node.block().await.unwrap();
    assert_eq!(queue_indices(&block.block), [1]);
    let expected = TxL1Message { queue_index: 1, ..other };
    assert_eq!(hashes(&block.block), [expected.tx_hash()]);
}
