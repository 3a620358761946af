//! What moves safe, and what L1 reorgs and unwound blocks take back.

use super::{World, batch_id, commits, consolidated, enqueued, finalized, l1, message, messages};
use rollup_storage::{L1Event, RollupChange};

/// Six blocks; batches 1 to 3 of two blocks each, committed in L1 blocks 10 to 12 and consolidated.
fn three_batches() -> World {
    let world = World::with_blocks(6);
    world.apply(&commits(3));
    for index in 1..=3 {
        world.apply(&[world.consolidated(index, 2 * index - 1, 2 * index)]);
    }
    world
}

fn indices_to_derive(world: &World) -> Vec<u64> {
    let batches = world.view().batches_to_derive(10).unwrap();
    batches.into_iter().map(|(id, _)| id.index).collect()
}

#[test]
fn consolidating_moves_safe_and_links_the_blocks() {
    let world = World::with_blocks(5);
    world.apply(&commits(2));
    world.apply(&[world.consolidated(1, 1, 3)]);
    assert_eq!(world.forkchoice(), [5, 3, 0]);
    let view = world.view();
    assert_eq!(view.batch_of_block(0).unwrap(), None);
    assert_eq!(view.batch_of_block(1).unwrap(), Some(batch_id(1, 0)));
    assert_eq!(view.batch_of_block(3).unwrap(), Some(batch_id(1, 0)));
    assert_eq!(view.batch_of_block(4).unwrap(), None);
    assert_eq!(indices_to_derive(&world), [2]);
}

#[test]
fn a_reverted_batch_takes_safe_back_but_not_the_head() {
    let world = three_batches();
    world.apply(&[l1(13, vec![L1Event::BatchesReverted { first: 2, last: 3 }])]);
    assert_eq!(world.forkchoice(), [6, 2, 0]);
    assert_eq!(world.view().batch_of_block(3).unwrap(), None);
    assert_eq!(indices_to_derive(&world), [0; 0]);
    assert_eq!(world.view().batch_at(2).unwrap(), None);

    // The revert is reorganized away: the batches are there to be derived again.
    world.apply(&[RollupChange::UnwindL1 { to: 12 }]);
    assert_eq!(indices_to_derive(&world), [2, 3]);
    world.apply(&[world.consolidated(2, 3, 4), world.consolidated(3, 5, 6)]);
    assert_eq!(world.forkchoice(), [6, 6, 0]);
}

#[test]
fn reverts_from_the_lowest_batch_up_are_those_from_the_highest_down() {
    let events = |order: [u64; 2]| order.map(|at| L1Event::BatchReverted(batch_id(at, 0))).to_vec();
    let (up, down) = (three_batches(), three_batches());
    up.apply(&[l1(13, events([2, 3]))]);
    down.apply(&[l1(13, events([3, 2]))]);
    assert_eq!(up.dump(), down.dump());
    assert_eq!(up.forkchoice(), [6, 2, 0]);
}

#[test]
fn a_commit_that_is_reorganized_away_takes_safe_back() {
    let world = three_batches();
    world.apply(&[RollupChange::UnwindL1 { to: 10 }]);
    assert_eq!(world.forkchoice(), [6, 2, 0]);
    let view = world.view();
    assert_eq!(view.batch_of_block(3).unwrap(), None);
    assert_eq!(view.batch(batch_id(2, 0)).unwrap(), None);
    assert_eq!(view.batch_calldata(batch_id(2, 0)).unwrap(), None);
    assert_eq!(view.l1_blocks().unwrap().len(), 1);
}

#[test]
fn safe_does_not_go_below_finalized() {
    let world = three_batches();
    world.apply(&[RollupChange::Forkchoice { safe: None, finalized: Some(world.id(4)) }]);
    world.apply(&[RollupChange::RewindL1 { to: 9 }]);
    assert_eq!(world.forkchoice(), [6, 4, 4]);
    // What is read anew is consolidated anew, with the blocks there are.
    world.apply(&commits(3));
    world.apply(&[world.consolidated(1, 1, 2)]);
    assert_eq!(world.forkchoice(), [6, 4, 4]);
    assert_eq!(world.view().batch_calldata(batch_id(1, 0)).unwrap(), None);
    world.apply(&[world.consolidated(2, 3, 4), world.consolidated(3, 5, 6)]);
    assert_eq!(world.forkchoice(), [6, 6, 4]);
}

#[test]
fn reading_l1_anew_keeps_what_is_known_of_l1_itself() {
    let world = three_batches();
    world.apply(&[
        RollupChange::L1Latest { number: 20 },
        RollupChange::L1Finalized { number: 12 },
        RollupChange::RewindL1 { to: 10 },
    ]);
    let progress = world.view().l1_progress().unwrap();
    let found = (progress.latest, progress.finalized, progress.processed);
    assert_eq!(found, (Some(20), Some(12), Some(10)));
    world.apply(&commits(3)[1..]);
    assert_eq!(indices_to_derive(&world), [2, 3]);
}

