//! L1 messages and their indices against each other and against the blocks.

use super::{
    headers::report_gap,
    read::{Found, Rows, entries, get},
    run::Run,
    sketch::Known,
};
use crate::error::StorageError;
use alloy_primitives::{B256, Sealed};
use rollup_db::{
    BlockBodyIndices, L1MessageIndices, L1Messages, NextQueueIndices, ReadTx, StoredL1Message,
    TransactionNumbers,
};
use rollup_primitives::{ScrollTxEnvelope, TxL1Message};
use std::rc::Rc;

/// Each message is itself, is found by its hashes, and is in the block that it names. That a block's
/// messages name it, is checked with the block.
pub(super) fn check(run: &mut Run<'_>) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    run.begin(tx.entry_count::<L1Messages>()?);
    let mut hashes = Known::default();
    let mut expected = 0;
    for entry in entries::<L1Messages>(&tx)? {
        let (queue_index, stored) = entry?;
        run.step();
        report_gap::<L1Messages>(run, expected, queue_index);
        expected = queue_index.saturating_add(1);
        check_message(run, &mut hashes, queue_index, &stored)?;
        check_block(run, queue_index, &stored)?;
    }
    hashes.report_others::<L1MessageIndices>(run, "is not a hash of an L1 message")
}

fn check_message(
    run: &mut Run<'_>,
    hashes: &mut Known,
    queue_index: u64,
    stored: &StoredL1Message,
) -> Result<(), StorageError> {
    if stored.message.queue_index != queue_index {
        let problem = format!("has the queue index {}", stored.message.queue_index);
        run.find::<L1Messages>(&queue_index, problem);
    }
    let hash = stored.message.tx_hash();
    if stored.hash != hash {
        let problem = format!("has the hash {}, the message has {hash}", stored.hash);
        run.find::<L1Messages>(&queue_index, problem);
    }
    check_index(run, hashes, queue_index, hash)?;
    stored.queue_hash.map_or(Ok(()), |hash| check_index(run, hashes, queue_index, hash))
}

fn check_index(
    run: &mut Run<'_>,
    hashes: &mut Known,
    queue_index: u64,
    hash: B256,
) -> Result<(), StorageError> {
    match get::<L1MessageIndices>(&run.tx, &hash)? {
        Found::Missing => {
            let problem = format!("is missing; it is of L1 message {queue_index}");
            run.find::<L1MessageIndices>(&hash, problem);
        }
        Found::Here(found) if found != queue_index => {
            hashes.add(&hash);
            let problem = format!("is of L1 message {found}, it has to be {queue_index}");
            run.find::<L1MessageIndices>(&hash, problem);
        }
        Found::Here(_) | Found::Damaged => hashes.add(&hash),
    }
    Ok(())
}

/// The block that a message names has it.
fn check_block(
    run: &mut Run<'_>,
    queue_index: u64,
    stored: &StoredL1Message,
) -> Result<(), StorageError> {
    let Some(number) = stored.l2_block_number else { return Ok(()) };
    if number >= run.end_block {
        let problem = format!("is in block {number}, which is above the head");
        run.find::<L1Messages>(&queue_index, problem);
        return Ok(());
    }
    let transaction = get::<TransactionNumbers>(&run.tx, &stored.hash)?;
    let block = get::<BlockBodyIndices>(&run.tx, &number)?;
    let is_there = match (transaction, block) {
        (Found::Here(at), Found::Here(index)) => index.transactions().contains(&at),
        (Found::Missing, _) => false,
        // The block is reported for that.
        _ => true,
    };
    if !is_there {
        let problem = format!("is in block {number}, which does not have it");
        run.find::<L1Messages>(&queue_index, problem);
    }
    Ok(())
}

/// A message that a block includes is the one of the queue, and is known to be there.
pub(super) fn check_included(
    run: &mut Run<'_>,
    number: u64,
    message: &Sealed<TxL1Message>,
) -> Result<(), StorageError> {
    let queue_index = message.queue_index;
    let Some(stored) = get::<L1Messages>(&run.tx, &queue_index)?.value() else { return Ok(()) };
    if stored.hash != message.seal() {
        let problem =
            format!("has the hash {}, block {number} has {}", stored.hash, message.seal());
        run.find::<L1Messages>(&queue_index, problem);
    }
    if stored.l2_block_number != Some(number) {
        let claim = stored
            .l2_block_number
            .map_or_else(|| "is in no block".into(), |other| format!("is in block {other}"));
        let problem = format!("{claim}, but block {number} has it");
        run.find::<L1Messages>(&queue_index, problem);
    }
    Ok(())
}

/// Queue indices behind the L1 messages of blocks, which come in order.
pub(super) struct NextIndices<'a> {
    rows: Rows<'a, NextQueueIndices>,
    known: Known,
    /// That of the last block that has one; 0 before.
    last: u64,
}

impl<'a> NextIndices<'a> {
    pub(super) fn new(tx: &'a ReadTx) -> Result<Self, StorageError> {
        Ok(Self { rows: Rows::new(tx)?, known: Known::default(), last: 0 })
    }

    /// The index of a block is that of its messages, and above that of every block before: a search
    /// from the head down relies on it.
    pub(super) fn check_block(
        &mut self,
        run: &mut Run<'_>,
        number: u64,
        transactions: &[ScrollTxEnvelope],
    ) -> Result<(), StorageError> {
        let last = transactions.iter().rev().find_map(ScrollTxEnvelope::as_l1_message);
        let Some(next) = last.map(|message| message.queue_index.saturating_add(1)) else {
            return Ok(());
        };
        match self.rows.at(&number)? {
            Found::Missing => {
                let problem = format!("is missing; it has to be {next}");
                run.find::<NextQueueIndices>(&number, problem);
            }
            Found::Here(found) => {
                self.known.add(&number);
                if found != next {
                    let problem = format!("is {found}, it has to be {next}");
                    run.find::<NextQueueIndices>(&number, problem);
                }
            }
            Found::Damaged => self.known.add(&number),
        }
        if next <= self.last {
            let problem = format!("has to be {next}, an earlier block has {}", self.last);
            run.find::<NextQueueIndices>(&number, problem);
        }
        self.last = self.last.max(next);
        Ok(())
    }

    /// Passes over a block of which some transactions are missing, so that its index is not known.
    pub(super) fn skip_block(&mut self, run: &Run<'_>, number: u64) -> Result<(), StorageError> {
        if run.tx.contains::<NextQueueIndices>(&number)? {
            self.known.add(&number);
        }
        Ok(())
    }

    /// Reports the indices of blocks that have no messages.
    pub(super) fn report_others(self, run: &mut Run<'_>) -> Result<(), StorageError> {
        let problem = "is not a block in the chain that has L1 messages";
        self.known.report_others::<NextQueueIndices>(run, problem)
    }
}
