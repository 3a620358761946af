//! What is sent again after a crash or an L1 reorg.

use super::{World, batch_id, committed, consolidated, enqueued, finalized, l1, messages};
use crate::chain::Dump;
use rollup_db::BatchKey;
use rollup_storage::{BatchStatus, L1Event, RollupChange};

/// L1 blocks 10 to 17 in which everything happens.
fn l1_blocks() -> Vec<RollupChange> {
    let mut queue = enqueued(messages(0..5), None);
    let rest = queue.split_off(2);
    vec![
        l1(10, queue),
        l1(11, vec![committed(batch_id(1, 0), 11), committed(batch_id(2, 0), 11)]),
        l1(12, rest),
        l1(13, vec![committed(batch_id(3, 0), 13), finalized(batch_id(1, 0))]),
        l1(14, vec![L1Event::BatchesReverted { first: 2, last: 3 }]),
        // The same batch again, and another one.
        l1(15, vec![committed(batch_id(2, 0), 15), committed(batch_id(3, 1), 15)]),
        l1(16, vec![L1Event::BatchReverted(batch_id(3, 1))]),
        l1(17, vec![finalized(batch_id(2, 0))]),
    ]
}

fn world() -> World {
    let mut world = World::new();
    for included in [0..1, 1..3, 3..3, 4..5] {
        world.append(messages(included));
    }
    world
}

/// The contents after each number of L1 blocks.
fn dumps(world: &World, changes: &[RollupChange]) -> Vec<Dump> {
    let mut dumps = vec![world.dump()];
    for change in changes {
        world.apply(std::slice::from_ref(change));
        dumps.push(world.dump());
    }
    dumps
}

#[test]
fn unwinding_l1_restores_every_table_and_applying_again_gives_the_same_bytes() {
    let world = world();
    let changes = l1_blocks();
    // So that nothing but the blocks moves them.
    world.apply(&[RollupChange::L1Processed { number: 9 }, RollupChange::L1Latest { number: 9 }]);
    let dumps = dumps(&world, &changes);
    for (kept, dump) in dumps.iter().enumerate().rev() {
        let to = 9 + kept as u64;
        world.apply(&[RollupChange::UnwindL1 { to }]);
        assert_eq!(&world.dump(), dump, "unwound to {to}");
        world.apply(&changes[kept..]);
        assert_eq!(Some(&world.dump()), dumps.last(), "applied again from {to}");
    }
}

#[test]
fn l1_blocks_that_are_sent_again_do_nothing() {
    let world = world();
    let changes = l1_blocks();
    world.apply(&changes);
    world.apply(&[
        consolidated(batch_id(1, 0), 1, world.id(2), &[]),
        consolidated(batch_id(2, 0), 3, world.id(4), &[3]),
    ]);
    let before = world.dump();
    for first in 0..changes.len() {
        world.apply(&changes[first..]);
        assert_eq!(world.dump(), before, "sent again from {first}");
    }
    world.apply(&[RollupChange::L1Processed { number: 3 }]);
    assert_eq!(world.dump(), before);
}

#[test]
fn changes_that_are_not_l1_blocks_do_nothing_the_second_time() {
    let world = world();
    world.apply(&l1_blocks());
    let changes = [
        RollupChange::L1Latest { number: 20 },
        RollupChange::L1Finalized { number: 14 },
        RollupChange::L1Processed { number: 19 },
        consolidated(batch_id(1, 0), 1, world.id(2), &[]),
        consolidated(batch_id(2, 0), 3, world.id(4), &[3]),
        RollupChange::Forkchoice { safe: Some(world.id(4)), finalized: Some(world.id(2)) },
        RollupChange::UnwindL1 { to: 16 },
        RollupChange::RewindL1 { to: 10 },
    ];
    for change in changes {
        world.apply(std::slice::from_ref(&change));
        let once = world.dump();
        world.apply(std::slice::from_ref(&change));
        assert_eq!(world.dump(), once, "{change:?}");
    }
}

#[test]
fn each_commit_of_a_batch_has_its_own_fate() {
    let world = world();
    world.apply(&l1_blocks());
    let tx = world.store.database().begin_read().unwrap();
    let stored = |index, l1_block_number, salt| {
        let key = BatchKey { index, l1_block_number, hash: batch_id(index, salt).hash };
        let batch = tx.get::<rollup_db::Batches>(&key).unwrap().unwrap();
        (batch.finalized_l1_block, batch.reverted_l1_block)
    };
    assert_eq!(stored(1, 11, 0), (Some(13), None));
    assert_eq!(stored(2, 11, 0), (None, Some(14)));
    assert_eq!(stored(2, 15, 0), (Some(17), None));
    assert_eq!(stored(3, 13, 0), (None, Some(14)));
    assert_eq!(stored(3, 15, 1), (None, Some(16)));

    let view = world.view();
    let status = |id| BatchStatus::of(&view.batch(id).unwrap().unwrap(), Some(13));
    assert_eq!(status(batch_id(2, 0)), BatchStatus::Committed);
    assert_eq!(status(batch_id(3, 0)), BatchStatus::Reverted);
    world.apply(&[consolidated(batch_id(1, 0), 1, world.id(2), &[])]);
    let batch = world.view().batch(batch_id(1, 0)).unwrap().unwrap();
    assert_eq!(BatchStatus::of(&batch, Some(13)), BatchStatus::Finalized);
    assert_eq!(BatchStatus::of(&batch, Some(12)), BatchStatus::Consolidated);
    assert_eq!(BatchStatus::of(&batch, None), BatchStatus::Consolidated);
}
