//! A chain of random load is the same where it is executed again.

use crate::load::Load;
use alloy_consensus::{TxReceipt, Typed2718};
use rollup_devnet::{Setup, StoredBlock, TestNode};
use std::collections::BTreeMap;

/// Blocks of the chain. All that bounds how long this takes.
const BLOCKS: u64 = 1000;
/// Blocks that are read and compared at once.
const STEP: usize = 50;
const SEED: u64 = 6;

/// What there was in a chain.
#[derive(Debug, Default)]
struct Seen {
    /// Transactions by type.
    types: BTreeMap<u8, u64>,
    creations: u64,
    failed: u64,
    logs: u64,
}

impl Seen {
    fn count(&mut self, block: &StoredBlock) {
        for (transaction, receipt) in block.block.body().transactions.iter().zip(&block.receipts) {
            *self.types.entry(transaction.ty()).or_default() += 1;
            self.creations += u64::from(alloy_consensus::Transaction::is_create(transaction));
            self.failed += u64::from(!receipt.status());
            self.logs += receipt.logs().len() as u64;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_blocks_of_random_load_are_the_same_when_executed_again() {
    let setup = Setup::sequencer().with_sequencer(|config| config.allow_empty_blocks = true);
    let mut node = TestNode::start(setup).await.unwrap();
    let mut load = Load::new(SEED);
    for transaction in load.deploy() {
        node.submit(transaction).await.unwrap();
    }
    node.block().await.unwrap();
    while node.head().number < BLOCKS {
        for transaction in load.transactions() {
            node.submit(transaction).await.unwrap();
        }
        let messages = load.messages();
        if !messages.is_empty() {
            node.l1().unwrap().enqueue(messages).await.unwrap();
        }
        node.block().await.unwrap();
    }

    let follower = TestNode::start(Setup::follower()).await.unwrap();
    let mut seen = Seen::default();
    for first in (1..=BLOCKS).step_by(STEP) {
        let blocks = node.chain(first..=(first + STEP as u64 - 1).min(BLOCKS)).unwrap();
        follower.import(&blocks).await.unwrap();
        let imported = follower.chain(first..=blocks.last().unwrap().id().number).unwrap();
        for (imported, block) in imported.iter().zip(&blocks) {
            assert_eq!(imported, block, "block {}", block.id().number);
        }
        for block in &blocks {
            seen.count(block);
        }
    }
    assert_eq!(follower.head(), node.head());
    println!("{seen:?}");
    let types: Vec<u8> = seen.types.keys().copied().collect();
    assert_eq!(types, [0, 1, 2, 4, 0x7e]);
    assert!(seen.types.values().all(|count| *count > BLOCKS / 20), "{seen:?}");
    assert!(seen.creations.min(seen.failed).min(seen.logs) > BLOCKS / 20, "{seen:?}");
    for node in [&node, &follower] {
        assert_eq!(node.check().unwrap().findings, []);
    }
}
