//! L1 messages, as `rollupNode` shows and finds them.

use alloy_primitives::B256;
use rollup_primitives::TxL1Message;
use rollup_storage::{ChainView, StorageError, StoredL1Message};
use serde::{Deserialize, Serialize};

/// L1 messages that are read at a time.
const MESSAGES_AT_A_TIME: usize = 1000;

/// An L1 message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollupL1Message {
    /// The transaction on L2.
    pub transaction: TxL1Message,
    /// The L1 block that enqueued it.
    pub l1_block_number: u64,
    /// The block that includes it.
    pub l2_block_number: Option<u64>,
    /// Hash of the queue up to it; `null` before message queue V2.
    pub queue_hash: Option<B256>,
}

impl From<StoredL1Message> for RollupL1Message {
    fn from(stored: StoredL1Message) -> Self {
        Self {
            transaction: stored.message,
            l1_block_number: stored.l1_block_number,
            l2_block_number: stored.l2_block_number,
            queue_hash: stored.queue_hash,
        }
    }
}

/// What an L1 message is looked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum L1MessageKey {
    /// Its place in the queue.
    QueueIndex(u64),
    /// Hash of the queue up to it.
    QueueHash(B256),
    /// Hash of its transaction on L2.
    TransactionHash(B256),
    /// The L1 block that enqueued it.
    BlockNumber(u64),
    /// The first that no block includes and that is old enough.
    NotIncluded(NotIncludedKey),
}

/// How old a message must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NotIncludedKey {
    /// So many L1 blocks below the finalized one.
    NotIncludedFinalizedWithBlockDepth(u64),
    /// So many L1 blocks below the latest one.
    NotIncludedBlockDepth(u64),
}

/// The first message that fits.
pub(super) fn find(
    view: &ChainView,
    key: L1MessageKey,
) -> Result<Option<StoredL1Message>, StorageError> {
    match key {
        L1MessageKey::QueueIndex(index) => view.l1_message(index),
        L1MessageKey::QueueHash(hash) => view.l1_message_by_queue_hash(hash),
        L1MessageKey::TransactionHash(hash) => view.l1_message_by_hash(hash),
        L1MessageKey::BlockNumber(number) => {
            let first = view.first_l1_message_from(number)?;
            Ok(first.filter(|message| message.l1_block_number == number))
        }
        L1MessageKey::NotIncluded(key) => first_not_included(view, key),
    }
}

fn first_not_included(
    view: &ChainView,
    key: NotIncludedKey,
) -> Result<Option<StoredL1Message>, StorageError> {
    let l1 = view.l1_progress()?;
    let (newest, depth) = match key {
        NotIncludedKey::NotIncludedFinalizedWithBlockDepth(depth) => (l1.finalized, depth),
        NotIncludedKey::NotIncludedBlockDepth(depth) => (l1.latest, depth),
    };
    let Some(up_to) = newest.and_then(|newest| newest.checked_sub(depth)) else { return Ok(None) };
    let mut from = view.next_queue_index(view.head()?.number)?;
    loop {
        let messages = view.l1_messages(from, up_to, MESSAGES_AT_A_TIME)?;
        let Some(last) = messages.last() else { return Ok(None) };
        from = last.message.queue_index.saturating_add(1);
        let waits = |own: &StoredL1Message| own.l2_block_number.is_none() && !own.skipped;
        if let Some(first) = messages.into_iter().find(waits) {
            return Ok(Some(first));
        }
    }
}
