//! Which rule a block breaks.

use alloy_consensus::crypto::RecoveryError;
use alloy_primitives::{Address, B64, B256, Bloom, U256};
use rollup_chainspec::ScrollHardfork;
use rollup_primitives::BlockSignatureError;
use thiserror::Error;

/// A header that breaks a rule on its own.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// A list of ommers is committed to.
    #[error("ommers hash {got} is not that of an empty list")]
    OmmersHash {
        /// Hash in the header.
        got: B256,
    },
    /// The mix hash is not zero.
    #[error("mix hash {got} is not zero")]
    MixHash {
        /// Hash in the header.
        got: B256,
    },
    /// A field is present that no Scroll header has.
    #[error("header has field {0}, which does not exist on scroll")]
    EthereumField(
        /// Name of the field in snake case.
        &'static str,
    ),
    /// The gas limit is below the minimum.
    #[error("gas limit {gas_limit} is below {minimum}")]
    GasLimitTooLow {
        /// Gas limit in the header.
        gas_limit: u64,
        /// Lowest gas limit allowed.
        minimum: u64,
    },
    /// The gas limit is above the maximum.
    #[error("gas limit {gas_limit} is above {maximum}")]
    GasLimitTooHigh {
        /// Gas limit in the header.
        gas_limit: u64,
        /// Highest gas limit allowed.
        maximum: u64,
    },
    /// More gas used than the limit allows.
    #[error("gas used {gas_used} exceeds gas limit {gas_limit}")]
    GasUsedAboveLimit {
        /// Gas used in the header.
        gas_used: u64,
        /// Gas limit in the header.
        gas_limit: u64,
    },
    /// A base fee before Curie.
    #[error("base fee {base_fee_wei} is present before curie")]
    UnexpectedBaseFee {
        /// Base fee in the header.
        base_fee_wei: u64,
    },
    /// No base fee from Curie on.
    #[error("base fee is missing")]
    MissingBaseFee,
    /// The base fee is above the cap.
    #[error("base fee {base_fee_wei} exceeds {maximum_wei}")]
    BaseFeeTooHigh {
        /// Base fee in the header.
        base_fee_wei: u64,
        /// Highest base fee allowed.
        maximum_wei: u64,
    },
    /// A Clique rule is broken, before `EuclidV2`.
    #[error("clique header is invalid")]
    Clique(#[from] CliqueError),
    /// The beneficiary is not zero, from `EuclidV2` on.
    #[error("beneficiary {got} is not zero")]
    Beneficiary {
        /// Beneficiary in the header.
        got: Address,
    },
    /// The nonce is not zero, from `EuclidV2` on.
    #[error("nonce {got} is not zero")]
    Nonce {
        /// Nonce in the header.
        got: B64,
    },
    /// The difficulty is not 1, from `EuclidV2` on.
    #[error("difficulty {got} is not 1")]
    Difficulty {
        /// Difficulty in the header.
        got: U256,
    },
    /// There is extra data, from `EuclidV2` on.
    #[error("extra data has {length} bytes instead of none")]
    ExtraData {
        /// Bytes of extra data in the header.
        length: usize,
    },
}

/// A header that breaks a rule of Clique, the consensus before `EuclidV2`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CliqueError {
    /// The nonce is not a vote for or against a signer.
    #[error("nonce {got} is neither 0 nor 0xffffffffffffffff")]
    Nonce {
        /// Nonce in the header.
        got: B64,
    },
    /// A vote on a checkpoint.
    #[error("nonce {got} of a checkpoint is not zero")]
    CheckpointNonce {
        /// Nonce in the header.
        got: B64,
    },
    /// A checkpoint that proposes a signer.
    #[error("beneficiary {got} of a checkpoint is not zero")]
    CheckpointBeneficiary {
        /// Beneficiary in the header.
        got: Address,
    },
    /// The signer is neither in turn nor out of turn.
    #[error("difficulty {got} is neither 1 nor 2")]
    Difficulty {
        /// Difficulty in the header.
        got: U256,
    },
    /// The extra data is not exactly a vanity and a signature.
    #[error("extra data has {got} bytes instead of {expected}")]
    ExtraDataLength {
        /// Bytes of extra data in the header.
        got: usize,
        /// Bytes of a vanity and a signature.
        expected: usize,
    },
    /// The extra data of a checkpoint is not a vanity, whole addresses and a signature.
    #[error("extra data of a checkpoint has {got} bytes, no list of signers fits in that")]
    CheckpointExtraDataLength {
        /// Bytes of extra data in the header.
        got: usize,
    },
}

