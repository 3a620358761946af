//! What an operator can order.

use crate::{
    scripted::Step,
    world::{SIGNING_TIMEOUT, World, config, ms, soon},
};
use alloy_primitives::{Address, B256};
use rollup_runtime::SystemClock;
use rollup_sequencer::{
    SequencerBuilder, SequencerConfig, SequencerConfigError, SequencerError, SequencerEvent,
    SequencerState, SkipReason, SyncState,
};
use std::{future::ready, time::Duration};
use tokio::sync::broadcast::error::RecvError;

fn empty_blocks() -> SequencerConfig {
    SequencerConfig { allow_empty_blocks: true, ..config() }
}

/// A world whose signer waits, while it signs block 1.
async fn signing() -> World {
    let mut world = World::new(empty_blocks());
    world.signer.follow(&[Step::Wait]);
    world.handle.enable().await.unwrap();
    world.go_to(ms(800)).await;
    assert!(matches!(world.event().await, SequencerEvent::BlockSequenced(_)));
    assert_eq!(world.handle.status().state, SequencerState::Signing);
    // Asked, and so far without an answer.
    soon(world.clock.until_slept_to(ms(800) + SIGNING_TIMEOUT)).await;
    world
}

#[tokio::test]
async fn enabling_and_disabling_twice_is_like_once() {
    let mut world = World::new(empty_blocks());
    assert_eq!(world.handle.status().state, SequencerState::Disabled);
    assert_eq!(world.handle.enable().await, Ok(true));
    assert_eq!(world.handle.enable().await, Ok(true));
    assert!(world.handle.status().is_enabled);
    let mut ended = world.pool.ended();
    world.job_is_full().await;
    assert_eq!(world.handle.disable().await, Ok(true));
    assert_eq!(world.handle.disable().await, Ok(true));
    assert_eq!(world.skipped().await, (SkipReason::Disabled, 1));
    soon(ended.changed()).await.unwrap();
    assert_eq!(world.handle.status().state, SequencerState::Disabled);
    assert_eq!(world.clock.next_deadline(), None);
    assert_eq!(world.engine.head().number, 0);
}

#[tokio::test]
async fn start_refuses_another_head() {
    let world = World::new(empty_blocks());
    let (expected, found) = (B256::repeat_byte(1), world.engine.head().hash);
    let err = world.handle.start(expected).await.unwrap_err();
    assert_eq!(err, SequencerError::HeadMismatch { expected, found });
    assert_eq!(world.handle.status().state, SequencerState::Disabled);
    world.handle.start(found).await.unwrap();
    assert!(world.handle.status().is_enabled);
}

#[tokio::test]
async fn stop_waits_for_the_signature_and_gives_that_block() {
    let mut world = signing().await;
    let handle = world.handle.clone();
    let stop = handle.stop();
    tokio::pin!(stop);
    tokio::select! {
        biased;
        stopped = &mut stop => panic!("{stopped:?}"),
        () = world.settled() => {}
    }
    world.signer.release();
    let head = soon(stop).await.unwrap();
    assert_eq!(head, world.signed().await.id());
    assert_eq!(world.engine.head(), head);
    assert_eq!(world.handle.status().state, SequencerState::Disabled);
}

#[tokio::test]
async fn stop_drops_a_job_and_gives_the_head() {
    let world = World::new(empty_blocks());
    world.handle.enable().await.unwrap();
    soon(world.clock.until_slept_to(ms(800))).await;
    assert_eq!(world.handle.stop().await, Ok(world.engine.head()));
    assert_eq!(world.engine.head().number, 0);
}

#[tokio::test]
async fn a_block_is_built_by_order_whatever_is_missing() {
    let none = SyncState { l1_synced: false, l2_synced: false };
    let mut world = World::with_sync(empty_blocks(), none);
    world.authorized_signer.send_replace(Some(Address::repeat_byte(1)));
    world.settled().await;
    world.handle.build_block().await.unwrap();
    assert_eq!(world.handle.build_block().await, Err(SequencerError::AlreadyBuilding));
    world.go_to(ms(800)).await;
    assert_eq!(world.block().await.block.number, 1);
    world.state(SequencerState::Disabled).await;
}

#[tokio::test]
async fn a_shutdown_waits_for_the_signature() {
    let mut world = signing().await;
    world.signer.release();
    world.tasks.shutdown(&SystemClock::new(), Duration::from_secs(60)).await.unwrap();
    assert_eq!(world.signed().await.block.number, 1);
    assert_eq!(world.engine.head().number, 1);
    assert_eq!(world.handle.enable().await, Err(SequencerError::Stopped));
    assert_eq!(world.event_after_end().await, RecvError::Closed);
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_ever() {
    let world = signing().await;
    world.tasks.token().cancel();
    soon(world.clock.until_slept_to(ms(5800))).await;
    world.clock.advance(ms(5000));
    world.tasks.shutdown(&SystemClock::new(), Duration::from_secs(60)).await.unwrap();
    assert_eq!(world.engine.head().number, 0);
}

#[tokio::test]
async fn a_full_mailbox_refuses() {
    let builder = SequencerBuilder::new(config()).unwrap();
    let handle = builder.handle();
    let mut refused = 0;
    for _ in 0..100 {
        // Nobody answers: who is taken waits.
        let answer = tokio::select! {
            biased;
            answer = handle.enable() => answer,
            () = ready(()) => continue,
        };
        assert_eq!(answer, Err(SequencerError::Busy));
        refused += 1;
    }
    assert!((1..100).contains(&refused), "{refused}");
}

#[tokio::test]
async fn a_sequencer_that_is_gone_says_so() {
    let builder = SequencerBuilder::new(config()).unwrap();
    let handle = builder.handle();
    drop(builder);
    assert_eq!(handle.enable().await, Err(SequencerError::Stopped));
    assert_eq!(handle.disable().await, Err(SequencerError::Stopped));
    assert_eq!(handle.start(B256::ZERO).await, Err(SequencerError::Stopped));
    assert_eq!(handle.stop().await, Err(SequencerError::Stopped));
    assert_eq!(handle.build_block().await, Err(SequencerError::Stopped));
    assert_eq!(handle.subscribe().recv().await.unwrap_err(), RecvError::Closed);
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let zero = Duration::ZERO;
    let result = SequencerBuilder::new(SequencerConfig { block_time: zero, ..config() });
    assert_eq!(result.unwrap_err(), SequencerConfigError::BlockTime);
    let building = SequencerConfig { payload_building_duration: zero, ..config() };
    let result = SequencerBuilder::new(building);
    assert_eq!(result.unwrap_err(), SequencerConfigError::PayloadBuildingDuration);
}
