//! When each hardfork becomes active.

use crate::hardfork::ScrollHardfork;
use alloy_hardforks::ForkCondition;

/// The activation condition of every hardfork of one chain.
///
/// A fork with a block is active in blocks with that number or a higher one, a fork with a
/// timestamp in blocks with that timestamp (seconds) or a later one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkSchedule {
    /// In the order of [`ScrollHardfork::ALL`].
    conditions: [ForkCondition; ScrollHardfork::COUNT],
}

impl ForkSchedule {
    /// No fork ever; [`Self::active_fork`] is Archimedes throughout.
    pub const NEVER: Self = Self { conditions: [ForkCondition::Never; ScrollHardfork::COUNT] };

    /// This schedule with another condition for one fork.
    #[must_use]
    pub const fn with(mut self, fork: ScrollHardfork, condition: ForkCondition) -> Self {
        self.conditions[fork.index()] = condition;
        self
    }

    /// `newest` and every older fork active from the start, later ones never.
    pub fn forced(newest: ScrollHardfork) -> Self {
        ScrollHardfork::ALL.into_iter().take_while(|fork| *fork <= newest).fold(
            Self::NEVER,
            |schedule, fork| {
                let condition = if fork.is_block_based() {
                    ForkCondition::ZERO_BLOCK
                } else {
                    ForkCondition::ZERO_TIMESTAMP
                };
                schedule.with(fork, condition)
            },
        )
    }

    /// The activation condition of a fork.
    pub const fn condition(&self, fork: ScrollHardfork) -> ForkCondition {
        self.conditions[fork.index()]
    }

    /// Every fork with its condition, from oldest to newest.
    pub fn iter(&self) -> impl Iterator<Item = (ScrollHardfork, ForkCondition)> + '_ {
        ScrollHardfork::ALL.into_iter().zip(self.conditions)
    }

    /// Whether a fork is active in a block of this number and timestamp (seconds).
    pub const fn is_active(&self, fork: ScrollHardfork, number: u64, timestamp: u64) -> bool {
        self.condition(fork).active_at_timestamp_or_number(timestamp, number)
    }

    /// The newest fork that is active in a block of this number and timestamp (seconds).
    /// Archimedes if none is: its rules are those of genesis.
    pub fn active_fork(&self, number: u64, timestamp: u64) -> ScrollHardfork {
        ScrollHardfork::ALL
            .into_iter()
            .rev()
            .find(|fork| self.is_active(*fork, number, timestamp))
            .unwrap_or(ScrollHardfork::Archimedes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ScrollHardfork::{Archimedes, Curie, Darwin, Euclid, Feynman, Galileo, GalileoV2};

    #[test]
    fn forces_a_fork_and_all_before_it() {
        for newest in ScrollHardfork::ALL {
            let schedule = ForkSchedule::forced(newest);
            assert_eq!(schedule.active_fork(0, 0), newest);
            assert_eq!(schedule.active_fork(u64::MAX, u64::MAX), newest);
            for (fork, condition) in schedule.iter() {
                assert_eq!(schedule.is_active(fork, 0, 0), fork <= newest, "{newest} {fork}");
                assert_eq!(condition == ForkCondition::Never, fork > newest, "{newest} {fork}");
                assert_eq!(condition.is_block(), fork <= newest && fork <= Curie);
            }
        }
    }

    #[test]
    fn falls_back_to_archimedes() {
        assert_eq!(ForkSchedule::NEVER.active_fork(u64::MAX, u64::MAX), Archimedes);
        assert!(!ForkSchedule::NEVER.is_active(Archimedes, 0, 0));
    }

    #[test]
    fn picks_the_newest_active_fork_across_gaps() {
        let schedule = ForkSchedule::forced(Euclid)
            .with(Darwin, ForkCondition::Never)
            .with(Curie, ForkCondition::Block(100))
            .with(Galileo, ForkCondition::Timestamp(50))
            .with(GalileoV2, ForkCondition::Timestamp(51));
        assert_eq!(schedule.active_fork(0, 49), Euclid);
        assert_eq!(schedule.active_fork(0, 50), Galileo);
        assert_eq!(schedule.active_fork(0, 51), GalileoV2);
        assert!(!schedule.is_active(Feynman, u64::MAX, u64::MAX));
        assert!(!schedule.is_active(Darwin, u64::MAX, u64::MAX));
        assert!(!schedule.is_active(Curie, 99, u64::MAX));
        assert!(schedule.is_active(Curie, 100, 0));
    }
}
