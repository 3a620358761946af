//! When slots begin.

use std::time::Duration;

/// Slots that begin at `start + k * period`, whatever happened in those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slots {
    period: Duration,
    /// Until when, counted from its start, a slot that is noticed late can still be used.
    usable: Duration,
    next_at: Duration,
}

/// The slots that were due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// Slots that nothing can be done with any more.
    pub(crate) missed: u64,
    /// Start of the slot that is now, if it can be used.
    pub(crate) current: Option<Duration>,
}

impl Slots {
    /// Slots of which the first begins at `start`. Neither duration is zero.
    pub(crate) fn new(start: Duration, period: Duration, usable: Duration) -> Self {
        Self { period, usable: usable.min(period), next_at: start }
    }

    /// When the next one begins.
    pub(crate) const fn next_at(&self) -> Duration {
        self.next_at
    }

    /// Takes those that have begun; each is given once.
    pub(crate) fn take(&mut self, now: Duration) -> Option<Due> {
        let late = now.checked_sub(self.next_at)?;
        let period = self.period.as_nanos().max(1);
        let passed = u64::try_from(late.as_nanos() / period).unwrap_or(u64::MAX);
        // Less than a period; one of more than 500 years is cut.
        let since = u64::try_from(late.as_nanos() % period).unwrap_or(u64::MAX);
        let since = Duration::from_nanos(since);
        let start = now.saturating_sub(since);
        self.next_at = start.saturating_add(self.period);
        let is_usable = since < self.usable;
        let missed = passed.saturating_add(u64::from(!is_usable));
        Some(Due { missed, current: is_usable.then_some(start) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    const fn due(missed: u64, current: Option<u64>) -> Option<Due> {
        let current = match current {
            Some(at) => Some(ms(at)),
            None => None,
        };
        Some(Due { missed, current })
    }

    // Period 1000, usable for 800, first slot at 500.
    #[rstest]
    #[case::before(499, None, 500)]
    #[case::the_first(500, due(0, Some(500)), 1500)]
    #[case::late_but_usable(1299, due(0, Some(500)), 1500)]
    #[case::too_late(1300, due(1, None), 1500)]
    #[case::one_missed(1500, due(1, Some(1500)), 2500)]
    #[case::many_missed_no_burst(9700, due(9, Some(9500)), 10_500)]
    #[case::many_missed_and_too_late(9400, due(9, None), 9500)]
    fn takes_the_slot_that_is_now(
        #[case] now: u64,
        #[case] expected: Option<Due>,
        #[case] next_at: u64,
    ) {
        let mut slots = Slots::new(ms(500), ms(1000), ms(800));
        assert_eq!(slots.take(ms(now)), expected);
        assert_eq!(slots.next_at(), ms(next_at));
        assert_eq!(slots.take(ms(now)), None, "a slot is given once");
    }

    #[test]
    fn lateness_does_not_shift_the_grid() {
        let mut slots = Slots::new(ms(0), ms(100), ms(80));
        for k in 0..1000 {
            let late = k * 7 % 80;
            assert_eq!(slots.take(ms(k * 100 + late)), due(0, Some(k * 100)));
        }
    }

    #[test]
    fn a_building_time_above_the_period_leaves_every_moment_usable() {
        let mut slots = Slots::new(ms(0), ms(100), ms(250));
        assert_eq!(slots.take(ms(99)), due(0, Some(0)));
    }
}
