//! Changes that contradict what is stored.

use super::{
    World, batch_id, commits, committed, consolidated, enqueued, finalized, l1, l1_block, message,
    messages,
};
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_storage::{EnqueuedMessage, L1Event, RollupChange, RollupError, next_queue_hash};

#[test]
fn rejects_gap_and_repetition_in_queue_index() {
    let world = World::new();
    let err = world.refusal(&[l1(10, enqueued(messages([1]), None))]);
    assert_eq!(err, RollupError::QueueGap { expected: 0, found: 1 });
    world.apply(&[l1(10, enqueued(messages([0, 1]), None))]);
    let err = world.refusal(&[l1(11, enqueued(messages([3]), None))]);
    assert_eq!(err, RollupError::QueueGap { expected: 2, found: 3 });
    let err = world.refusal(&[l1(11, enqueued(messages([1]), None))]);
    assert_eq!(err, RollupError::QueueGap { expected: 2, found: 1 });
}

#[test]
fn rejects_queue_hash_that_does_not_follow() {
    let world = World::new();
    world.apply(&[l1(10, enqueued(messages(0..3), None))]);
    let previous = world.view().l1_message(2).unwrap().unwrap().queue_hash;
    let expected = next_queue_hash(previous, message(3, 0).tx_hash());
    for found in [None, Some(B256::ZERO), Some(next_queue_hash(None, message(3, 0).tx_hash()))] {
        let event = EnqueuedMessage { message: message(3, 0), queue_hash: found };
        let err = world.refusal(&[l1(11, vec![L1Event::MessageEnqueued(event)])]);
        assert_eq!(err, RollupError::QueueHash { queue_index: 3, expected, found });
    }
}

#[test]
fn rejects_first_queue_hash_that_is_not_of_an_empty_queue() {
    let world = World::new();
    let found = Some(B256::repeat_byte(1));
    let event = EnqueuedMessage { message: message(0, 0), queue_hash: found };
    let err = world.refusal(&[l1(10, vec![L1Event::MessageEnqueued(event)])]);
    let expected = next_queue_hash(None, message(0, 0).tx_hash());
    assert_eq!(err, RollupError::QueueHash { queue_index: 0, expected, found });
}

#[test]
fn rejects_processed_l1_block_that_has_changed() {
    let world = World::new();
    world.apply(&commits(2));
    world.apply(&[l1(12, Vec::new())]);
    let changed = l1_block(11, 1, vec![committed(batch_id(2, 1), 11)]);
    let (number, found) = (changed.number, changed.hash);
    let stored = Some(l1_block(11, 0, Vec::new()).hash);
    let err = world.refusal(&[RollupChange::L1Block(changed)]);
    assert_eq!(err, RollupError::L1BlockChanged { number, stored, found });

    // It did nothing when it was processed.
    let changed = l1_block(12, 1, vec![committed(batch_id(3, 0), 12)]);
    let (number, found) = (changed.number, changed.hash);
    let err = world.refusal(&[RollupChange::L1Block(changed)]);
    assert_eq!(err, RollupError::L1BlockChanged { number, stored: None, found });
}

#[test]
fn rejects_unwinding_l1_below_its_finalized_block() {
    let world = World::new();
    world.apply(&[RollupChange::L1Finalized { number: 8 }]);
    let err = world.refusal(&[RollupChange::UnwindL1 { to: 7 }]);
    assert_eq!(err, RollupError::BelowL1Finalized { to: 7, finalized: 8 });
    world.apply(&[RollupChange::UnwindL1 { to: 8 }]);
}

#[test]
fn rejects_batch_that_does_not_follow() {
    let world = World::new();
    for index in [0, 2] {
        let err = world.refusal(&[l1(10, vec![committed(batch_id(index, 0), 10)])]);
        assert_eq!(err, RollupError::BatchGap { index });
    }
    world.apply(&commits(2));
    world.apply(&[l1(12, vec![L1Event::BatchReverted(batch_id(2, 0))])]);
    let err = world.refusal(&[l1(13, vec![committed(batch_id(3, 0), 13)])]);
    assert_eq!(err, RollupError::BatchGap { index: 3 });
}

#[test]
fn rejects_second_batch_of_an_index() {
    let world = World::new();
    world.apply(&commits(2));
    for salt in [0, 1] {
        let err = world.refusal(&[l1(12, vec![committed(batch_id(2, salt), 12)])]);
        let (stored, found) = (batch_id(2, 0).hash, batch_id(2, salt).hash);
        assert_eq!(err, RollupError::BatchExists { index: 2, stored, found });
    }
}

#[test]
fn rejects_events_of_unknown_and_reverted_batches() {
    let world = World::with_blocks(1);
    world.apply(&commits(2));
    world.apply(&[l1(12, vec![L1Event::BatchReverted(batch_id(2, 0))])]);
    for (index, salt) in [(0, 0), (1, 1), (2, 0), (3, 0)] {
        let batch = batch_id(index, salt);
        let unknown = RollupError::UnknownBatch { index, hash: Some(batch.hash) };
        assert_eq!(world.refusal(&[l1(13, vec![L1Event::BatchReverted(batch)])]), unknown);
        assert_eq!(world.refusal(&[l1(13, vec![finalized(batch)])]), unknown);
        let change = consolidated(batch, 1, world.id(1), &[]);
        assert_eq!(world.refusal(&[change]), unknown);
    }
    let err = world.refusal(&[l1(13, vec![L1Event::BatchesReverted { first: 1, last: u64::MAX }])]);
    assert_eq!(err, RollupError::UnknownBatch { index: u64::MAX, hash: None });
    world.apply(&[l1(13, vec![L1Event::BatchesReverted { first: 2, last: 1 }])]);
}

