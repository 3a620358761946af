//! Why a transaction is not in a block, and why a slot has none.

use crate::support::{RECIPIENT, transfers};
use rollup_devnet::{Call, Setup, Slot, TestNode, UNIX_TIME, Wallet};
use rollup_primitives::TxL1Message;
use rollup_sequencer::{L1InclusionMode, SequencerConfig};
use serde_json::{Value, json};

async fn explain(node: &TestNode, key: Value) -> Value {
    node.rpc().unwrap().call("rollupNode_explainSlot", json!([key])).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_is_explained_by_number_and_by_time() {
    let mode = L1InclusionMode::Depth(1_000);
    let setup = Setup::sequencer().with_sequencer(|config| {
        *config = SequencerConfig { l1_inclusion_mode: mode, ..config.clone() }
    });
    let mut node = TestNode::start(setup).await.unwrap();
    node.l1()
        .unwrap()
        .enqueue([TxL1Message { to: RECIPIENT, ..Default::default() }])
        .await
        .unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    let transaction = wallet.next(Call::transfer(RECIPIENT, 1)).unwrap();
    node.submit(transaction).await.unwrap();
    node.enable().await.unwrap();
    let Slot::Block(block) = node.slot().await.unwrap() else { panic!() };
    assert!(matches!(node.slot().await.unwrap(), Slot::Empty));

    let start = u64::try_from(UNIX_TIME.as_millis()).unwrap();
    let made = explain(&node, json!({ "time": start + 100 })).await;
    assert_eq!(made["answer"], "block");
    assert_eq!(made["text"], format!("the slot made block 1 ({})", block.id().hash));
    let slot = &made["slots"][0];
    assert_eq!(
        (&slot["began_at_ms"], &slot["ended_at_ms"], &slot["outcome"]),
        (&json!(start), &json!(start + 800), &json!("block"))
    );
    assert_eq!(slot["block"]["hash"], json!(block.id().hash));
    assert_eq!(
        (&slot["block"]["transactions"], &slot["block"]["stopped_by"]),
        (&json!(1), &json!("time"))
    );
    assert_eq!(slot["signing_attempts"], 1);
    assert!(slot["phases_us"].as_object().unwrap().values().all(Value::is_u64), "{slot}");
    assert_eq!(
        (&slot["l1"]["mode"], &slot["l1"]["next_queue_index"]),
        (&json!("depth:1000"), &json!(0))
    );
    assert_eq!(slot["l1"]["next_reason"], "not_deep_enough");
    assert_eq!(explain(&node, json!(1)).await["slots"], made["slots"]);

    let empty = explain(&node, json!({ "time": start + 1_100 })).await;
    assert_eq!(empty["answer"], "skipped");
    assert_eq!(empty["text"], "the slot has no block because there was nothing to put into it");
    assert_eq!(empty["slots"][0]["skip_reason"], "empty");
    // The slot that was to make block 2 is the one that made none.
    assert_eq!(explain(&node, json!("0x2")).await["slots"], empty["slots"]);
    let last = node.rpc().unwrap().call("rollupNode_explainSlot", json!([])).await.unwrap();
    assert_eq!(last["slots"], empty["slots"]);

    assert_eq!(explain(&node, json!(3)).await["answer"], "future");
    assert_eq!(explain(&node, json!({ "time": start + 60_000 })).await["answer"], "future");
    assert_eq!(explain(&node, json!({ "time": start - 1 })).await["answer"], "no_slot");
    assert_eq!(
        explain(&node, json!(0)).await["answer"],
        "forgotten",
        "the genesis block has no slot"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_of_a_block_that_left_the_chain_says_where_it_was() {
    let mut node = TestNode::start(Setup::sequencer()).await.unwrap();
    let mut other = TestNode::start(Setup::sequencer()).await.unwrap();
    let hash = transfers(&mut node, &mut Wallet::funded(0).unwrap(), 1).await[0];
    let left = node.head();
    transfers(&mut other, &mut Wallet::funded(1).unwrap(), 2).await;
    for block in other.chain(1..=2).unwrap() {
        node.import_beside(&block).await.unwrap();
    }
    node.lead_to(other.head()).await.unwrap();
    node.pool_follows().await.unwrap();
    let rpc = node.rpc().unwrap();
    let status = rpc.call("rollupNode_txStatus", json!([hash])).await.unwrap();
    assert_eq!((&status["status"], &status["nonce"]), (&json!("pending"), &json!(0)));
    let from = &status["reorged_from"];
    assert_eq!((&from["number"], &from["hash"]), (&json!(1), &json!(left.hash)));

    let block = node.block().await.unwrap();
    let status = rpc.call("rollupNode_txStatus", json!([hash])).await.unwrap();
    assert_eq!((&status["status"], &status["confirmations"]), (&json!("included"), &json!(1)));
    assert_eq!(status["block"]["hash"], json!(block.id().hash));
    assert_eq!(status["reorged_from"]["number"], 1, "it is remembered");
}
