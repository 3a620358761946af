//! One situation each.

use crate::{
    endpoint::LeftOut,
    model::{Act, FIRST_V2, contracts},
    sim::Sim,
    store::Undo,
};
use alloy_primitives::Address;
use futures::{FutureExt as _, executor::block_on};
use rollup_l1::{
    L1Contracts, L1Fault, L1Notification, L1WatcherConfig, L1WatcherConfigError, L1WatcherError,
};
use std::time::Duration;

/// Blocks 1 to `count`, each with a message.
fn with_messages(count: u64) -> Sim {
    let sim = Sim::new();
    (0..count).for_each(|_| sim.mine(&[Act::Message]));
    sim
}

/// One whose chain specification says where queue V2 starts.
fn knowing_queue_v2() -> Sim {
    let contracts = L1Contracts { first_v2_queue_index: Some(FIRST_V2), ..contracts() };
    Sim::with(L1WatcherConfig { query_range: 5, ..L1WatcherConfig::new(contracts) })
}

fn count(seen: &[L1Notification], is: impl Fn(&L1Notification) -> bool) -> usize {
    seen.iter().filter(|seen| is(seen)).count()
}

#[test]
fn follows_a_chain_from_its_first_block() {
    let mut sim = Sim::new();
    for _ in 0..4 {
        sim.mine(&[Act::Message, Act::Commit(2)]);
        sim.mine(&[]);
    }
    sim.mine(&[Act::Revert(1), Act::Finalize(2)]);
    let seen = sim.settle();
    let is_message = |seen: &_| matches!(seen, L1Notification::MessageEnqueued { .. });
    assert_eq!(count(&seen, is_message), 4);
    assert_eq!(count(&seen, |seen| matches!(seen, L1Notification::BatchCommitted { .. })), 8);
    assert_eq!(count(&seen, |seen| matches!(seen, L1Notification::BatchesReverted { .. })), 1);
    assert_eq!(count(&seen, |seen| matches!(seen, L1Notification::BatchFinalized { .. })), 1);
    assert_eq!(count(&seen, |seen| *seen == L1Notification::Synced), 1);
    sim.assert_like_replay();
    assert_eq!(sim.undone(), []);
}

#[test]
fn a_new_block_is_told_and_processed() {
    let mut sim = with_messages(2);
    sim.settle();
    sim.mine(&[]);
    let latest = L1Notification::NewBlock((&sim.world().model.tip().header).into());
    assert_eq!(sim.settle(), [L1Notification::Processed(3), latest]);
}

#[test]
fn final_blocks_are_read_by_ranges_that_shrink_when_there_are_too_many_logs() {
    let mut sim = Sim::new();
    sim.mine_empty(40);
    (0..5).for_each(|_| sim.mine(&[Act::Message; 4]));
    // More than one answer takes.
    sim.mine(&[Act::Message; 20]);
    sim.mine(&[Act::Commit(3), Act::Commit(2), Act::Message]);
    sim.mine_empty(20);
    sim.finalize(62);
    sim.settle();
    sim.assert_like_replay();
    let (ranges, headers) = sim.faults(|faults| (faults.ranges, faults.headers));
    assert!(ranges > 12, "{ranges}");
    assert!(headers < 40, "each block was asked for: {headers}");
}

#[test]
fn hundreds_of_blocks_that_are_not_final_are_followed_and_taken_back() {
    let mut sim = Sim::new();
    for at in 0..300 {
        sim.mine(if at % 10 == 0 { &[Act::Message] } else { &[] });
    }
    sim.settle();
    sim.reorg(200, &[Act::Message]);
    sim.settle();
    assert_eq!(sim.undone(), [Undo::Reorg(100)]);
    sim.assert_like_replay();
}

