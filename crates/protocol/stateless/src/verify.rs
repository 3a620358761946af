//! Comparison of an execution with what the block claims.

use crate::{
    error::{VerifyError, WitnessError},
    execution::{StatelessError, StatelessExecution, execute},
    witness::{BlockWitness, DerivedResults, StateScheme},
};
use alloy_consensus::{TxReceipt, proofs};
use alloy_eips::Encodable2718;
use alloy_evm::block::BlockValidationError;
use alloy_primitives::{B256, Bytes, U256};
use reth_primitives_traits::Block as _;
use rollup_chainspec::{ScrollChainSpec, ScrollHardfork};
use rollup_consensus::{
    BodyError, PostExecutionError, SenderError, recover_senders, validate_body,
    validate_post_execution,
};
use rollup_evm::ScrollEvmConfig;
use rollup_primitives::{RecoveredBlock, ScrollBlock, ScrollHeader, ScrollReceipt};
use rollup_trie::PostState;
use std::{fmt, sync::Arc};
use thiserror::Error;

/// What a verified block did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedBlock {
    /// Block hash.
    pub hash: B256,
    /// Block number.
    pub number: u64,
    /// Rules it was executed by.
    pub fork: ScrollHardfork,
    /// Transactions in it.
    pub transactions: usize,
    /// Gas used.
    pub gas_used: u64,
    /// L1 data fee in wei paid by all its transactions.
    pub l1_data_fees: U256,
    /// State root after the block.
    pub state_root: B256,
}

