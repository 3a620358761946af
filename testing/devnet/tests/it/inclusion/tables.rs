//! Which L1 message is in which block, on an L1 that moves, stands still and is reorganized.

use super::model::message;
use crate::support::{RECIPIENT, block_of, hashes, queue_indices, transfers};
use alloy_primitives::TxHash;
use rollup_devnet::{Call, Setup, Slot, TestNode, Wallet};
use rollup_sequencer::{HealthReason, L1InclusionMode};
use std::collections::BTreeMap;

const FINALIZED_0: L1InclusionMode = L1InclusionMode::Finalized(0);
const FINALIZED_2: L1InclusionMode = L1InclusionMode::Finalized(2);
const FINALIZED_10: L1InclusionMode = L1InclusionMode::Finalized(10);
const DEPTH_0: L1InclusionMode = L1InclusionMode::Depth(0);
const DEPTH_2: L1InclusionMode = L1InclusionMode::Depth(2);
const DEPTH_10: L1InclusionMode = L1InclusionMode::Depth(10);

/// L1 blocks with messages, and how many. Their queue indices are 0; 1 and 2; 3; 4.
const ENQUEUED: [(u64, usize); 4] = [(1, 1), (2, 2), (5, 1), (12, 1)];
/// L1 blocks from a block to the latest one when it is final.
const FINALITY: u64 = 3;

async fn node(mode: L1InclusionMode) -> TestNode {
    let setup = Setup::sequencer().with_sequencer(|config| config.l1_inclusion_mode = mode);
    TestNode::start(setup).await.unwrap()
}

/// The next L1 block, and the finality that comes with it.
async fn mine(node: &TestNode) -> u64 {
    let l1 = node.l1().unwrap();
    let next = l1.progress().unwrap().latest.map_or(1, |latest| latest + 1);
    let messages = ENQUEUED.iter().find(|(number, _)| *number == next).map_or(0, |found| found.1);
    let number = l1.enqueue((0..messages).map(|_| message(100_000))).await.unwrap();
    if let Some(finalized) = number.checked_sub(FINALITY) {
        l1.finalize(finalized).await.unwrap();
    }
    number
}

/// Queue indices of the next block; none if there is none.
async fn next_block(node: &mut TestNode) -> Vec<u64> {
    match node.build().await.unwrap() {
        Slot::Block(block) => queue_indices(&block.block),
        Slot::Empty => Vec::new(),
        Slot::Skipped(reason) => panic!("{reason}"),
    }
}

/// L1 block at which a message is included, by queue index, with a block per L1 block.
type Included = [u64; 5];

