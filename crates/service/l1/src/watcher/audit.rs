//! Whether the stored messages are those of the queue contract.

use super::{Pace, Watcher};
use crate::{error::StepError, metrics::AuditOutcome, source::state_answer};
use alloy_primitives::B256;
use rollup_l1_client::L1Header;

/// How an audit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audit {
    Agrees,
    /// The contract has no answer, or the node not the state.
    Inconclusive,
    Differs {
        /// Queue index of the next message by the contract.
        on_l1: u64,
    },
}

impl Watcher {
    /// Everything up to the latest block is processed. If the queue is what the contract says, the
    /// watcher is synced. An audit without an answer is made again at the next block.
    pub(super) async fn become_synced(&mut self, latest: &L1Header) -> Result<Pace, StepError> {
        if self.is_audit_due && self.audited_at != Some(latest.hash) {
            self.audited_at = Some(latest.hash);
            self.is_audit_due = false;
            match self.audit(latest.hash).await? {
                Audit::Agrees => {
                    self.reporter.audited(AuditOutcome::Agrees);
                    self.queue_agrees();
                }
                Audit::Inconclusive => {
                    self.reporter.audited(AuditOutcome::Inconclusive);
                    self.is_audit_due = true;
                }
                Audit::Differs { on_l1 } => {
                    self.reporter.audited(AuditOutcome::Differs);
                    self.queue_differs(self.next_queue_index, on_l1).await?;
                    return Ok(Pace::Behind);
                }
            }
        }
        self.reporter.synced();
        Ok(Pace::AtHead)
    }

    async fn audit(&self, at: B256) -> Result<Audit, StepError> {
        let Some(first) = self.tip.first_v2_queue_index else { return Ok(Audit::Inconclusive) };
        let next = self.next_queue_index;
        let Some(on_l1) = state_answer(self.source.next_queue_index(at).await)? else {
            return Ok(Audit::Inconclusive);
        };
        // Before queue V2 is set up, the contract says 0.
        if on_l1 < first {
            return Ok(if next <= first { Audit::Inconclusive } else { Audit::Differs { on_l1 } });
        }
        if on_l1 != next {
            return Ok(Audit::Differs { on_l1 });
        }
        let Some(last) = next.checked_sub(1).filter(|last| *last >= first) else {
            return Ok(Audit::Agrees);
        };
        match state_answer(self.source.rolling_hash(last, at).await)? {
            None => Ok(Audit::Inconclusive),
            hash if hash == self.tip.queue_hash => Ok(Audit::Agrees),
            Some(_) => Ok(Audit::Differs { on_l1 }),
        }
    }

    /// The block before the one with the last message that the contract agrees with. That block may
    /// have more messages than were found.
    pub(super) async fn last_sound_queue_block(&self) -> Result<u64, StepError> {
        let next = self.sink.resume().await?.next_queue_index;
        let sound = self.sound_messages(next).await?;
        let Some(last) = sound.checked_sub(1) else { return Ok(self.floor()) };
        let message = self.sink.message(last).await?;
        let block = message.map(|message| message.l1_block_number.saturating_sub(1));
        Ok(block.unwrap_or_else(|| self.floor()))
    }

    /// How many of the `stored` messages the contract agrees with: by bisection, for each rolling
    /// hash stands for all messages up to its own. All, if it cannot be asked.
    async fn sound_messages(&self, stored: u64) -> Result<u64, StepError> {
        let (Some(first), Some(latest)) = (self.tip.first_v2_queue_index, self.reporter.latest())
        else {
            return Ok(stored);
        };
        let on_l1 = state_answer(self.source.next_queue_index(latest.hash).await)?;
        let Some(on_l1) = on_l1 else { return Ok(stored) };
        let mut high = stored.min(on_l1);
        if high <= first {
            return Ok(high);
        }
        let mut low = first;
        while low < high {
            let middle = low + (high - low) / 2;
            let found = state_answer(self.source.rolling_hash(middle, latest.hash).await)?;
            let Some(found) = found else { return Ok(stored) };
            let message = self.sink.message(middle).await?;
            if message.and_then(|message| message.queue_hash) == Some(found) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}
