//! Slots: when a block is made, and when not.

use crate::world::{UNIX_TIME, World, config, foreign_block, ms, soon};
use alloy_primitives::{Address, B256};
use rollup_primitives::ScrollTxEnvelope;
use rollup_sequencer::{
    HealthReason, L1Gate, SequencerConfig, SequencerEvent, SequencerState, SkipReason, SyncState,
};
use rollup_storage::{ExecutedBlock, RollupChange};

fn hashes(block: &ExecutedBlock) -> Vec<B256> {
    block.block.body().transactions.iter().map(ScrollTxEnvelope::hash).copied().collect()
}

#[tokio::test]
async fn s1_nothing_to_include_is_no_block() {
    let mut world = World::new(config());
    let genesis = world.engine.head();
    world.handle.build_block().await.unwrap();
    world.go_to(ms(800)).await;
    let SequencerEvent::BlockBuildingSkipped { parent } = world.event().await else { panic!() };
    assert_eq!(parent, genesis);
    world.state(SequencerState::Disabled).await;
    assert_eq!(world.engine.head(), genesis);
    assert_eq!(world.signer.asked(), Vec::<B256>::new());
    assert_eq!(world.announced(), []);
}

#[tokio::test]
async fn an_empty_block_is_made_if_that_is_allowed() {
    let mut world = World::new(SequencerConfig { allow_empty_blocks: true, ..config() });
    world.handle.enable().await.unwrap();
    for number in 1..=3 {
        world.go_to(ms(number * 1000 - 200)).await;
        let block = world.block().await;
        assert_eq!((block.block.number, hashes(&block).len()), (number, 0));
        world.go_to(ms(number * 1000)).await;
    }
}

#[tokio::test]
async fn only_the_first_block_may_be_empty_if_the_chain_asks_for_that() {
    let mut world = World::new(SequencerConfig { allow_empty_first_block: true, ..config() });
    world.handle.enable().await.unwrap();
    world.go_to(ms(800)).await;
    let first = world.block().await.id();
    assert_eq!(first.number, 1);
    world.go_to(ms(1000)).await;
    world.go_to(ms(1800)).await;
    let SequencerEvent::BlockBuildingSkipped { parent } = world.event().await else { panic!() };
    assert_eq!(parent, first);
}

#[tokio::test]
async fn s2_a_pool_transaction_makes_a_block() {
    let mut world = World::new(SequencerConfig { auto_start: true, ..config() });
    let hash = world.pool.add(1).await;
    world.job_is_full().await;
    assert_eq!(world.handle.status().state, SequencerState::Building);
    world.go_to(ms(800)).await;
    let block = world.block().await;
    assert_eq!(hashes(&block), [hash]);
    assert_eq!(block.block.timestamp, UNIX_TIME.as_secs());
    assert_eq!(world.engine.head(), block.id());
    assert_eq!(world.announced(), [block.id()]);
    let status = world.state(SequencerState::Idle).await;
    assert_eq!(status.last_block, Some(block.id()));
    assert_eq!(status.last_block_at, Some(UNIX_TIME + ms(800)));
}

#[tokio::test]
async fn blocks_of_100_ms_share_timestamps_and_do_not_drift() {
    let mut world = World::new(SequencerConfig {
        block_time: ms(100),
        payload_building_duration: ms(80),
        allow_empty_blocks: true,
        ..config()
    });
    world.handle.enable().await.unwrap();
    for number in 1..=12 {
        world.go_to(ms(number * 100 - 20)).await;
        let block = world.block().await;
        assert_eq!(block.block.number, number);
        let expected = UNIX_TIME + ms((number - 1) * 100);
        assert_eq!(block.block.timestamp, expected.as_secs(), "block {number}");
        world.go_to(ms(number * 100)).await;
    }
}

#[tokio::test]
async fn s13_overrun_skips_slots() {
    let mut world = World::new(SequencerConfig {
        payload_building_duration: ms(1500),
        allow_empty_blocks: true,
        ..config()
    });
    world.handle.enable().await.unwrap();
    for number in 1..=3 {
        let start = (number - 1) * 2000;
        world.go_to(ms(start + 1000)).await;
        assert_eq!(world.skipped().await, (SkipReason::Overrun, 1));
        world.go_to(ms(start + 1500)).await;
        assert_eq!(world.block().await.block.number, number);
        world.go_to(ms(start + 2000)).await;
    }
}

