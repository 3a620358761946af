//! What a restart finds.

use crate::{
    scripted::Step,
    world::{World, config, ms},
};
use rollup_primitives::block_signing_hash;
use rollup_sequencer::{SequencerConfig, SequencerEvent, SkipReason};

#[tokio::test]
async fn a_block_without_signature_is_signed_first_after_a_restart() {
    let mut world = World::new(SequencerConfig { auto_start: true, ..config() });
    world.signer.follow(&[Step::Unavailable]);
    world.pool.add(1).await;
    world.job_is_full().await;
    world.go_to(ms(800)).await;
    let SequencerEvent::BlockSequenced(promised) = world.event().await else { panic!() };
    assert_eq!(world.skipped().await, (SkipReason::Failed, 1));
    // Another block could be built from this.
    world.pool.add(2).await;

    let mut world = world.restarted(SequencerConfig { auto_start: true, ..config() }).await;
    let block = world.signed().await;
    assert_eq!(block.id(), promised);
    assert_eq!(world.signer.asked(), [block_signing_hash(block.block.header())]);
    assert_eq!(world.announced(), [promised]);
}

#[tokio::test]
async fn a_block_that_is_being_built_is_dropped_by_a_shutdown_and_a_restart_goes_on() {
    let mut world = World::new(SequencerConfig { auto_start: true, ..config() });
    world.pool.add(1).await;
    world.job_is_full().await;
    world.go_to(ms(800)).await;
    let first = world.block().await;
    world.pool.add(2).await;
    world.go_to(ms(1000)).await;
    world.job_is_full().await;

    let mut world = world.restarted(SequencerConfig { auto_start: true, ..config() }).await;
    assert_eq!(world.engine.head(), first.id());
    world.job_is_full().await;
    world.go_to(ms(800)).await;
    assert!(world.block().await.follows(first.id()));
}
