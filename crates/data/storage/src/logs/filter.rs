//! Which logs are asked for.

use alloy_primitives::{Address, B256, Bloom, BloomInput, Log, keccak256};
use std::collections::BTreeSet;

/// Which logs are asked for. An empty set stands for any value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// The contract is one of these.
    pub addresses: BTreeSet<Address>,
    /// The topic in each place is one of these. A log with fewer topics does not match, unless any
    /// will do.
    pub topics: [BTreeSet<B256>; 4],
}

impl LogFilter {
    /// Whether a log is asked for.
    pub fn matches(&self, log: &Log) -> bool {
        let topic_matches = |(place, topics): (usize, &BTreeSet<B256>)| {
            topics.is_empty() || log.topics().get(place).is_some_and(|topic| topics.contains(topic))
        };
        (self.addresses.is_empty() || self.addresses.contains(&log.address))
            && self.topics.iter().enumerate().all(topic_matches)
    }

    /// Whether a block with this logs bloom may have a log that is asked for.
    pub fn may_match(&self, bloom: &Bloom) -> bool {
        BloomTest::new(self).passes(bloom)
    }
}

/// What the logs bloom of a block must have for one of its logs to match.
#[derive(Debug)]
pub(super) struct BloomTest {
    /// Hashes of what is asked for; of each set one value must be there. The smallest is first: most
    /// blocks lack all of it, and the others need not be looked at.
    sets: Vec<Vec<B256>>,
}

impl BloomTest {
    pub(super) fn new(filter: &LogFilter) -> Self {
        let addresses = filter.addresses.iter().map(keccak256).collect();
        let topics = filter.topics.iter().map(|topics| topics.iter().map(keccak256).collect());
        let mut sets: Vec<Vec<B256>> = std::iter::once(addresses).chain(topics).collect();
        sets.retain(|set| !set.is_empty());
        sets.sort_by_key(Vec::len);
        Self { sets }
    }

    /// Whether a block with this bloom may have a log that matches. One without logs has none.
    pub(super) fn passes(&self, bloom: &Bloom) -> bool {
        let has = |hash: &B256| bloom.contains_input(BloomInput::Hash(*hash));
        self.sets.iter().all(|set| set.iter().any(has)) && !bloom.is_zero()
    }
}
