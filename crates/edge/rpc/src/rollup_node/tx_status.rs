//! Where a transaction is.

use super::{
    status::BlockRef,
    tx_report::{
        ForwardReport, InBlock, ReorgReport, TxState, TxStatus, WaitReport, departed, rejected,
    },
};
use alloy_consensus::TxReceipt as _;
use alloy_primitives::B256;
use rollup_forward::{ForwardOutcome, ForwardRecord, Forwarder};
use rollup_storage::{ChainView, StorageError};
use rollup_txpool::{Explanation, PoolPlace, TransactionHistory, Txpool};

/// What the pool and forwarding know of a transaction.
#[derive(Debug, Default)]
pub(super) struct Known {
    explanation: Option<Explanation>,
    history: TransactionHistory,
    forward: Option<ForwardRecord>,
}

impl Known {
    /// Looked up before the chain is: a transaction that is on its way from here into a block is
    /// found by one of the two looks.
    pub(super) fn of(hash: &B256, pool: Option<&Txpool>, forwarder: Option<&Forwarder>) -> Self {
        Self {
            explanation: pool.and_then(|pool| pool.explain(hash)),
            history: pool.map(|pool| pool.history(hash)).unwrap_or_default(),
            forward: forwarder.and_then(|forwarder| forwarder.record(hash)),
        }
    }

    pub(super) fn status(self, view: &ChainView, hash: B256) -> Result<TxStatus, StorageError> {
        let state = match in_chain(view, hash)? {
            Some(state) => state,
            None => match &self.explanation {
                Some(explanation) => self.in_pool(explanation),
                None => self.nowhere(),
            },
        };
        Ok(TxStatus {
            hash,
            state,
            forwarded: self.forward.as_ref().map(ForwardReport::from),
            reorged_from: self.history.reorged.map(ReorgReport::from),
        })
    }

    fn in_pool(&self, explanation: &Explanation) -> TxState {
        let (sender, nonce) = (explanation.transaction.sender(), explanation.transaction.nonce());
        let is_taken = self
            .forward
            .as_ref()
            .is_some_and(|record| matches!(record.outcome, ForwardOutcome::Taken { .. }));
        match &explanation.place {
            PoolPlace::Queued { waits_for } => {
                TxState::Queued { sender, nonce, reason: WaitReport::from(waits_for) }
            }
            PoolPlace::Pending { .. } if is_taken => TxState::Forwarded { sender, nonce },
            PoolPlace::Pending { .. } => TxState::Pending { sender, nonce },
        }
    }

    /// What is remembered last of a transaction that is neither in the chain nor in the pool.
    fn nowhere(&self) -> TxState {
        if let Some(ForwardOutcome::Refused(refusal)) =
            self.forward.as_ref().map(|record| &record.outcome)
        {
            return TxState::Rejected {
                by: "sequencer",
                reason: refusal.message.clone(),
                code: Some(refusal.code),
            };
        }
        let TransactionHistory { departure, rejection, reorged } = &self.history;
        let departed_at = departure.map(|departure| departure.at);
        let rejection =
            rejection.as_ref().filter(|rejection| departed_at.is_none_or(|at| rejection.at > at));
        match (rejection, departure) {
            (Some(rejection), _) => rejected(rejection),
            (None, Some(departure)) => departed(departure),
            (None, None) if reorged.is_some() => TxState::Reorged,
            (None, None) => TxState::Unknown,
        }
    }
}

/// The state of a transaction that a block has, or that is on L1.
fn in_chain(view: &ChainView, hash: B256) -> Result<Option<TxState>, StorageError> {
    let Some((_, number, index)) = view.transaction(hash)? else {
        let message = view.l1_message_by_hash(hash)?;
        return Ok(message.map(|message| TxState::WaitingOnL1 {
            queue_index: message.message.queue_index,
            l1_block_number: message.l1_block_number,
            passed_over: message.skipped,
        }));
    };
    let missing = StorageError::Missing { table: "CanonicalHeaders", number };
    let block = BlockRef { number, hash: view.hash_of(number)?.ok_or(missing)? };
    let forkchoice = view.forkchoice()?;
    let in_block = InBlock {
        block,
        index,
        succeeded: succeeded(view, number, index)?,
        confirmations: forkchoice.head.number.saturating_sub(number).saturating_add(1),
    };
    Ok(Some(if number <= forkchoice.finalized.number {
        TxState::Finalized(in_block)
    } else if number <= forkchoice.safe.number {
        TxState::Safe(in_block)
    } else {
        TxState::Included(in_block)
    }))
}

/// Whether the transaction did what it was to do. `None` if its receipt is no longer kept.
fn succeeded(view: &ChainView, number: u64, index: u64) -> Result<Option<bool>, StorageError> {
    let receipts = match view.receipts(number) {
        Ok(receipts) => receipts,
        Err(StorageError::PrunedReceipts { .. }) => return Ok(None),
        Err(err) => return Err(err),
    };
    let index = usize::try_from(index).ok();
    let receipt = receipts.as_ref().zip(index).and_then(|(receipts, index)| receipts.get(index));
    Ok(receipt.map(|receipt| receipt.status()))
}
