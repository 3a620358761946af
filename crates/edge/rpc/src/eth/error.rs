//! Why a method of the `eth` namespace could not answer, in the words that geth and reth use.

use super::{
    call::{CallStateError, SequenceError},
    revert::revert_reason,
};
use crate::debug::UnfitError;
use crate::error::{
    RpcErrorCode, busy, internal, invalid_params, limit_exceeded, not_supported,
    resource_not_found, reverted, server_error, transaction_rejected,
};
use crate::{ots::SearchError, trace::TraceFilterError};
use alloy_consensus::crypto::RecoveryError;
use alloy_eips::eip2718::Eip2718Error;
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_evm::block::BlockExecutionError;
use alloy_primitives::{Address, Bytes, U256};
use jsonrpsee::types::ErrorObjectOwned;
use revm::context_interface::result::{EVMError, HaltReason, InvalidTransaction};
use revm_inspectors::tracing::DebugInspectorError;
use rollup_evm::ScrollTxError;
use rollup_payload::PayloadError;
use rollup_storage::{LogQueryError, StorageError};
use rollup_txpool::{PoolError, PoolErrorKind};
use std::{fmt, string::FromUtf8Error};
use thiserror::Error;

/// A request that was refused or has failed. Clients tell the cases apart by text and code.
#[derive(Debug, Error)]
pub(crate) enum EthError {
    /// State or receipts of a block that the chain does not have.
    #[error("block not found: {}", block_name(*.0))]
    BlockNotFound(BlockId),
    /// State or receipts that are no longer kept.
    #[error("pruned history unavailable: {0}")]
    Pruned(#[source] StorageError),
    /// A transaction that the chain does not have.
    #[error("transaction not found")]
    TransactionNotFound,
    /// A block or the place in it that cannot be executed again.
    #[error(transparent)]
    Unfit(#[from] UnfitError),
    /// The stored chain could not be read.
    #[error("the stored chain cannot be read")]
    Storage(#[source] StorageError),
    /// The EVM failed for no reason that request or state explain.
    #[error("the call cannot be executed")]
    Evm(#[source] Box<EVMError<CallStateError, ScrollTxError>>),
    /// A block of the chain cannot be executed again.
    #[error("the block cannot be executed again")]
    Replay(#[source] Box<BlockExecutionError>),
    /// The pending block cannot be made.
    #[error("the pending block cannot be built")]
    PendingBlock(#[source] Box<PayloadError>),
    /// A proof of a state that has no root yet.
    #[error("proofs of the pending block are not supported")]
    PendingProof,
    /// Blocks that cannot be simulated.
    #[error(transparent)]
    Sequence(#[from] SequenceError),
    /// A tracer does not give what it has seen.
    #[error("the tracer failed")]
    Inspector(#[source] Box<DebugInspectorError>),
    /// A trace has bytes that are no text.
    #[error("the trace is no text")]
    NotUtf8(#[from] FromUtf8Error),
    /// An answer could not be written as JSON.
    #[error("the answer cannot be serialized")]
    Serialize(#[from] serde_json::Error),
    /// Nobody waits for the answer any more.
    #[error("execution aborted")]
    Cancelled,
    /// The time that the caller gave is over.
    #[error("execution timeout")]
    TimedOut,
    /// A trace that nobody should wait for.
    #[error(
        "the trace exceeds {max_bytes} bytes, ask for less: a limit, a transaction instead of its \
         block, or a tracer that keeps less"
    )]
    TraceTooLarge {
        /// Bytes that a trace may take.
        max_bytes: usize,
    },
    /// The call ran into REVERT.
    #[error("execution reverted")]
    Reverted(Bytes),
    /// The call ended in another way than by returning.
    #[error("{}", HaltText(.0, *.1))]
    Halted(HaltReason, u64),
    /// No gas limit that is allowed lets the transaction succeed.
    #[error("gas required exceeds allowance ({allowance})")]
    GasRequiredExceedsAllowance {
        /// The highest gas limit that is allowed.
        allowance: u64,
    },
    /// The sender cannot pay.
    #[error(
        "insufficient funds for gas * price + value: address {address} have {balance} want {cost}"
    )]
    InsufficientFunds {
        /// The sender.
        address: Address,
        /// What it has, in wei.
        balance: U256,
        /// What it would have to pay, in wei.
        cost: U256,
    },
    /// The sender can pay the value, but not the L1 data fee on top.
    #[error("insufficient funds for l1 fee: have {available} want more than {fee}")]
    InsufficientFundsForL1DataFee {
        /// What it has besides the value, in wei.
        available: U256,
        /// L1 data fee in wei.
        fee: U256,
    },
    /// The transaction is not valid.
    #[error("{}", InvalidTransactionText(.0))]
    InvalidTransaction(ScrollTxError),
    /// The request names another chain.
    #[error("chainId does not match node's (have={have}, want={want})")]
    OtherChain {
        /// Chain id of the request.
        have: u64,
        /// Chain id of the node.
        want: u64,
    },
    /// Prices of two kinds.
    #[error("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")]
    ConflictingFees,
    /// Calldata under both names, and not the same.
    #[error(
        "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass \
         transaction call data"
    )]
    ConflictingInput,
    /// The price is below the base fee of the block.
    #[error("max fee per gas less than block base fee")]
    FeeCapTooLow,
    /// Blobs, which do not exist on L2.
    #[error("blob transactions are not supported")]
    Blobs,
    /// Both ways of overriding the storage of one account.
    #[error("account {0} has both 'state' and 'stateDiff'")]
    BothStateAndStateDiff(Address),
    /// A precompile that is to be moved is none.
    #[error("account {0} is not a precompile")]
    NotAPrecompile(Address),
    /// Percentiles that are not ascending numbers between 0 and 100.
    #[error("invalid reward percentiles")]
    InvalidPercentiles,
    /// A fee history of blocks that are not there yet.
    #[error("request beyond head block: requested {requested}, head {head}")]
    BeyondHead {
        /// Last block asked for.
        requested: u64,
        /// Head of the chain.
        head: u64,
    },
    /// A proof of an old state.
    #[error("distance to target block exceeds maximum proof window ({window} blocks)")]
    OutsideProofWindow {
        /// Blocks below the head that can be proved.
        window: u64,
    },
    /// Bytes that are no signed transaction.
    #[error("failed to decode signed transaction: {0}")]
    UndecodableTransaction(#[from] Eip2718Error),
    /// The signature is not one.
    #[error("invalid transaction signature")]
    InvalidSignature(#[from] RecoveryError),
    /// The query for traces is not answered.
    #[error(transparent)]
    TraceFilter(#[from] TraceFilterError),
    /// The search for transactions is not answered.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// Too many slots to prove.
    #[error("too many slots (max {max})")]
    TooManySlots {
        /// Slots that may be.
        max: usize,
    },
    /// The logs could not be given.
    #[error("{}", LogQueryText(.0))]
    Logs(#[source] LogQueryError),
    /// A filter that is not there, or that can no longer say everything.
    #[error("filter not found")]
    FilterNotFound,
    /// Somebody asks the same filter at the same time.
    #[error("the filter is in use")]
    FilterInUse,
    /// One more filter than may be.
    #[error("too many filters (max {max})")]
    TooManyFilters {
        /// Filters that may be.
        max: usize,
    },
    /// More addresses or topics than may be.
    #[error("exceed max addresses or topics per search position (max {max})")]
    TooManyTopics {
        /// Addresses, or topics in one place, that may be.
        max: usize,
    },
    /// All filters together would be too large.
    #[error("the filters of all clients are too large, name fewer addresses and topics")]
    FiltersTooLarge,
    /// A transaction that may pay more for gas than is allowed.
    #[error("tx fee ({fee} ether) exceeds the configured cap ({cap} ether)")]
    FeeAboveCap {
        /// What it may pay, in ether.
        fee: String,
        /// What is allowed, in ether.
        cap: String,
    },
    /// The pool did not take the transaction.
    #[error(transparent)]
    Pool(#[from] PoolError),
}

impl From<StorageError> for EthError {
    fn from(err: StorageError) -> Self {
        match err {
            err @ (StorageError::Pruned { .. } | StorageError::PrunedReceipts { .. }) => {
                Self::Pruned(err)
            }
            err => Self::Storage(err),
        }
    }
}

impl From<LogQueryError> for EthError {
    fn from(err: LogQueryError) -> Self {
        match err {
            LogQueryError::Storage(err) => err.into(),
            LogQueryError::Cancelled => Self::Cancelled,
            err => Self::Logs(err),
        }
    }
}

impl From<EthError> for ErrorObjectOwned {
    fn from(err: EthError) -> Self {
        let err = match err {
            EthError::Sequence(err) => return err.into_object(),
            err => err,
        };
        match &err {
            EthError::Storage(_)
            | EthError::Evm(_)
            | EthError::Replay(_)
            | EthError::PendingBlock(_)
            | EthError::Sequence(_)
            | EthError::Inspector(_)
            | EthError::NotUtf8(_)
            | EthError::Serialize(_) => internal(&err),
            EthError::BlockNotFound(_) | EthError::TransactionNotFound => resource_not_found(err),
            EthError::PendingProof => not_supported(err),
            EthError::Unfit(unfit) => unfit.object(),
            EthError::Pruned(_) => RpcErrorCode::Pruned.object(err),
            EthError::TimedOut => RpcErrorCode::TimedOut.object(err),
            EthError::TraceTooLarge { .. }
            | EthError::Search(SearchError::TooManyBlocks { .. })
            | EthError::TooManyFilters { .. }
            | EthError::FiltersTooLarge => limit_exceeded(err),
            EthError::Reverted(output) => reverted(revert_reason(output).as_deref(), output),
            EthError::Logs(_)
            | EthError::TraceFilter(_)
            | EthError::Search(SearchError::PageSize { .. })
            | EthError::UndecodableTransaction(_)
            | EthError::InvalidSignature(_)
            | EthError::InvalidPercentiles
            | EthError::OutsideProofWindow { .. }
            | EthError::TooManySlots { .. }
            | EthError::TooManyTopics { .. } => invalid_params(err),
            EthError::Pool(err) => pool_error(err),
            EthError::FilterInUse => busy(),
            EthError::Cancelled
            | EthError::FilterNotFound
            | EthError::Halted(..)
            | EthError::GasRequiredExceedsAllowance { .. }
            | EthError::InsufficientFunds { .. }
            | EthError::InsufficientFundsForL1DataFee { .. }
            | EthError::InvalidTransaction(_)
            | EthError::OtherChain { .. }
            | EthError::ConflictingFees
            | EthError::ConflictingInput
            | EthError::FeeCapTooLow
            | EthError::Blobs
            | EthError::BothStateAndStateDiff(_)
            | EthError::NotAPrecompile(_)
            | EthError::FeeAboveCap { .. }
            | EthError::BeyondHead { .. } => server_error(err),
        }
    }
}

fn pool_error(err: &PoolError) -> ErrorObjectOwned {
    match err {
        PoolError::Full => transaction_rejected(err),
        PoolError::Busy => busy(),
        PoolError::Stopped => server_error(err),
        err if err.kind() == PoolErrorKind::Internal => internal(err),
        err => server_error(err),
    }
}

/// A block as the caller named it.
fn block_name(block: BlockId) -> String {
    match block {
        BlockId::Hash(hash) if hash.require_canonical == Some(true) => {
            format!("canonical hash {}", hash.block_hash)
        }
        BlockId::Hash(hash) => format!("hash {}", hash.block_hash),
        BlockId::Number(BlockNumberOrTag::Number(number)) => format!("{number:#x}"),
        BlockId::Number(tag) => tag.to_string(),
    }
}

struct HaltText<'a>(&'a HaltReason, u64);

impl fmt::Display for HaltText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(HaltReason::OutOfGas(_), limit) => {
                write!(f, "out of gas: gas required exceeds: {limit}")
            }
            Self(HaltReason::OpcodeNotFound | HaltReason::NotActivated, _) => {
                f.write_str("invalid opcode")
            }
            Self(reason, _) => reason.fmt(f),
        }
    }
}

struct InvalidTransactionText<'a>(&'a ScrollTxError);

impl fmt::Display for InvalidTransactionText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ScrollTxError::Ethereum(err) = self.0 else { return self.0.fmt(f) };
        f.write_str(match err {
            InvalidTransaction::CallGasCostMoreThanGasLimit { .. }
            | InvalidTransaction::GasFloorMoreThanGasLimit { .. } => "intrinsic gas too low",
            InvalidTransaction::PriorityFeeGreaterThanMaxFee => {
                "max priority fee per gas higher than max fee per gas"
            }
            InvalidTransaction::CreateInitCodeSizeLimit => "max initcode size exceeded",
            err => return err.fmt(f),
        })
    }
}

struct LogQueryText<'a>(&'a LogQueryError);

impl fmt::Display for LogQueryText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            LogQueryError::Reversed { .. } => f.write_str("invalid block range params"),
            LogQueryError::UnknownBlock { .. } => {
                f.write_str("block range extends beyond current head block")
            }
            LogQueryError::TooManyBlocks { limit, .. } => {
                write!(f, "query exceeds max block range {limit}")
            }
            LogQueryError::TooManyResults { limit, from, block } if block > from => {
                write!(
                    f,
                    "query exceeds max results {limit}, retry with the range {from}-{}",
                    block - 1
                )
            }
            LogQueryError::TooManyResults { limit, .. } => {
                write!(f, "query exceeds max results {limit}")
            }
            err @ (LogQueryError::Cancelled | LogQueryError::Storage(_)) => err.fmt(f),
        }
    }
}
