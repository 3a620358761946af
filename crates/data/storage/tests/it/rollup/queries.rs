//! Questions about messages and progress.

use super::{World, batch_id, commits, enqueued, l1, messages};
use alloy_eips::BlockNumHash;
use alloy_primitives::{B256, b256};
use rollup_storage::{L1Event, L1Progress, RollupChange, next_queue_hash};

/// Messages 0 to 2 in L1 block 10, 3 and 4 in 12.
fn five_messages() -> World {
    let mut queue = enqueued(messages(0..5), None);
    let rest = queue.split_off(3);
    let world = World::new();
    world.apply(&[l1(10, queue), l1(12, rest)]);
    world
}

#[test]
fn an_empty_store_has_no_records() {
    let world = World::new();
    let view = world.view();
    assert_eq!(view.l1_progress().unwrap(), L1Progress::default());
    assert_eq!(view.queue_length().unwrap(), 0);
    assert_eq!(view.next_queue_index(0).unwrap(), 0);
    assert_eq!(view.first_l1_message_from(0).unwrap(), None);
    assert_eq!(view.first_block_lost_above(0).unwrap(), None);
    assert_eq!(view.last_committed_batch().unwrap(), None);
    assert_eq!(view.last_consolidated_batch().unwrap(), None);
    assert_eq!(view.batches_to_derive(1).unwrap(), []);
    assert_eq!(world.forkchoice(), [0, 0, 0]);
}

#[test]
fn messages_are_found_by_index_and_by_their_hashes() {
    let world = five_messages();
    let view = world.view();
    assert_eq!(view.queue_length().unwrap(), 5);
    for index in 0..5 {
        let message = view.l1_message(index).unwrap().unwrap();
        let by_hash = view.l1_message_by_hash(message.message.tx_hash()).unwrap();
        assert_eq!(by_hash.as_ref(), Some(&message));
        // One hash is not mistaken for the other.
        assert_eq!(view.l1_message_by_queue_hash(message.hash).unwrap(), None);
        if let Some(queue_hash) = message.queue_hash {
            let by_queue_hash = view.l1_message_by_queue_hash(queue_hash).unwrap();
            assert_eq!(by_queue_hash.as_ref(), Some(&message));
            assert_eq!(view.l1_message_by_hash(queue_hash).unwrap(), None);
        }
    }
    assert_eq!(view.l1_message(5).unwrap(), None);
    assert_eq!(view.l1_message_by_hash(B256::ZERO).unwrap(), None);
}

#[test]
fn messages_are_listed_up_to_an_l1_block_and_a_limit() {
    let world = five_messages();
    let list = |from, l1_block, limit| {
        let messages = world.view().l1_messages(from, l1_block, limit).unwrap();
        messages.iter().map(|message| message.message.queue_index).collect::<Vec<_>>()
    };
    assert_eq!(list(0, 9, 10), [0; 0]);
    assert_eq!(list(0, 10, 10), [0, 1, 2]);
    assert_eq!(list(1, 11, 1), [1]);
    assert_eq!(list(1, 12, 10), [1, 2, 3, 4]);
    assert_eq!(list(5, 12, 10), [0; 0]);
}

#[test]
fn the_first_block_without_ground_after_an_l1_reorg_is_found() {
    let mut world = five_messages();
    world.append(messages(0..2));
    world.append(messages(2..4));
    world.append(Vec::new());
    world.append(messages(4..5));
    let lost = |l1_block| world.view().first_block_lost_above(l1_block).unwrap();
    assert_eq!([lost(9), lost(10), lost(11), lost(12)], [Some(1), Some(2), Some(2), None]);
}

#[test]
fn l1_blocks_are_kept_until_they_are_final() {
    let world = five_messages();
    let kept = |world: &World| world.view().l1_blocks().unwrap();
    let numbers = |blocks: &[BlockNumHash]| blocks.iter().map(|b| b.number).collect::<Vec<_>>();
    world.apply(&[l1(13, Vec::new())]);
    assert_eq!(numbers(&kept(&world)), [12, 10]);
    assert_eq!(kept(&world)[0].hash, super::l1_block(12, 0, Vec::new()).hash);
    world.apply(&[RollupChange::L1Finalized { number: 10 }]);
    assert_eq!(numbers(&kept(&world)), [12]);
    world.apply(&[RollupChange::L1Finalized { number: 15 }]);
    assert_eq!(numbers(&kept(&world)), [0; 0]);
    world.apply(&[l1(14, enqueued(messages(5..6), queue_hash(&world)))]);
    assert_eq!(numbers(&kept(&world)), [0; 0]);
}

fn queue_hash(world: &World) -> Option<B256> {
    let view = world.view();
    view.l1_message(view.queue_length().unwrap() - 1).unwrap().unwrap().queue_hash
}

#[test]
fn l1_numbers_go_back_by_unwinding_only() {
    let world = World::new();
    world.apply(&[
        RollupChange::L1Latest { number: 30 },
        RollupChange::L1Latest { number: 20 },
        RollupChange::L1Finalized { number: 12 },
        RollupChange::L1Finalized { number: 11 },
        RollupChange::L1Processed { number: 25 },
        RollupChange::L1Processed { number: 24 },
    ]);
    let progress = || world.view().l1_progress().unwrap();
    let expected = L1Progress { latest: Some(30), finalized: Some(12), processed: Some(25) };
    assert_eq!(progress(), expected);
    world.apply(&[RollupChange::UnwindL1 { to: 27 }]);
    assert_eq!(progress(), L1Progress { latest: Some(27), ..expected });
    world.apply(&[RollupChange::UnwindL1 { to: 12 }]);
    assert_eq!(progress(), L1Progress { latest: Some(12), processed: Some(12), ..expected });
}

#[test]
fn the_last_batches_are_those_that_are_not_reverted() {
    let world = World::with_blocks(3);
    world.apply(&commits(3));
    world.apply(&[world.consolidated(1, 1, 1)]);
    world.apply(&[l1(13, vec![L1Event::BatchReverted(batch_id(3, 0))])]);
    let view = world.view();
    assert_eq!(view.last_committed_batch().unwrap().unwrap().0, batch_id(2, 0));
    assert_eq!(view.last_consolidated_batch().unwrap().unwrap().0, batch_id(1, 0));
    assert!(view.batch(batch_id(3, 0)).unwrap().is_some());
}

// Mainnet messages 964834 and 964835.
#[test]
fn the_queue_hash_is_that_of_the_contract() {
    let previous = b256!("0x3a4e02b0affe14d4ba8e18da883540a304e8706603a2c8928a43843500000000");
    let hash = b256!("0x0869730e90c27b384afd2ba0f098512058a0dd4eb0e6ef53b5ac3d4b6684cd79");
    let expected = b256!("0xe0c5084e76ea01e2384510340d664c055678ec3807b327c354cce3da00000000");
    assert_eq!(next_queue_hash(Some(previous), hash), expected);
    assert_eq!(next_queue_hash(None, hash), next_queue_hash(Some(B256::ZERO), hash));
}
