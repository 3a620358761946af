use super::*;
use alloy_primitives::B256;
use rstest::rstest;

const PARENT: BlockNumHash = BlockNumHash { number: 7, hash: B256::repeat_byte(7) };
const OTHER: BlockNumHash = BlockNumHash { number: 8, hash: B256::repeat_byte(8) };

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

const fn rules() -> Rules {
    Rules { block_time: ms(1000), building: ms(800), allow_empty: false, max_failures: 3 }
}

/// A machine that has everything but the order to begin.
const fn machine(rules: Rules) -> Machine {
    Machine::new(rules, SyncState::SYNCED, true, PARENT)
}

const fn started(l1_origin: Option<u64>) -> Input {
    Input::Started { parent: PARENT, l1_origin }
}

const FULL: Input = Input::Built { is_empty: false };
const FRESH: Action = Action::Begin { look_for_proposal: false };
const CAREFUL: Action = Action::Begin { look_for_proposal: true };

const fn skip(reason: SkipReason, slots: u64) -> Action {
    Action::Skip { reason, slots }
}

/// Drives a machine that is enabled at 0 up to a running job.
fn building(l1_origin: Option<u64>) -> Machine {
    let mut machine = machine(rules());
    assert_eq!(machine.on(ms(0), Input::L1Latest(Some(20))), []);
    assert_eq!(machine.on(ms(0), Input::Enable), [CAREFUL]);
    assert_eq!(machine.on(ms(1), started(l1_origin)), []);
    machine
}

#[test]
fn a_slot_goes_from_start_to_head() {
    let mut machine = machine(rules());
    assert_eq!(machine.state(), SequencerState::Disabled);
    assert_eq!(machine.next_wake(), None);
    assert_eq!(machine.on(ms(50), Input::Enable), [CAREFUL]);
    assert_eq!(machine.on(ms(52), started(None)), []);
    assert_eq!(machine.state(), SequencerState::Building);
    // Counted from the start of the slot, not of the job.
    assert_eq!(machine.next_wake(), Some(ms(850)));
    assert_eq!(machine.on(ms(850), Input::Tick), [Action::Seal]);
    assert_eq!(machine.next_wake(), Some(ms(1050)));
    assert_eq!(machine.on(ms(855), FULL), [Action::Finish]);
    assert_eq!(machine.state(), SequencerState::Signing);
    assert_eq!(machine.on(ms(860), Input::Finished), []);
    assert_eq!(machine.state(), SequencerState::Idle);
    assert_eq!(machine.on(ms(1049), Input::Tick), []);
    assert_eq!(machine.on(ms(1050), Input::Tick), [FRESH]);
}

#[test]
fn a_full_block_is_finished_before_the_time_is_over() {
    let mut machine = building(None);
    assert_eq!(machine.on(ms(100), FULL), [Action::Finish]);
    assert_eq!(machine.on(ms(110), Input::Finished), []);
    assert_eq!(machine.next_wake(), Some(ms(1000)), "not before the next slot");
}

#[test]
fn s1_an_empty_block_is_dropped() {
    let mut machine = building(None);
    machine.on(ms(800), Input::Tick);
    let built = Input::Built { is_empty: true };
    assert_eq!(machine.on(ms(805), built), [Action::Drop, skip(SkipReason::Empty, 1)]);
    assert_eq!(machine.state(), SequencerState::Idle);
}

#[test]
fn an_empty_block_is_finished_if_that_is_allowed() {
    let mut machine = machine(Rules { allow_empty: true, ..rules() });
    machine.on(ms(0), Input::Enable);
    machine.on(ms(1), started(None));
    assert_eq!(machine.on(ms(800), Input::Tick), [Action::Seal]);
    assert_eq!(machine.on(ms(805), Input::Built { is_empty: true }), [Action::Finish]);
}