/// A header that does not fit on its parent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParentError {
    /// The header names another parent.
    #[error("parent hash is {got}, expected {expected}")]
    Hash {
        /// Parent hash in the header.
        got: B256,
        /// Hash of the parent.
        expected: B256,
    },
    /// The number is not that of the parent plus one.
    #[error("block number {number} does not follow parent number {parent_number}")]
    Number {
        /// Number in the header.
        number: u64,
        /// Number of the parent.
        parent_number: u64,
    },
    /// The block is older than its parent.
    #[error("timestamp {timestamp} is before parent timestamp {parent_timestamp}")]
    Timestamp {
        /// Timestamp (seconds) in the header.
        timestamp: u64,
        /// Timestamp (seconds) of the parent.
        parent_timestamp: u64,
    },
    /// The gas limit changes too much in one block.
    #[error(
        "gas limit {gas_limit} differs from parent gas limit {parent_gas_limit} by more than {maximum_change}"
    )]
    GasLimit {
        /// Gas limit in the header.
        gas_limit: u64,
        /// Gas limit of the parent.
        parent_gas_limit: u64,
        /// Largest difference allowed.
        maximum_change: u64,
    },
}

/// A header from the future. It may become valid by waiting, so it is no ground to call the
/// block invalid for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("timestamp {timestamp} is later than the current time {now}")]
pub struct FutureTimestampError {
    /// Timestamp (seconds) in the header.
    pub timestamp: u64,
    /// The current time (seconds).
    pub now: u64,
}

/// A body that breaks a rule, or is not the body of its header.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BodyError {
    /// The body has ommers.
    #[error("body has {count} ommers")]
    Ommers {
        /// Number of ommers.
        count: usize,
    },
    /// The body has a list of withdrawals. Even an empty one is a different encoding.
    #[error("body has a list of withdrawals")]
    Withdrawals,
    /// The header commits to other transactions. The body may be a wrong one for a valid header.
    #[error("transactions root is {got}, expected {expected}")]
    TransactionsRoot {
        /// Root of the transactions in the body.
        got: B256,
        /// Root in the header.
        expected: B256,
    },
    /// A transaction has a type that only a later fork allows.
    #[error("transaction {index} has type {ty:#04x}, which {required} introduces")]
    TransactionType {
        /// Position in the block.
        index: usize,
        /// EIP-2718 type.
        ty: u8,
        /// The fork from which the type is allowed.
        required: ScrollHardfork,
    },
    /// An L1 message follows a transaction of another type.
    #[error("l1 message at position {index} follows an l2 transaction")]
    L1MessageAfterTransaction {
        /// Position of the message in the block.
        index: usize,
    },
    /// A queue index is not above that of the L1 message before, before `EuclidV2`.
    #[error("queue index {got} is not above {previous}, that of the l1 message before")]
    QueueIndexNotIncreasing {
        /// Queue index of the L1 message.
        got: u64,
        /// Queue index of the L1 message before it.
        previous: u64,
    },
    /// A queue index is not the successor of that of the L1 message before, from `EuclidV2` on.
    #[error("queue index {got} does not follow {previous}, that of the l1 message before")]
    QueueIndexNotConsecutive {
        /// Queue index of the L1 message.
        got: u64,
        /// Queue index of the L1 message before it.
        previous: u64,
    },
}

/// A transaction whose signature names no sender.
#[derive(Debug, Error)]
#[error("transaction {index}: no sender can be recovered from its signature")]
pub struct SenderError {
    /// Position in the block.
    pub index: usize,
    /// What is wrong with the signature.
    #[source]
    pub source: RecoveryError,
}

/// An execution with another result than the header says.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PostExecutionError {
    /// Gas used differs.
    #[error("gas used is {got}, expected {expected}")]
    GasUsed {
        /// Result of execution.
        got: u64,
        /// Value in the header.
        expected: u64,
    },
    /// The receipts root differs.
    #[error("receipts root is {got}, expected {expected}")]
    ReceiptsRoot {
        /// Result of execution.
        got: B256,
        /// Value in the header.
        expected: B256,
    },
    /// The logs bloom differs.
    #[error("logs bloom is {got}, expected {expected}")]
    LogsBloom {
        /// Result of execution.
        got: Box<Bloom>,
        /// Value in the header.
        expected: Box<Bloom>,
    },
}

/// A state after execution with another root than the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("state root is {got}, expected {expected}")]
pub struct StateRootError {
    /// Result of execution.
    pub got: B256,
    /// Value in the header.
    pub expected: B256,
}

/// A block that is not signed by the authorized signer.
#[derive(Debug, Error)]
pub enum SignerError {
    /// No signer can be read from the signature.
    #[error("block signature is invalid")]
    Signature(#[from] BlockSignatureError),
    /// Somebody else signed the block.
    #[error("block is signed by {got}, expected {expected}")]
    Unauthorized {
        /// Who signed it.
        got: Address,
        /// The authorized signer.
        expected: Address,
    },
}