#[test]
fn reorgs_of_every_depth_take_back_what_they_must() {
    for depth in 1..=5 {
        let mut sim = with_messages(6);
        sim.settle();
        sim.reorg(depth, &[Act::Message, Act::Message]);
        let seen = sim.settle();
        let to = 6 - depth;
        assert!(seen.contains(&L1Notification::Reorg { to, depth }), "{depth}");
        assert_eq!(sim.undone(), [Undo::Reorg(to)]);
        sim.assert_like_replay();
    }
}

#[test]
fn a_shorter_branch_replaces_a_longer_one() {
    let mut sim = with_messages(8);
    sim.settle();
    sim.world().model.take_back(4);
    sim.mine(&[Act::Message]);
    sim.settle();
    assert_eq!(sim.undone(), [Undo::Reorg(4)]);
    sim.assert_like_replay();
}

#[test]
fn an_endpoint_that_lags_is_no_reorg() {
    let mut sim = with_messages(8);
    sim.settle();
    for lag in [1, 3, 8] {
        sim.faults(|faults| faults.lag = lag);
        sim.run(5);
        assert_eq!((sim.status().processed, sim.undone()), (Some(8), vec![]), "{lag}");
        assert!(sim.status().is_synced && sim.status().latest.unwrap().number == 8);
    }
}

#[test]
fn a_deep_reorg_that_few_endpoints_have_is_not_followed() {
    let mut sim = with_messages(8);
    sim.settle();
    sim.reorg(3, &[]);
    sim.settle();
    sim.undone();
    let abandoned = sim.world().model.abandoned.first().cloned();
    sim.faults(|faults| faults.fork = abandoned);
    sim.run(10);
    assert_eq!((sim.status().processed, sim.undone()), (Some(9), vec![]));
    sim.faults(|faults| faults.fork = None);
    sim.settle();
    assert_eq!(sim.undone(), []);
}

#[test]
fn a_fork_below_the_final_block_is_a_fault_and_changes_nothing() {
    let mut sim = with_messages(8);
    sim.finalize(6);
    sim.settle();
    sim.world().model.finalized = 2;
    sim.reorg(5, &[Act::Message]);
    sim.run(10);
    let fault = Some(L1Fault::ReorgBelowFinalized { finalized: 6 });
    assert_eq!((sim.status().fault, sim.status().processed), (fault, Some(8)));
    assert_eq!(sim.undone(), []);
    assert!(sim.faults(|faults| faults.distrusted) > 0);
}

#[test]
fn a_final_block_that_contradicts_is_a_fault_until_it_is_gone() {
    let mut sim = with_messages(8);
    sim.finalize(4);
    sim.settle();
    sim.faults(|faults| faults.wrong_final = true);
    sim.finalize(6);
    sim.mine(&[Act::Message]);
    sim.run(6);
    let status = sim.status();
    let Some(L1Fault::FinalizedContradicts { number: 6, .. }) = status.fault else {
        panic!("{status:?}")
    };
    assert_eq!((status.processed, status.finalized.unwrap().number), (Some(8), 4));
    sim.faults(|faults| faults.wrong_final = false);
    let seen = sim.settle();
    assert!(seen.contains(&L1Notification::Finalized(6)));
    assert_eq!(sim.undone(), []);
    sim.assert_like_replay();
}

#[test]
fn nothing_that_happened_meanwhile_is_missed_by_a_restart() {
    let mut sim = with_messages(4);
    sim.mine_empty(3);
    sim.settle();
    // Block 6 did nothing; the one that replaces it does.
    sim.reorg(2, &[Act::Message]);
    sim.restart();
    sim.settle();
    sim.assert_like_replay();
    assert_eq!(sim.undone(), [Undo::Rewind(4)]);
}

#[test]
fn a_reorg_while_the_watcher_was_down_goes_back_to_the_newest_block_that_remains() {
    let mut sim = with_messages(8);
    sim.finalize(2);
    sim.settle();
    sim.reorg(3, &[Act::Message]);
    sim.restart();
    let seen = sim.settle();
    assert!(seen.contains(&L1Notification::Reorg { to: 5, depth: 3 }));
    assert_eq!(sim.undone(), [Undo::Reorg(5)]);
    // Of all of them none remains.
    sim.reorg(7, &[Act::Message]);
    sim.restart();
    sim.settle();
    assert_eq!(sim.undone(), [Undo::Reorg(2)]);
    sim.assert_like_replay();
}

