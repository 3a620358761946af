//! What `rollupNode_explainSlot` takes and says.

use super::{status::BlockRef, tx_report::ms};
use alloy_primitives::U64;
use rollup_sequencer::{
    NextL1Message, SkipReason, SlotBlock, SlotL1, SlotOutcome, SlotPhases, SlotRecord,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A time from here on is one in milliseconds: in seconds it is in the year 5138.
const FIRST_MILLISECONDS: u64 = 100_000_000_000;

/// Which slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum SlotKey {
    /// The one that made the block of this number, or was to. A JSON number or one in hex.
    Block(U64),
    /// The one at a time.
    Named(NamedSlot),
}

/// A slot by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NamedSlot {
    /// Seconds or milliseconds since the Unix epoch.
    Time(u64),
    /// As [`SlotKey::Block`].
    Block(U64),
}

/// A slot that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Block(u64),
    /// Since the Unix epoch.
    Time(Duration),
}

impl From<SlotKey> for Slot {
    fn from(key: SlotKey) -> Self {
        match key {
            SlotKey::Block(number) | SlotKey::Named(NamedSlot::Block(number)) => {
                Self::Block(number.to())
            }
            SlotKey::Named(NamedSlot::Time(time)) if time < FIRST_MILLISECONDS => {
                Self::Time(Duration::from_secs(time))
            }
            SlotKey::Named(NamedSlot::Time(time)) => Self::Time(Duration::from_millis(time)),
        }
    }
}

/// What happened in a slot. Times are in milliseconds since the Unix epoch.
#[derive(Clone, Debug, Serialize)]
pub struct SlotExplanation {
    /// What became of it, in a word.
    pub answer: SlotAnswer,
    /// The same in a sentence.
    pub text: String,
    /// What the sequencer of this node remembers, oldest first: of a block, all slots that tried.
    pub slots: Vec<SlotReport>,
    /// The block of this number; of a time, the last one up to then.
    pub block: Option<ChainBlock>,
    /// Of a time, the first block after it.
    pub next_block: Option<ChainBlock>,
}

/// What became of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotAnswer {
    /// It made a block.
    Block,
    /// It made no block.
    Skipped,
    /// It is not over.
    InHand,
    /// The sequencer had no slot then.
    NoSlot,
    /// It is longer ago than what the sequencer remembers; the chain may have a block.
    Forgotten,
    /// It has not come.
    Future,
    /// This node makes no blocks; the chain may have one.
    NoSequencer,
}

/// A block of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ChainBlock {
    /// Number and hash.
    #[serde(flatten)]
    pub id: BlockRef,
    /// In seconds since the Unix epoch.
    pub timestamp: u64,
    /// Transactions, L1 messages included.
    pub transactions: usize,
    /// L1 messages.
    pub l1_messages: usize,
    /// Gas they used.
    pub gas_used: u64,
}

/// What the sequencer remembers of a slot, or of several in a row that passed alike.
#[derive(Clone, Debug, Serialize)]
pub struct SlotReport {
    /// When it began, or was found to have passed.
    pub began_at_ms: u64,
    /// When its work ended; `null` while it has not.
    pub ended_at_ms: Option<u64>,
    /// How many slots.
    pub slots: u64,
    /// `block`, `skipped` or `in_hand`.
    pub outcome: &'static str,
    /// Why there is no block.
    pub skip_reason: Option<&'static str>,
    /// What its block was to follow.
    pub parent: Option<BlockRef>,
    /// Its block, whether it was kept or not.
    pub block: Option<SlotBlockReport>,
    /// Whether the block was built in an earlier slot.
    pub resumed: bool,
    /// How long its parts took.
    pub phases_us: PhasesReport,
    /// How often the signer was asked.
    pub signing_attempts: u32,
    /// What failed.
    pub failure: Option<String>,
    /// Why sequencing stopped with it.
    pub sequencing_stopped: Option<String>,
    /// The L1 messages; `null` if the slot did not come to choosing them.
    pub l1: Option<SlotL1Report>,
}

/// The block of a slot.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SlotBlockReport {
    /// Number and hash.
    #[serde(flatten)]
    pub id: BlockRef,
    /// Transactions, L1 messages included.
    pub transactions: usize,
    /// L1 messages.
    pub l1_messages: usize,
    /// Gas they used.
    pub gas_used: u64,
    /// Why it took no more: `time`, `gas_limit`, `byte_limit` or `no_pool`.
    pub stopped_by: Option<&'static str>,
}

/// How long the parts of a slot took, in microseconds; `null` for those that it did not come to.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PhasesReport {
    /// Reading the chain and choosing L1 messages.
    pub waiting: Option<u64>,
    /// Executing transactions, and waiting for more.
    pub building: Option<u64>,
    /// Roots and hash.
    pub sealing: Option<u64>,
    /// Making block and promise durable.
    pub proposing: Option<u64>,
    /// Signing.
    pub signing: Option<u64>,
    /// Making the signed block durable and the head.
    pub appending: Option<u64>,
    /// Telling the network.
    pub announcing: Option<u64>,
}

/// The L1 messages of a slot.
#[derive(Clone, Debug, Serialize)]
pub struct SlotL1Report {
    /// The inclusion rule.
    pub mode: String,
    /// The highest L1 block that it allowed.
    pub highest_l1_block: Option<u64>,
    /// Messages that were included.
    pub included: u64,
    /// Queue index of the message that is next after them.
    pub next_queue_index: u64,
    /// Why that one was not included.
    #[serde(flatten)]
    pub next: NextReport,
}

