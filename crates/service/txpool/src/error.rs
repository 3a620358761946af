//! Why a transaction is not taken, and why a pool does not start.

use alloy_consensus::crypto::RecoveryError;
use alloy_eips::eip2718::Eip2718Error;
use alloy_primitives::{Address, B256, U256};
use rollup_storage::{FileError, StorageError};
use std::{io, sync::Arc};
use thiserror::Error;

/// Why the pool does not take a transaction. The texts are those that users of other clients know.
#[derive(Clone, Debug, Error)]
pub enum PoolError {
    /// The bytes are no transaction.
    #[error("transaction could not be decoded")]
    Undecodable {
        /// What is wrong with them.
        #[source]
        source: Arc<Eip2718Error>,
    },
    /// The bytes are not the one encoding of the transaction.
    #[error("transaction is not in its canonical encoding")]
    NotCanonical,
    /// Type 3.
    #[error("blob transactions do not exist on this chain")]
    BlobTransaction,
    /// Type 0x7e.
    #[error("transaction type not supported: l1 messages come from l1 only")]
    L1Message,
    /// A type that nobody knows, or that the fork does not.
    #[error("transaction type not supported")]
    TypeNotSupported {
        /// EIP-2718 type byte.
        ty: u8,
    },
    /// Longer than what a block holds.
    #[error("oversized data: transaction size {bytes}, limit {limit}")]
    Oversized {
        /// Length of its EIP-2718 bytes.
        bytes: usize,
        /// The longest that a block can hold, in bytes.
        limit: usize,
    },
    /// For another chain.
    #[error("invalid chain id for signer: have {found} want {expected}")]
    WrongChainId {
        /// Chain id in the transaction.
        found: u64,
        /// Ours.
        expected: u64,
    },
    /// The signature names no sender, or has a high `s` (EIP-2).
    #[error("invalid sender")]
    InvalidSignature {
        /// Why it names none.
        #[source]
        source: Arc<RecoveryError>,
    },
    /// The tip is above the fee cap.
    #[error(
        "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: {tip}, \
         maxFeePerGas: {fee_cap}"
    )]
    TipAboveFeeCap {
        /// Tip in wei per gas.
        tip: u128,
        /// Fee cap in wei per gas.
        fee_cap: u128,
    },
    /// The fee cap is below the least that the pool takes.
    #[error("transaction underpriced: gas fee cap {fee_cap}, minimum needed {minimum}")]
    FeeCapTooLow {
        /// Fee cap in wei per gas.
        fee_cap: u128,
        /// The least, in wei per gas.
        minimum: u64,
    },
    /// The tip is below the least that the pool takes.
    #[error("transaction underpriced: gas tip cap {tip}, minimum needed {minimum}")]
    TipTooLow {
        /// Tip in wei per gas.
        tip: u128,
        /// The least, in wei per gas.
        minimum: u64,
    },
    /// The gas limit is above that of a block.
    #[error("exceeds block gas limit")]
    ExceedsBlockGasLimit {
        /// Gas limit of the transaction.
        gas_limit: u64,
        /// That of a block.
        block_gas_limit: u64,
    },
    /// The gas limit is above what this node takes.
    #[error("exceeds max transaction gas limit: gas limit {gas_limit}, limit {limit}")]
    ExceedsMaxTxGas {
        /// Gas limit of the transaction.
        gas_limit: u64,
        /// The highest that this node takes.
        limit: u64,
    },
    /// The gas limit does not cover what is charged before execution.
    #[error("intrinsic gas too low: gas {gas_limit}, minimum needed {needed}")]
    IntrinsicGasTooLow {
        /// Gas limit of the transaction.
        gas_limit: u64,
        /// What is charged.
        needed: u64,
    },
    /// The gas limit does not cover what the calldata costs at least (EIP-7623).
    #[error("insufficient gas for floor data gas cost: gas {gas_limit}, minimum needed {needed}")]
    FloorGasTooLow {
        /// Gas limit of the transaction.
        gas_limit: u64,
        /// The floor.
        needed: u64,
    },
    /// Longer init code than EIP-3860 allows.
    #[error("max initcode size exceeded: code size {bytes}, limit {limit}")]
    InitcodeTooLarge {
        /// Length of the init code in bytes.
        bytes: usize,
        /// The longest, in bytes.
        limit: usize,
    },
    /// A set-code transaction that sets no code.
    #[error("EIP-7702 transaction with empty auth list")]
    EmptyAuthorizationList,
    /// The sender is a contract (EIP-3607).
    #[error("sender not an eoa: address {sender}, codehash: {code_hash}")]
    SenderIsContract {
        /// The sender.
        sender: Address,
        /// Hash of its code.
        code_hash: B256,
    },
    /// The nonce is used.
    #[error("nonce too low: next nonce {next}, tx nonce {nonce}")]
    NonceTooLow {
        /// Nonce of the sender's next transaction.
        next: u64,
        /// Nonce of this one.
        nonce: u64,
    },
    /// There is no nonce after this one (EIP-2681).
    #[error("nonce has max value")]
    NonceAtMax,
    /// The sender cannot pay gas, value and L1 data fee.
    #[error(
        "insufficient funds for gas * price + value: balance {balance}, tx cost {cost}, overshot \
         {}",
        cost.saturating_sub(**balance)
    )]
    InsufficientFunds {
        /// What the sender has, in wei.
        balance: Box<U256>,
        /// What it needs, in wei, the L1 data fee included.
        cost: Box<U256>,
    },
    /// The L1 data fee does not fit into 64 bits.
    #[error("gas uint64 overflow")]
    L1DataFeeOverflow,
    /// The pool has this very transaction.
    #[error("already known")]
    AlreadyKnown,
    /// The pool has another transaction of the sender with this nonce, which pays too much to be
    /// replaced.
    #[error(
        "replacement transaction underpriced: needs a max fee per gas of {fee_cap} and a max \
         priority fee per gas of {tip}"
    )]
    ReplacementUnderpriced {
        /// Fee cap that would do, in wei per gas.
        fee_cap: u128,
        /// Tip that would do, in wei per gas.
        tip: u128,
    },
    /// The sender has as many transactions in the pool as it may.
    #[error("account limit exceeded: pooled {limit} txs")]
    AccountLimit {
        /// How many it may have.
        limit: usize,
    },
    /// The pool is full of better ones.
    #[error("txpool is full")]
    Full,
    /// Too many transactions wait for validation.
    #[error("txpool is busy, try again later")]
    Busy,
    /// The pool is shut down, or its thread has failed.
    #[error("txpool is stopped")]
    Stopped,
    /// The state could not be read. Nothing is said about the transaction.
    #[error("the state of the sender cannot be read")]
    Storage {
        /// Why not.
        #[source]
        source: Arc<StorageError>,
    },
    /// The transaction could not be made durable. It is not in the pool.
    #[error("the transaction cannot be written to the journal")]
    Journal {
        /// Why not.
        #[source]
        source: Arc<FileError>,
    },
}