#[test]
fn a_storage_that_is_ahead_of_the_endpoint_waits() {
    let mut sim = with_messages(8);
    sim.settle();
    sim.restart();
    sim.faults(|faults| faults.lag = 3);
    sim.run(20);
    assert_eq!((sim.status().is_synced, sim.undone()), (false, vec![]));
    sim.faults(|faults| faults.lag = 0);
    sim.settle();
    assert_eq!(sim.undone(), []);
    sim.assert_like_replay();
}

#[test]
fn a_start_while_l1_is_down_waits_and_goes_on() {
    let mut sim = with_messages(3);
    sim.faults(|faults| faults.is_down = true);
    sim.run(30);
    let status = sim.status();
    assert!(status.is_stale && !status.is_synced);
    assert_eq!((status.latest, status.last_progress_at), (None, None));
    sim.faults(|faults| faults.is_down = false);
    sim.mine(&[]);
    sim.settle();
    assert!(!sim.status().is_stale);
    sim.assert_like_replay();
}

#[test]
fn what_is_known_is_stale_without_new_blocks_or_without_answers() {
    let mut sim = with_messages(3);
    sim.settle();
    assert!(!sim.status().is_stale);
    sim.run(50);
    assert!(sim.status().is_stale, "no new block for more than a minute");
    sim.mine(&[]);
    sim.settle();
    assert!(!sim.status().is_stale);
    sim.faults(|faults| faults.is_down = true);
    sim.run(50);
    assert!(sim.status().is_stale && sim.status().is_synced);
}

#[test]
fn a_storage_that_fails_is_tried_again() {
    let mut sim = with_messages(6);
    *sim.store.errors.lock().unwrap() = 4;
    sim.settle();
    assert_eq!(sim.status().fault, None);
    sim.assert_like_replay();
}

#[test]
fn a_message_that_was_left_out_is_found_by_the_audit() {
    let mut sim = knowing_queue_v2();
    (0..6).for_each(|_| sim.mine(&[Act::Message]));
    sim.settle();
    (0..20).for_each(|at| sim.mine(if at == 6 { &[Act::Message] } else { &[] }));
    sim.finalize(26);
    sim.faults(|faults| faults.left_out = Some((LeftOut::Messages, 1)));
    sim.settle();
    // The one before it is in block 6.
    assert_eq!((sim.undone(), sim.faults(|faults| faults.distrusted)), (vec![Undo::Rewind(5)], 1));
    sim.assert_like_replay();
}

#[test]
fn a_commit_that_was_left_out_is_looked_for_further_and_further_back() {
    let mut sim = Sim::new();
    sim.mine_empty(3);
    sim.mine(&[Act::Commit(1)]);
    sim.mine_empty(30);
    sim.mine(&[Act::Commit(1)]);
    sim.mine_empty(10);
    sim.finalize(30);
    sim.faults(|faults| faults.left_out = Some((LeftOut::Commits, 1)));
    sim.settle();
    let undone = sim.undone();
    assert!(undone.len() > 1, "{undone:?}");
    sim.assert_like_replay();
}

#[test]
fn logs_that_are_left_out_again_and_again_are_a_fault_and_never_skipped() {
    let mut sim = knowing_queue_v2();
    (0..4).for_each(|_| sim.mine(&[Act::Message]));
    sim.mine_empty(20);
    sim.finalize(20);
    sim.faults(|faults| faults.left_out = Some((LeftOut::Messages, 1000)));
    sim.run(60);
    let status = sim.status();
    assert!(matches!(status.fault, Some(L1Fault::QueueDiffers { stored: 0, on_l1: 4, .. })));
    assert!(!status.is_synced);
    let distrusted = sim.faults(|faults| faults.distrusted);
    assert!((3..40).contains(&distrusted), "no pause: {distrusted}");
    sim.faults(|faults| faults.left_out = None);
    sim.settle();
    sim.assert_like_replay();
}

