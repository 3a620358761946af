//! What `rollupNode_txStatus` says.

use super::status::BlockRef;
use alloy_primitives::{Address, B256, U256};
use rollup_forward::{ForwardOutcome, ForwardRecord};
use rollup_txpool::{Departure, DepartureReason, Rejection, Reorged, WaitsFor};
use serde::Serialize;
use std::time::Duration;

/// Where a transaction is. Times are in milliseconds since the Unix epoch, amounts of wei in hex.
#[derive(Clone, Debug, Serialize)]
pub struct TxStatus {
    /// Its hash.
    pub hash: B256,
    /// Where it is.
    #[serde(flatten)]
    pub state: TxState,
    /// Whether a sequencer has it, on a node that forwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<ForwardReport>,
    /// The last block with it that left the chain, if there was one lately.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reorged_from: Option<ReorgReport>,
}

/// Where a transaction is.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum TxState {
    /// In the pool; the next block may have it.
    Pending {
        /// Its sender.
        sender: Address,
        /// Its nonce.
        nonce: u64,
    },
    /// In the pool; no block can have it yet.
    Queued {
        /// Its sender.
        sender: Address,
        /// Its nonce.
        nonce: u64,
        /// Why not.
        reason: WaitReport,
    },
    /// In the pool, and with a sequencer.
    Forwarded {
        /// Its sender.
        sender: Address,
        /// Its nonce.
        nonce: u64,
    },
    /// In a block above the safe one.
    Included(InBlock),
    /// In a block that is consolidated with a batch.
    Safe(InBlock),
    /// In a block of a finalized batch.
    Finalized(InBlock),
    /// An L1 message that no block has yet.
    #[serde(rename = "waiting_on_l1")]
    WaitingOnL1 {
        /// Its place in the queue.
        queue_index: u64,
        /// The L1 block that enqueued it.
        l1_block_number: u64,
        /// Whether a batch has passed it over: then no block will ever have it.
        passed_over: bool,
    },
    /// Another one with its nonce pays more, and has its place in the pool.
    Replaced {
        /// That one.
        by: B256,
        /// When.
        at_ms: u64,
    },
    /// It left the pool without a block.
    Dropped {
        /// `nonce_used`, `pool_full`, `account_limit`, `expired` or `refused`.
        reason: &'static str,
        /// The one in a block with its nonce, if it is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<B256>,
        /// When.
        at_ms: u64,
    },
    /// It was not taken.
    Rejected {
        /// `pool`: that of this node; `sequencer`: the one that it was forwarded to.
        by: &'static str,
        /// Why, in the words of who did not.
        reason: String,
        /// The code that the sequencer gave.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<i32>,
    },
    /// The block that had it left the chain, and nothing was heard of it since.
    Reorged,
    /// Never seen by this node, or longer ago than it remembers.
    Unknown,
}

/// The block of a transaction.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct InBlock {
    /// The block.
    pub block: BlockRef,
    /// Its place there.
    pub index: u64,
    /// Whether it did what it was to do; `null` if its receipt is no longer kept.
    pub succeeded: Option<bool>,
    /// Blocks from that one to the head, both counted.
    pub confirmations: u64,
}

/// What a transaction waits for.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WaitReport {
    /// A transaction of its sender is missing.
    NonceGap {
        /// Nonce of the first that is.
        missing_nonce: u64,
    },
    /// It does not pay the base fee.
    FeeCapBelowBaseFee {
        /// What it pays per gas at most, in wei.
        max_fee_per_gas: U256,
        /// What the next block asks for, in wei.
        base_fee_per_gas: U256,
    },
    /// It may use more gas than a block has.
    ExceedsBlockGasLimit {
        /// Its gas limit.
        gas_limit: u64,
        /// That of a block.
        block_gas_limit: u64,
    },
    /// Its sender cannot pay for it and those before it.
    InsufficientBalance {
        /// What the sender has, in wei.
        balance: U256,
        /// What it needs, in wei: gas, value and L1 data fee.
        needed: U256,
    },
    /// An earlier transaction of its sender waits.
    BehindTransaction {
        /// Nonce of that one.
        nonce: u64,
        /// Its hash.
        hash: B256,
        /// What it waits for.
        reason: Box<Self>,
    },
}

/// How far forwarding is.
#[derive(Clone, Debug, Serialize)]
pub struct ForwardReport {
    /// Host and port of the sequencer that was asked last; `null` before the first request.
    pub to: Option<String>,
    /// `waiting`, `taken`, `known` (the sequencer had it before), `refused`, or `gone` (it left the
    /// pool before there was an answer).
    pub answer: &'static str,
    /// Since when it is so.
    pub at_ms: u64,
    /// Requests so far.
    pub tries: u32,
    /// Why there is no answer, or what the sequencer says against the transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A block that left the chain.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ReorgReport {
    /// The block.
    #[serde(flatten)]
    pub block: BlockRef,
    /// When it was heard of.
    pub at_ms: u64,
}

pub(super) fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl From<&WaitsFor> for WaitReport {
    fn from(waits_for: &WaitsFor) -> Self {
        match waits_for {
            WaitsFor::Nonce { missing } => Self::NonceGap { missing_nonce: *missing },
            WaitsFor::BaseFee { fee_cap, base_fee } => Self::FeeCapBelowBaseFee {
                max_fee_per_gas: U256::from(*fee_cap),
                base_fee_per_gas: U256::from(*base_fee),
            },
            WaitsFor::BlockGasLimit { gas_limit, block_gas_limit } => Self::ExceedsBlockGasLimit {
                gas_limit: *gas_limit,
                block_gas_limit: *block_gas_limit,
            },
            WaitsFor::Balance { balance_wei, needed_wei } => {
                Self::InsufficientBalance { balance: *balance_wei, needed: *needed_wei }
            }
            WaitsFor::Earlier { nonce, hash, waits_for } => Self::BehindTransaction {
                nonce: *nonce,
                hash: *hash,
                reason: Box::new(Self::from(&**waits_for)),
            },
        }
    }
}

impl From<&ForwardRecord> for ForwardReport {
    fn from(record: &ForwardRecord) -> Self {
        let (answer, error) = match &record.outcome {
            ForwardOutcome::Waiting { failure } => {
                ("waiting", failure.as_ref().map(ToString::to_string))
            }
            ForwardOutcome::Taken { was_known: false } => ("taken", None),
            ForwardOutcome::Taken { was_known: true } => ("known", None),
            ForwardOutcome::Refused(refusal) => ("refused", Some(refusal.to_string())),
            ForwardOutcome::Gone => ("gone", None),
        };
        let to = record.host.as_deref().map(str::to_owned);
        Self { to, answer, at_ms: ms(record.at), tries: record.tries, error }
    }
}

impl From<Reorged> for ReorgReport {
    fn from(reorged: Reorged) -> Self {
        Self { block: reorged.block.into(), at_ms: ms(reorged.at) }
    }
}

pub(super) fn departed(departure: &Departure) -> TxState {
    let at_ms = ms(departure.at);
    let (reason, by) = match departure.reason {
        DepartureReason::Replaced { by } => return TxState::Replaced { by, at_ms },
        DepartureReason::NonceUsed { by } => ("nonce_used", by),
        DepartureReason::Full => ("pool_full", None),
        DepartureReason::AccountLimit => ("account_limit", None),
        DepartureReason::Expired => ("expired", None),
        DepartureReason::Refused => ("refused", None),
    };
    TxState::Dropped { reason, by, at_ms }
}

pub(super) fn rejected(rejection: &Rejection) -> TxState {
    TxState::Rejected { by: "pool", reason: rejection.error.to_string(), code: None }
}
