//! Why a witness could not be verified.

use crate::verify::Difference;
use alloy_eips::eip2718::Eip2718Error;
use alloy_evm::block::BlockExecutionError;
use alloy_primitives::B256;
use rollup_chainspec::UnknownHardfork;
use rollup_trie::TrieError;
use thiserror::Error;

/// The witness cannot be read, or lacks something that execution needs. Says nothing about the
/// block.
#[derive(Debug, Error)]
pub enum WitnessError {
    /// Not JSON, or not of the expected shape.
    #[error("not a block witness")]
    Json(#[from] serde_json::Error),
    /// JSON of another format.
    #[error("schema `{found}` is not understood, only `block-witness/1` is")]
    Schema {
        /// The schema named in the file.
        found: String,
    },
    /// A fork that is not Scroll's.
    #[error("field `fork` names no rules")]
    Fork {
        /// The unknown name and the known ones.
        #[source]
        source: UnknownHardfork,
    },
    /// Bytes that are no transaction.
    #[error("transaction {index} cannot be decoded")]
    Transaction {
        /// Position in the block.
        index: usize,
        /// What is wrong with the bytes.
        #[source]
        source: Eip2718Error,
    },
    /// The state has a Poseidon trie.
    #[error("a block over a zktrie cannot be executed from a witness")]
    Zktrie,
    /// The block belongs to an Ethereum chain.
    #[error("a block of an ethereum chain is not executed here")]
    Ethereum,
    /// A trie node is missing or malformed.
    #[error("the witness does not hold the state the block needs")]
    State(#[from] WitnessStateError),
}

/// State that a witness does not hold.
#[derive(Clone, Debug, Error)]
pub enum WitnessStateError {
    /// A trie node is missing or malformed.
    #[error(transparent)]
    Trie(#[from] TrieError),
    /// A contract's code is missing.
    #[error("code {hash} is missing")]
    MissingCode {
        /// Keccak hash of the code.
        hash: B256,
    },
    /// A block hash was asked for, which no Scroll rule does.
    #[error("hash of block {number} is missing")]
    MissingBlockHash {
        /// Block number.
        number: u64,
    },
}

impl revm::database_interface::DBErrorMarker for WitnessStateError {}

/// Outcome of a verification that did not succeed.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The witness is at fault: nothing was found out about the block.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// The block is at fault: it is invalid, or does not have the results it claims.
    #[error(transparent)]
    Difference(#[from] Box<Difference>),
    /// Neither is at fault.
    #[error("execution failed")]
    Internal(#[source] BlockExecutionError),
}