#[test]
fn a_node_without_state_does_not_keep_the_watcher_from_being_synced() {
    let mut sim = knowing_queue_v2();
    (0..6).for_each(|_| sim.mine(&[Act::Message]));
    sim.faults(|faults| faults.is_without_state = true);
    sim.settle();
    sim.assert_like_replay();
}

#[test]
fn the_signer_is_the_one_of_the_latest_block() {
    let mut sim = Sim::new();
    sim.mine(&[Act::Signer(7)]);
    let l1_block = (&sim.world().model.tip().header).into();
    let seen = sim.settle();
    let signer = Address::repeat_byte(7);
    assert!(seen.contains(&L1Notification::SignerUpdated { signer, l1_block }));
    assert_eq!((sim.status().signer, sim.status().signer_l1_block), (Some(signer), Some(l1_block)));
    // A contract that has no such function: its slot is read.
    sim.mine(&[Act::Signer(8)]);
    sim.settle();
    assert_eq!(sim.status().signer, Some(Address::repeat_byte(8)));
    // The reorg takes it back.
    sim.reorg(1, &[]);
    sim.settle();
    assert_eq!(sim.status().signer, Some(signer));
}

#[test]
fn a_signer_that_is_not_to_be_read_is_not() {
    let config = L1WatcherConfig::new(contracts());
    let mut sim = Sim::with(L1WatcherConfig { reads_signer: false, ..config });
    sim.mine(&[Act::Signer(7)]);
    sim.settle();
    assert_eq!(sim.status().signer, None);
}

#[test]
fn what_is_to_be_read_again_is() {
    let mut sim = with_messages(8);
    sim.finalize(5);
    sim.settle();
    // Below the final block too.
    sim.revert_to(3).unwrap();
    assert!(!sim.status().is_synced);
    assert_eq!(sim.status().processed, Some(3));
    let seen = sim.settle();
    assert_eq!(seen.first(), Some(&L1Notification::Rewound { to: 3 }));
    assert!(seen.contains(&L1Notification::Synced));
    sim.assert_like_replay();
    let nothing = sim.revert_to(8);
    assert!(matches!(nothing, Err(L1WatcherError::NotProcessed { to: 8, processed: Some(8) })));
}

#[test]
fn a_command_is_refused_when_too_many_wait_and_when_the_watcher_is_gone() {
    let mut sim = with_messages(1);
    let handles: Vec<_> = (0..17).map(|_| sim.handle.clone()).collect();
    let mut orders: Vec<_> = handles.iter().map(|handle| Box::pin(handle.revert_to(0))).collect();
    let answers: Vec<_> = orders.iter_mut().map(|order| order.now_or_never()).collect();
    let busy = answers.iter().filter(|answer| matches!(answer, Some(Err(L1WatcherError::Busy))));
    assert_eq!(busy.count(), 1);
    sim.shutdown.cancel();
    sim.look();
    let handle = sim.handle.clone();
    sim.restart();
    assert!(matches!(block_on(handle.revert_to(0)), Err(L1WatcherError::Stopped)));
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let default = L1WatcherConfig::default;
    let zero = Duration::ZERO;
    assert_eq!(default().validate(), Ok(()));
    for (config, expected) in [
        (L1WatcherConfig { query_range: 0, ..default() }, L1WatcherConfigError::QueryRange),
        (L1WatcherConfig { poll_interval: zero, ..default() }, L1WatcherConfigError::PollInterval),
        (
            L1WatcherConfig { liveness_check_interval: zero, ..default() },
            L1WatcherConfigError::LivenessCheckInterval,
        ),
    ] {
        assert_eq!(config.validate(), Err(expected));
    }
}
