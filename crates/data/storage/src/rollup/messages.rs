//! L1 messages.

use super::{change::EnqueuedMessage, error::RollupError};
use crate::error::StorageError;
use alloy_primitives::{B256, keccak256};
use rollup_db::{
    BlockBodyIndices, Forkchoice, ForkchoiceKey, L1MessageIndices, L1Messages, NextQueueIndices,
    StoredL1Message, TransactionNumbers, WriteTx,
};
use rollup_primitives::{ScrollTxEnvelope, TxL1Message};

/// Bytes at the end of a queue hash that are zero: the queue contract keeps a time there.
const QUEUE_HASH_ZEROS: usize = 4;

/// Rolling hash of message queue V2 after the message with this transaction hash. `previous` is
/// the one before it; `None` for the first message of the queue.
pub fn next_queue_hash(previous: Option<B256>, message_hash: B256) -> B256 {
    let previous = previous.unwrap_or_default();
    let mut hash = keccak256([previous.0, message_hash.0].concat());
    for byte in hash.0.iter_mut().rev().take(QUEUE_HASH_ZEROS) {
        *byte = 0;
    }
    hash
}

/// Adds a message to the end of the queue.
pub(super) fn enqueue(
    tx: &WriteTx,
    l1_block_number: u64,
    enqueued: &EnqueuedMessage,
) -> Result<(), StorageError> {
    let EnqueuedMessage { message, queue_hash } = enqueued;
    let last = tx.cursor::<L1Messages>()?.last()?;
    let expected = last.as_ref().map_or(0, |(index, _)| index.saturating_add(1));
    let found = message.queue_index;
    if found != expected {
        return Err(RollupError::QueueGap { expected, found }.into());
    }
    let hash = message.tx_hash();
    let previous = last.and_then(|(_, last)| last.queue_hash);
    if previous.is_some() || queue_hash.is_some() {
        let expected = next_queue_hash(previous, hash);
        if *queue_hash != Some(expected) {
            let found = *queue_hash;
            let queue_index = message.queue_index;
            return Err(RollupError::QueueHash { queue_index, expected, found }.into());
        }
    }
    let stored = StoredL1Message {
        message: message.clone(),
        hash,
        l1_block_number,
        queue_hash: *queue_hash,
        // A block from a peer may have come first.
        l2_block_number: block_including(tx, hash)?,
        skipped: false,
    };
    tx.append::<L1Messages>(&found, &stored)?;
    for hash in stored.queue_hash.into_iter().chain([hash]) {
        tx.put::<L1MessageIndices>(&hash, &found)?;
    }
    Ok(())
}

/// The block that has a transaction, by bisection over the ranges of the blocks.
fn block_including(tx: &WriteTx, hash: B256) -> Result<Option<u64>, StorageError> {
    let Some(at) = tx.get::<TransactionNumbers>(&hash)? else { return Ok(None) };
    let head = tx.get::<Forkchoice>(&ForkchoiceKey::Head)?;
    let missing = |table, number| StorageError::Missing { table, number };
    let (mut low, mut high) = (0, head.ok_or_else(|| missing("Forkchoice", 0))?.number);
    while low < high {
        let middle = low + (high - low) / 2;
        let index = tx.get::<BlockBodyIndices>(&middle)?;
        if index.ok_or_else(|| missing("BlockBodyIndices", middle))?.transactions().end > at {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(Some(low))
}

/// Removes the messages that were enqueued above an L1 block.
pub(super) fn remove_above(tx: &WriteTx, l1_block_number: u64) -> Result<(), StorageError> {
    let mut messages = tx.cursor::<L1Messages>()?;
    while let Some((index, message)) = messages.last()? {
        if message.l1_block_number <= l1_block_number {
            break;
        }
        for hash in message.queue_hash.into_iter().chain([message.hash]) {
            tx.delete::<L1MessageIndices>(&hash)?;
        }
        tx.delete::<L1Messages>(&index)?;
    }
    Ok(())
}

/// Notes which L1 messages a block includes. Called in the transaction that appends the block.
///
/// A message that is not known from L1, or is another one there, is passed over: whether a block
/// may include such is decided before.
///
/// # Errors
/// Those of the database.
pub(crate) fn include_messages(
    tx: &WriteTx,
    block_number: u64,
    transactions: &[ScrollTxEnvelope],
) -> Result<(), StorageError> {
    let mut last = None;
    for (message, hash) in l1_messages(transactions) {
        last = Some(message.queue_index);
        change_known(tx, message, hash, |stored| stored.l2_block_number = Some(block_number))?;
    }
    let next = last.map(|index| index.saturating_add(1));
    next.map_or(Ok(()), |next| Ok(tx.put::<NextQueueIndices>(&block_number, &next)?))
}

/// Forgets which L1 messages a block includes. Called in the transaction that unwinds the block.
///
/// # Errors
/// Those of the database.
pub(crate) fn exclude_messages(
    tx: &WriteTx,
    block_number: u64,
    transactions: &[ScrollTxEnvelope],
) -> Result<(), StorageError> {
    for (message, hash) in l1_messages(transactions) {
        change_known(tx, message, hash, |stored| stored.l2_block_number = None)?;
    }
    tx.delete::<NextQueueIndices>(&block_number)?;
    Ok(())
}

fn l1_messages(transactions: &[ScrollTxEnvelope]) -> impl Iterator<Item = (&TxL1Message, B256)> {
    let messages = transactions.iter().filter_map(ScrollTxEnvelope::as_l1_message);
    messages.map(|message| (message.inner(), *message.hash_ref()))
}

fn change_known(
    tx: &WriteTx,
    message: &TxL1Message,
    hash: B256,
    change: impl FnOnce(&mut StoredL1Message),
) -> Result<(), StorageError> {
    let stored = tx.get::<L1Messages>(&message.queue_index)?;
    let Some(mut stored) = stored.filter(|stored| stored.hash == hash) else { return Ok(()) };
    change(&mut stored);
    Ok(tx.put::<L1Messages>(&message.queue_index, &stored)?)
}

/// Marks messages that a batch passed over.
pub(super) fn skip(tx: &WriteTx, queue_indices: &[u64]) -> Result<(), StorageError> {
    for &queue_index in queue_indices {
        let stored = tx.get::<L1Messages>(&queue_index)?;
        let mut stored = stored.ok_or(RollupError::UnknownMessage { queue_index })?;
        if let Some(block_number) = stored.l2_block_number {
            return Err(RollupError::MessageIncluded { queue_index, block_number }.into());
        }
        stored.skipped = true;
        tx.put::<L1Messages>(&queue_index, &stored)?;
    }
    Ok(())
}

/// Takes the mark off the messages that were passed over in this block or later.
///
/// The last message that a block passes is always included, so these are all above the last one
/// that an earlier block includes.
pub(super) fn unskip_from(tx: &WriteTx, block_number: u64) -> Result<(), StorageError> {
    let mut skipped = Vec::new();
    for entry in tx.walk_back::<L1Messages>(..)? {
        let (index, message) = entry?;
        if message.l2_block_number.is_some_and(|number| number < block_number) {
            break;
        }
        if message.skipped {
            skipped.push(index);
        }
    }
    for index in skipped {
        let Some(mut message) = tx.get::<L1Messages>(&index)? else { continue };
        message.skipped = false;
        tx.put::<L1Messages>(&index, &message)?;
    }
    Ok(())
}
