//! N16, N17: L1 takes messages back that are in blocks.

use super::support::{
    World, caught_up, enqueue, follower, included, l1_reorgs, message, messages, sequencer,
    told_until, young,
};
use crate::support::{RECIPIENT, hashes, queue_indices};
use alloy_eips::BlockNumHash;
use alloy_primitives::TxHash;
use rollup_devnet::{Call, Slot, StoredBlock, TestNode, Wallet};
use rollup_l1_devnet::{L1Call, L1Chain, L1Options};
use rollup_rpc::NodeEvent;
use rollup_sequencer::L1InclusionMode;
use std::collections::{BTreeMap, BTreeSet};

/// A transaction of a user that is in a block when this returns.
async fn transfer(node: &mut TestNode, wallet: &mut Wallet) -> TxHash {
    let hash = node.submit(wallet.next(Call::transfer(RECIPIENT, 1)).unwrap()).await.unwrap();
    until_included(node, &[hash]).await;
    hash
}

/// Makes blocks until all of these are in one; gives the blocks.
async fn until_included(node: &mut TestNode, transactions: &[TxHash]) -> Vec<BlockNumHash> {
    let mut missing: BTreeSet<TxHash> = transactions.iter().copied().collect();
    let mut blocks = Vec::new();
    while !missing.is_empty() {
        if let Slot::Block(block) = node.build_by_clock().await.unwrap() {
            let made = hashes(&block.block);
            missing.retain(|hash| !made.contains(hash));
            blocks.push(block.id());
        }
    }
    blocks
}

/// A follower takes over the blocks that it does not have.
async fn relay(from: &TestNode, to: &TestNode) {
    let blocks = from.chain(to.head().number + 1..=from.head().number).unwrap();
    to.import(&blocks).await.unwrap();
    assert_eq!(to.head(), from.head());
}

/// Transactions that wait in the pool of a node.
async fn waiting(node: &TestNode) -> BTreeSet<TxHash> {
    node.pool_follows().await.unwrap();
    let pool = node.handle.txpool.content();
    let pooled = pool.pending.values().flat_map(|of_sender| of_sender.values());
    pooled.map(|pooled| pooled.hash()).collect()
}

/// Heights that were published with more than one hash.
fn published_twice(node: &TestNode) -> BTreeSet<u64> {
    let mut hashes = BTreeMap::<u64, BTreeSet<_>>::new();
    for block in node.announced.blocks() {
        hashes.entry(block.number).or_default().insert(block.hash);
    }
    hashes.into_iter().filter(|(_, hashes)| hashes.len() > 1).map(|(number, _)| number).collect()
}

