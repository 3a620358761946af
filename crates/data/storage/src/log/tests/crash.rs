//! Process death and power loss at any operation, by simulation.

use super::{
    Entry, SMALL_SEGMENTS, all, append, block, blocks_from, in_force,
    sim::{Effect, Fault, SimDisk},
};
use crate::log::{block_log::BlockLog, error::LogError, record::RecordKind};
use proptest::{
    prelude::{Just, ProptestConfig, Strategy, any, prop, prop_assert, prop_oneof, proptest},
    test_runner::TestCaseError,
};
use rand::{SeedableRng, rngs::StdRng};
use std::sync::Arc;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A block so much above the tip, with a payload of so many bytes.
    Append {
        skip: u64,
        length: usize,
    },
    /// Back by so many blocks.
    Unwind(u64),
    /// So far below the tip.
    Trim(u64),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_u64..2, prop_oneof![Just(0), 0_usize..700, 700_usize..3000])
            .prop_map(|(skip, length)| Step::Append { skip, length }),
        2 => (0_u64..5).prop_map(Step::Unwind),
        2 => (0_u64..6).prop_map(Step::Trim),
        1 => Just(Step::Reopen),
    ]
}

/// What the log was told, and may thus be expected to know.
#[derive(Debug, Default)]
struct Model {
    /// Acknowledged and not known to be trimmed, with their sequence numbers.
    entries: Vec<(u64, Entry)>,
    /// The record that was being appended when the machine went off.
    in_flight: Option<(u64, Entry)>,
    /// The highest block that was ever passed to `trim`.
    trimmed_below: u64,
}

impl Model {
    fn tip(&self) -> u64 {
        self.entries.last().map_or(100, |(_, (_, number, _))| *number)
    }

    /// Performs a step on both.
    fn run(&mut self, log: &mut BlockLog, step: Step) -> Result<(), LogError> {
        let entry = match step {
            Step::Append { skip, length } => block(self.tip() + 1 + skip, length),
            Step::Unwind(depth) => (RecordKind::Unwind, self.tip().saturating_sub(depth), vec![]),
            Step::Trim(depth) => {
                let below = self.tip().saturating_sub(depth);
                self.trimmed_below = self.trimmed_below.max(below);
                return log.trim(below).map(drop);
            }
            Step::Reopen => return Ok(()),
        };
        let sequence = log.next_sequence();
        self.in_flight = Some((sequence, entry.clone()));
        assert_eq!(append(log, &entry)?, sequence);
        self.entries.extend(self.in_flight.take());
        Ok(())
    }

    /// Checks what was found after a restart, and takes it as the new truth.
    fn compare(&mut self, log: &BlockLog) -> Result<(), TestCaseError> {
        let found: Vec<_> =
            log.records().map(|r| r.map(|r| (r.sequence, super::entry(r))).unwrap()).collect();
        let mut expected = self.entries.clone();
        if found.last().map(|(sequence, _)| *sequence) > expected.last().map(|(s, _)| *s) {
            expected.extend(self.in_flight.take());
        }
        prop_assert!(expected.ends_with(&found), "found {found:?}\nexpected {expected:?}");
        prop_assert!(!found.is_empty() || expected.is_empty(), "everything is gone");
        let missing = &expected[..expected.len() - found.len()];
        let is_trimmed = |(_, (kind, number, _)): &(u64, Entry)| match kind {
            RecordKind::Block => *number < self.trimmed_below,
            RecordKind::Unwind => *number + 1 < self.trimmed_below,
        };
        prop_assert!(missing.iter().all(is_trimmed), "missing {missing:?}");
        self.entries = found;
        self.in_flight = None;
        let entries: Vec<_> = self.entries.iter().map(|(_, entry)| entry.clone()).collect();
        prop_assert!(all(log) == entries);
        prop_assert!(blocks_from(log, 0) == in_force(&entries));
        Ok(())
    }
}

fn open(disk: &SimDisk) -> Result<BlockLog, LogError> {
    BlockLog::open_on(Arc::new(disk.clone()), super::dir(), SMALL_SEGMENTS).map(|(log, _)| log)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_crash_at_any_operation_loses_nothing_acknowledged(
        rounds in prop::collection::vec(
            (prop::collection::vec(step(), 1..25), 1_u64..80, any::<u64>()),
            1..6,
        ),
    ) {
        let mut disk = SimDisk::default();
        let mut model = Model::default();
        for (steps, operations, seed) in rounds {
            let at_operation = disk.operations() + operations;
            disk.add_fault(Fault { at_operation, effect: Effect::Crash });
            let mut opened = open(&disk);
            for step in steps {
                let Ok(log) = &mut opened else { break };
                if log.is_empty() && matches!(step, Step::Unwind(_)) {
                    continue;
                }
                let result = match step {
                    Step::Reopen => {
                        opened = open(&disk);
                        opened.as_ref().map(drop).map_err(drop)
                    }
                    step => model.run(log, step).map_err(drop),
                };
                if result.is_err() {
                    break;
                }
            }
            disk = disk.restart(&mut StdRng::seed_from_u64(seed));
            let log = open(&disk).unwrap();
            model.compare(&log)?;
            drop(log);
            // Opening is repeatable.
            model.compare(&open(&disk).unwrap())?;
        }
    }
}
