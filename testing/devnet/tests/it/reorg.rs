//! A deep reorg of a running node.

use crate::support::{RECIPIENT, hashes, transfers};
use alloy_primitives::{TxHash, U256};
use rollup_devnet::{Call, Setup, TestNode, Wallet};
use rollup_primitives::TxL1Message;
use std::collections::BTreeSet;

/// More than there are blocks in memory.
const DEPTH: u64 = 50;

/// A chain of another sequencer: blocks on what both have.
async fn foreign(common: &TestNode, wallet: &mut Wallet, blocks: u64) -> TestNode {
    let mut other = TestNode::start(Setup::sequencer()).await.unwrap();
    other.import(&common.chain(1..=common.head().number).unwrap()).await.unwrap();
    transfers(&mut other, wallet, blocks).await;
    other
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_of_dropped_blocks_return_to_the_pool_and_are_included_again() {
    let mut node = TestNode::start(Setup::sequencer()).await.unwrap();
    let mut wallets = [0, 1, 2].map(|index| Wallet::funded(index).unwrap());
    transfers(&mut node, &mut wallets[0], 3).await;
    let other = foreign(&node, &mut wallets[1], DEPTH + 1).await;

    let mut dropped: BTreeSet<TxHash> =
        transfers(&mut node, &mut wallets[0], DEPTH - 2).await.into_iter().collect();
    node.l1()
        .unwrap()
        .enqueue([TxL1Message { to: RECIPIENT, gas_limit: 50_000, ..Default::default() }])
        .await
        .unwrap();
    let last = wallets[2].next(Call::transfer(RECIPIENT, 5)).unwrap();
    dropped.insert(node.submit(last).await.unwrap());
    node.block().await.unwrap();
    // This one waits here for others of its sender, and is in the other chain.
    let shared = other.stored(10).unwrap().block.into_block().body.transactions.remove(0);
    node.submit(shared.try_into().unwrap()).await.unwrap();
    let last = wallets[0].next(Call::transfer(RECIPIENT, 6)).unwrap();
    dropped.insert(node.submit(last).await.unwrap());
    node.block().await.unwrap();
    assert_eq!(node.head().number, 3 + DEPTH);

    let branch = other.chain(4..=other.head().number).unwrap();
    for block in &branch {
        node.import_beside(block).await.unwrap();
    }
    node.lead_to(other.head()).await.unwrap();
    assert_eq!(node.head(), other.head());
    assert_eq!(
        node.chain(0..=other.head().number).unwrap(),
        other.chain(0..=other.head().number).unwrap()
    );

    node.pool_follows().await.unwrap();
    let pool = node.handle.txpool.content();
    let pending = pool.pending.values().flat_map(|of_sender| of_sender.values());
    let pending: BTreeSet<TxHash> = pending.map(|pooled| pooled.hash()).collect();
    assert_eq!(pending, dropped);
    assert_eq!(pool.queued.len(), 0, "what is in the new chain is not in the pool");

    let block = node.block().await.unwrap();
    assert!(block.follows(other.head()));
    let included: BTreeSet<TxHash> = hashes(&block.block).into_iter().collect();
    assert!(included.is_superset(&dropped), "{} of {}", included.len(), dropped.len());
    // The message too: it was in a dropped block.
    assert_eq!(included.len(), dropped.len() + 1);
    node.pool_follows().await.unwrap();
    assert_eq!(node.handle.txpool.size().pending, 0);
    let view = node.handle.engine.view().unwrap();
    let account = view.latest_state().account(RECIPIENT).unwrap().unwrap();
    assert!(account.balance > U256::ZERO);
    drop(view);

    let node = node.restart().await.unwrap();
    assert_eq!(node.head(), block.id());
    assert_eq!(node.check().unwrap().findings, []);
}
