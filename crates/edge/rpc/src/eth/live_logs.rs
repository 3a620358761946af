//! Which of the logs that come are wanted.

use super::{error::EthError, logs::storage_filter};
use alloy_primitives::B256;
use alloy_rpc_types_eth::{BlockNumberOrTag, Filter, FilterBlockOption, Log};
use rollup_storage::LogFilter;
use std::{
    mem::size_of,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Addresses, and topics in one place, that may be wanted.
const MAX_VALUES: usize = 1000;
/// Bytes of all that is wanted by all filters and subscriptions, about.
const MAX_BYTES: usize = 64 << 20;
/// Bytes of an address or a topic with what surrounds it: in the set in which it came, and in the one
/// in which it is looked up.
const VALUE_BYTES: usize = 4 * size_of::<B256>();

/// What is kept of all that is wanted, counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct WantedBytes(Arc<AtomicUsize>);

/// A part of what is kept, until it is dropped.
#[derive(Debug)]
struct Share {
    of: WantedBytes,
    bytes: usize,
}

impl WantedBytes {
    fn take(&self, bytes: usize) -> Result<Share, EthError> {
        let fits = |taken: usize| taken.checked_add(bytes).filter(|sum| *sum <= MAX_BYTES);
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits);
        // There is not as much left.
        taken.map_err(|_taken| EthError::FiltersTooLarge)?;
        Ok(Share { of: self.clone(), bytes })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Which of the logs that come are wanted. Tags do not narrow the blocks: whatever comes is the
/// latest.
#[derive(Debug)]
pub(crate) struct LiveLogs {
    pub(crate) filter: LogFilter,
    from: Option<u64>,
    to: Option<u64>,
    /// Of the only block that is wanted.
    block_hash: Option<B256>,
    _share: Share,
}

impl LiveLogs {
    /// # Errors
    /// [`EthError::TooManyTopics`], and [`EthError::FiltersTooLarge`] if all that is kept at the
    /// same time is too much.
    pub(crate) fn new(filter: &Filter, kept: &WantedBytes) -> Result<Self, EthError> {
        let topics = filter.topics.iter().map(|topics| topics.len());
        let values = topics.chain([filter.address.len()]);
        if values.clone().any(|values| values > MAX_VALUES) {
            return Err(EthError::TooManyTopics { max: MAX_VALUES });
        }
        let share = kept.take(size_of::<Self>() + values.sum::<usize>() * VALUE_BYTES)?;
        let (from, to, block_hash) = match filter.block_option {
            FilterBlockOption::AtBlockHash(hash) => (None, None, Some(hash)),
            FilterBlockOption::Range { from_block, to_block } => {
                let number = |block: Option<BlockNumberOrTag>| block?.as_number();
                (number(from_block), number(to_block), None)
            }
        };
        Ok(Self { filter: storage_filter(filter), from, to, block_hash, _share: share })
    }

    pub(crate) fn matches(&self, log: &Log) -> bool {
        let number = log.block_number.unwrap_or_default();
        self.from.is_none_or(|from| number >= from)
            && self.to.is_none_or(|to| number <= to)
            && self.block_hash.is_none_or(|hash| log.block_hash == Some(hash))
            && self.filter.matches(&log.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::Address;

    fn large() -> Filter {
        let topics = || (0..MAX_VALUES as u64).map(B256::from_u64).collect::<Vec<_>>();
        Filter::new().event_signature(topics()).topic1(topics()).topic2(topics()).topic3(topics())
    }

    trait FromNumber {
        fn from_u64(number: u64) -> Self;
    }

    impl FromNumber for B256 {
        fn from_u64(number: u64) -> Self {
            Self::left_padding_from(&number.to_be_bytes())
        }
    }

    #[test]
    fn all_that_is_wanted_has_a_bound_and_is_given_back() {
        let kept = WantedBytes::default();
        let mut taken = Vec::new();
        let refused = loop {
            match LiveLogs::new(&large(), &kept) {
                Ok(live) => taken.push(live),
                Err(err) => break err,
            }
        };
        assert!(matches!(refused, EthError::FiltersTooLarge));
        assert!((50..1000).contains(&taken.len()), "{}", taken.len());
        taken.pop();
        LiveLogs::new(&large(), &kept).unwrap();
        taken.clear();
        assert_eq!(kept.0.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn too_many_values_are_refused() {
        let kept = WantedBytes::default();
        let addresses: Vec<_> = (0..=MAX_VALUES as u64)
            .map(|number| Address::from_word(B256::from_u64(number)))
            .collect();
        let refused = LiveLogs::new(&Filter::new().address(addresses), &kept).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "exceed max addresses or topics per search position (max 1000)"
        );
    }
}
