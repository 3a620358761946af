//! The L1 rows of the recovery table: what a node does with an L1 that is not as it left it.

use super::support::{
    World, asks_l1, caught_up, enqueue, fresh, included, l1_of, l1_reorgs, l1_status, message,
    messages, records, sequenced_up_to, sequencer, start_listening, told_until, young,
};
use rollup_devnet::{TestNode, soon};
use rollup_l1_devnet::{Fault, FaultProxy, L1Call, L1Chain};
use rollup_sequencer::{L1InclusionMode, SequencerState};
use serde_json::json;
use std::time::Duration;

const ALL: L1InclusionMode = L1InclusionMode::Depth(0);

/// A sequencer with messages 0, 1 and 2 in L1 blocks with one between them, and in L2 blocks 1, 2
/// and 3. The L1 blocks of the messages.
async fn sequenced() -> (World, [u64; 3]) {
    let mut world = World::start(young(), |urls| sequencer(ALL, urls)).await;
    let mut l1_blocks = [0; 3];
    for (index, l1_block) in (0..).zip(&mut l1_blocks) {
        *l1_block = world.enqueue(&[message(index)]).await.number;
        assert_eq!(included(&mut world.node).await, [u64::from(index)]);
        world.mine(1).await;
    }
    (world, l1_blocks)
}