const TABLE: [(L1InclusionMode, Included); 6] = [
    (DEPTH_0, [1, 2, 2, 5, 12]),
    (DEPTH_2, [3, 4, 4, 7, 14]),
    (DEPTH_10, [11, 12, 12, 15, 22]),
    (FINALIZED_0, [4, 5, 5, 8, 15]),
    (FINALIZED_2, [6, 7, 7, 10, 17]),
    (FINALIZED_10, [14, 15, 15, 18, 25]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_s4_s5_a_message_is_included_as_soon_as_its_l1_block_is_deep_enough() {
    for (mode, included) in TABLE {
        let mut node = node(mode).await;
        let mut found = BTreeMap::new();
        while found.len() < included.len() {
            let number = mine(&node).await;
            assert!(number <= 25, "{mode}: {found:?}");
            for index in next_block(&mut node).await {
                found.insert(index, number);
            }
        }
        let expected: BTreeMap<u64, u64> = (0..).zip(included).collect();
        assert_eq!(found, expected, "{mode}");
        assert_eq!(node.check().unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_an_l1_that_stands_still_nothing_more_is_included_and_blocks_go_on() {
    for (mode, included) in TABLE {
        let mut node = node(mode).await;
        let mut wallet = Wallet::funded(0).unwrap();
        for _ in 1..=7 {
            mine(&node).await;
        }
        let early: Vec<u64> =
            (0..).zip(included).filter(|(_, at)| *at <= 7).map(|(index, _)| index).collect();
        assert_eq!(next_block(&mut node).await, early, "{mode}");
        transfers(&mut node, &mut wallet, 3).await;
        // L1 comes back, far ahead.
        let mut number = 7;
        while number < 25 {
            number = mine(&node).await;
        }
        let late: Vec<u64> = (early.len() as u64..included.len() as u64).collect();
        assert_eq!(next_block(&mut node).await, late, "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n16_n17_an_l1_reorg_takes_blocks_back_as_far_as_they_have_lost_messages() {
    // L1 is at 14, final up to 11, and takes back what is not, message 4 of block 12 with it. By
    // mode: how many L2 blocks remain of 14, one per L1 block.
    for (mode, remain) in [
        (DEPTH_0, 11),
        (DEPTH_2, 13),
        (DEPTH_10, 14),
        (FINALIZED_0, 14),
        (FINALIZED_2, 14),
        (FINALIZED_10, 14),
    ] {
        let mut node = node(mode).await;
        let mut wallet = Wallet::funded(0).unwrap();
        let mut transactions: Vec<TxHash> = Vec::new();
        for _ in 0..14 {
            mine(&node).await;
            let transaction = wallet.next(Call::transfer(RECIPIENT, 1)).unwrap();
            transactions.push(node.submit(transaction).await.unwrap());
            node.block().await.unwrap();
        }
        let before = node.chain(1..=14).unwrap();
        node.l1().unwrap().reorg(11).await.unwrap();
        assert_eq!(node.head().number, remain, "{mode}");
        let kept = usize::try_from(remain).unwrap();
        assert_eq!(node.chain(1..=remain).unwrap(), before[..kept], "{mode}");

        // The transactions are in the pool again, and blocks go on from there.
        node.pool_follows().await.unwrap();
        let dropped = &transactions[kept..];
        assert_eq!(node.handle.txpool.size().pending, dropped.len(), "{mode}");
        node.l1().unwrap().enqueue([message(300_000)]).await.unwrap();
        node.l1().unwrap().go_to(30).await.unwrap();
        node.l1().unwrap().finalize(30).await.unwrap();
        let mut included = Vec::new();
        let mut indices = Vec::new();
        while let Slot::Block(block) = node.build().await.unwrap() {
            included.extend(hashes(&block.block));
            indices.extend(queue_indices(&block.block));
        }
        assert!(dropped.iter().all(|hash| included.contains(hash)), "{mode}");
        let chain = node.chain(1..=node.head().number).unwrap();
        let all: Vec<u64> = chain.iter().flat_map(|block| queue_indices(&block.block)).collect();
        assert_eq!(all, [0, 1, 2, 3, 4], "{mode}");
        assert_eq!(indices.last(), Some(&4), "the other message of L1, {mode}");
        assert_eq!(node.check().unwrap().findings, []);
        let head = node.head();
        assert_eq!(node.restart().await.unwrap().head(), head, "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_messages_that_fit_are_in_the_first_block_and_the_rest_in_the_second() {
    let mut node = node(DEPTH_0).await;
    let messages = [9_000_000, 9_000_000, 3_000_000].map(message);
    node.l1().unwrap().enqueue(messages).await.unwrap();
    assert_eq!(next_block(&mut node).await, [0, 1]);
    assert_eq!(next_block(&mut node).await, [2]);
    node.l1().unwrap().enqueue((0..12).map(|_| message(50_000))).await.unwrap();
    assert_eq!(next_block(&mut node).await, (3..13).collect::<Vec<_>>(), "10 are permitted");
    assert_eq!(next_block(&mut node).await, [13, 14]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s16_a_block_in_hand_is_dropped_for_its_highest_message() {
    let mut node = node(DEPTH_0).await;
    for _ in 1..=4 {
        mine(&node).await;
    }
    // Messages of the L1 blocks 1 and 2: the first one remains.
    node.begin().await.unwrap();
    node.l1().unwrap().reorg(1).await.unwrap();
    assert!(matches!(node.seal().await.unwrap(), Slot::Skipped(_)));
    assert_eq!(next_block(&mut node).await, [0]);
    // One that has none of those that are gone is made.
    let mut wallet = Wallet::funded(0).unwrap();
    node.l1().unwrap().enqueue([message(100_000)]).await.unwrap();
    node.l1().unwrap().enqueue([]).await.unwrap();
    let transaction = wallet.next(Call::transfer(RECIPIENT, 1)).unwrap();
    node.submit(transaction).await.unwrap();
    node.begin().await.unwrap();
    node.l1().unwrap().reorg(2).await.unwrap();
    let block = block_of(node.seal().await.unwrap());
    assert_eq!(queue_indices(&block.block), [1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s18_a_message_that_fits_into_no_block_is_told_and_blocks_go_on() {
    let mut node = node(DEPTH_0).await;
    node.l1().unwrap().enqueue([message(20_000_001), message(50_000)]).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    transfers(&mut node, &mut wallet, 2).await;
    let reasons = node.sequencer().unwrap().status().health_reasons;
    assert_eq!(reasons, [HealthReason::L1QueueBlocked { queue_index: 0 }]);
    // L1 takes it back.
    node.l1().unwrap().reorg(0).await.unwrap();
    node.l1().unwrap().enqueue([message(50_000)]).await.unwrap();
    assert_eq!(next_block(&mut node).await, [0]);
    assert_eq!(node.sequencer().unwrap().status().health_reasons, []);
}
