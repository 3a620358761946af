//! What is in the index after whatever happened to the chain.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use alloy_consensus::TxReceipt as _;
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, Bytes, hex};
use example_transfers::{INDEX_FILE, Index, TRANSFER_TOPIC, Transfer, follow};
use rollup_devnet::{Call, Setup, TestNode, Wallet, contracts, soon};
use std::path::PathBuf;

const RECIPIENT: Address = Address::repeat_byte(0xee);

/// A token that says whatever it is told to: logs a transfer from the caller to the first word of its
/// input, of as much as the second says.
fn token() -> Bytes {
    let head = hex!("6020355f525f35337f");
    [&head[..], TRANSFER_TOPIC.as_slice(), &hex!("60205fa300")[..]].concat().into()
}

fn transfer(token: Address, amount: u64) -> Call {
    let input = [RECIPIENT.into_word().to_vec(), contracts::words([amount]).to_vec()].concat();
    Call::contract(token, input.into())
}

fn indexing() -> Setup {
    Setup::sequencer().with_extension(|builder| builder.install_exex("transfers", follow))
}

/// Waits until the index has the head, and gives what is in it.
async fn indexed(node: &TestNode) -> Vec<(BlockNumHash, Transfer)> {
    let head = node.head();
    let path: PathBuf = node.directory().join("data").join(INDEX_FILE);
    let reached = async {
        loop {
            tokio::task::yield_now().await;
            // The ExEx makes it, and its tables.
            let Ok(index) = Index::read(&path) else { continue };
            if index.last_block().is_ok_and(|last| last == Some(head)) {
                return index.transfers().unwrap();
            }
        }
    };
    soon("the index", reached).await.unwrap()
}

/// What the chain says itself.
fn in_chain(node: &TestNode) -> Vec<(BlockNumHash, Transfer)> {
    let mut transfers = Vec::new();
    for block in node.chain(1..=node.head().number).unwrap() {
        for receipt in &block.receipts {
            let of_receipt = receipt.logs().iter().filter_map(Transfer::of);
            transfers.extend(of_receipt.map(|transfer| (block.id(), transfer)));
        }
    }
    transfers
}

/// Makes blocks of two transfers each.
async fn blocks(node: &mut TestNode, wallet: &mut Wallet, token: Address, count: u64) {
    for amount in 0..count {
        for call in [transfer(token, amount), transfer(token, amount + 100)] {
            node.submit(wallet.next(call).unwrap()).await.unwrap();
        }
        node.block().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_index_follows_the_chain_over_reorgs_and_restarts() {
    let mut node = TestNode::start(indexing()).await.unwrap();
    let (mut wallet, mut other_wallet) = (Wallet::funded(0).unwrap(), Wallet::funded(1).unwrap());
    let token = wallet.address().create(0);
    node.submit(wallet.next(Call::create(&self::token())).unwrap()).await.unwrap();
    node.block().await.unwrap();
    blocks(&mut node, &mut wallet, token, 2).await;
    assert_eq!(indexed(&node).await.len(), 4);

    // Another sequencer goes on from here, and the chain becomes its.
    let mut other = TestNode::start(Setup::sequencer()).await.unwrap();
    other.import(&node.chain(1..=3).unwrap()).await.unwrap();
    blocks(&mut other, &mut other_wallet, token, 4).await;
    blocks(&mut node, &mut wallet, token, 3).await;
    assert_eq!(indexed(&node).await, in_chain(&node));
    for block in other.chain(4..=other.head().number).unwrap() {
        node.import_beside(&block).await.unwrap();
    }
    node.lead_to(other.head()).await.unwrap();
    let found = indexed(&node).await;
    assert_eq!(found, in_chain(&node));
    assert_eq!(found.len(), 12);
    assert!(found.iter().skip(4).all(|(_, found)| found.sender == other_wallet.address()));

    // The chain gets shorter while nobody follows it.
    let node = node.restart_with(|setup| setup.extensions.clear()).await.unwrap();
    let fork = node.stored(5).unwrap().id();
    node.lead_to(fork).await.unwrap();
    let node = node.restart_with(|setup| setup.extensions = indexing().extensions).await.unwrap();
    let found = indexed(&node).await;
    assert_eq!(found, in_chain(&node));
    assert_eq!(found.len(), 8);
    node.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_is_new_begins_at_genesis() {
    let mut node = TestNode::start(Setup::sequencer()).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    let token = wallet.address().create(0);
    node.submit(wallet.next(Call::create(&self::token())).unwrap()).await.unwrap();
    node.block().await.unwrap();
    blocks(&mut node, &mut wallet, token, 3).await;
    let node = node.restart_with(|setup| setup.extensions = indexing().extensions).await.unwrap();
    let found = indexed(&node).await;
    assert_eq!(found.len(), 6);
    assert_eq!(found, in_chain(&node));
    node.stop().await.unwrap();
}
