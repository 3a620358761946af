//! What L1 did contradicts what is stored: logs were left out. L1 is read again from further back.

use super::{Watcher, pause_after};
use crate::{config::MAX_REWINDS, error::StepError, sink::L1SinkError, status::L1Fault};
use rollup_storage::RollupError;
use std::time::Duration;
use tracing::warn;

/// Something that was left out, and is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Contradiction {
    reason: Reason,
    /// How often L1 was read and contradicted itself.
    reads: u32,
    /// Block that showed it.
    shown_at: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// An event does not fit what is stored.
    Event(RollupError),
    /// The queue on L1 is not the one that is stored.
    Queue { stored: u64, on_l1: u64 },
}

impl Watcher {
    /// Acts on an error of the sink. It is not an error any more if L1 is to be read again.
    pub(super) async fn contradicted(&mut self, err: L1SinkError) -> Result<(), StepError> {
        let error = match err {
            L1SinkError::Contradiction(error) => error,
            err @ L1SinkError::Failed(_) => return Err(err.into()),
        };
        if let RollupError::BelowL1Finalized { finalized, .. } = error {
            return Err(L1Fault::ReorgBelowFinalized { finalized }.into());
        }
        warn!(target: "rollup_node::l1", err = %error, l1_block = self.applying_to,
            "what L1 did contradicts what is stored; reading it again");
        let reads = self.note(Reason::Event(error), self.applying_to);
        let to = match error {
            RollupError::QueueGap { .. } | RollupError::QueueHash { .. } => {
                self.last_sound_queue_block().await?
            }
            // Where it was left out is not known: further back each time.
            _ => {
                let doubled = 1_u64 << reads.saturating_sub(1).min(MAX_REWINDS);
                let distance = self.config.query_range.saturating_mul(doubled);
                self.stored_processed().await?.saturating_sub(distance)
            }
        };
        Ok(self.rewind(to).await?)
    }

    /// The queue on L1 is not the one that is stored.
    pub(super) async fn queue_differs(&mut self, stored: u64, on_l1: u64) -> Result<(), StepError> {
        warn!(target: "rollup_node::l1", stored, on_l1,
            "the message queue on L1 has other messages than those stored; reading L1 again");
        self.note(Reason::Queue { stored, on_l1 }, self.processed());
        let to = self.last_sound_queue_block().await?;
        Ok(self.rewind(to).await?)
    }

    /// Counts a contradiction. Whoever gave the last answers is not to be asked again.
    fn note(&mut self, reason: Reason, shown_at: u64) -> u32 {
        self.source.reader.distrust();
        let before = self.contradiction.map_or(0, |known| known.reads);
        let reads = before.saturating_add(1);
        // The highest one: all below may be passed again before it shows.
        let shown_at = self.contradiction.map_or(shown_at, |known| known.shown_at.max(shown_at));
        self.contradiction = Some(Contradiction { reason, reads, shown_at });
        reads
    }

    async fn stored_processed(&self) -> Result<u64, StepError> {
        Ok(self.sink.resume().await?.progress.processed.unwrap_or_default())
    }

    /// What is applied up to `to` shows that an event which did not fit does so now.
    pub(super) fn contradiction_passed(&mut self, to: u64) {
        let is_over = |known: &Contradiction| {
            matches!(known.reason, Reason::Event(_)) && to >= known.shown_at
        };
        self.contradiction = self.contradiction.filter(|known| !is_over(known));
    }

    /// The queue on L1 is the one that is stored.
    pub(super) fn queue_agrees(&mut self) {
        let is_queue = |known: &Contradiction| matches!(known.reason, Reason::Queue { .. });
        self.contradiction = self.contradiction.filter(|known| !is_queue(known));
    }

    /// The fault that one read did not settle.
    pub(super) fn lasting_fault(&self) -> Option<L1Fault> {
        let Contradiction { reason, reads, .. } = self.contradiction.filter(|at| at.reads > 1)?;
        Some(match reason {
            Reason::Event(reason) => L1Fault::Contradiction { reason, reads },
            Reason::Queue { stored, on_l1 } => L1Fault::QueueDiffers { stored, on_l1, reads },
        })
    }

    /// Reading the same again and again is no use: longer pauses each time.
    pub(super) fn pause_of_contradiction(&self) -> Duration {
        match self.contradiction {
            Some(Contradiction { reads, .. }) if self.position.is_none() => pause_after(reads),
            _ => Duration::ZERO,
        }
    }
}
