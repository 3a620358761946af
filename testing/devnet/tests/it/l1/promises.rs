//! A sequencer that ends between building and signing: it starts at its last signed block, and what
//! it promised to sign is signed, unless L1 took a message of it back.

use super::support::{
    World, caught_up, included, l1_reorgs, message, sequencer, start_listening, young,
};
use crate::support::{block_of, queue_indices};
use rollup_devnet::{ScriptedSigner, Slot, Step};
use rollup_l1_devnet::L1Call;
use rollup_primitives::block_signing_hash;
use rollup_sequencer::{L1InclusionMode, SkipReason};
use std::sync::Arc;

/// A sequencer with message 0 in block 1, which has promised to sign block 2 with message 1. What
/// the signer was asked to sign.
async fn promised() -> (World, Arc<ScriptedSigner>) {
    let signer = ScriptedSigner::new().unwrap();
    let signs = Arc::clone(&signer);
    let setup = move |urls: &[&str]| sequencer(L1InclusionMode::Depth(0), urls).with_signer(signs);
    let mut world = World::start(young(), setup).await;
    world.enqueue(&[message(0)]).await;
    assert_eq!(included(&mut world.node).await, [0]);
    world.enqueue(&[message(1)]).await;
    signer.follow([Step::Unavailable]);
    let slot = world.node.build_by_clock().await.unwrap();
    assert!(matches!(slot, Slot::Skipped(SkipReason::Failed)), "{slot:?}");
    assert_eq!(world.node.head().number, 1, "a block that is not signed is no head");
    (world, signer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_begins_at_the_last_signed_block_and_keeps_the_promise() {
    let (World { l1, proxy, node }, signer) = promised().await;
    let signed = node.head();
    let halted = node.halt().await.unwrap();
    let (mut node, told) = start_listening(halted, &l1, &proxy).await;
    assert_eq!((node.head(), l1_reorgs(&told)), (signed, vec![]));
    let block = block_of(node.build_by_clock().await.unwrap());
    assert_eq!((block.block.number, queue_indices(&block.block)), (2, vec![1]));
    let hash = block_signing_hash(block.block.header());
    assert_eq!(signer.asked()[1..], [hash, hash], "the same block");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promise_whose_message_l1_took_back_meanwhile_is_withdrawn() {
    let (World { l1, proxy, node }, signer) = promised().await;
    let signed = node.head();
    let halted = node.halt().await.unwrap();
    l1.reorg(1, vec![(0, L1Call::message(&message(9)))]).await.unwrap();
    let (mut node, told) = start_listening(halted, &l1, &proxy).await;
    assert_eq!((node.head(), l1_reorgs(&told).len()), (signed, 1));
    let block = block_of(node.build_by_clock().await.unwrap());
    assert!(block.follows(signed));
    assert_eq!(queue_indices(&block.block), [1]);
    let (_, on_l1) = l1.queued_messages().await.unwrap().remove(1);
    assert_eq!(crate::support::hashes(&block.block), [on_l1.tx_hash()]);
    let asked = signer.asked();
    assert_eq!(asked.len(), 3);
    assert_ne!(asked[1], asked[2], "another block at the height of the promised one");
    assert_eq!(node.announced.blocks().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promise_whose_message_l1_takes_back_now_is_withdrawn() {
    let (mut world, signer) = promised().await;
    world.l1.reorg(1, vec![(0, L1Call::message(&message(9)))]).await.unwrap();
    caught_up(&world.node, &world.l1).await;
    assert_eq!(included(&mut world.node).await, [1]);
    let asked = signer.asked();
    assert_ne!(asked[1], asked[2], "another block at the height of the promised one");
    assert_eq!(world.node.head().number, 2);
}