/// Why the next L1 message was not included.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "next_reason", rename_all = "snake_case")]
pub enum NextReport {
    /// None is known.
    Unknown,
    /// The rule does not allow its L1 block yet.
    NotDeepEnough {
        /// Its L1 block.
        l1_block_number: u64,
    },
    /// The block had as many as it may.
    BlockFull,
    /// It is missing, and a later one is known.
    Gap {
        /// That one.
        found: u64,
    },
    /// A batch has passed it over.
    PassedOver,
    /// It alone is above the gas limit of a block.
    TooMuchGas {
        /// Its gas limit.
        gas_limit: u64,
        /// That of a block.
        max_gas: u64,
    },
    /// It cannot be executed, or there was no room.
    LeftOut,
}

impl From<NextL1Message> for NextReport {
    fn from(next: NextL1Message) -> Self {
        match next {
            NextL1Message::Unknown => Self::Unknown,
            NextL1Message::NotDeepEnough { l1_block_number } => {
                Self::NotDeepEnough { l1_block_number }
            }
            NextL1Message::BlockFull => Self::BlockFull,
            NextL1Message::Gap { found } => Self::Gap { found },
            NextL1Message::PassedOver => Self::PassedOver,
            NextL1Message::TooMuchGas { gas_limit, max_gas } => {
                Self::TooMuchGas { gas_limit, max_gas }
            }
            NextL1Message::LeftOut => Self::LeftOut,
        }
    }
}

impl From<SlotL1> for SlotL1Report {
    fn from(l1: SlotL1) -> Self {
        Self {
            mode: l1.mode.to_string(),
            highest_l1_block: l1.highest_l1_block,
            included: l1.included,
            next_queue_index: l1.next_queue_index(),
            next: l1.next.into(),
        }
    }
}

impl From<SlotBlock> for SlotBlockReport {
    fn from(block: SlotBlock) -> Self {
        Self {
            id: block.id.into(),
            transactions: block.transactions,
            l1_messages: block.l1_messages,
            gas_used: block.gas_used,
            stopped_by: block.stopped_by(),
        }
    }
}

impl From<SlotPhases> for PhasesReport {
    fn from(phases: SlotPhases) -> Self {
        let us = |duration: Option<Duration>| {
            duration.map(|duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
        };
        Self {
            waiting: us(phases.waiting),
            building: us(phases.building),
            sealing: us(phases.sealing),
            proposing: us(phases.proposing),
            signing: us(phases.signing),
            appending: us(phases.appending),
            announcing: us(phases.announcing),
        }
    }
}

impl From<SlotRecord> for SlotReport {
    fn from(record: SlotRecord) -> Self {
        let (outcome, skip_reason) = match record.outcome {
            SlotOutcome::InHand => ("in_hand", None),
            SlotOutcome::Block(_) => ("block", None),
            SlotOutcome::Skipped(reason) => ("skipped", Some(reason.as_str())),
        };
        Self {
            began_at_ms: ms(record.began_at),
            ended_at_ms: record.ended_at.map(ms),
            slots: record.slots,
            outcome,
            skip_reason,
            parent: record.parent.map(BlockRef::from),
            block: record.block.map(SlotBlockReport::from),
            resumed: record.is_resumed,
            phases_us: record.phases.into(),
            signing_attempts: record.signing_attempts,
            failure: record.failure.map(String::from),
            sequencing_stopped: record.stopped.map(|reason| reason.to_string()),
            l1: record.l1.map(SlotL1Report::from),
        }
    }
}

/// Why a slot has no block, as a sentence goes on after "because".
pub(super) const fn because(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Overrun => "the block of an earlier slot was not finished",
        SkipReason::Late => "the sequencer noticed it too late",
        SkipReason::NotAuthorized => "the signer of this node is not the authorized one",
        SkipReason::NotSynced => "the node fell behind while the block was built",
        SkipReason::Disabled => "sequencing was disabled while the block was built",
        SkipReason::HeadMoved => "another block became the head while it was built",
        SkipReason::L1Reorg => "L1 took back a message of the block",
        SkipReason::L1Stale => "what this node knows of L1 is too old",
        SkipReason::Failed => "building or signing failed",
        SkipReason::Empty => "there was nothing to put into it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn slots_are_named_by_number_and_by_time() {
        let read = |key| Slot::from(serde_json::from_value::<SlotKey>(key).unwrap());
        assert_eq!(read(json!(7)), Slot::Block(7));
        assert_eq!(read(json!("0x10")), Slot::Block(16));
        assert_eq!(read(json!({ "block": 9 })), Slot::Block(9));
        let time = Duration::from_secs(1_700_000_000);
        assert_eq!(read(json!({ "time": 1_700_000_000 })), Slot::Time(time));
        let time = Duration::from_millis(1_700_000_000_123);
        assert_eq!(read(json!({ "time": 1_700_000_000_123_u64 })), Slot::Time(time));
        for key in [json!({}), json!({ "hash": 1 }), json!(-1), json!("x"), json!([1])] {
            assert!(serde_json::from_value::<SlotKey>(key.clone()).is_err(), "{key}");
        }
    }
}
