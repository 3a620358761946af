//! L1 messages in blocks.

use crate::{
    scripted::Step,
    world::{World, config, ms, soon},
};
use alloy_primitives::{Address, B256, U256};
use rollup_chainspec::DEFAULT_BASE_FEE_OVERHEAD_WEI;
use rollup_primitives::{ScrollTxEnvelope, TxL1Message};
use rollup_sequencer::{
    HealthReason, L1InclusionMode, SequencerConfig, SequencerEvent, SequencerState, SkipReason,
    Stage, StopReason,
};
use rollup_storage::{EnqueuedMessage, ExecutedBlock, L1Block, L1Event, L1Progress, RollupChange};

const fn with_mode(l1_inclusion_mode: L1InclusionMode) -> impl Fn() -> SequencerConfig {
    move || SequencerConfig { l1_inclusion_mode, ..config() }
}

pub(crate) fn message(queue_index: u64, gas_limit: u64) -> TxL1Message {
    TxL1Message {
        queue_index,
        gas_limit,
        to: Address::repeat_byte(0xaa),
        value: U256::ZERO,
        input: Default::default(),
        sender: Address::repeat_byte(0xbb),
    }
}

/// L1 as the node knows it.
fn l1(world: &World, changes: Vec<RollupChange>) {
    world.storage.apply_rollup(changes).unwrap();
}

/// An L1 block that enqueues messages.
pub(crate) fn enqueue(number: u64, messages: &[TxL1Message]) -> RollupChange {
    let events = messages.iter().map(|message| {
        L1Event::MessageEnqueued(EnqueuedMessage { message: message.clone(), queue_hash: None })
    });
    RollupChange::L1Block(L1Block {
        number,
        hash: B256::with_last_byte(number.to_le_bytes()[0]),
        timestamp: number,
        events: events.collect(),
    })
}

const fn latest(number: u64) -> RollupChange {
    RollupChange::L1Latest { number }
}

const fn finalized(number: u64) -> RollupChange {
    RollupChange::L1Finalized { number }
}

/// Queue indices of the messages of a block, and how many other transactions it has.
fn contents(block: &ExecutedBlock) -> (Vec<u64>, usize) {
    let transactions = &block.block.body().transactions;
    let indices: Vec<_> = transactions.iter().filter_map(ScrollTxEnvelope::queue_index).collect();
    let others = transactions.len() - indices.len();
    (indices, others)
}

/// Begins with a block by order and seals it.
async fn build(world: &mut World) {
    let start = rollup_runtime::Clock::now(&world.clock);
    world.handle.build_block().await.unwrap();
    world.job_is_full().await;
    world.go_to(start + ms(800)).await;
}

/// A block by order, which has something in it.
async fn block(world: &mut World) -> (Vec<u64>, usize) {
    build(world).await;
    let block = world.block().await;
    world.state(SequencerState::Disabled).await;
    contents(&block)
}

/// A block by order, which has nothing in it.
async fn no_block(world: &mut World) {
    build(world).await;
    assert!(matches!(world.event().await, SequencerEvent::BlockBuildingSkipped { .. }));
    world.state(SequencerState::Disabled).await;
}

#[tokio::test]
async fn s2_a_message_makes_the_block_after_that_of_a_transaction() {
    let mut world = World::new(with_mode(L1InclusionMode::Finalized(0))());
    world.pool.add(1).await;
    assert_eq!(block(&mut world).await, (vec![], 1));
    l1(&world, vec![enqueue(1, &[message(0, 100_000)]), latest(1), finalized(1)]);
    assert_eq!(block(&mut world).await, (vec![0], 0));
    let view = world.engine.view().unwrap();
    assert_eq!(view.l1_message(0).unwrap().unwrap().l2_block_number, Some(2));
    // From a genesis without base fee: the overhead alone.
    let base_fee = view.header(2).unwrap().unwrap().base_fee_per_gas;
    assert_eq!(base_fee.map(U256::from), Some(DEFAULT_BASE_FEE_OVERHEAD_WEI));
    no_block(&mut world).await;
}

#[tokio::test]
async fn s3_depth_counts_from_the_latest_block() {
    let mut world = World::new(with_mode(L1InclusionMode::Depth(2))());
    l1(&world, vec![enqueue(1, &[message(0, 100_000)]), latest(1)]);
    no_block(&mut world).await;
    l1(&world, vec![latest(2)]);
    no_block(&mut world).await;
    l1(&world, vec![latest(3)]);
    assert_eq!(block(&mut world).await, (vec![0], 0));
}

