//! Reading L1 messages.

use crate::{chain::ChainView, error::StorageError};
use alloy_primitives::B256;
use rollup_db::{L1MessageIndices, L1Messages, NextQueueIndices, StoredL1Message};

impl ChainView {
    /// An L1 message by its queue index.
    ///
    /// # Errors
    /// Those of the database.
    pub fn l1_message(&self, queue_index: u64) -> Result<Option<StoredL1Message>, StorageError> {
        let message = self.tx().get::<L1Messages>(&queue_index)?;
        Ok(message.map(|message| self.with_block(message)))
    }

    /// An L1 message by the hash of its transaction on L2, included or not.
    ///
    /// # Errors
    /// Those of the database.
    pub fn l1_message_by_hash(&self, hash: B256) -> Result<Option<StoredL1Message>, StorageError> {
        Ok(self.indexed(hash)?.filter(|message| message.hash == hash))
    }

    /// The L1 message after which the queue has this rolling hash.
    ///
    /// # Errors
    /// Those of the database.
    pub fn l1_message_by_queue_hash(
        &self,
        queue_hash: B256,
    ) -> Result<Option<StoredL1Message>, StorageError> {
        Ok(self.indexed(queue_hash)?.filter(|message| message.queue_hash == Some(queue_hash)))
    }

    /// The first L1 message that an L1 block or a later one enqueued.
    ///
    /// # Errors
    /// Those of the database.
    pub fn first_l1_message_from(
        &self,
        l1_block_number: u64,
    ) -> Result<Option<StoredL1Message>, StorageError> {
        // L1 block numbers ascend along the queue.
        let (mut low, mut high) = (0, self.queue_length()?);
        while low < high {
            let middle = low + (high - low) / 2;
            let missing = StorageError::Missing { table: "L1Messages", number: middle };
            if self.l1_message(middle)?.ok_or(missing)?.l1_block_number < l1_block_number {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.l1_message(low)
    }

    /// At most `limit` L1 messages from a queue index on, in order, of those that were enqueued at
    /// or below an L1 block. Skipped and included ones are among them.
    ///
    /// # Errors
    /// Those of the database.
    pub fn l1_messages(
        &self,
        from_queue_index: u64,
        up_to_l1_block: u64,
        limit: usize,
    ) -> Result<Vec<StoredL1Message>, StorageError> {
        let mut messages = Vec::new();
        for entry in self.tx().walk::<L1Messages>(from_queue_index..)?.take(limit) {
            let (_, message) = entry?;
            if message.l1_block_number > up_to_l1_block {
                break;
            }
            messages.push(self.with_block(message));
        }
        Ok(messages)
    }

    /// How many L1 messages are known: one more than the highest queue index.
    ///
    /// # Errors
    /// Those of the database.
    pub fn queue_length(&self) -> Result<u64, StorageError> {
        let last = self.tx().cursor::<L1Messages>()?.last()?;
        Ok(last.map_or(0, |(index, _)| index.saturating_add(1)))
    }

    /// Queue index that the first L1 message above a block has, if none is skipped: one more than
    /// the last that the block or one before it includes, known from L1 or not.
    ///
    /// # Errors
    /// Those of the database.
    pub fn next_queue_index(&self, block_number: u64) -> Result<u64, StorageError> {
        if let Some(next) = self.layers().next_queue_index(block_number) {
            return Ok(next);
        }
        let last = self.tx().walk_back::<NextQueueIndices>(..=block_number)?.next().transpose()?;
        Ok(last.map_or(0, |(_, next)| next))
    }

    /// The lowest block that includes an L1 message enqueued above an L1 block: from there on the
    /// chain has no ground when L1 is unwound to that block.
    ///
    /// # Errors
    /// Those of the database.
    pub fn first_block_lost_above(
        &self,
        l1_block_number: u64,
    ) -> Result<Option<u64>, StorageError> {
        let Some(above) = l1_block_number.checked_add(1) else { return Ok(None) };
        let Some(lost) = self.first_l1_message_from(above)? else { return Ok(None) };
        let mut first = self.layers().first_block_with_message_from(lost.message.queue_index);
        for entry in self.tx().walk_back::<NextQueueIndices>(..)? {
            let (number, next) = entry?;
            if next <= lost.message.queue_index {
                break;
            }
            first = Some(number);
        }
        Ok(first)
    }

    /// The message with the block that includes it, if that is one in memory.
    fn with_block(&self, message: StoredL1Message) -> StoredL1Message {
        let in_memory = self.layers().block_with_message(message.message.queue_index);
        StoredL1Message { l2_block_number: in_memory.or(message.l2_block_number), ..message }
    }

    fn indexed(&self, hash: B256) -> Result<Option<StoredL1Message>, StorageError> {
        let index = self.tx().get::<L1MessageIndices>(&hash)?;
        index.map_or(Ok(None), |index| self.l1_message(index))
    }
}
