//! From the logs of a block to what it did.

mod batches;
mod kind;
#[cfg(test)]
mod tests;

use crate::{
    abi::{L1MessageQueue, ScrollChain, SystemConfig},
    config::L1Contracts,
    error::L1DataError,
    status::L1BlockRef,
};
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use batches::Commits;
use kind::EventKind;
use rollup_l1_client::{L1Log, L1Transaction};
use rollup_primitives::TxL1Message;
use rollup_storage::{BatchId, BatchRoots, EnqueuedMessage, L1Block, L1Event, next_queue_hash};
use std::collections::HashMap;

/// The batch that is there from the beginning. What happens to it is passed over.
const GENESIS_BATCH: u64 = 0;

/// The end of the message queue: what its next rolling hash follows from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueTip {
    /// Rolling hash after the last message; `None` before queue V2.
    pub queue_hash: Option<B256>,
    /// Queue index of the first message of queue V2; `None` if it is not known.
    pub first_v2_queue_index: Option<u64>,
}

/// What a block did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedBlock {
    /// What is stored of it.
    pub block: L1Block,
    /// Signers that the system contract named, in order.
    pub signers: Vec<Address>,
}

/// The transactions that commit batches by these logs, each once. [`decode_block`] needs them.
///
/// # Errors
/// [`L1DataError`] if a log is not what its event is.
pub fn commit_transactions(
    contracts: &L1Contracts,
    logs: &[L1Log],
) -> Result<Vec<B256>, L1DataError> {
    Ok(Commits::of(contracts, logs)?.into_transactions())
}

/// What a block did, by all logs of the contracts in it. `tip` moves on with its messages; after an
/// error it is of no use.
///
/// # Errors
/// [`L1DataError`] if the logs or transactions are not what the contracts make.
pub fn decode_block(
    contracts: &L1Contracts,
    block: L1BlockRef,
    logs: &[L1Log],
    transactions: &HashMap<B256, L1Transaction>,
    tip: &mut QueueTip,
) -> Result<DecodedBlock, L1DataError> {
    let mut commits = Commits::of(contracts, logs)?;
    let (mut events, mut signers) = (Vec::new(), Vec::new());
    let mut last_index = None;
    for log in logs {
        check_place(block, log, last_index)?;
        last_index = Some(log.log_index);
        let at = At(log);
        match EventKind::of(contracts, &log.log) {
            Some(EventKind::Message { is_v2 }) => {
                events.push(L1Event::MessageEnqueued(at.message(is_v2, tip)?));
            }
            Some(EventKind::Commit) => {
                events.extend(
                    commits.next(contracts, log, transactions)?.map(L1Event::BatchCommitted),
                );
            }
            Some(EventKind::Finalize) => events.extend(at.finalization()?),
            Some(EventKind::Revert) => events.push(at.revert()?),
            Some(EventKind::RevertRange) => events.push(at.revert_range()?),
            Some(EventKind::Signer) => {
                signers.push(at.decode::<SystemConfig::SignerUpdated>()?.newSigner);
            }
            None => {}
        }
    }
    let L1BlockRef { number, hash, timestamp } = block;
    Ok(DecodedBlock { block: L1Block { number, hash, timestamp, events }, signers })
}

fn check_place(block: L1BlockRef, log: &L1Log, last_index: Option<u64>) -> Result<(), L1DataError> {
    let L1Log { block_number, block_hash, log_index, .. } = *log;
    if (block_number, block_hash) != (block.number, block.hash) {
        return Err(L1DataError::OtherBlock {
            number: block.number,
            hash: block.hash,
            log_index,
            found_number: block_number,
            found_hash: block_hash,
        });
    }
    if last_index.is_some_and(|last| last >= log_index) {
        return Err(L1DataError::OutOfOrder { l1_block_number: block_number, log_index });
    }
    Ok(())
}

/// A log whose event is known.
#[derive(Clone, Copy)]
struct At<'a>(&'a L1Log);

impl At<'_> {
    fn decode<E: SolEvent>(self) -> Result<E, L1DataError> {
        let Self(log) = self;
        let data = &log.log.data;
        let malformed = L1DataError::Malformed {
            l1_block_number: log.block_number,
            log_index: log.log_index,
            address: log.log.address,
            event: E::SIGNATURE,
        };
        // Why the bytes are not an event says nothing that the place does not.
        let event = E::decode_raw_log_validate(data.topics().iter().copied(), &data.data).ok();
        event.ok_or(malformed)
    }

    fn number<E: SolEvent>(self, field: &'static str, value: U256) -> Result<u64, L1DataError> {
        // Only one thing can be wrong with it.
        u64::try_from(value).ok().ok_or(L1DataError::NumberTooHigh {
            l1_block_number: self.0.block_number,
            log_index: self.0.log_index,
            event: E::SIGNATURE,
            field,
        })
    }

    fn message(self, is_v2: bool, tip: &mut QueueTip) -> Result<EnqueuedMessage, L1DataError> {
        let event = self.decode::<L1MessageQueue::QueueTransaction>()?;
        let queue_index = event.queueIndex;
        let message = TxL1Message {
            queue_index,
            gas_limit: event.gasLimit.saturating_to(),
            to: event.target,
            value: event.value,
            input: event.data,
            sender: event.sender,
        };
        let has_hash = match tip.first_v2_queue_index {
            Some(first) => queue_index >= first,
            None if is_v2 => return Err(L1DataError::QueueStartUnknown { queue_index }),
            None => false,
        };
        let queue_hash = has_hash.then(|| next_queue_hash(tip.queue_hash, message.tx_hash()));
        tip.queue_hash = queue_hash.or(tip.queue_hash);
        Ok(EnqueuedMessage { message, queue_hash })
    }

    fn finalization(self) -> Result<Option<L1Event>, L1DataError> {
        type Event = ScrollChain::FinalizeBatch;
        let event = self.decode::<Event>()?;
        let index = self.number::<Event>("batchIndex", event.batchIndex)?;
        let roots = BatchRoots { state: event.stateRoot, withdraw: event.withdrawRoot };
        let batch = BatchId { index, hash: event.batchHash };
        Ok((index != GENESIS_BATCH).then_some(L1Event::BatchFinalized { batch, roots }))
    }

    fn revert(self) -> Result<L1Event, L1DataError> {
        type Event = ScrollChain::RevertBatch_0;
        let event = self.decode::<Event>()?;
        let index = self.number::<Event>("batchIndex", event.batchIndex)?;
        Ok(L1Event::BatchReverted(BatchId { index, hash: event.batchHash }))
    }

    fn revert_range(self) -> Result<L1Event, L1DataError> {
        type Event = ScrollChain::RevertBatch_1;
        let event = self.decode::<Event>()?;
        let first = self.number::<Event>("startBatchIndex", event.startBatchIndex)?;
        let last = self.number::<Event>("finishBatchIndex", event.finishBatchIndex)?;
        Ok(L1Event::BatchesReverted { first, last })
    }
}