fn transactions(blocks: &[StoredBlock]) -> BTreeSet<TxHash> {
    blocks.iter().flat_map(|stored| hashes(&stored.block)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n16_n17_heads_go_back_and_what_was_dropped_is_included_again() {
    let setup = |urls: &[&str]| sequencer(L1InclusionMode::Depth(0), urls);
    let World { l1, proxy: _proxy, mut node } = World::start(young(), setup).await;
    let other = TestNode::start(follower(&[l1.url()])).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    let kept_message = enqueue(&l1, &[message(0)]).await;
    caught_up(&node, &l1).await;
    assert_eq!(included(&mut node).await, [0]);
    for _ in 0..2 {
        transfer(&mut node, &mut wallet).await;
    }
    let kept = node.head();
    // From here on blocks are lost.
    let mut dropped = BTreeSet::new();
    for index in 1..=3 {
        enqueue(&l1, &[message(index)]).await;
        caught_up(&node, &l1).await;
        assert_eq!(included(&mut node).await, [u64::from(index)]);
        dropped.insert(transfer(&mut node, &mut wallet).await);
    }
    let old_head = node.head();
    caught_up(&other, &l1).await;
    relay(&node, &other).await;

    let mut events = node.handle.events.subscribe();
    let depth = l1.latest().await.unwrap().number - kept_message.number;
    let replaced = [(0, L1Call::message(&message(8))), (2, L1Call::message(&message(9)))];
    let tip = l1.reorg(depth, replaced.to_vec()).await.unwrap();
    let told = told_until(&mut events, tip.hash).await;
    caught_up(&node, &l1).await;
    caught_up(&other, &l1).await;
    assert_eq!((node.head(), other.head()), (kept, kept));
    assert_eq!(l1_reorgs(&told), [kept_message.number]);
    let reorg = told.iter().find_map(|event| match event {
        NodeEvent::L1Reorg { depth, queue_index, head, removed_blocks, .. } => {
            Some((*depth, *queue_index, head.map(|head| head.hash), *removed_blocks))
        }
        _ => None,
    });
    let removed = old_head.number - kept.number;
    assert_eq!(reorg, Some((depth, Some(1), Some(kept.hash), removed)));
    assert_eq!(waiting(&node).await, dropped);

    let dropped: Vec<TxHash> = dropped.into_iter().collect();
    let blocks = until_included(&mut node, &dropped).await;
    let first = node.stored(kept.number + 1).unwrap();
    assert_eq!(first.block.parent_hash, kept.hash);
    assert_eq!(queue_indices(&first.block), [1, 2], "those of the new L1 blocks");
    assert_eq!(blocks.first(), Some(&first.id()));
    assert_eq!(messages(&node).len(), 3);
    assert_eq!(waiting(&node).await, BTreeSet::new());
    relay(&node, &other).await;

    let chain = node.chain(1..=node.head().number).unwrap();
    let count: usize = chain.iter().map(|stored| hashes(&stored.block).len()).sum();
    assert_eq!(count, transactions(&chain).len(), "none is included twice");
    let released: BTreeSet<u64> = (kept.number + 1..=old_head.number).collect();
    assert!(published_twice(&node).is_subset(&released), "{:?}", published_twice(&node));
    for node in [node, other] {
        let head = node.head();
        let node = node.restart().await.unwrap();
        assert_eq!(node.head(), head);
        assert_eq!(node.check().unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reorg_of_l1_that_moves_no_message_leaves_l2_as_it_is() {
    let setup = |urls: &[&str]| sequencer(L1InclusionMode::Depth(0), urls);
    let mut world = World::start(young(), setup).await;
    world.enqueue(&[message(0)]).await;
    assert_eq!(included(&mut world.node).await, [0]);
    world.mine(3).await;
    let head = world.node.head();
    let mut events = world.node.handle.events.subscribe();
    for depth in 1..=3 {
        let tip = world.l1.reorg(depth, Vec::new()).await.unwrap();
        let told = told_until(&mut events, tip.hash).await;
        assert_eq!(l1_reorgs(&told), [tip.number - depth]);
        let is_changed = |event: &NodeEvent| matches!(event, NodeEvent::ChainReorged { .. });
        assert!(!told.iter().any(is_changed), "{told:?}");
    }
    caught_up(&world.node, &world.l1).await;
    assert_eq!((world.node.head(), messages(&world.node).len()), (head, 1));
    assert_eq!(published_twice(&world.node), BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_final_messages_no_reorg_of_l1_reaches_l2() {
    // Final are the blocks that are 8 below the latest one.
    let options = L1Options { slots_in_an_epoch: 4, number: 80, ..L1Options::default() };
    let l1 = L1Chain::start(options).await.unwrap();
    let setup = sequencer(L1InclusionMode::Finalized(0), &[l1.url()]);
    let mut node = TestNode::start(setup).await.unwrap();
    let mut is_included = BTreeSet::new();
    for number in 0..24 {
        enqueue(&l1, &[message(number)]).await;
        if number % 3 == 2 {
            let sent = (0..7).map(|offset| (offset, L1Call::message(&message(100 + number))));
            l1.reorg(7, sent.collect()).await.unwrap();
        }
        caught_up(&node, &l1).await;
        let head = node.head();
        let now = included(&mut node).await;
        let next = is_included.len() as u64;
        assert_eq!(now, (next..next + now.len() as u64).collect::<Vec<_>>(), "in order");
        is_included.extend(now);
        assert_eq!(node.stored(head.number).unwrap().id(), head);
    }
    assert!(is_included.len() > 10, "{is_included:?}");
    assert_eq!(published_twice(&node), BTreeSet::new());
    assert_of_l1(&node, &l1).await;
}

/// All messages in the chain of a node are those of the queue contract.
async fn assert_of_l1(node: &TestNode, l1: &L1Chain) {
    let queue = l1.queued_messages().await.unwrap();
    let chain = node.chain(1..=node.head().number).unwrap();
    let of_chain = chain.iter().flat_map(|stored| hashes(&stored.block));
    for (hash, (_, message)) in of_chain.zip(&queue) {
        assert_eq!(hash, message.tx_hash());
    }
}
