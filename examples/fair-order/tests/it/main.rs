//! What is in the blocks of a node with the fair order.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use alloy_primitives::{Address, TxHash};
use example_fair_order::FairOrder;
use rollup_devnet::{Call, Setup, TestNode, Wallet};
use std::{sync::Arc, time::Duration};

const RECIPIENT: Address = Address::repeat_byte(0xee);

fn fair() -> Setup {
    Setup::sequencer().with_transaction_source(|pool| Arc::new(FairOrder::new(pool)))
}

fn transfer(tip_wei: u128) -> Call {
    Call { tip_wei, ..Call::transfer(RECIPIENT, 1) }
}

/// Hands in transactions of three senders, each later and paying more than the one before but the last,
/// which is the second of the first sender. Gives their hashes.
async fn hand_in(node: &TestNode) -> Vec<TxHash> {
    let mut wallets = [0, 1, 2].map(|index| Wallet::funded(index).unwrap());
    let mut handed_in = Vec::new();
    for (sender, tip_wei) in [(0, 1), (1, 1_000), (2, 1_000_000), (0, 10)] {
        let transaction = wallets[sender].next(transfer(tip_wei)).unwrap();
        handed_in.push(node.submit(transaction).await.unwrap());
        node.clock().unwrap().advance(Duration::from_millis(1));
    }
    handed_in
}

async fn hashes(node: &mut TestNode) -> Vec<TxHash> {
    let block = node.block().await.unwrap();
    block.block.body().transactions.iter().map(|transaction| *transaction.hash()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_oldest_come_first_whatever_they_pay() {
    let mut node = TestNode::start(fair()).await.unwrap();
    let handed_in = hand_in(&node).await;
    assert_eq!(hashes(&mut node).await, handed_in);
    // The order of the pool itself is by what they pay.
    let mut node = TestNode::start(Setup::sequencer()).await.unwrap();
    let handed_in = hand_in(&node).await;
    let by_tip = [2, 1, 0, 3].map(|index| handed_in[index]);
    assert_eq!(hashes(&mut node).await, by_tip);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_whose_transaction_fits_no_block_does_not_hold_up_others() {
    let mut node = TestNode::start(fair()).await.unwrap();
    let (mut greedy, mut modest) = (Wallet::funded(0).unwrap(), Wallet::funded(1).unwrap());
    // Two that claim more than half of a block: the second has to wait for the next one.
    let claim = transfer(1).with_gas(12_000_000);
    let claims = [greedy.next(claim.clone()).unwrap(), greedy.next(claim).unwrap()];
    let mut handed_in = Vec::new();
    for transaction in claims.into_iter().chain([greedy.next(transfer(1)).unwrap()]) {
        handed_in.push(node.submit(transaction).await.unwrap());
        node.clock().unwrap().advance(Duration::from_millis(1));
    }
    handed_in.push(node.submit(modest.next(transfer(1)).unwrap()).await.unwrap());
    let mut included = hashes(&mut node).await;
    assert!(included.contains(&handed_in[3]), "the sender after it is in the block");
    node.pool_follows().await.unwrap();
    while node.handle.txpool.size().pending > 0 {
        included.extend(hashes(&mut node).await);
        node.pool_follows().await.unwrap();
    }
    included.sort();
    handed_in.sort();
    assert_eq!(included, handed_in, "everything gets into a block in the end");
}