#[tokio::test]
async fn s4_finalized_counts_from_the_finalized_block() {
    let mut world = World::new(with_mode(L1InclusionMode::Finalized(2))());
    l1(&world, vec![enqueue(1, &[message(0, 100_000)]), latest(1000)]);
    no_block(&mut world).await;
    l1(&world, vec![finalized(2)]);
    no_block(&mut world).await;
    l1(&world, vec![finalized(3)]);
    assert_eq!(block(&mut world).await, (vec![0], 0));
}

#[tokio::test]
async fn s5_without_depth_a_message_is_included_as_soon_as_it_is_seen() {
    let mut world = World::new(with_mode(L1InclusionMode::Depth(0))());
    l1(&world, vec![enqueue(1, &[message(0, 100_000)]), latest(1)]);
    assert_eq!(block(&mut world).await, (vec![0], 0));
}

#[tokio::test]
async fn s11_messages_above_the_gas_limit_go_into_the_next_block() {
    let mut world = World::new(with_mode(L1InclusionMode::Depth(0))());
    let messages = [message(0, 9_000_000), message(1, 9_000_000), message(2, 9_000_000)];
    l1(&world, vec![enqueue(1, &messages), latest(1)]);
    world.pool.add(1).await;
    assert_eq!(block(&mut world).await, (vec![0, 1], 1));
    assert_eq!(block(&mut world).await, (vec![2], 0));
}

#[tokio::test]
async fn a_block_has_no_more_messages_than_the_setting_or_else_the_chain_allows() {
    let messages: Vec<_> = (0..15).map(|index| message(index, 21_000)).collect();
    for (max_l1_messages, expected) in [(None, [10, 5]), (Some(12), [12, 3])] {
        let depth = with_mode(L1InclusionMode::Depth(0))();
        let mut world = World::new(SequencerConfig { max_l1_messages, ..depth });
        l1(&world, vec![enqueue(1, &messages), latest(1)]);
        let blocks = [block(&mut world).await, block(&mut world).await];
        assert_eq!(blocks.map(|(indices, _)| indices.len()), expected);
    }
}

#[tokio::test]
async fn s18_a_message_too_large_for_any_block_raises_an_alarm_and_blocks_go_on() {
    let mut world = World::new(with_mode(L1InclusionMode::Depth(0))());
    l1(&world, vec![enqueue(1, &[message(0, 20_000_001), message(1, 21_000)]), latest(1)]);
    world.pool.add(1).await;
    assert_eq!(block(&mut world).await, (vec![], 1));
    world.pool.add(2).await;
    assert_eq!(block(&mut world).await, (vec![], 1));
    let reasons = world.handle.status().health_reasons;
    assert_eq!(reasons, [HealthReason::L1QueueBlocked { queue_index: 0 }]);
}

#[tokio::test]
async fn a_message_that_cannot_be_executed_raises_an_alarm_and_blocks_go_on() {
    let mut world = World::new(with_mode(L1InclusionMode::Depth(0))());
    // Below what any transaction costs.
    l1(&world, vec![enqueue(1, &[message(0, 20_999)]), latest(1)]);
    world.pool.add(1).await;
    assert_eq!(block(&mut world).await, (vec![], 1));
    let reasons = world.handle.status().health_reasons;
    assert_eq!(reasons, [HealthReason::L1QueueBlocked { queue_index: 0 }]);
}

#[tokio::test]
async fn s16_an_l1_reorg_that_takes_a_message_drops_the_job() {
    let mut world = World::new(with_mode(L1InclusionMode::Depth(0))());
    l1(&world, vec![enqueue(10, &[message(0, 21_000)]), enqueue(12, &[message(1, 21_000)])]);
    l1(&world, vec![latest(12)]);
    let progress = L1Progress { latest: Some(12), finalized: None, processed: Some(12) };
    world.l1_progress.send_replace(progress);
    world.settled().await;
    world.handle.build_block().await.unwrap();
    world.job_is_full().await;
    world.state(SequencerState::Building).await;
    soon(world.clock.until_slept_to(ms(800))).await;
    world.l1_progress.send_replace(L1Progress { latest: Some(11), ..progress });
    assert_eq!(world.skipped().await, (SkipReason::L1Reorg, 1));
    assert_eq!(world.engine.head().number, 0);
}

#[tokio::test]
async fn s16_a_message_that_is_gone_is_not_signed_even_if_nobody_told() {
    let mut world = World::new(with_mode(L1InclusionMode::Depth(0))());
    l1(&world, vec![enqueue(10, &[message(0, 21_000)]), latest(12)]);
    world.handle.build_block().await.unwrap();
    world.job_is_full().await;
    l1(&world, vec![RollupChange::UnwindL1 { to: 9 }]);
    world.go_to(ms(800)).await;
    assert!(matches!(world.event().await, SequencerEvent::BlockSequenced(_)));
    assert_eq!(world.skipped().await, (SkipReason::L1Reorg, 1));
    assert_eq!(world.signer.asked(), Vec::<B256>::new());
    assert_eq!(world.handle.status().consecutive_failures, 0);
}

