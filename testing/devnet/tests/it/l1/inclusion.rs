//! Which L1 message enters which block, on a real L1 that moves, stalls and reorganizes.

use super::support::{
    World, caught_up, enqueue, included, l1_of, message, messages, sequencer, told_until, young,
};
use crate::support::{RECIPIENT, block_of, hashes, queue_indices};
use futures::future::join_all;
use rollup_devnet::{Call, Slot, TestNode, Wallet};
use rollup_l1_devnet::{Fault, L1Call, L1Chain, L1Message, L1Options};
use rollup_rpc::NodeEvent;
use rollup_sequencer::{L1InclusionMode, SequencerEvent, SkipReason};
use serde_json::json;
use std::time::Duration;

const MODES: [L1InclusionMode; 6] = [
    L1InclusionMode::Depth(0),
    L1InclusionMode::Depth(2),
    L1InclusionMode::Depth(10),
    L1InclusionMode::Finalized(0),
    L1InclusionMode::Finalized(2),
    L1InclusionMode::Finalized(10),
];

/// The highest L1 block that messages are taken from, as the specification has it.
const fn target(mode: L1InclusionMode, latest: u64, finalized: u64) -> Option<u64> {
    match mode {
        L1InclusionMode::Depth(below) => latest.checked_sub(below),
        L1InclusionMode::Finalized(below) => finalized.checked_sub(below),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_s4_s5_messages_are_in_the_first_block_after_they_are_deep_enough() {
    // Final are the blocks that are 4 below the latest one.
    let options = L1Options { slots_in_an_epoch: 2, ..L1Options::default() };
    let l1 = L1Chain::start(options).await.unwrap();
    let mut nodes = Vec::new();
    for mode in MODES {
        let node = TestNode::start(sequencer(mode, &[l1.url()])).await.unwrap();
        nodes.push((mode, node, 0_usize));
    }
    // How many messages each L1 block has, until all are in blocks of all nodes.
    let enqueued = [2, 0, 1, 1, 0, 0, 3];
    let mut l1_blocks = Vec::new();
    for step in 0..22 {
        let count = enqueued.get(step).copied().unwrap_or_default();
        let first = u8::try_from(l1_blocks.len()).unwrap();
        let sent: Vec<_> = (first..first + count).map(message).collect();
        let latest = enqueue(&l1, &sent).await.number;
        l1_blocks.extend(sent.iter().map(|_| latest));
        let finalized = l1.finalized().await.unwrap().number;
        join_all(nodes.iter_mut().map(async |(mode, node, next)| {
            caught_up(node, &l1).await;
            let target = target(*mode, latest, finalized);
            let deep = l1_blocks.iter().take_while(|number| target >= Some(**number)).count();
            let expected: Vec<u64> = (*next..deep).map(|index| index as u64).collect();
            assert_eq!(included(node).await, expected, "{mode} at {latest}, {finalized} is final");
            *next = deep;
        }))
        .await;
    }
    for (mode, node, next) in &mut nodes {
        assert_eq!(*next, l1_blocks.len(), "{mode}");
        // L1 stands still, and so do they.
        assert_eq!(included(node).await, [0; 0], "{mode}");
        let queue = messages(node);
        assert!(queue.is_sorted_by_key(|(_, l2_block)| *l2_block), "{mode}: {queue:?}");
        assert!(queue.iter().all(|(_, l2_block)| l2_block.is_some()), "{mode}: {queue:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n1_s2_a_message_is_known_before_it_is_in_a_block() {
    let setup = |urls: &[&str]| sequencer(L1InclusionMode::Depth(0), urls);
    let World { l1, proxy: _proxy, mut node } = World::start(young(), setup).await;
    let mut events = node.handle.events.subscribe();
    let sent = L1Message::transfer(RECIPIENT, 5);
    let l1_block = enqueue(&l1, std::slice::from_ref(&sent)).await;
    caught_up(&node, &l1).await;
    let block = block_of(node.build_by_clock().await.unwrap());
    let (_, queued) = l1.queued_messages().await.unwrap().remove(0);
    assert_eq!(hashes(&block.block), [queued.tx_hash()]);
    let mut told = told_until(&mut events, l1_block.hash).await;
    while !matches!(told.last(), Some(NodeEvent::SignedBlock { .. })) {
        told.push(events.next().await.event.clone());
    }
    let committed = told.iter().position(|event| {
        matches!(event, NodeEvent::L1MessageCommitted { queue_index: 0, l1_block: at }
            if at.hash == l1_block.hash)
    });
    let sequenced = told.iter().position(|event| matches!(event, NodeEvent::BlockSequenced { .. }));
    assert!(committed.is_some() && committed < sequenced, "{told:?}");

    let rpc = node.rpc().unwrap();
    let found = rpc.call("rollupNode_getL1MessageByIndex", json!([0])).await.unwrap();
    assert_eq!(found["l2_block_number"], json!(1), "{found}");
    assert_eq!(found["l1_block_number"], json!(l1_block.number), "{found}");
    let on_l1 = l1.queue_hash(0).await.unwrap();
    assert_eq!(found["queue_hash"], json!(on_l1), "as the contract has it");
    let receipt = rpc.receipts(&[queued.tx_hash()]).await.unwrap().remove(0);
    assert_eq!(
        (&receipt["status"], &receipt["type"]),
        (&json!("0x1"), &json!("0x7e")),
        "{receipt}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_l1_cannot_be_asked_for_waits() {
    let setup = |urls: &[&str]| sequencer(L1InclusionMode::Depth(0), urls);
    let World { l1, proxy, mut node } = World::start(young(), setup).await;
    for fault in [Fault::Hang, Fault::Lag(1), Fault::Http(500)] {
        let next = l1.queue_length().await.unwrap();
        proxy.set(fault.clone()).unwrap();
        enqueue(&l1, &[message(0)]).await;
        for _ in 0..3 {
            assert_eq!(included(&mut node).await, [0; 0], "{fault:?}");
        }
        proxy.set(Fault::None).unwrap();
        caught_up(&node, &l1).await;
        assert_eq!(included(&mut node).await, [next], "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_moves_to_a_later_l1_block_waits_longer() {
    let setup = |urls: &[&str]| sequencer(L1InclusionMode::Depth(2), urls);
    let mut world = World::start(young(), setup).await;
    let first = world.enqueue(&[message(0)]).await.number;
    world.mine(1).await;
    assert_eq!(included(&mut world.node).await, [0; 0]);
    // The same message, one block later.
    let sent = vec![(1, L1Call::message(&message(0)))];
    world.l1.reorg(2, sent).await.unwrap();
    world.mine(1).await;
    assert_eq!(included(&mut world.node).await, [0; 0], "its first L1 block would be deep enough");
    assert_eq!(messages(&world.node), [(first + 1, None)]);
    world.mine(1).await;
    assert_eq!(included(&mut world.node).await, [0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_messages_that_need_more_gas_than_a_block_has_are_in_two() {
    let setup = |urls: &[&str]| {
        sequencer(L1InclusionMode::Depth(0), urls)
            .with_sequencer(|config| config.max_l1_message_gas = 4_000_000)
    };
    let mut world = World::start(young(), setup).await;
    let with_gas = |gas_limit| L1Message { gas_limit, ..message(0) };
    world.enqueue(&[1_500_000, 1_500_000, 2_000_000, 500_000].map(with_gas)).await;
    assert_eq!(
        included(&mut world.node).await,
        [0, 1],
        "the order is kept, the last one would fit"
    );
    assert_eq!(included(&mut world.node).await, [2, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s18_a_message_that_fits_into_no_block_stops_messages_and_not_transactions() {
    let setup = |urls: &[&str]| {
        sequencer(L1InclusionMode::Depth(0), urls)
            .with_sequencer(|config| config.max_l1_message_gas = 1_000_000)
    };
    let mut world = World::start(young(), setup).await;
    let large = L1Message { gas_limit: 1_500_000, ..message(0) };
    world.enqueue(&[large, message(1)]).await;
    let mut wallet = Wallet::funded(0).unwrap();
    let hash = world.node.submit(wallet.next(Call::transfer(RECIPIENT, 1)).unwrap()).await.unwrap();
    let block = loop {
        if let Slot::Block(block) = world.node.build_by_clock().await.unwrap() {
            break block;
        }
    };
    assert_eq!((hashes(&block.block), queue_indices(&block.block)), (vec![hash], vec![]));
    let rpc = world.node.rpc().unwrap();
    let status = rpc.call("rollupNode_l1MessageStatus", json!([1])).await.unwrap();
    assert_eq!(status["status"], json!("blocked"), "{status}");
    // With more room it goes on.
    let mut node = world
        .node
        .restart_with(|setup| {
            setup.config.sequencer.as_mut().unwrap().max_l1_message_gas = 2_000_000;
        })
        .await
        .unwrap();
    caught_up(&node, &world.l1).await;
    assert_eq!(included(&mut node).await, [0, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s16_a_block_in_the_making_is_dropped_with_the_highest_of_its_messages() {
    // Longer than a scenario may wait: nothing but the reorg ends it.
    let setup = |urls: &[&str]| {
        sequencer(L1InclusionMode::Depth(0), urls).with_sequencer(|config| {
            config.payload_building_duration = Duration::from_secs(3600);
        })
    };
    let mut world = World::start(young(), setup).await;
    world.enqueue(&[message(0)]).await;
    world.mine(1).await;
    world.enqueue(&[message(1)]).await;
    world.node.begin_job().await.unwrap();
    world.l1.reorg(1, Vec::new()).await.unwrap();
    match world.node.event().await.unwrap() {
        SequencerEvent::SlotSkipped { reason: SkipReason::L1Reorg, .. } => {}
        other => panic!("{other:?}"),
    }
    caught_up(&world.node, &world.l1).await;
    assert_eq!(world.node.head().number, 0);
    assert_eq!(messages(&world.node).len(), 1);
    assert!(!l1_of(&world.node).watcher.status().is_stale);
}
