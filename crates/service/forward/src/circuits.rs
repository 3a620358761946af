//! Which sequencer to ask: no clock, no I/O.

use crate::config::{FIRST_PAUSE, LONGEST_PAUSE};
use std::time::Duration;

/// What is known of the sequencers, in the order of preference.
#[derive(Debug)]
pub(crate) struct Circuits {
    circuits: Vec<Circuit>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Circuit {
    /// The last try reached it, or there was none.
    Closed,
    /// It could not be reached so many times in a row. Nobody tries before this time.
    Open { failures: u32, until: Duration },
    /// One tries; the others wait for the outcome.
    Probing { failures: u32 },
}

/// Whom to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// This one.
    Ask(usize),
    /// Nobody before this time, unless there is news.
    WaitUntil(Duration),
    /// Nobody until there is news.
    Wait,
}

impl Circuits {
    pub(crate) fn new(count: usize) -> Self {
        Self { circuits: vec![Circuit::Closed; count] }
    }

    /// Whom to ask, but for those that `passed_over` says. Whoever is told to ask somebody tells of
    /// the outcome.
    pub(crate) fn choose(&mut self, now: Duration, passed_over: impl Fn(usize) -> bool) -> Choice {
        let mut earliest: Option<Duration> = None;
        for (index, circuit) in self.circuits.iter_mut().enumerate() {
            if passed_over(index) {
                continue;
            }
            match *circuit {
                Circuit::Closed => return Choice::Ask(index),
                Circuit::Open { failures, until } if until <= now => {
                    *circuit = Circuit::Probing { failures };
                    return Choice::Ask(index);
                }
                Circuit::Open { until, .. } => {
                    earliest = Some(earliest.map_or(until, |earliest| earliest.min(until)));
                }
                Circuit::Probing { .. } => {}
            }
        }
        earliest.map_or(Choice::Wait, Choice::WaitUntil)
    }

    /// It was reached. Gives whether it could not be before.
    pub(crate) fn reached(&mut self, index: usize) -> bool {
        let Some(circuit) = self.circuits.get_mut(index) else { return false };
        std::mem::replace(circuit, Circuit::Closed) != Circuit::Closed
    }

    /// It was not. `random`, from 0 to 1, is what the pause is spread by. Gives the pause, if this
    /// begins one: of those that fail at once only the first does.
    pub(crate) fn failed(&mut self, index: usize, now: Duration, random: f64) -> Option<Duration> {
        let circuit = self.circuits.get_mut(index)?;
        let failures = match *circuit {
            Circuit::Closed => 1,
            Circuit::Probing { failures } => failures.saturating_add(1),
            Circuit::Open { .. } => return None,
        };
        let doublings = failures.saturating_sub(1).min(16);
        let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
        let pause = pause.saturating_add(pause.mul_f64(random.clamp(0.0, 1.0) / 2.0));
        *circuit = Circuit::Open { failures, until: now.saturating_add(pause) };
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn choose(circuits: &mut Circuits, now: u64) -> Choice {
        circuits.choose(ms(now), |_| false)
    }

    #[test]
    fn the_next_one_is_asked_until_the_pause_is_over_and_the_preferred_one_again_then() {
        let mut circuits = Circuits::new(2);
        assert_eq!(choose(&mut circuits, 0), Choice::Ask(0));
        circuits.failed(0, ms(0), 0.0);
        assert_eq!(choose(&mut circuits, 249), Choice::Ask(1));
        assert_eq!(choose(&mut circuits, 250), Choice::Ask(0), "one tries");
        assert_eq!(choose(&mut circuits, 250), Choice::Ask(1), "the others do not wait for it");
        circuits.reached(0);
        assert_eq!(choose(&mut circuits, 251), Choice::Ask(0));
    }

    #[test]
    fn pauses_double_up_to_a_limit() {
        let mut circuits = Circuits::new(1);
        let mut now = Duration::ZERO;
        let mut pauses = Vec::new();
        for _ in 0..40 {
            assert_eq!(circuits.choose(now, |_| false), Choice::Ask(0));
            let pause = circuits.failed(0, now, 0.0).unwrap();
            pauses.push(pause.as_millis());
            assert_eq!(circuits.choose(now, |_| false), Choice::WaitUntil(now + pause));
            now += pause;
        }
        assert_eq!(pauses[..9], [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
        assert!(pauses[9..].iter().all(|pause| *pause == 30_000));
        circuits.choose(now, |_| false);
        circuits.reached(0);
        assert_eq!(circuits.failed(0, now, 1.0), Some(ms(375)), "it begins anew, and is spread");
    }

    #[test]
    fn those_that_fail_at_once_count_once() {
        let mut circuits = Circuits::new(1);
        assert_eq!(circuits.failed(0, ms(0), 0.0), Some(ms(250)));
        assert_eq!(circuits.failed(0, ms(1), 0.0), None);
        assert_eq!(choose(&mut circuits, 2), Choice::WaitUntil(ms(250)));
    }

    #[test]
    fn while_one_tries_the_only_sequencer_the_others_wait() {
        let mut circuits = Circuits::new(1);
        circuits.failed(0, ms(0), 0.0);
        assert_eq!(choose(&mut circuits, 250), Choice::Ask(0));
        assert_eq!(choose(&mut circuits, 10_000), Choice::Wait);
    }

    #[test]
    fn whoever_is_passed_over_is_not_asked() {
        let mut circuits = Circuits::new(3);
        circuits.failed(2, ms(0), 0.0);
        assert_eq!(circuits.choose(ms(0), |index| index == 0), Choice::Ask(1));
        assert_eq!(circuits.choose(ms(0), |index| index < 2), Choice::WaitUntil(ms(250)));
    }
}