#[test]
fn rejects_revert_of_a_finalized_batch() {
    let world = World::new();
    world.apply(&commits(2));
    world.apply(&[l1(12, vec![finalized(batch_id(2, 0))])]);
    let err = world.refusal(&[l1(13, vec![L1Event::BatchReverted(batch_id(1, 0))])]);
    assert_eq!(err, RollupError::FinalizedBatch { index: 1 });
}

#[test]
fn rejects_blocks_that_do_not_follow_those_of_the_batch_before() {
    let world = World::with_blocks(4);
    world.apply(&commits(3));
    let refusal = |index, first, last| world.refusal(&[world.consolidated(index, first, last)]);
    for (first, last) in [(0, 2), (2, 2), (1, 0)] {
        let expected = Some(1);
        let err = RollupError::BatchBlocks { index: 1, first, last, expected };
        assert_eq!(refusal(1, first, last), err);
    }
    let err = RollupError::BatchBlocks { index: 2, first: 2, last: 2, expected: None };
    assert_eq!(refusal(2, 2, 2), err);
    world.apply(&[world.consolidated(1, 1, 2)]);
    let err = RollupError::BatchBlocks { index: 2, first: 2, last: 3, expected: Some(3) };
    assert_eq!(refusal(2, 2, 3), err);
    assert_eq!(refusal(1, 1, 3), RollupError::OtherBlocks { index: 1 });
}

#[test]
fn rejects_blocks_that_are_not_in_the_chain() {
    let world = World::with_blocks(2);
    world.apply(&commits(1));
    let other = BlockNumHash::new(2, B256::ZERO);
    let above = BlockNumHash::new(3, B256::ZERO);
    for (block, canonical) in [(other, Some(world.id(2).hash)), (above, None)] {
        let err = RollupError::NotCanonical { block, canonical };
        let forkchoice = |safe, finalized| RollupChange::Forkchoice { safe, finalized };
        assert_eq!(world.refusal(&[consolidated(batch_id(1, 0), 1, block, &[])]), err);
        assert_eq!(world.refusal(&[forkchoice(Some(block), None)]), err);
        assert_eq!(world.refusal(&[forkchoice(Some(world.id(2)), Some(block))]), err);
    }
}

#[test]
fn rejects_forkchoice_out_of_order() {
    let world = World::with_blocks(4);
    world.apply(&commits(1));
    let forkchoice = |safe: Option<u64>, finalized: Option<u64>| {
        let [safe, finalized] = [safe, finalized].map(|number| number.map(|at| world.id(at)));
        [RollupChange::Forkchoice { safe, finalized }]
    };
    let err = world.refusal(&forkchoice(None, Some(1)));
    assert_eq!(err, RollupError::SafeTooLow { safe: 0, lowest: 1 });
    world.apply(&forkchoice(Some(4), Some(2)));
    assert_eq!(world.forkchoice(), [4, 4, 2]);
    let err = world.refusal(&forkchoice(None, Some(1)));
    assert_eq!(err, RollupError::FinalizedGoesBack { to: 1, finalized: 2 });
    let err = world.refusal(&forkchoice(Some(1), None));
    assert_eq!(err, RollupError::SafeTooLow { safe: 1, lowest: 2 });
    world.apply(&[world.consolidated(1, 1, 3)]);
    assert_eq!(world.forkchoice(), [4, 4, 2]);
    let err = world.refusal(&forkchoice(Some(2), None));
    assert_eq!(err, RollupError::SafeTooLow { safe: 2, lowest: 3 });
    world.apply(&forkchoice(Some(3), None));
    assert_eq!(world.forkchoice(), [4, 3, 2]);
}

#[test]
fn rejects_skipping_messages_that_are_unknown_or_included() {
    let mut world = World::new();
    world.apply(&[l1(9, enqueued(messages(0..2), None))]);
    world.apply(&commits(1));
    world.append(messages([1]));
    let skip = |indices: &[u64]| [consolidated(batch_id(1, 0), 1, world.id(1), indices)];
    let err = world.refusal(&skip(&[0, 1]));
    assert_eq!(err, RollupError::MessageIncluded { queue_index: 1, block_number: 1 });
    assert_eq!(world.refusal(&skip(&[2])), RollupError::UnknownMessage { queue_index: 2 });
    world.apply(&skip(&[0]));
}

#[test]
fn nothing_is_stored_of_an_l1_block_with_a_refused_event() {
    let world = World::new();
    let mut events = enqueued(messages([0]), None);
    events.push(committed(batch_id(2, 0), 11));
    let err = world.refusal(&[l1(10, enqueued(Vec::new(), None)), l1(11, events)]);
    assert_eq!(err, RollupError::BatchGap { index: 2 });
}