#[rstest]
// Building alone takes longer than a slot.
#[case::building(ms(1000), ms(1500), 1510, 2000, 1)]
#[case::building_for_several(ms(100), ms(450), 460, 500, 4)]
// The time after building does.
#[case::signing(ms(1000), ms(800), 2999, 3000, 2)]
#[case::ends_with_the_slot(ms(1000), ms(1000), 1000, 2000, 1)]
fn s13_overrun_skips_slots(
    #[case] block_time: Duration,
    #[case] building: Duration,
    #[case] ends: u64,
    #[case] next: u64,
    #[case] skipped: u64,
) {
    let mut machine = machine(Rules { block_time, building, ..rules() });
    machine.on(ms(0), Input::Enable);
    machine.on(ms(1), started(None));
    let mut actions = Vec::new();
    for now in 2..ends {
        actions.extend(machine.on(ms(now), Input::Tick));
    }
    actions.extend(machine.on(ms(ends), FULL));
    actions.extend(machine.on(ms(ends), Input::Finished));
    for now in ends..next {
        actions.extend(machine.on(ms(now), Input::Tick));
    }
    let mut overruns = 0;
    for action in &actions {
        match action {
            Action::Skip { reason: SkipReason::Overrun, slots } => overruns += slots,
            Action::Seal | Action::Finish => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(overruns, skipped);
    assert_eq!(machine.on(ms(next), Input::Tick), [FRESH], "at the next multiple, and once");
}

#[test]
fn s13_a_late_end_takes_its_slot_with_it() {
    // Nothing ticked at 1000: the actor had no time. The slot is skipped all the same.
    let mut machine = building(None);
    machine.on(ms(800), FULL);
    assert_eq!(machine.on(ms(1010), Input::Finished), [skip(SkipReason::Overrun, 1)]);
    assert_eq!(machine.next_wake(), Some(ms(2000)));
}

#[test]
fn slots_that_are_noticed_late_are_not_made_up() {
    let mut machine = building(None);
    machine.on(ms(800), FULL);
    machine.on(ms(810), Input::Finished);
    assert_eq!(machine.on(ms(5300), Input::Tick), [skip(SkipReason::Late, 4), FRESH]);
    machine.on(ms(5310), started(None));
    assert_eq!(machine.next_wake(), Some(ms(5800)), "the slot began at 5000");
    machine.on(ms(5800), FULL);
    machine.on(ms(5810), Input::Finished);
    assert_eq!(machine.on(ms(7900), Input::Tick), [skip(SkipReason::Late, 2)], "too late for 7000");
}

#[rstest]
#[case::l1_first(true)]
#[case::l2_first(false)]
fn s14_sync_gates_slots_and_gives_one_at_once(#[case] l1_first: bool) {
    let none = SyncState { l1_synced: false, l2_synced: false };
    let mut machine = Machine::new(rules(), none, true, PARENT);
    assert_eq!(machine.on(ms(0), Input::Enable), []);
    assert_eq!(machine.state(), SequencerState::WaitingForSync);
    let half = SyncState { l1_synced: l1_first, l2_synced: !l1_first };
    assert_eq!(machine.on(ms(2500), Input::Sync(half)), []);
    assert_eq!(machine.next_wake(), None);
    assert_eq!(machine.on(ms(9300), Input::Sync(SyncState::SYNCED)), [CAREFUL]);
    assert_eq!(machine.on(ms(9300), Input::Sync(SyncState::SYNCED)), []);
    machine.on(ms(9310), started(None));
    machine.on(ms(9400), FULL);
    assert_eq!(machine.on(ms(9410), Input::Finished), []);
    assert_eq!(machine.next_wake(), Some(ms(10_300)));
}

#[test]
fn s14_losing_sync_drops_the_job_and_ends_slots() {
    let mut machine = building(None);
    let lost = SyncState { l1_synced: true, l2_synced: false };
    let dropped = [Action::Drop, skip(SkipReason::NotSynced, 1)];
    assert_eq!(machine.on(ms(300), Input::Sync(lost)), dropped);
    assert_eq!(machine.on(ms(5000), Input::Tick), []);
    assert_eq!(machine.on(ms(5100), Input::Sync(SyncState::SYNCED)), [FRESH]);
}

#[test]
fn s15_a_moved_head_drops_the_job() {
    let mut machine = building(None);
    assert_eq!(machine.on(ms(300), Input::Head(PARENT)), []);
    let dropped = [Action::Drop, skip(SkipReason::HeadMoved, 1)];
    assert_eq!(machine.on(ms(300), Input::Head(OTHER)), dropped);
    assert_eq!(machine.next_wake(), Some(ms(1000)), "the next slot is the next chance");
    assert_eq!(machine.on(ms(301), FULL), [], "a block that comes too late is not taken");
}

#[test]
fn s15_a_head_that_moved_while_the_job_was_started_drops_it() {
    let mut machine = machine(rules());
    machine.on(ms(0), Input::Enable);
    assert_eq!(machine.on(ms(1), Input::Head(OTHER)), []);
    let dropped = [Action::Drop, skip(SkipReason::HeadMoved, 1)];
    assert_eq!(machine.on(ms(2), started(None)), dropped);
}

#[rstest]
#[case::to_below_the_highest_message(Some(11), true)]
#[case::to_the_highest_message(Some(12), false)]
#[case::to_above_it(Some(15), false)]
#[case::to_nothing(None, true)]
#[case::forward(Some(30), false)]
fn s16_an_l1_reorg_below_a_message_drops_the_job(
    #[case] latest: Option<u64>,
    #[case] is_dropped: bool,
) {
    // Messages from 10 and 12: the highest counts. L1 is at 20.
    let mut machine = building(Some(12));
    let actions = machine.on(ms(300), Input::L1Latest(latest));
    let dropped = vec![Action::Drop, skip(SkipReason::L1Reorg, 1)];
    assert_eq!(actions, if is_dropped { dropped } else { Vec::new() });
}

#[test]
fn s16_an_l1_reorg_leaves_a_job_without_messages() {
    let mut machine = building(None);
    assert_eq!(machine.on(ms(300), Input::L1Latest(Some(1))), []);
}

#[test]
fn s16_news_of_l1_that_lags_behind_the_database_drops_nothing() {
    let mut machine = machine(rules());
    machine.on(ms(0), Input::Enable);
    machine.on(ms(1), started(Some(12)));
    assert_eq!(machine.on(ms(2), Input::L1Latest(Some(11))), []);
}

#[test]
fn s17_a_failed_signature_is_asked_for_again_before_anything_is_built() {
    let mut machine = building(None);
    machine.on(ms(800), FULL);
    let failed = Input::Failed(Failure::Once(Stage::Sign));
    assert_eq!(machine.on(ms(900), failed), [skip(SkipReason::Failed, 1)]);
    assert_eq!(machine.failures(), 1);
    assert_eq!(machine.on(ms(1000), Input::Tick), [CAREFUL]);
    assert_eq!(machine.on(ms(1010), Input::Resumed), [Action::Finish]);
    assert_eq!(machine.on(ms(1020), Input::Finished), []);
    assert_eq!(machine.failures(), 0);
    assert_eq!(machine.on(ms(2000), Input::Tick), [FRESH]);
}

#[test]
fn s17_failures_in_a_row_stop_until_enabled() {
    let mut machine = building(None);
    machine.on(ms(800), FULL);
    let failed = Input::Failed(Failure::Once(Stage::Sign));
    machine.on(ms(900), failed);
    machine.on(ms(1000), Input::Tick);
    machine.on(ms(1001), Input::Resumed);
    machine.on(ms(1002), failed);
    machine.on(ms(2000), Input::Tick);
    machine.on(ms(2001), Input::Resumed);
    let reason = StopReason::Failures { stage: Stage::Sign, count: 3 };
    let actions = machine.on(ms(2002), failed);
    assert_eq!(actions, [skip(SkipReason::Failed, 1), Action::Stop(reason)]);
    assert_eq!(machine.state(), SequencerState::Failed(reason));
    assert_eq!(machine.on(ms(9000), Input::Tick), []);
    assert_eq!(machine.on(ms(9100), Input::Enable), [CAREFUL]);
    assert_eq!(machine.failures(), 0);
}

#[test]
fn a_failure_for_good_stops_at_once() {
    let mut machine = building(None);
    machine.on(ms(800), FULL);
    let reason = StopReason::HeightTaken { number: 8 };
    let actions = machine.on(ms(900), Input::Failed(Failure::ForGood(reason)));
    assert_eq!(actions, [skip(SkipReason::Failed, 1), Action::Stop(reason)]);
    assert_eq!(machine.next_wake(), None);
}

#[test]
fn an_unauthorized_signer_lets_slots_pass() {
    let mut machine = Machine::new(rules(), SyncState::SYNCED, false, PARENT);
    let passed = [skip(SkipReason::NotAuthorized, 1)];
    assert_eq!(machine.on(ms(0), Input::Enable), passed);
    assert_eq!(machine.state(), SequencerState::NotAuthorized);
    assert_eq!(machine.on(ms(1000), Input::Tick), passed);
    assert_eq!(machine.on(ms(1500), Input::Authorized(true)), []);
    assert_eq!(machine.on(ms(2000), Input::Tick), [CAREFUL]);
    let dropped = [Action::Drop, skip(SkipReason::NotAuthorized, 1)];
    assert_eq!(machine.on(ms(2100), Input::Authorized(false)), dropped);
}

#[test]
fn enabling_twice_is_one_slot_and_disabling_drops_the_job() {
    let mut machine = building(None);
    assert_eq!(machine.on(ms(100), Input::Enable), []);
    let dropped = [Action::Drop, skip(SkipReason::Disabled, 1)];
    assert_eq!(machine.on(ms(200), Input::Disable), dropped);
    assert_eq!(machine.on(ms(300), Input::Disable), []);
    assert_eq!(machine.state(), SequencerState::Disabled);
    assert_eq!(machine.next_wake(), None);
}

#[test]
fn what_is_being_signed_is_finished_although_disabled() {
    let mut machine = building(None);
    machine.on(ms(800), FULL);
    assert_eq!(machine.on(ms(810), Input::Disable), []);
    assert_eq!(machine.state(), SequencerState::Signing);
    assert_eq!(machine.on(ms(820), Input::Finished), []);
    assert_eq!(machine.state(), SequencerState::Disabled);
}

#[test]
fn an_ordered_block_needs_no_leave() {
    let none = SyncState { l1_synced: false, l2_synced: false };
    let mut machine = Machine::new(rules(), none, false, PARENT);
    assert_eq!(machine.on(ms(30), Input::BuildNow), [CAREFUL]);
    machine.on(ms(31), started(None));
    assert_eq!(machine.on(ms(32), Input::Sync(none)), []);
    assert_eq!(machine.on(ms(32), Input::Authorized(false)), []);
    assert_eq!(machine.on(ms(33), Input::BuildNow), [], "one at a time");
    assert_eq!(machine.on(ms(830), Input::Tick), [Action::Seal]);
    assert_eq!(machine.on(ms(831), FULL), [Action::Finish]);
}

#[test]
fn a_shutdown_drops_what_is_built_and_begins_nothing() {
    let mut machine = building(None);
    let dropped = [Action::Drop, skip(SkipReason::Disabled, 1)];
    assert_eq!(machine.on(ms(100), Input::Shutdown), dropped);
    assert_eq!(machine.on(ms(2000), Input::Tick), []);
    assert_eq!(machine.on(ms(2000), Input::Enable), []);
    assert_eq!(machine.on(ms(2000), Input::BuildNow), []);
}

#[test]
fn slots_pass_while_the_gate_is_closed_and_go_on_when_it_opens() {
    let mut machine = machine(rules());
    machine.on(ms(0), Input::Gate(L1Gate::Closed));
    assert_eq!(machine.on(ms(0), Input::Enable), [skip(SkipReason::L1Stale, 1)]);
    assert_eq!(machine.state(), SequencerState::L1Stale);
    assert_eq!(machine.on(ms(1000), Input::Tick), [skip(SkipReason::L1Stale, 1)]);
    assert_eq!(machine.on(ms(1500), Input::Gate(L1Gate::Open)), []);
    assert_eq!(machine.state(), SequencerState::Idle);
    assert_eq!(machine.on(ms(2000), Input::Tick), [CAREFUL]);
}

#[test]
fn a_limited_gate_counts_the_blocks_above_the_safe_one() {
    let mut machine = machine(rules());
    let limited = L1Gate::Limited { max_unsafe_blocks: 2 };
    machine.on(ms(0), Input::Gate(limited));
    machine.on(ms(0), Input::Safe(PARENT.number - 2));
    assert_eq!(machine.on(ms(0), Input::Enable), [skip(SkipReason::L1Stale, 1)]);
    machine.on(ms(500), Input::Safe(PARENT.number - 1));
    assert_eq!(machine.on(ms(1000), Input::Tick), [CAREFUL]);
    machine.on(ms(1001), started(None));
    machine.on(ms(1800), Input::Tick);
    machine.on(ms(1801), FULL);
    machine.on(ms(1802), Input::Head(OTHER));
    machine.on(ms(1802), Input::Finished);
    assert_eq!(machine.on(ms(2000), Input::Tick), [skip(SkipReason::L1Stale, 1)]);
}

#[test]
fn a_block_that_was_begun_is_finished_behind_a_closed_gate() {
    let mut machine = building(Some(4));
    assert_eq!(machine.on(ms(10), Input::Gate(L1Gate::Closed)), []);
    assert_eq!(machine.on(ms(800), Input::Tick), [Action::Seal]);
    assert_eq!(machine.on(ms(810), FULL), [Action::Finish]);
    assert_eq!(machine.on(ms(820), Input::Finished), []);
    assert_eq!(machine.on(ms(1000), Input::Tick), [skip(SkipReason::L1Stale, 1)]);
}

#[test]
fn an_order_to_build_does_not_ask_the_gate() {
    let mut machine = machine(rules());
    machine.on(ms(0), Input::Gate(L1Gate::Closed));
    assert_eq!(machine.on(ms(5), Input::BuildNow), [CAREFUL]);
}
