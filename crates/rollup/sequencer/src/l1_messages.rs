//! Which L1 messages the next block has.

use alloy_consensus::transaction::Recovered;
use rollup_primitives::{ScrollTxEnvelope, TxL1Message};
use rollup_storage::{ChainView, ExecutedBlock, StorageError, StoredL1Message};
use std::fmt;

/// What a block has room for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MessageLimits {
    /// Messages, at most.
    pub(crate) count: usize,
    /// Sum of their gas limits, at most.
    pub(crate) gas: u64,
}

/// The messages that were chosen.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    /// In the order of the queue, without a gap.
    pub(crate) messages: Vec<TxL1Message>,
    /// Highest L1 block that one of them comes from.
    pub(crate) l1_origin: Option<u64>,
    /// Why there is none, if there should be.
    pub(crate) problem: Option<QueueProblem>,
}

/// Why the L1 message that is next cannot be included, now or ever: an operator has to look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QueueProblem {
    /// It is not known, and later ones are.
    Gap { queue_index: u64, found: u64 },
    /// A batch has passed it over.
    Skipped { queue_index: u64 },
    /// It alone is above the gas limit of a block.
    TooMuchGas { queue_index: u64, gas_limit: u64, max_gas: u64 },
    /// It was left out when the block was built.
    LeftOut { queue_index: u64 },
}

impl QueueProblem {
    pub(crate) const fn queue_index(self) -> u64 {
        match self {
            Self::Gap { queue_index, .. }
            | Self::Skipped { queue_index }
            | Self::TooMuchGas { queue_index, .. }
            | Self::LeftOut { queue_index } => queue_index,
        }
    }
}

impl fmt::Display for QueueProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { found, .. } => write!(f, "it is missing; the first known one is {found}"),
            Self::Skipped { .. } => f.write_str("a batch has passed it over"),
            Self::TooMuchGas { gas_limit, max_gas, .. } => {
                write!(f, "its gas limit {gas_limit} is above the {max_gas} of a block")
            }
            Self::LeftOut { .. } => f.write_str("it cannot be executed"),
        }
    }
}

/// Chooses from `candidates`, which are in the order of the queue, those that the block has from the
/// queue index `next` on.
pub(crate) fn choose(next: u64, candidates: Vec<StoredL1Message>, limits: MessageLimits) -> Choice {
    let mut choice = Choice::default();
    let mut gas = 0_u64;
    let expected = next..;
    for (queue_index, stored) in expected.zip(candidates).take(limits.count) {
        let message = stored.message;
        let problem = if message.queue_index != queue_index {
            Some(QueueProblem::Gap { queue_index, found: message.queue_index })
        } else if stored.skipped {
            Some(QueueProblem::Skipped { queue_index })
        } else {
            let (gas_limit, max_gas) = (message.gas_limit, limits.gas);
            let is_too_much = gas_limit > max_gas;
            is_too_much.then_some(QueueProblem::TooMuchGas { queue_index, gas_limit, max_gas })
        };
        gas = gas.saturating_add(message.gas_limit);
        if problem.is_some() {
            // Behind others it is not yet in the way.
            choice.problem = problem.filter(|_| choice.messages.is_empty());
            break;
        }
        if gas > limits.gas {
            break;
        }
        choice.l1_origin = choice.l1_origin.max(Some(stored.l1_block_number));
        choice.messages.push(message);
    }
    choice
}

/// A message as the builder takes it: with its sender, who has not signed it.
pub(crate) fn transaction_of(message: TxL1Message) -> Recovered<ScrollTxEnvelope> {
    let sender = message.sender;
    Recovered::new_unchecked(message.into(), sender)
}

/// An L1 message of a block that is not known from L1, as after an L1 reorg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LostMessage {
    pub(crate) queue_index: u64,
    /// Whether L1 has another one in its place.
    pub(crate) is_replaced: bool,
}

/// The first L1 message of a block that is not known from L1.
///
/// # Errors
/// Those of the database.
pub(crate) fn lost_message(
    view: &ChainView,
    block: &ExecutedBlock,
) -> Result<Option<LostMessage>, StorageError> {
    let transactions = &block.block.body().transactions;
    for message in transactions.iter().filter_map(ScrollTxEnvelope::as_l1_message) {
        let queue_index = message.inner().queue_index;
        let known = view.l1_message(queue_index)?;
        let is_replaced = known.is_some();
        if known.is_none_or(|known| known.hash != *message.hash_ref()) {
            return Ok(Some(LostMessage { queue_index, is_replaced }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const LIMITS: MessageLimits = MessageLimits { count: 4, gas: 100 };

    /// Messages by queue index and gas limit; message n was enqueued in L1 block 10 n.
    fn queue(messages: &[(u64, u64)]) -> Vec<StoredL1Message> {
        let stored = |&(queue_index, gas_limit)| {
            let message = TxL1Message { queue_index, gas_limit, ..Default::default() };
            StoredL1Message {
                hash: message.tx_hash(),
                message,
                l1_block_number: queue_index * 10,
                queue_hash: None,
                l2_block_number: None,
                skipped: false,
            }
        };
        messages.iter().map(stored).collect()
    }

    #[rstest]
    #[case::nothing(&[], &[], None)]
    #[case::all(&[(5, 10), (6, 10)], &[5, 6], None)]
    #[case::s11_gas_up_to_the_limit(&[(5, 60), (6, 40), (7, 1)], &[5, 6], None)]
    #[case::s11_the_first_that_does_not_fit_ends(&[(5, 60), (6, 41), (7, 1)], &[5], None)]
    #[case::the_count_ends(&[(5, 1), (6, 1), (7, 1), (8, 1), (9, 1)], &[5, 6, 7, 8], None)]
    #[case::s18_too_much_gas_for_any_block(
        &[(5, 101), (6, 1)],
        &[],
        Some(QueueProblem::TooMuchGas { queue_index: 5, gas_limit: 101, max_gas: 100 })
    )]
    #[case::s18_not_yet_at_the_head(&[(5, 1), (6, 101), (7, 1)], &[5], None)]
    #[case::the_next_is_missing(
        &[(6, 1), (7, 1)],
        &[],
        Some(QueueProblem::Gap { queue_index: 5, found: 6 })
    )]
    #[case::a_later_one_is_missing(&[(5, 1), (7, 1)], &[5], None)]
    fn chooses_a_prefix_of_the_queue(
        #[case] messages: &[(u64, u64)],
        #[case] chosen: &[u64],
        #[case] problem: Option<QueueProblem>,
    ) {
        let choice = choose(5, queue(messages), LIMITS);
        let indices: Vec<_> = choice.messages.iter().map(|message| message.queue_index).collect();
        assert_eq!(indices, chosen);
        assert_eq!(choice.problem, problem);
        assert_eq!(choice.l1_origin, chosen.last().map(|index| index * 10));
    }

    #[test]
    fn s12_skipped_messages_are_not_offered() {
        let mut messages = queue(&[(5, 1), (6, 1)]);
        messages[1].skipped = true;
        let choice = choose(5, messages.clone(), LIMITS);
        assert_eq!((choice.messages.len(), choice.problem), (1, None));
        let choice = choose(6, messages.split_off(1), LIMITS);
        assert!(choice.messages.is_empty());
        assert_eq!(choice.problem, Some(QueueProblem::Skipped { queue_index: 6 }));
    }
}
