//! What is remembered of slots.

use crate::{
    scripted::Step,
    world::{UNIX_TIME, World, config, ms},
};
use alloy_primitives::{Address, B256, U256};
use rollup_payload::StopReason as BuildingEnd;
use rollup_primitives::TxL1Message;
use rollup_sequencer::{
    L1InclusionMode, NextL1Message, SequencerConfig, SequencerState, SkipReason, SlotOutcome,
    SlotRecord, SlotsAt, Stage, StopReason,
};
use rollup_storage::{EnqueuedMessage, L1Block, L1Event, RollupChange};

fn slots_at(world: &World, at: u64) -> Vec<SlotRecord> {
    match world.handle.slots().at(UNIX_TIME + ms(at)) {
        SlotsAt::Slots(slots) => slots,
        other => panic!("{other:?}"),
    }
}

/// An L1 block that enqueues a message.
fn enqueue(number: u64, queue_index: u64) -> RollupChange {
    let message = TxL1Message {
        queue_index,
        gas_limit: 100_000,
        to: Address::repeat_byte(0xaa),
        value: U256::ZERO,
        input: Default::default(),
        sender: Address::repeat_byte(0xbb),
    };
    let event = L1Event::MessageEnqueued(EnqueuedMessage { message, queue_hash: None });
    RollupChange::L1Block(L1Block {
        number,
        hash: B256::with_last_byte(number.to_le_bytes()[0]),
        timestamp: number,
        events: vec![event],
    })
}

#[tokio::test]
async fn a_slot_remembers_its_block_and_how_long_it_took() {
    let mut world = World::new(SequencerConfig { auto_start: true, ..config() });
    world.pool.add(1).await;
    world.job_is_full().await;
    let in_hand = slots_at(&world, 100).remove(0);
    assert_eq!((in_hand.outcome, in_hand.ended_at), (SlotOutcome::InHand, None));
    world.go_to(ms(800)).await;
    let block = world.block().await;
    world.state(SequencerState::Idle).await;

    let record = slots_at(&world, 500).remove(0);
    assert_eq!(record.outcome, SlotOutcome::Block(block.id()));
    let (began, ended) = (record.began_at, record.ended_at.unwrap());
    assert_eq!((began, ended), (UNIX_TIME, UNIX_TIME + ms(800)));
    let built = record.block.unwrap();
    assert_eq!((built.id, built.transactions, built.l1_messages), (block.id(), 1, 0));
    assert_eq!(built.gas_used, block.block.gas_used);
    assert_eq!(built.building_end, Some(BuildingEnd::Sealed));
    assert_eq!((record.signing_attempts, record.failure.as_deref()), (1, None));
    let phases = record.phases;
    for phase in [
        phases.waiting,
        phases.building,
        phases.sealing,
        phases.proposing,
        phases.signing,
        phases.appending,
        phases.announcing,
    ] {
        assert!(phase.is_some(), "{phases:?}");
    }
    assert_eq!(world.handle.slots().of_block(1).len(), 1);
}

#[tokio::test]
async fn a_slot_without_transactions_says_so() {
    let mut world = World::new(SequencerConfig { auto_start: true, ..config() });
    world.go_to(ms(800)).await;
    world.event().await;
    let record = slots_at(&world, 100).remove(0);
    assert_eq!(record.outcome, SlotOutcome::Skipped(SkipReason::Empty));
    assert_eq!((record.block_number(), record.phases.signing), (Some(1), None));
}

#[tokio::test]
async fn a_failed_signature_is_told_with_its_tries_and_the_slot_that_made_up_for_it() {
    let mut world =
        World::new(SequencerConfig { auto_start: true, max_consecutive_failures: 2, ..config() });
    world.signer.follow(&[Step::Unavailable; 2]);
    world.pool.add(1).await;
    world.job_is_full().await;
    world.go_to(ms(800)).await;
    world.event().await;
    assert_eq!(world.skipped().await, (SkipReason::Failed, 1));
    world.go_to(ms(1000)).await;
    assert_eq!(world.skipped().await, (SkipReason::Failed, 1));
    let reason = StopReason::Failures { stage: Stage::Sign, count: 2 };
    world.state(SequencerState::Failed(reason)).await;
    world.handle.enable().await.unwrap();
    let block = world.signed().await;

    let tries = world.handle.slots().of_block(1);
    let failed = SlotOutcome::Skipped(SkipReason::Failed);
    let outcomes: Vec<_> = tries.iter().map(|record| record.outcome).collect();
    assert_eq!(outcomes, [failed, failed, SlotOutcome::Block(block.id())]);
    let text = "the block cannot be signed: the signer does not answer";
    assert_eq!(tries[0].failure.as_deref(), Some(text));
    let resumed: Vec<_> = tries.iter().map(|record| record.is_resumed).collect();
    assert_eq!(resumed, [false, true, true]);
    let stops: Vec<_> = tries.iter().map(|record| record.stopped).collect();
    assert_eq!(stops, [None, Some(reason), None]);
}

#[tokio::test]
async fn the_next_l1_message_is_named_with_what_it_waits_for() {
    let mode = L1InclusionMode::Depth(2);
    let mut world = World::new(SequencerConfig {
        l1_inclusion_mode: mode,
        max_l1_messages: Some(1),
        ..config()
    });
    let latest = RollupChange::L1Latest { number: 12 };
    let queue = vec![latest, enqueue(9, 0), enqueue(10, 1), enqueue(11, 2)];
    world.storage.apply_rollup(queue).unwrap();
    let mut seen = Vec::new();
    for number in 1..=3 {
        let start = rollup_runtime::Clock::now(&world.clock);
        world.handle.build_block().await.unwrap();
        world.job_is_full().await;
        world.go_to(start + ms(800)).await;
        world.event().await;
        world.state(SequencerState::Disabled).await;
        let l1 = world.handle.slots().of_block(number).pop().unwrap().l1.unwrap();
        assert_eq!((l1.mode, l1.highest_l1_block), (mode, Some(10)));
        seen.push((l1.included, l1.next_queue_index(), l1.next));
    }
    let too_new = NextL1Message::NotDeepEnough { l1_block_number: 11 };
    assert_eq!(seen, [(1, 1, NextL1Message::BlockFull), (1, 2, too_new), (0, 2, too_new)]);
}

#[tokio::test]
async fn slots_of_a_signer_that_may_not_sign_pass_and_are_one_entry() {
    let world = World::new(config());
    world.authorized_signer.send(Some(Address::repeat_byte(1))).unwrap();
    world.settled().await;
    world.handle.enable().await.unwrap();
    for slot in 1..4 {
        world.go_to(ms(slot * 1000)).await;
    }
    world.settled().await;
    let record = slots_at(&world, 1_500).remove(0);
    assert_eq!(
        (record.outcome, record.slots),
        (SlotOutcome::Skipped(SkipReason::NotAuthorized), 4)
    );
    world.handle.disable().await.unwrap();
    assert!(matches!(world.handle.slots().at(UNIX_TIME + ms(9_000)), SlotsAt::NoSlots));
}