/// The first thing about a block that is not as it claims.
#[derive(Debug, Error)]
pub enum Difference {
    /// A 32-byte field of the header, or one that follows from the block's state.
    #[error("{field} is {got}, expected {expected}")]
    Hash {
        /// Name of the field.
        field: &'static str,
        /// Value claimed.
        expected: B256,
        /// Value computed.
        got: B256,
    },
    /// Gas used, receipts root or logs bloom.
    #[error("{0}")]
    Results(#[from] PostExecutionError),
    /// A number that the witness gives for one transaction.
    #[error("{field} of transaction {index} is {got}, expected {expected}")]
    Transaction {
        /// Name of the value.
        field: &'static str,
        /// Position in the block.
        index: usize,
        /// Value claimed.
        expected: U256,
        /// Value computed.
        got: U256,
    },
    /// A list with one entry per transaction has another length.
    #[error("{got} transactions were executed, but the witness has {expected} {field}")]
    Count {
        /// Name of the list.
        field: &'static str,
        /// Entries in the witness.
        expected: usize,
        /// Transactions executed.
        got: usize,
    },
    /// The encoded receipt of one transaction.
    #[error("receipt of transaction {index} differs")]
    Receipt {
        /// Position in the block.
        index: usize,
    },
    /// The state root.
    #[error("state root is {got}, expected {expected}; accounts changed: {changed}")]
    StateRoot {
        /// Value claimed.
        expected: B256,
        /// Value computed.
        got: B256,
        /// Accounts the block changed.
        changed: ChangedAccounts,
    },
    /// A transaction whose signature names no sender.
    #[error(transparent)]
    Sender(#[from] SenderError),
    /// The body breaks a rule.
    #[error("block is invalid: {0}")]
    Body(#[from] BodyError),
    /// Execution found a transaction invalid.
    #[error("block is invalid: {0}")]
    Execution(#[from] BlockValidationError),
}

/// Accounts that a block changed, for the explanation of a wrong state root.
#[derive(Debug)]
pub struct ChangedAccounts(Box<PostState>);

impl fmt::Display for ChangedAccounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.accounts.len())?;
        for (address, change) in &self.0.accounts {
            write!(f, "\n    {address}: ")?;
            match &change.info {
                None => write!(f, "removed")?,
                Some(info) => write!(f, "nonce {}, balance {} wei", info.nonce, info.balance)?,
            }
            if !change.storage.is_empty() {
                write!(f, ", slots written: {}", change.storage.len())?;
            }
        }
        Ok(())
    }
}

/// Executes the block of a witness by the rules of `fork` and compares everything the block and
/// the witness claim.
///
/// # Errors
/// [`VerifyError::Difference`] with the first difference. [`VerifyError::Witness`] if the witness
/// does not allow to find one; [`WitnessError::Zktrie`] and [`WitnessError::Ethereum`] say that the
/// block is as it claims as far as it was checked: the header's hash, and for a zktrie block the
/// transactions root. [`VerifyError::Internal`] if neither witness nor block is at fault.
pub fn verify(witness: &BlockWitness, fork: ScrollHardfork) -> Result<VerifiedBlock, VerifyError> {
    let header = ScrollHeader::from(&witness.header);
    same_hash("block hash", witness.block_hash, header.hash_slow())?;
    if witness.is_ethereum() {
        return Err(WitnessError::Ethereum.into());
    }
    let block = ScrollBlock { header, body: witness.body()? };
    let transactions_root = proofs::calculate_transaction_root(&block.body.transactions);
    same_hash("transactions_root", block.header.transactions_root, transactions_root)?;
    if witness.state_scheme == StateScheme::Zktrie {
        return Err(WitnessError::Zktrie.into());
    }
    let config =
        ScrollEvmConfig::new(Arc::new(ScrollChainSpec::with_forced_fork(witness.chain_id, fork)));
    let block = recover_senders(block.seal_unchecked(witness.block_hash)).map_err(difference)?;
    validate_body(block.sealed_block(), config.chain_spec()).map_err(difference)?;

    // A forced fork is active at any time, so the parent's timestamp, which a witness does not
    // have, makes no difference.
    let parent_timestamp = block.timestamp;
    let execution =
        execute(&config, &block, parent_timestamp, &witness.state()).map_err(|err| match err {
            StatelessError::Invalid(err) => difference(err),
            StatelessError::State(err) => WitnessError::from(err).into(),
            StatelessError::Internal(err) => VerifyError::Internal(err),
        })?;
    compare(&block, &execution)?;
    if let Some(derived) = &witness.derived {
        compare_derived(derived, &execution)?;
    }
    Ok(VerifiedBlock {
        hash: block.hash(),
        number: block.number,
        fork,
        transactions: execution.receipts.len(),
        gas_used: execution.gas_used,
        l1_data_fees: execution.receipts.iter().map(|receipt| receipt.l1_fee).sum(),
        state_root: execution.state_root,
    })
}

fn difference(err: impl Into<Difference>) -> VerifyError {
    VerifyError::Difference(Box::new(err.into()))
}

fn compare(block: &RecoveredBlock, execution: &StatelessExecution) -> Result<(), VerifyError> {
    let header = block.header();
    validate_post_execution(header, execution.gas_used, &execution.receipts).map_err(difference)?;
    // Whatever the fork: the consensus rule spares blocks before Euclid, because their tries are
    // others, but a witness says itself which trie it is over.
    if header.state_root != execution.state_root {
        return Err(difference(Difference::StateRoot {
            expected: header.state_root,
            got: execution.state_root,
            changed: ChangedAccounts(Box::new(execution.changes.clone())),
        }));
    }
    Ok(())
}

fn compare_derived(
    derived: &DerivedResults,
    execution: &StatelessExecution,
) -> Result<(), VerifyError> {
    let receipts = &execution.receipts;
    let mut gas_before = 0;
    let gas_used = receipts.iter().map(|receipt| {
        let gas_used = receipt.cumulative_gas_used() - gas_before;
        gas_before = receipt.cumulative_gas_used();
        U256::from(gas_used)
    });
    if let Some(claimed) = &derived.tx_gas_used {
        same_numbers("gas used", claimed.iter().map(|gas| U256::from(*gas)), gas_used)?;
    }
    if let Some(claimed) = &derived.l1_data_fees {
        let fees = receipts.iter().map(|receipt| receipt.l1_fee);
        same_numbers("l1 data fee", claimed.iter().map(|fee| U256::from(*fee)), fees)?;
    }
    if let Some(claimed) = &derived.receipts {
        same_receipts(claimed, receipts)?;
    }
    let Some(expected) = derived.withdraw_root else { return Ok(()) };
    let got = execution.withdraw_root.clone().map_err(WitnessError::from)?;
    same_hash("withdraw root", expected, got)
}

fn same_receipts(expected: &[Bytes], got: &[ScrollReceipt]) -> Result<(), VerifyError> {
    same_count("receipts", expected.len(), got.len())?;
    for (index, (expected, receipt)) in expected.iter().zip(got).enumerate() {
        if receipt.with_bloom_ref().encoded_2718() != expected.as_ref() {
            return Err(difference(Difference::Receipt { index }));
        }
    }
    Ok(())
}

fn same_hash(field: &'static str, expected: B256, got: B256) -> Result<(), VerifyError> {
    if expected == got {
        return Ok(());
    }
    Err(difference(Difference::Hash { field, expected, got }))
}

fn same_count(field: &'static str, expected: usize, got: usize) -> Result<(), VerifyError> {
    if expected == got {
        return Ok(());
    }
    Err(difference(Difference::Count { field, expected, got }))
}

fn same_numbers(
    field: &'static str,
    expected: impl ExactSizeIterator<Item = U256>,
    got: impl ExactSizeIterator<Item = U256>,
) -> Result<(), VerifyError> {
    same_count(field, expected.len(), got.len())?;
    for (index, (expected, got)) in expected.zip(got).enumerate() {
        if expected != got {
            return Err(difference(Difference::Transaction { field, index, expected, got }));
        }
    }
    Ok(())
}