/// L1 replaces its blocks from this one on by as many, of which the first has a message.
async fn replace_from(l1: &L1Chain, first: u64, number: u8) {
    let depth = l1.latest().await.unwrap().number + 1 - first;
    l1.reorg(depth, vec![(0, L1Call::message(&message(number)))]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goes_on_from_the_newest_stored_l1_block_if_it_is_still_there() {
    let (World { l1, proxy, node }, l1_blocks) = sequenced().await;
    let head = node.head();
    let halted = node.halt().await.unwrap();
    replace_from(&l1, l1_blocks[2] + 1, 9).await;
    let (mut node, told) = start_listening(halted, &l1, &proxy).await;
    assert_eq!(l1_reorgs(&told), [0; 0], "{told:?}");
    assert_eq!(node.head(), head);
    assert_eq!(records(&node.handle.storage, &[]), fresh(&l1, &[]).await);
    assert_eq!(included(&mut node).await, [3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goes_back_to_an_older_stored_l1_block_with_a_reorg() {
    let (World { l1, proxy, node }, l1_blocks) = sequenced().await;
    let block_1 = node.stored(1).unwrap();
    let halted = node.halt().await.unwrap();
    replace_from(&l1, l1_blocks[1], 9).await;
    let (mut node, told) = start_listening(halted, &l1, &proxy).await;
    assert_eq!(l1_reorgs(&told), [l1_blocks[0]], "{told:?}");
    assert_eq!(node.head(), block_1.id(), "blocks 2 and 3 have messages that are gone");
    assert_eq!(records(&node.handle.storage, &[]), fresh(&l1, &[]).await);
    assert_eq!(included(&mut node).await, [1]);
    assert_eq!(node.stored(2).unwrap().block.parent_hash, block_1.id().hash);
    assert_eq!(node.check().unwrap().findings, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goes_back_to_the_final_l1_block_if_no_stored_one_is_there() {
    let (World { l1, proxy, node }, l1_blocks) = sequenced().await;
    let genesis = node.stored(0).unwrap().id();
    let halted = node.halt().await.unwrap();
    replace_from(&l1, l1_blocks[0], 9).await;
    let (mut node, told) = start_listening(halted, &l1, &proxy).await;
    assert_eq!(l1_reorgs(&told).len(), 1, "{told:?}");
    assert!(l1_reorgs(&told)[0] < l1_blocks[0]);
    assert_eq!(node.head(), genesis);
    assert_eq!(records(&node.handle.storage, &[]), fresh(&l1, &[]).await);
    assert_eq!(included(&mut node).await, [0]);
    assert_eq!(node.check().unwrap().findings, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l14_waits_for_an_l1_that_is_behind_what_is_stored() {
    let (World { l1, proxy, node }, l1_blocks) = sequenced().await;
    let (head, stored) = (node.head(), records(&node.handle.storage, &[]));
    let halted = node.halt().await.unwrap();
    // It has the first message, and neither the second nor what came after.
    let behind = l1.latest().await.unwrap().number - l1_blocks[0];
    proxy.set(Fault::Lag(behind)).unwrap();
    let node = halted.start().await.unwrap();
    let mut events = node.handle.events.subscribe();
    let status = json!({
        "status": "Syncing",
        "latest": stored.progress.latest,
        "finalized": stored.progress.finalized,
        "processed": stored.progress.processed,
    });
    asks_l1(&node, 5, &status).await;
    assert_eq!((node.head(), records(&node.handle.storage, &[])), (head, stored));

    enqueue(&l1, &[message(3)]).await;
    proxy.set(Fault::None).unwrap();
    let told = told_until(&mut events, l1.latest().await.unwrap().hash).await;
    assert_eq!(l1_reorgs(&told), [0; 0], "{told:?}");
    caught_up(&node, &l1).await;
    assert_eq!(node.head(), head);
    assert_eq!(records(&node.handle.storage, &[]), fresh(&l1, &[]).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_l1_that_falls_behind_a_running_node_is_no_reorg() {
    let (World { l1, proxy, node }, _) = sequenced().await;
    let (head, stored) = (node.head(), records(&node.handle.storage, &[]));
    let mut events = node.handle.events.subscribe();
    let status = l1_status(&node.rpc().unwrap()).await;
    proxy.set(Fault::Lag(5)).unwrap();
    asks_l1(&node, 30, &status).await;
    assert_eq!((node.head(), records(&node.handle.storage, &[])), (head, stored));
    proxy.set(Fault::None).unwrap();
    l1.mine(1).await.unwrap();
    let told = told_until(&mut events, l1.latest().await.unwrap().hash).await;
    assert_eq!(l1_reorgs(&told), [0; 0], "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn starts_and_serves_without_l1_and_goes_on_when_it_comes() {
    let l1 = L1Chain::start(young()).await.unwrap();
    let proxy = FaultProxy::start(l1.url()).unwrap();
    proxy.set(Fault::Dead).unwrap();
    enqueue(&l1, &[message(0)]).await;
    let setup = sequencer(ALL, &[&proxy.url()]).with_sequencer(|config| config.auto_start = true);
    let mut node = TestNode::start(setup).await.unwrap();
    let rpc = node.rpc().unwrap();
    assert_eq!(l1_status(&rpc).await["status"], json!("Syncing"));
    let mut status = l1_of(&node).orchestrator.watch_sync();
    assert!(!status.borrow_and_update().l1_synced);
    let unreachable = async {
        loop {
            let health = rpc.call("rollupNode_health", json!([])).await.unwrap();
            assert_eq!(health["healthy"], json!(false), "{health}");
            let mut reasons = health["reasons"].as_array().unwrap().iter();
            if reasons.any(|reason| reason.as_str().unwrap().contains("l1 unreachable")) {
                return;
            }
        }
    };
    soon("a reason", unreachable).await.unwrap();
    node.state(|state| state == SequencerState::WaitingForSync).await.unwrap();
    assert_eq!(node.head().number, 0, "no slots before L1 is known");

    proxy.set(Fault::None).unwrap();
    let block = node.signed().await.unwrap();
    assert_eq!(crate::support::queue_indices(&block.block), [0]);
    assert_eq!(l1_status(&rpc).await["status"], json!("Synced"));
    let health = rpc.call("rollupNode_health", json!([])).await.unwrap();
    assert_eq!(health["l1"], json!("Synced"), "{health}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_has_l1_read_anew_and_l2_stays() {
    let l1 = L1Chain::start(young()).await.unwrap();
    let proxy = FaultProxy::start(l1.url()).unwrap();
    let setup = sequencer(ALL, &[&proxy.url()])
        .with_config(|config| config.rpc.rollup_node_admin = true)
        .with_sequencer(|config| {
            (config.auto_start, config.allow_empty_blocks) = (true, true);
            config.block_time = Duration::from_millis(100);
        });
    let mut node = TestNode::start(setup).await.unwrap();
    let rpc = node.rpc().unwrap();
    let mut l1_blocks = Vec::new();
    for index in 0..3 {
        l1_blocks.push(enqueue(&l1, &[message(index)]).await.number);
        sequenced_up_to(&mut node, index.into()).await;
    }
    let included = messages(&node);

    proxy.set(Fault::Dead).unwrap();
    let answer = rpc.call("rollupNodeAdmin_revertToL1Block", json!([l1_blocks[0]])).await.unwrap();
    assert_eq!(answer, json!(true));
    node.state(|state| state == SequencerState::WaitingForSync).await.unwrap();
    let (head, chain) = (node.head(), node.chain(0..=node.head().number).unwrap());
    assert_eq!(messages(&node).len(), 1, "what was above is unwound");
    let missing = rpc.call("rollupNode_getL1MessageByIndex", json!([1])).await.unwrap();
    assert_eq!(missing, json!(null));
    let status = l1_status(&rpc).await;
    assert_eq!(
        (&status["status"], &status["processed"]),
        (&json!("Syncing"), &json!(l1_blocks[0]))
    );
    asks_l1(&node, 6, &status).await;
    assert_eq!(node.head(), head, "no slots while L1 is read anew");

    let mut events = node.handle.events.subscribe();
    enqueue(&l1, &[message(3)]).await;
    proxy.set(Fault::None).unwrap();
    let told = told_until(&mut events, l1.latest().await.unwrap().hash).await;
    assert_eq!(l1_reorgs(&told), [0; 0], "{told:?}");
    caught_up(&node, &l1).await;
    sequenced_up_to(&mut node, 3).await;
    assert_eq!(messages(&node)[..3], included, "none is included twice");
    assert_eq!(node.chain(0..=head.number).unwrap(), chain);
    assert_eq!(records(&node.handle.storage, &[]).messages, fresh(&l1, &[]).await.messages);
}