#[tokio::test]
async fn s14_sync_gates_slots_and_gives_one_at_once() {
    let none = SyncState { l1_synced: false, l2_synced: false };
    let config = SequencerConfig { allow_empty_blocks: true, auto_start: true, ..config() };
    let mut world = World::with_sync(config, none);
    world.state(SequencerState::WaitingForSync).await;
    world.clock.advance(ms(5300));
    world.sync.send_replace(SyncState { l1_synced: true, ..none });
    world.settled().await;
    assert_eq!(world.handle.status().state, SequencerState::WaitingForSync);
    world.sync.send_replace(SyncState::SYNCED);
    world.go_to(ms(6100)).await;
    assert_eq!(world.block().await.block.number, 1);
    // The next slot is a period after the first, and there was none in between.
    world.go_to(ms(6300)).await;
    soon(world.clock.until_slept_to(ms(7100))).await;
    world.sync.send_replace(SyncState { l2_synced: false, ..SyncState::SYNCED });
    assert_eq!(world.skipped().await, (SkipReason::NotSynced, 1));
    world.state(SequencerState::WaitingForSync).await;
    assert_eq!(world.engine.head().number, 1);
}

#[tokio::test]
async fn s15_a_block_from_elsewhere_drops_the_job() {
    let foreign = foreign_block(7).await;
    let mut world = World::new(SequencerConfig { auto_start: true, ..config() });
    world.pool.add(1).await;
    world.job_is_full().await;
    world.import(&foreign).await;
    assert_eq!(world.skipped().await, (SkipReason::HeadMoved, 1));
    assert_eq!(world.engine.head(), foreign.id(), "it is not reorganized away");
    assert_eq!(world.signer.asked(), Vec::<B256>::new());
    // The first transaction of the pool is now one that was taken elsewhere.
    let hash = world.pool.add(2).await;
    world.go_to(ms(1000)).await;
    world.job_is_full().await;
    world.go_to(ms(1800)).await;
    let block = world.block().await;
    assert!(block.follows(foreign.id()));
    assert_eq!(hashes(&block), [hash]);
}

#[tokio::test]
async fn another_authorized_signer_lets_slots_pass() {
    let config = SequencerConfig { allow_empty_blocks: true, ..config() };
    let mut world = World::new(config);
    world.authorized_signer.send_replace(Some(Address::repeat_byte(1)));
    world.settled().await;
    world.handle.enable().await.unwrap();
    assert_eq!(world.skipped().await, (SkipReason::NotAuthorized, 1));
    assert_eq!(world.handle.status().state, SequencerState::NotAuthorized);
    world.go_to(ms(1000)).await;
    assert_eq!(world.skipped().await, (SkipReason::NotAuthorized, 1));

    let own = rollup_signer::BlockSigner::address(world.signer.as_ref());
    world.authorized_signer.send_replace(Some(own));
    world.state(SequencerState::Idle).await;
    world.go_to(ms(2000)).await;
    world.go_to(ms(2800)).await;
    assert_eq!(world.block().await.block.number, 1);
}

#[tokio::test]
async fn a_clock_behind_the_parent_repeats_its_timestamp() {
    let mut world = World::new(SequencerConfig { allow_empty_blocks: true, ..config() });
    world.handle.enable().await.unwrap();
    world.go_to(ms(800)).await;
    let first = world.block().await.block.timestamp;
    world.clock.set_unix_time(UNIX_TIME - ms(3_600_000));
    world.go_to(ms(1000)).await;
    world.go_to(ms(1800)).await;
    assert_eq!(world.block().await.block.timestamp, first);
}

#[tokio::test]
async fn slots_pass_while_l1_is_too_old_and_blocks_follow_when_it_is_not() {
    let mut world = World::new(config());
    world.l1_gate.send_replace(L1Gate::Limited { max_unsafe_blocks: 1 });
    world.settled().await;
    world.pool.add(1).await;
    world.handle.enable().await.unwrap();
    world.job_is_full().await;
    world.go_to(ms(800)).await;
    // The first block above the safe one.
    assert_eq!(world.block().await.id().number, 1);
    world.go_to(ms(1000)).await;
    assert_eq!(world.skipped().await, (SkipReason::L1Stale, 1));
    let status = world.state(SequencerState::L1Stale).await;
    assert_eq!(status.health_reasons, [HealthReason::L1Stale]);
    // An order is obeyed all the same.
    world.pool.add(2).await;
    world.handle.build_block().await.unwrap();
    world.job_is_full().await;
    world.go_to(ms(1800)).await;
    assert_eq!(world.block().await.id().number, 2);
    // A batch has them, so that they are safe.
    let safe = RollupChange::Forkchoice { safe: Some(world.engine.head()), finalized: None };
    world.engine.apply_rollup(vec![safe]).await.unwrap();
    world.state(SequencerState::Idle).await;
    world.pool.add(3).await;
    world.go_to(ms(2000)).await;
    world.job_is_full().await;
    world.go_to(ms(2800)).await;
    assert_eq!(world.block().await.id().number, 3);
}