/// Whose fault it is that a transaction is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolErrorKind {
    /// No node could ever take it.
    Invalid,
    /// Refused by the state now, or by this node's rules.
    Refused,
    /// This node is at fault.
    Internal,
}

impl PoolError {
    /// Whose fault it is. A peer is blamed for [`PoolErrorKind::Invalid`] alone.
    pub const fn kind(&self) -> PoolErrorKind {
        match self {
            Self::Undecodable { .. }
            | Self::NotCanonical
            | Self::BlobTransaction
            | Self::L1Message
            | Self::WrongChainId { .. }
            | Self::InvalidSignature { .. }
            | Self::TipAboveFeeCap { .. }
            | Self::InitcodeTooLarge { .. }
            | Self::EmptyAuthorizationList
            | Self::NonceAtMax => PoolErrorKind::Invalid,
            // What depends on the fork, the head or a limit that the operator has set.
            Self::TypeNotSupported { .. }
            | Self::Oversized { .. }
            | Self::FeeCapTooLow { .. }
            | Self::TipTooLow { .. }
            | Self::ExceedsBlockGasLimit { .. }
            | Self::ExceedsMaxTxGas { .. }
            | Self::IntrinsicGasTooLow { .. }
            | Self::FloorGasTooLow { .. }
            | Self::SenderIsContract { .. }
            | Self::NonceTooLow { .. }
            | Self::InsufficientFunds { .. }
            | Self::L1DataFeeOverflow
            | Self::AlreadyKnown
            | Self::ReplacementUnderpriced { .. }
            | Self::AccountLimit { .. }
            | Self::Full => PoolErrorKind::Refused,
            Self::Busy | Self::Stopped | Self::Storage { .. } | Self::Journal { .. } => {
                PoolErrorKind::Internal
            }
        }
    }