/// A world in which block 1 is promised, with a message of L1 block 10, and its signature failed.
async fn promised(enqueued: &RollupChange) -> World {
    let mut world = World::new(with_mode(L1InclusionMode::Depth(0))());
    l1(&world, vec![enqueued.clone(), latest(12)]);
    world.signer.follow(&[Step::Unavailable]);
    world.handle.enable().await.unwrap();
    world.job_is_full().await;
    world.go_to(ms(800)).await;
    assert!(matches!(world.event().await, SequencerEvent::BlockSequenced(_)));
    assert_eq!(world.skipped().await, (SkipReason::Failed, 1));
    world
}

#[tokio::test]
async fn a_promised_block_waits_for_a_message_that_l1_took_back() {
    let enqueued = enqueue(10, &[message(0, 21_000)]);
    let mut world = promised(&enqueued).await;
    l1(&world, vec![RollupChange::UnwindL1 { to: 9 }]);
    // More often than slots may fail in a row.
    for slot in 1..=5 {
        world.go_to(ms(slot * 1000)).await;
        assert_eq!(world.skipped().await, (SkipReason::L1Reorg, 1));
    }
    assert_eq!(world.signer.asked().len(), 1, "it is not signed, and nothing else is");
    let waits = HealthReason::WaitingForL1 { number: 1 };
    world.status(|status| status.health_reasons.contains(&waits)).await;

    l1(&world, vec![enqueued, latest(12)]);
    world.go_to(ms(6000)).await;
    let block = world.signed().await;
    assert_eq!(contents(&block), (vec![0], 0));
    world.status(|status| status.health_reasons.is_empty()).await;
}

#[tokio::test]
async fn a_promised_block_whose_message_is_another_one_stops_the_slots() {
    let mut world = promised(&enqueue(10, &[message(0, 21_000)])).await;
    l1(&world, vec![RollupChange::UnwindL1 { to: 9 }, enqueue(10, &[message(0, 22_000)])]);
    for slot in 1..=2 {
        world.go_to(ms(slot * 1000)).await;
        assert_eq!(world.skipped().await, (SkipReason::Failed, 1));
    }
    let reason = StopReason::Failures { stage: Stage::Propose, count: 3 };
    world.state(SequencerState::Failed(reason)).await;
    assert_eq!(world.signer.asked().len(), 1);
}

#[tokio::test]
async fn another_block_takes_the_height_of_one_that_an_l1_reorg_withdrew() {
    let mut world = promised(&enqueue(10, &[message(0, 21_000)])).await;
    let reorg = world.engine.reorg_l1(9).await.unwrap();
    assert_eq!(reorg.withdrawn.map(|id| id.number), Some(1));
    world.pool.add(1).await;
    world.go_to(ms(1000)).await;
    world.job_is_full().await;
    world.go_to(ms(1800)).await;
    let block = world.block().await;
    assert_eq!((block.block.number, contents(&block)), (1, (vec![], 1)));
    assert_ne!(Some(block.id()), reorg.withdrawn);
    assert_eq!(world.announced(), [block.id()]);
    world.status(|status| status.consecutive_failures == 0).await;
}

#[tokio::test]
async fn a_block_that_is_withdrawn_while_it_is_signed_is_never_announced() {
    let mut world = World::new(with_mode(L1InclusionMode::Depth(0))());
    l1(&world, vec![enqueue(10, &[message(0, 21_000)]), latest(12)]);
    world.signer.follow(&[Step::Wait]);
    world.handle.enable().await.unwrap();
    world.job_is_full().await;
    world.go_to(ms(800)).await;
    assert!(matches!(world.event().await, SequencerEvent::BlockSequenced(_)));
    soon(async {
        while world.signer.asked().is_empty() {
            world.engine.ping().await.unwrap();
        }
    })
    .await;
    let reorg = world.engine.reorg_l1(9).await.unwrap();
    assert_eq!(reorg.withdrawn.map(|id| id.number), Some(1));
    world.signer.release();
    assert_eq!(world.skipped().await, (SkipReason::L1Reorg, 1));
    assert_eq!(world.handle.status().consecutive_failures, 0);
    assert_eq!(world.announced(), []);
    world.pool.add(1).await;
    world.go_to(ms(1000)).await;
    world.job_is_full().await;
    world.go_to(ms(1800)).await;
    let block = world.block().await;
    assert_eq!((block.block.number, contents(&block)), (1, (vec![], 1)));
}
