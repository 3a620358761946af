//! S17 and what belongs to it: one block per height, whatever the signer does.

use crate::{
    scripted::Step,
    world::{World, config, foreign_block, ms},
};
use alloy_primitives::B256;
use rollup_primitives::block_signing_hash;
use rollup_sequencer::{
    HealthReason, SequencerConfig, SequencerEvent, SequencerState, SkipReason, Stage, StopReason,
};
use rollup_signer::BlockSigner;

/// A world in which block 1 is built with a transaction of the pool, and whose signer does this
/// next.
async fn after_first_failure(script: &[Step]) -> World {
    let mut world = World::new(SequencerConfig { auto_start: true, ..config() });
    world.signer.follow(script);
    world.pool.add(1).await;
    world.job_is_full().await;
    world.go_to(ms(800)).await;
    assert!(matches!(world.event().await, SequencerEvent::BlockSequenced(id) if id.number == 1));
    assert_eq!(world.skipped().await, (SkipReason::Failed, 1));
    world
}

#[tokio::test]
async fn a_block_is_signed_by_the_key_and_stored_with_it() {
    let mut world = World::new(config());
    world.pool.add(1).await;
    world.handle.build_block().await.unwrap();
    world.job_is_full().await;
    world.go_to(ms(800)).await;
    let block = world.block().await;
    let signature = world.engine.view().unwrap().signature(1).unwrap().unwrap();
    assert_eq!(block.signature, Some(signature));
    let signer = signature.recover_signer(block.block.header()).unwrap();
    assert_eq!(signer, world.signer.address());
}

#[tokio::test]
async fn s17_a_failed_signature_is_asked_for_again_and_no_other_block_is() {
    let mut world = after_first_failure(&[Step::Unavailable; 2]).await;
    assert_eq!(world.engine.head().number, 0, "the head waits for the signature");
    let status = world.status(|status| status.consecutive_failures == 1).await;
    assert_eq!(status.health_reasons, [HealthReason::Failing { slots: 1 }]);
    // A block that is built now would have this one too.
    world.pool.add(2).await;
    world.go_to(ms(1000)).await;
    assert_eq!(world.skipped().await, (SkipReason::Failed, 1));
    assert_eq!(world.engine.head().number, 0);
    assert_eq!(world.announced(), []);

    world.go_to(ms(2000)).await;
    let block = world.signed().await;
    assert_eq!((block.block.number, block.block.body().transactions.len()), (1, 1));
    assert_eq!(world.signer.asked(), [block_signing_hash(block.block.header()); 3]);
    let status = world.state(SequencerState::Idle).await;
    assert_eq!((status.consecutive_failures, status.health_reasons), (0, vec![]));

    world.go_to(ms(3000)).await;
    world.job_is_full().await;
    world.go_to(ms(3800)).await;
    let next = world.block().await;
    assert!(next.follows(block.id()), "no number is left out");
    assert_eq!(world.announced(), [block.id(), next.id()]);
}

#[tokio::test]
async fn s17_a_signer_that_goes_on_failing_stops_the_slots() {
    let mut world = after_first_failure(&[Step::Unavailable; 3]).await;
    world.go_to(ms(1000)).await;
    world.skipped().await;
    world.go_to(ms(2000)).await;
    world.skipped().await;
    let reason = StopReason::Failures { stage: Stage::Sign, count: 3 };
    let status = world.state(SequencerState::Failed(reason)).await;
    assert_eq!(status.health_reasons, [HealthReason::Stopped(reason)]);
    assert_eq!(world.clock.next_deadline(), None, "it waits for an operator");

    world.handle.enable().await.unwrap();
    let block = world.signed().await;
    assert_eq!(world.signer.asked(), [block_signing_hash(block.block.header()); 4]);
    world.state(SequencerState::Idle).await;
}

#[tokio::test]
async fn a_signer_that_refuses_stops_the_slots_at_once() {
    let world = after_first_failure(&[Step::Refuse]).await;
    world.state(SequencerState::Failed(StopReason::SigningRefused)).await;
    assert_eq!(world.engine.head().number, 0);
}

#[tokio::test]
async fn a_promised_block_is_dropped_when_the_head_moves() {
    let foreign = foreign_block(7).await;
    let mut world = after_first_failure(&[Step::Unavailable]).await;
    world.import(&foreign).await;
    world.pool.add(2).await;
    world.go_to(ms(1000)).await;
    world.job_is_full().await;
    world.go_to(ms(1800)).await;
    let block = world.block().await;
    assert!(block.follows(foreign.id()));
    assert_eq!(world.announced(), [block.id()]);
}

#[tokio::test]
async fn a_height_that_was_signed_before_stops_the_slots() {
    let mut world = World::new(SequencerConfig { allow_empty_blocks: true, ..config() });
    world.storage.advance_signed_height(5, B256::repeat_byte(5)).unwrap();
    world.handle.enable().await.unwrap();
    world.go_to(ms(800)).await;
    assert!(matches!(world.event().await, SequencerEvent::BlockSequenced(_)));
    assert_eq!(world.skipped().await, (SkipReason::Failed, 1));
    world.state(SequencerState::Failed(StopReason::HeightTaken { number: 1 })).await;
    assert_eq!(world.signer.asked(), Vec::<B256>::new(), "it is not even asked");
}
