//! N20, N23: blocks are made when the operator says so.

use crate::support::{RECIPIENT, block_of, transfers};
use rollup_devnet::{Call, Setup, Slot, TestNode, Wallet};
use rollup_sequencer::SequencerState;
use serde_json::json;
use std::time::Duration;

/// With the operator's methods on the port of the others.
fn operated() -> Setup {
    Setup::sequencer()
        .with_config(|config| config.rpc.rollup_node_admin = true)
        .with_sequencer(|config| config.allow_empty_blocks = true)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n20_slots_begin_and_end_by_rpc() {
    let mut node = TestNode::start(operated()).await.unwrap();
    let rpc = node.rpc().unwrap();
    let call = async |method: &str| {
        rpc.call(&format!("rollupNodeAdmin_{method}"), json!([])).await.unwrap()
    };
    let clock = node.clock().unwrap().clone();
    clock.advance(Duration::from_secs(5));
    assert_eq!(rpc.call("eth_blockNumber", json!([])).await.unwrap(), json!("0x0"));
    let status = rpc.call("rollupNode_sequencerStatus", json!([])).await.unwrap();
    assert_eq!((&status["state"], &status["enabled"]), (&json!("disabled"), &json!(false)));

    for _ in 0..2 {
        assert_eq!(call("enableAutomaticSequencing").await, json!(true));
    }
    node.slots_begin_now().unwrap();
    for number in 1..=3 {
        assert_eq!(block_of(node.slot().await.unwrap()).block.number, number);
    }
    for _ in 0..2 {
        assert_eq!(call("disableAutomaticSequencing").await, json!(true));
    }
    clock.advance(Duration::from_secs(2));
    // Whatever the time would have begun is begun by now: a command comes after it.
    node.state(|state| state == SequencerState::Disabled).await.unwrap();
    assert_eq!(call("disableAutomaticSequencing").await, json!(true));
    assert_eq!(rpc.call("eth_blockNumber", json!([])).await.unwrap(), json!("0x3"));
    assert_eq!(node.announced.blocks().len(), 3);

    let wrong =
        rpc.call("rollupNodeAdmin_startSequencer", json!([node.stored(1).unwrap().id().hash]));
    assert!(wrong.await.unwrap_err().to_string().contains("the head is"));
    let stopped = call("stopSequencer").await;
    assert_eq!(stopped["hash"], json!(node.head().hash));
    assert!(matches!(node.build().await.unwrap(), Slot::Block(_)), "an order needs no slots");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n23_ten_builds_are_ten_blocks_in_order() {
    let mut node = TestNode::start(Setup::sequencer()).await.unwrap();
    let hashes = transfers(&mut node, &mut Wallet::funded(0).unwrap(), 10).await;
    let chain = node.chain(0..=10).unwrap();
    for (number, pair) in (1..).zip(chain.windows(2)) {
        assert_eq!(
            (pair[1].block.number, pair[1].block.parent_hash),
            (number, pair[0].block.hash())
        );
    }
    let ids: Vec<_> = chain[1..].iter().map(rollup_devnet::StoredBlock::id).collect();
    assert_eq!(node.announced.blocks(), ids);
    let receipts = node.rpc().unwrap().receipts(&hashes).await.unwrap();
    for (block, receipt) in ids.iter().zip(receipts) {
        assert_eq!(
            (&receipt["status"], &receipt["blockHash"]),
            (&json!("0x1"), &json!(block.hash))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s1_nothing_to_include_is_no_block() {
    let mut node = TestNode::start(Setup::sequencer()).await.unwrap();
    let genesis = node.head();
    assert!(matches!(node.build().await.unwrap(), Slot::Empty));
    assert_eq!(node.head(), genesis);
    assert_eq!(node.announced.blocks(), []);
    // A transaction that nothing can come of now is nothing.
    let mut wallet = Wallet::funded(0).unwrap();
    wallet.nonce = 1;
    node.submit(wallet.next(Call::transfer(RECIPIENT, 1)).unwrap()).await.unwrap();
    assert!(matches!(node.build().await.unwrap(), Slot::Empty));
}