    /// The reason as the label of a metric.
    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::Undecodable { .. } => "undecodable",
            Self::NotCanonical => "not_canonical",
            Self::BlobTransaction => "blob_transaction",
            Self::L1Message => "l1_message",
            Self::TypeNotSupported { .. } => "type_not_supported",
            Self::Oversized { .. } => "oversized",
            Self::WrongChainId { .. } => "wrong_chain_id",
            Self::InvalidSignature { .. } => "invalid_signature",
            Self::TipAboveFeeCap { .. } => "tip_above_fee_cap",
            Self::FeeCapTooLow { .. } => "fee_cap_too_low",
            Self::TipTooLow { .. } => "tip_too_low",
            Self::ExceedsBlockGasLimit { .. } => "exceeds_block_gas_limit",
            Self::ExceedsMaxTxGas { .. } => "exceeds_max_tx_gas",
            Self::IntrinsicGasTooLow { .. } => "intrinsic_gas_too_low",
            Self::FloorGasTooLow { .. } => "floor_gas_too_low",
            Self::InitcodeTooLarge { .. } => "initcode_too_large",
            Self::EmptyAuthorizationList => "empty_authorization_list",
            Self::SenderIsContract { .. } => "sender_is_contract",
            Self::NonceTooLow { .. } => "nonce_too_low",
            Self::NonceAtMax => "nonce_at_max",
            Self::InsufficientFunds { .. } => "insufficient_funds",
            Self::L1DataFeeOverflow => "l1_data_fee_overflow",
            Self::AlreadyKnown => "already_known",
            Self::ReplacementUnderpriced { .. } => "replacement_underpriced",
            Self::AccountLimit { .. } => "account_limit",
            Self::Full => "full",
            Self::Busy => "busy",
            Self::Stopped => "stopped",
            Self::Storage { .. } => "storage",
            Self::Journal { .. } => "journal",
        }
    }
}

impl From<StorageError> for PoolError {
    fn from(source: StorageError) -> Self {
        Self::Storage { source: Arc::new(source) }
    }
}

impl From<FileError> for PoolError {
    fn from(source: FileError) -> Self {
        Self::Journal { source: Arc::new(source) }
    }
}

impl From<StorageError> for TxpoolStartError {
    fn from(source: StorageError) -> Self {
        Self::Storage(Arc::new(source))
    }
}

/// Why a pool does not start.
#[derive(Debug, Error)]
pub enum TxpoolStartError {
    /// The head and its state could not be read.
    #[error("the txpool cannot read the state")]
    Storage(#[source] Arc<StorageError>),
    /// The journal could not be read or written.
    #[error(
        "the txpool cannot use its journal; make the path accessible, or choose another one with \
         --txpool.transactions-backup"
    )]
    Journal(#[from] FileError),
    /// The thread of the pool could not be started.
    #[error("cannot start the thread of the txpool")]
    Thread {
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
}
