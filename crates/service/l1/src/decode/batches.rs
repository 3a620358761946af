//! Commits of batches, with the transactions that make them.

use super::{At, EventKind, GENESIS_BATCH};
use crate::{abi::ScrollChain, config::L1Contracts, error::L1DataError};
use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use rollup_l1_client::{L1Log, L1Transaction};
use rollup_storage::{BatchId, CommittedBatch};
use std::collections::HashMap;

/// Bytes of a selector.
const SELECTOR_BYTES: usize = 4;
/// Where the calldata of a commit says the codec version: the last byte of its first word.
const VERSION_OFFSET: usize = SELECTOR_BYTES + 31;

/// How many batches each transaction of a block commits.
#[derive(Debug, Default)]
pub(super) struct Commits {
    transactions: Vec<TransactionCommits>,
}

#[derive(Debug)]
struct TransactionCommits {
    hash: B256,
    total: usize,
    /// How many of them were given out.
    given: usize,
}

impl Commits {
    pub(super) fn of(contracts: &L1Contracts, logs: &[L1Log]) -> Result<Self, L1DataError> {
        let mut commits = Self::default();
        for log in logs {
            if EventKind::of(contracts, &log.log) != Some(EventKind::Commit)
                || batch(log)?.is_none()
            {
                continue;
            }
            let hash = log.transaction_hash;
            match commits.transactions.iter_mut().find(|known| known.hash == hash) {
                Some(known) => known.total += 1,
                None => commits.transactions.push(TransactionCommits { hash, total: 1, given: 0 }),
            }
        }
        Ok(commits)
    }

    pub(super) fn into_transactions(self) -> Vec<B256> {
        self.transactions.into_iter().map(|commits| commits.hash).collect()
    }

    /// The batch that the next log commits; `None` if it is the genesis batch.
    pub(super) fn next(
        &mut self,
        contracts: &L1Contracts,
        log: &L1Log,
        transactions: &HashMap<B256, L1Transaction>,
    ) -> Result<Option<CommittedBatch>, L1DataError> {
        let Some(batch) = batch(log)? else { return Ok(None) };
        let hash = log.transaction_hash;
        let transaction = transactions.get(&hash);
        let transaction = transaction.filter(|found| found.block_hash == log.block_hash);
        let known = self.transactions.iter_mut().find(|known| known.hash == hash);
        let (Some(transaction), Some(known)) = (transaction, known) else {
            let block_hash = log.block_hash;
            return Err(L1DataError::TransactionMoved { transaction: hash, block_hash });
        };
        let position = known.given;
        known.given += 1;
        let blob_hash = blob_hash(contracts, transaction, position, known.total)?;
        let calldata = transaction.input.clone();
        Ok(Some(CommittedBatch { batch, l1_transaction_hash: hash, blob_hash, calldata }))
    }
}

/// The batch of a commit log, unless it is the genesis batch.
fn batch(log: &L1Log) -> Result<Option<BatchId>, L1DataError> {
    type Event = ScrollChain::CommitBatch;
    let event = At(log).decode::<Event>()?;
    let index = At(log).number::<Event>("batchIndex", event.batchIndex)?;
    Ok((index != GENESIS_BATCH).then_some(BatchId { index, hash: event.batchHash }))
}

/// How many blobs a transaction may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blobs {
    /// The data is in the calldata.
    Unused,
    /// One for each batch.
    One,
    /// One for each batch, and the contract does not look at further ones: anybody may send those.
    AtLeastOne,
    /// Not known: the commit is in a call that another contract makes.
    Unknown,
}

fn blobs(contracts: &L1Contracts, transaction: &L1Transaction) -> Blobs {
    if transaction.to.is_none() || transaction.to != contracts.rollup {
        return Blobs::Unknown;
    }
    let selector = transaction.input.first_chunk::<SELECTOR_BYTES>().copied();
    match selector {
        Some(ScrollChain::commitBatchCall::SELECTOR)
            if transaction.input.get(VERSION_OFFSET) == Some(&0) =>
        {
            Blobs::Unused
        }
        Some(
            ScrollChain::commitBatchCall::SELECTOR
            | ScrollChain::commitBatchWithBlobProofCall::SELECTOR
            | ScrollChain::commitBatchesCall::SELECTOR,
        ) => Blobs::One,
        Some(ScrollChain::commitAndFinalizeBatchCall::SELECTOR) => Blobs::AtLeastOne,
        _ => Blobs::Unknown,
    }
}

fn blob_hash(
    contracts: &L1Contracts,
    transaction: &L1Transaction,
    position: usize,
    commits: usize,
) -> Result<Option<B256>, L1DataError> {
    let blobs = transaction.blob_hashes.len();
    let fits = match self::blobs(contracts, transaction) {
        Blobs::Unused => return Ok(None),
        Blobs::Unknown if blobs == 0 => return Ok(None),
        Blobs::One => blobs == commits,
        Blobs::AtLeastOne | Blobs::Unknown => blobs >= commits,
    };
    let hash = transaction.blob_hashes.get(position).copied();
    let error = L1DataError::BlobCount { transaction: transaction.hash, commits, blobs };
    if fits { hash.ok_or(error).map(Some) } else { Err(error) }
}
