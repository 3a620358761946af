//! EIP-2124 fork identifiers, with timestamps as in EIP-6122.

use crate::{hardfork::ScrollHardfork, schedule::ForkSchedule};
use alloy_eip2124::{ForkFilter, ForkFilterKey, ForkHash, ForkId, Head};
use alloy_hardforks::ForkCondition;
use alloy_primitives::B256;
use std::collections::BTreeSet;

/// The identifier of a chain whose head has this number and timestamp.
pub(crate) fn fork_id(
    schedule: &ForkSchedule,
    genesis_hash: B256,
    genesis_timestamp: u64,
    number: u64,
    timestamp: u64,
) -> ForkId {
    let mut hash = ForkHash::from(genesis_hash);
    for point in fork_points(schedule, genesis_timestamp) {
        let (activation, head) = match point {
            ForkFilterKey::Block(block) => (block, number),
            ForkFilterKey::Time(time) => (time, timestamp),
        };
        if head < activation {
            return ForkId { hash, next: activation };
        }
        hash += activation;
    }
    ForkId { hash, next: 0 }
}

/// The check of other nodes' identifiers, for a node at `head`.
pub(crate) fn fork_filter(
    schedule: &ForkSchedule,
    genesis_hash: B256,
    genesis_timestamp: u64,
    head: Head,
) -> ForkFilter {
    let points = fork_points(schedule, genesis_timestamp);
    ForkFilter::new(head, genesis_hash, genesis_timestamp, points)
}

/// Activations after genesis: blocks before timestamps, both ascending, equal ones once.
fn fork_points(schedule: &ForkSchedule, genesis_timestamp: u64) -> BTreeSet<ForkFilterKey> {
    let point = |(_, condition): (ScrollHardfork, ForkCondition)| match condition {
        ForkCondition::Block(block) if block > 0 => Some(ForkFilterKey::Block(block)),
        ForkCondition::Timestamp(time) if time > genesis_timestamp => {
            Some(ForkFilterKey::Time(time))
        }
        _ => None,
    };
    schedule.iter().filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ScrollHardfork::{Archimedes, Bernoulli, Curie, Darwin, Euclid, EuclidV2};

    const GENESIS: B256 = B256::repeat_byte(7);

    #[test]
    fn counts_equal_activations_once_and_skips_those_at_genesis() {
        let schedule = ForkSchedule::NEVER
            .with(Archimedes, ForkCondition::Block(0))
            .with(Bernoulli, ForkCondition::Block(5))
            .with(Curie, ForkCondition::Block(5))
            .with(Darwin, ForkCondition::Timestamp(1000))
            .with(Euclid, ForkCondition::Timestamp(2000))
            .with(EuclidV2, ForkCondition::Timestamp(2000));
        let id = |number, timestamp| fork_id(&schedule, GENESIS, 1000, number, timestamp);
        let genesis = ForkHash::from(GENESIS);
        assert_eq!(id(0, 1000), ForkId { hash: genesis, next: 5 });
        assert_eq!(id(5, 1999), ForkId { hash: genesis + 5_u64, next: 2000 });
        assert_eq!(id(6, 2000), ForkId { hash: genesis + 5_u64 + 2000_u64, next: 0 });
    }

    #[test]
    fn agrees_with_the_filter() {
        let schedule = ForkSchedule::NEVER
            .with(Curie, ForkCondition::Block(9))
            .with(Darwin, ForkCondition::Timestamp(2_000_000_000));
        for (number, timestamp) in [(0, 1), (8, 1), (9, 1), (9, 2_000_000_000)] {
            let head = Head { number, timestamp, ..Default::default() };
            let filter = fork_filter(&schedule, GENESIS, 1, head);
            let id = fork_id(&schedule, GENESIS, 1, number, timestamp);
            assert_eq!(filter.current(), id, "{number} {timestamp}");
            assert_eq!(filter.validate(id), Ok(()));
            assert!(filter.validate(ForkId { hash: ForkHash([0; 4]), next: 0 }).is_err());
        }
    }
}
