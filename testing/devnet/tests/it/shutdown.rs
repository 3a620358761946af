//! N12: a node ends in order, and a restart goes on from there.

use crate::support::{RECIPIENT, hashes, transfers};
use rollup_devnet::{Call, ScriptedSigner, Setup, Step, TestNode, Wallet, contracts};
use rollup_primitives::block_signing_hash;
use rollup_sequencer::SequencerState;
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// Gas of a block whose execution takes longer than a shutdown.
const LONG_GAS: u64 = 400_000_000;

/// With a pool that keeps its transactions over restarts, in this directory.
fn journaled(directory: &std::path::Path) -> Setup {
    let path = directory.join("journal");
    Setup::sequencer().with_config(|config| config.txpool.journal = Some(path))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_shut_down_while_it_builds_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut node = TestNode::start(journaled(directory.path())).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    let made = transfers(&mut node, &mut wallet, 5).await;
    let waiting = node.submit(wallet.next(Call::transfer(RECIPIENT, 6)).unwrap()).await.unwrap();
    let receipts = node.rpc().unwrap().receipts(&made).await.unwrap();
    node.begin().await.unwrap();
    let (last, before) = (node.head(), node.chain(0..=5).unwrap());
    let old_rpc = node.rpc().unwrap();

    let mut node = node.restart().await.unwrap();
    assert!(old_rpc.call("eth_blockNumber", json!([])).await.is_err());
    assert_eq!(node.handle.recovery.replayed_blocks, 0, "the database has everything");
    assert_eq!((node.head(), node.announced.last()), (last, Some(last)));
    assert_eq!(node.chain(0..=5).unwrap(), before);
    assert_eq!(node.rpc().unwrap().receipts(&made).await.unwrap(), receipts);
    let block = node.block().await.unwrap();
    assert!(block.follows(last));
    assert_eq!(hashes(&block.block), [waiting]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_waits_for_a_transaction_that_takes_long_and_frees_the_directory() {
    let setup = Setup::sequencer()
        .with_genesis(|genesis| genesis.gas_limit = LONG_GAS)
        .with_config(|config| config.payload.gas_limit = LONG_GAS);
    let mut node = TestNode::start(setup).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    let contract = wallet.address().create(wallet.nonce);
    node.submit(wallet.next(Call::create(&contracts::BURN)).unwrap()).await.unwrap();
    let last = node.block().await.unwrap();
    let long = Call::contract(contract, Default::default()).with_gas(LONG_GAS / 2);
    node.submit(wallet.next(long).unwrap()).await.unwrap();
    // It is given up at once, and notices after the transaction.
    node.begin_job().await.unwrap();
    let node = node.restart().await.unwrap();
    assert_eq!(node.head(), last.id());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_waits_for_the_block_that_is_being_signed() {
    let signer = ScriptedSigner::new().unwrap();
    let setup = Setup::sequencer().with_signer(Arc::<ScriptedSigner>::clone(&signer));
    let mut node = TestNode::start(setup).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    transfers(&mut node, &mut wallet, 1).await;
    signer.follow([Step::Wait]);
    node.submit(wallet.next(Call::transfer(RECIPIENT, 1)).unwrap()).await.unwrap();
    node.begin().await.unwrap();
    node.clock().unwrap().advance(Duration::from_millis(800));
    node.state(|state| state == SequencerState::Signing).await.unwrap();
    let announced = Arc::clone(&node.announced);
    let restarted = tokio::spawn(node.restart());
    signer.release();
    let mut node = restarted.await.unwrap().unwrap();
    assert_eq!(node.head().number, 2);
    assert_eq!(announced.last(), Some(node.head()), "it was published before the end");
    transfers(&mut node, &mut wallet, 1).await;
    let signed = node.chain(1..=3).unwrap();
    let signed: Vec<_> = signed.iter().map(|block| block_signing_hash(&block.block)).collect();
    assert_eq!(signer.asked(), signed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n12_the_head_after_a_restart_is_the_last_signed_block_and_the_next_is_the_promised_one() {
    let signer = ScriptedSigner::new().unwrap();
    let setup = Setup::sequencer().with_signer(Arc::<ScriptedSigner>::clone(&signer));
    let mut node = TestNode::start(setup).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    transfers(&mut node, &mut wallet, 2).await;
    let signed = node.head();
    signer.follow([Step::Unavailable]);
    let promised = node.submit(wallet.next(Call::transfer(RECIPIENT, 3)).unwrap()).await.unwrap();
    node.build().await.unwrap();
    let asked = *signer.asked().last().unwrap();

    let mut node = node.restart().await.unwrap();
    assert_eq!(node.head(), signed, "never the one without a signature");
    // A block that is built anew would have this one.
    node.submit(wallet.next(Call::transfer(RECIPIENT, 4)).unwrap()).await.unwrap();
    let block = node.block().await.unwrap();
    assert!(block.follows(signed));
    assert_eq!(hashes(&block.block), [promised]);
    assert_eq!(block_signing_hash(block.block.header()), asked);
    assert_eq!(node.block().await.unwrap().block.number, 4);
}
