//! Random schedules: whatever happens, in the end the storage has what the chain did.

use crate::{endpoint::LeftOut, model::Act, sim::Sim};
use proptest::{collection::vec, prelude::*};

/// Something that happens to L1, its endpoint, or the watcher.
#[derive(Clone, Debug)]
enum Event {
    Mine(Vec<Act>),
    MineEmpty(u64),
    Reorg {
        depth: u64,
        acts: Vec<Act>,
    },
    /// The last so many blocks are not final yet.
    Finalize {
        but: u64,
    },
    Look {
        waits: usize,
    },
    Settle,
    Lag(u64),
    Errors(u32),
    SinkErrors(u32),
    LeaveOut {
        kind: LeftOut,
        times: u32,
    },
    /// The endpoint follows a branch that L1 took back, until it is seen to be wrong.
    OtherFork,
    WithoutState(bool),
    Restart,
    /// The watcher is stopped after so many turns.
    Crash {
        turns: usize,
    },
    RevertTo {
        back: u64,
    },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => Just(Act::Message),
        3 => (1_u64..4).prop_map(Act::Commit),
        1 => (1_u64..4).prop_map(Act::Revert),
        2 => (0_u64..3).prop_map(Act::Finalize),
        1 => (1_u8..9).prop_map(Act::Signer),
    ];
    vec(act, 0..4)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let kind = prop_oneof![Just(LeftOut::Messages), Just(LeftOut::Commits)];
    let event = prop_oneof![
        10 => acts().prop_map(Event::Mine),
        4 => (1_u64..12).prop_map(Event::MineEmpty),
        5 => (1_u64..8, acts()).prop_map(|(depth, acts)| Event::Reorg { depth, acts }),
        4 => (0_u64..6).prop_map(|but| Event::Finalize { but }),
        8 => (1_usize..5).prop_map(|waits| Event::Look { waits }),
        2 => Just(Event::Settle),
        2 => (0_u64..5).prop_map(Event::Lag),
        2 => (1_u32..20).prop_map(Event::Errors),
        1 => (1_u32..5).prop_map(Event::SinkErrors),
        2 => (kind, 1_u32..4).prop_map(|(kind, times)| Event::LeaveOut { kind, times }),
        1 => Just(Event::OtherFork),
        1 => any::<bool>().prop_map(Event::WithoutState),
        2 => Just(Event::Restart),
        3 => (0_usize..60).prop_map(|turns| Event::Crash { turns }),
        1 => (0_u64..12).prop_map(|back| Event::RevertTo { back }),
    ];
    vec(event, 1..50)
}

fn settle(sim: &mut Sim) {
    sim.faults(|faults| {
        (faults.lag, faults.fork, faults.is_without_state) = (0, None, false);
    });
    sim.settle();
}

fn happen(sim: &mut Sim, event: &Event) {
    match event {
        Event::Mine(acts) => sim.mine(acts),
        Event::MineEmpty(count) => sim.mine_empty(*count),
        Event::Reorg { depth, acts } => sim.reorg(*depth, acts),
        Event::Finalize { but } => {
            let number = sim.world().model.tip_number().saturating_sub(*but);
            sim.finalize(number);
        }
        Event::Look { waits } => drop(sim.run(*waits)),
        Event::Settle => settle(sim),
        Event::Lag(lag) => sim.faults(|faults| faults.lag = *lag),
        Event::Errors(count) => sim.faults(|faults| faults.errors = *count),
        Event::SinkErrors(count) => *sim.store.errors.lock().unwrap() = *count,
        Event::LeaveOut { kind, times } => {
            sim.faults(|faults| faults.left_out = Some((*kind, *times)));
        }
        Event::OtherFork => show_other_fork(sim),
        Event::WithoutState(is) => sim.faults(|faults| faults.is_without_state = *is),
        Event::Restart => sim.restart(),
        Event::Crash { turns } => {
            for _ in 0..*turns {
                sim.poll();
            }
            sim.restart();
        }
        Event::RevertTo { back } => {
            let processed = sim.status().processed.unwrap_or_default();
            // It has nothing to go back from, or cannot be stored.
            sim.revert_to(processed.saturating_sub(*back)).ok();
        }
    }
}

/// A branch that L1 took back is shown for a while. A reorg of one block would be believed, so it is
/// one that leaves the chain deeper than that.
fn show_other_fork(sim: &mut Sim) {
    settle(sim);
    let fork = {
        let world = sim.world();
        let tip = world.model.tip_number();
        let mut forks = world.model.forks();
        forks.find(|(_, common)| common + 2 <= tip).map(|(branch, _)| branch.clone())
    };
    sim.faults(|faults| faults.fork = fork);
    let before = sim.reported_reorgs;
    sim.run(4);
    assert_eq!(sim.reported_reorgs, before, "a branch was followed that few endpoints have");
    sim.faults(|faults| faults.fork = None);
}

fn play(events: &[Event]) {
    let mut sim = Sim::new();
    for event in events {
        happen(&mut sim, event);
    }
    let reorgs = sim.world().model.reorgs;
    sim.faults(|faults| faults.left_out = None);
    // What was left out shows by what follows it.
    sim.mine(&[Act::Message, Act::Commit(1)]);
    settle(&mut sim);
    sim.assert_like_replay();
    assert!(sim.reported_reorgs <= reorgs, "{} reorgs, L1 made {reorgs}", sim.reported_reorgs);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_stored_is_what_the_chain_did(events in events()) {
        play(&events);
    }
}
