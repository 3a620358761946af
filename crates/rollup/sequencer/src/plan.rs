//! What the next block is built from.

use crate::{
    config::SequencerConfig,
    inclusion::L1InclusionMode,
    l1_messages::{Choice, MessageLimits, QueueProblem, choose, transaction_of},
    slot_history::{NextL1Message, SlotL1},
};
use alloy_eips::BlockNumHash;
use alloy_primitives::Address;
use rollup_chainspec::ScrollChainSpec;
use rollup_primitives::PayloadAttributes;
use rollup_storage::{ChainView, StorageError};
use std::time::Duration;

/// Makes plans.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planner {
    fee_recipient: Address,
    mode: L1InclusionMode,
    limits: MessageLimits,
}

/// What the next block is built from.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Head of the view that it was made from.
    pub(crate) parent: BlockNumHash,
    pub(crate) attributes: PayloadAttributes,
    pub(crate) notes: Notes,
    pub(crate) pending: PendingMessages,
}

/// The L1 messages that are known and in no block yet, deep enough or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PendingMessages {
    pub(crate) count: u64,
    /// L1 blocks from that of the first of them to the latest one.
    pub(crate) oldest_l1_blocks: u64,
}

/// What is to be remembered of a plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notes {
    /// Queue index of its first L1 message, if it has one.
    pub(crate) first_queue_index: Option<u64>,
    /// Highest L1 block that a message comes from.
    pub(crate) l1_origin: Option<u64>,
    /// Why it has no L1 message, if it should have one.
    pub(crate) problem: Option<QueueProblem>,
    /// What was chosen, and why no more.
    pub(crate) l1: SlotL1,
    /// By how much the clock is behind the parent.
    pub(crate) clock_behind: Duration,
}

impl Planner {
    pub(crate) fn new(config: &SequencerConfig, spec: &ScrollChainSpec) -> Self {
        let allowed = spec.config().l1.max_l1_messages_per_block;
        let count = config.max_l1_messages.unwrap_or(allowed);
        let limits = MessageLimits {
            // More than there is memory for is as good as no limit.
            count: usize::try_from(count).unwrap_or(usize::MAX),
            gas: config.max_l1_message_gas,
        };
        let SequencerConfig { fee_recipient, l1_inclusion_mode: mode, .. } = *config;
        Self { fee_recipient, mode, limits }
    }

    /// Plans the block on the head of `view`.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn plan(&self, view: &ChainView, unix_time: Duration) -> Result<Plan, StorageError> {
        let parent = view.head()?;
        let missing = StorageError::Missing { table: "Headers", number: parent.number };
        let header = view.header(parent.number)?.ok_or(missing)?;
        let (choice, l1) = self.choose_messages(view, parent.number, header.gas_limit)?;
        let timestamp = unix_time.as_secs().max(header.timestamp);
        let clock_behind = Duration::from_secs(header.timestamp).saturating_sub(unix_time);
        let first_queue_index = choice.messages.first().map(|message| message.queue_index);
        let attributes = PayloadAttributes {
            timestamp,
            fee_recipient: self.fee_recipient,
            transactions: choice.messages.into_iter().map(transaction_of).collect(),
            no_tx_pool: false,
            gas_limit: None,
        };
        let Choice { l1_origin, problem, .. } = choice;
        let notes = Notes { first_queue_index, l1_origin, problem, l1, clock_behind };
        let pending = pending_messages(view, l1.first_queue_index)?;
        Ok(Plan { parent, attributes, notes, pending })
    }

    fn choose_messages(
        &self,
        view: &ChainView,
        head: u64,
        parent_gas_limit: u64,
    ) -> Result<(Choice, SlotL1), StorageError> {
        let highest = self.mode.highest_l1_block(view.l1_progress()?);
        let first = view.next_queue_index(head)?;
        let choice = match highest {
            Some(highest) => {
                let candidates = view.l1_messages(first, highest, self.limits.count)?;
                // The gas limit of the block is between the parent's and what the builder aims at.
                let gas = self.limits.gas.min(parent_gas_limit);
                choose(first, candidates, MessageLimits { gas, ..self.limits })
            }
            None => Choice::default(),
        };
        let included = choice.messages.len() as u64;
        let l1 = SlotL1 {
            mode: self.mode,
            highest_l1_block: highest,
            first_queue_index: first,
            included,
            next: match choice.problem {
                Some(problem) => problem.into(),
                None => why_not(view, first.saturating_add(included), highest)?,
            },
        };
        Ok((choice, l1))
    }
}

/// The messages from a queue index on.
fn pending_messages(view: &ChainView, first: u64) -> Result<PendingMessages, StorageError> {
    let count = view.queue_length()?.saturating_sub(first);
    let latest = view.l1_progress()?.latest.unwrap_or_default();
    let since = |enqueued: u64| latest.saturating_sub(enqueued);
    let oldest = view.l1_message(first)?.map(|oldest| since(oldest.l1_block_number));
    Ok(PendingMessages { count, oldest_l1_blocks: oldest.unwrap_or_default() })
}

/// Why a message that can be included is not.
fn why_not(
    view: &ChainView,
    queue_index: u64,
    highest_l1_block: Option<u64>,
) -> Result<NextL1Message, StorageError> {
    let Some(message) = view.l1_message(queue_index)? else { return Ok(NextL1Message::Unknown) };
    let l1_block_number = message.l1_block_number;
    Ok(if highest_l1_block.is_none_or(|highest| l1_block_number > highest) {
        NextL1Message::NotDeepEnough { l1_block_number }
    } else if message.skipped {
        NextL1Message::PassedOver
    } else {
        NextL1Message::BlockFull
    })
}

impl From<QueueProblem> for NextL1Message {
    fn from(problem: QueueProblem) -> Self {
        match problem {
            QueueProblem::Gap { found, .. } => Self::Gap { found },
            QueueProblem::Skipped { .. } => Self::PassedOver,
            QueueProblem::TooMuchGas { gas_limit, max_gas, .. } => {
                Self::TooMuchGas { gas_limit, max_gas }
            }
            QueueProblem::LeftOut { .. } => Self::LeftOut,
        }
    }
}
