//! How much an endpoint may be asked for.

use std::time::Duration;

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// A bucket of compute units that fills up within a second. What does not fit in is owed: who
/// comes next waits for that too, so nobody is passed over.
#[derive(Debug)]
pub(crate) struct Budget {
    per_second: u64,
    /// When the bucket is full again if nobody takes anything more. In the past, if it is full.
    full_at: Duration,
}

impl Budget {
    /// A full one, of at least one unit per second.
    pub(crate) fn new(per_second: u64) -> Self {
        Self { per_second: per_second.max(1), full_at: Duration::ZERO }
    }

    /// Takes so many units, and gives the time to wait before they may be used. `None`, and nothing
    /// taken, if that is more than `patience`.
    pub(crate) fn take(
        &mut self,
        units: u64,
        now: Duration,
        patience: Duration,
    ) -> Option<Duration> {
        let nanos = u128::from(units) * NANOS_PER_SECOND / u128::from(self.per_second);
        let cost = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let full_at = self.full_at.max(now).saturating_add(cost);
        // A bucket that is full in a second is empty now.
        let wait = full_at.saturating_sub(now).saturating_sub(Duration::from_secs(1));
        if wait > patience {
            return None;
        }
        self.full_at = full_at;
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_second_worth_is_there_at_once_and_the_rest_in_time() {
        let mut budget = Budget::new(100);
        let mut take = |units, now| budget.take(units, ms(now), ms(3000));
        assert_eq!(take(60, 5000), Some(ms(0)));
        assert_eq!(take(40, 5000), Some(ms(0)));
        assert_eq!(take(20, 5000), Some(ms(200)));
        assert_eq!(take(20, 5000), Some(ms(400)), "after the one before");
        assert_eq!(take(20, 5600), Some(ms(0)));
        assert_eq!(take(100, 60_000), Some(ms(0)), "it does not save up more than a second's");
        assert_eq!(take(1, 60_000), Some(ms(10)));
    }

    #[test]
    fn nothing_is_taken_by_whom_it_would_take_too_long() {
        let mut budget = Budget::new(10);
        assert_eq!(budget.take(40, ms(0), ms(3000)), Some(ms(3000)));
        assert_eq!(budget.take(1, ms(0), ms(3000)), None);
        assert_eq!(budget.take(1, ms(100), ms(3000)), Some(ms(3000)));
    }
}