#[test]
fn a_batch_with_an_unwound_block_is_not_consolidated_any_more() {
    let mut world = three_batches();
    world.unwind(3);
    // Block 3 is in the chain still, but its batch is not complete.
    assert_eq!(world.forkchoice(), [3, 2, 0]);
    assert_eq!(world.view().batch_of_block(3).unwrap(), None);
    assert_eq!(indices_to_derive(&world), [2, 3]);
    world.append(Vec::new());
    world.apply(&[world.consolidated(2, 3, 4)]);
    assert_eq!(world.forkchoice(), [4, 4, 0]);
}

#[test]
fn a_finalization_covers_all_batches_before_and_its_roots_are_of_the_last() {
    let world = three_batches();
    world.apply(&[l1(13, vec![finalized(batch_id(2, 0))])]);
    let view = world.view();
    let batch = |index| view.batch_at(index).unwrap().unwrap().1;
    assert_eq!(batch(1).finalized_l1_block, Some(13));
    assert_eq!(batch(1).finalized_roots, None);
    assert_eq!(batch(2).finalized_roots, Some(super::roots(batch_id(2, 0))));
    assert_eq!(batch(3).finalized_l1_block, None);
    let last = |l1_block| {
        let last = view.last_finalized_batch(u64::MAX, l1_block).unwrap();
        last.map(|(id, _)| id.index)
    };
    assert_eq!([last(12), last(13)], [None, Some(2)]);
    assert_eq!(view.last_finalized_batch(1, 13).unwrap().unwrap().0.index, 1);

    // What is finalized already stays with its first finalization.
    world.apply(&[l1(14, vec![finalized(batch_id(3, 0))])]);
    assert_eq!(world.view().batch_at(2).unwrap().unwrap().1.finalized_l1_block, Some(13));
    world.apply(&[RollupChange::UnwindL1 { to: 12 }]);
    let batch = world.view().batch_at(2).unwrap().unwrap().1;
    assert_eq!((batch.finalized_l1_block, batch.finalized_roots), (None, None));
    assert!(batch.consolidated);
}

#[test]
fn calldata_goes_when_all_blocks_of_the_batch_are_final() {
    let world = three_batches();
    let kept = || {
        let view = world.view();
        let has = |at: &u64| view.batch_calldata(batch_id(*at, 0)).unwrap().is_some();
        (1..=3).filter(has).collect::<Vec<_>>()
    };
    let finalize = |number| {
        world.apply(&[RollupChange::Forkchoice { safe: None, finalized: Some(world.id(number)) }]);
    };
    assert_eq!(kept(), [1, 2, 3]);
    finalize(3);
    assert_eq!(kept(), [2, 3]);
    finalize(4);
    assert_eq!(kept(), [3]);
}

#[test]
fn a_block_may_come_before_the_message_it_includes() {
    let mut world = World::new();
    world.append(messages([0]));
    world.append(Vec::new());
    world.append(messages([1]));
    assert_eq!(world.view().next_queue_index(3).unwrap(), 2);
    // Message 1 is another one than the block says.
    let queue = enqueued(vec![message(0, 0), message(1, 1)], None);
    world.apply(&[l1(10, queue)]);
    let block = |index| world.view().l1_message(index).unwrap().unwrap().l2_block_number;
    assert_eq!([block(0), block(1)], [Some(1), None]);
}

#[test]
fn a_block_with_another_message_of_the_index_does_not_include_the_known_one() {
    let mut world = World::new();
    world.apply(&[l1(10, enqueued(messages([0]), None))]);
    world.append(vec![message(0, 1)]);
    let known = world.view().l1_message(0).unwrap().unwrap();
    assert_eq!((known.message, known.l2_block_number), (message(0, 0), None));
    assert_eq!(world.view().next_queue_index(1).unwrap(), 1);
}

#[test]
fn an_unwound_block_gives_its_messages_back() {
    let mut world = World::new();
    world.apply(&[l1(10, enqueued(messages(0..3), None))]);
    world.append(messages(0..1));
    world.append(messages(1..3));
    let blocks = |world: &World| {
        let messages = world.view().l1_messages(0, u64::MAX, 9).unwrap();
        messages.iter().map(|message| message.l2_block_number).collect::<Vec<_>>()
    };
    assert_eq!(blocks(&world), [Some(1), Some(2), Some(2)]);
    world.unwind(1);
    assert_eq!(blocks(&world), [Some(1), None, None]);
    assert_eq!(world.view().next_queue_index(2).unwrap(), 1);
}

#[test]
fn a_message_is_skipped_only_as_long_as_the_batch_is_consolidated() {
    let mut world = World::new();
    world.apply(&[l1(9, enqueued(messages(0..5), None))]);
    world.apply(&commits(2));
    world.append(messages([1]));
    world.append(messages([4]));
    let skipped = |world: &World| {
        let messages = world.view().l1_messages(0, u64::MAX, 9).unwrap();
        messages.iter().map(|message| message.skipped).collect::<Vec<_>>()
    };
    world.apply(&[
        consolidated(batch_id(1, 0), 1, world.id(1), &[0]),
        consolidated(batch_id(2, 0), 2, world.id(2), &[2, 3]),
    ]);
    assert_eq!(skipped(&world), [true, false, true, true, false]);
    world.apply(&[l1(12, vec![L1Event::BatchReverted(batch_id(2, 0))])]);
    assert_eq!(skipped(&world), [true, false, false, false, false]);
}
