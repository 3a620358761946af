//! Where to go on: from what is stored, compared with L1.

use super::{FinalBlock, Position, Watcher};
use crate::{
    chain::{BlockId, LinkedBlocks},
    config::MAX_HEADERS,
    error::StepError,
    sink::{L1Resume, L1SinkError},
};
use std::cmp::max;

/// A stored block that L1 does not have any more, and the one that it has instead.
struct Replaced {
    lowest: BlockId,
    count: usize,
}

impl Watcher {
    /// Finds the last processed block that is still part of L1, and undoes what is above it.
    ///
    /// Blocks above it that did nothing are not stored, and may have been replaced by blocks that
    /// do something: they are read again.
    pub(super) async fn find_position(&mut self) -> Result<(), StepError> {
        self.prefetched = None;
        (self.is_audit_due, self.audited_at) = (true, None);
        let resume = self.sink.resume().await?;
        let L1Resume { progress, blocks, .. } = &resume;
        self.note_finalized(progress.finalized);
        let floor = self.floor();
        let finalized = max(progress.finalized.unwrap_or(floor), floor);
        let processed = max(progress.processed.unwrap_or(floor), floor);
        let mut replaced: Option<Replaced> = None;
        for &(number, hash) in blocks {
            let header = self.source.header(number).await?;
            if header.hash == hash {
                return self.go_on_above(BlockId { number, hash }, processed, replaced).await;
            }
            let count = replaced.map_or(0, |replaced| replaced.count) + 1;
            replaced = Some(Replaced { lowest: BlockId::from(&header), count });
        }
        if replaced.is_some() {
            self.reorg_at_start(finalized, processed, replaced).await?;
        } else if processed > finalized {
            self.sink.rewind(finalized).await?;
        }
        self.begin_at(Position::Number(processed.min(finalized))).await
    }

    async fn go_on_above(
        &mut self,
        last: BlockId,
        processed: u64,
        replaced: Option<Replaced>,
    ) -> Result<(), StepError> {
        if replaced.is_some() {
            self.reorg_at_start(last.number, processed, replaced).await?;
        } else if processed > last.number {
            self.sink.rewind(last.number).await?;
        }
        self.begin_at(Position::Linked(LinkedBlocks::new(last, MAX_HEADERS))).await
    }

    /// Undoes what is above `to`, because L1 has other blocks there.
    async fn reorg_at_start(
        &self,
        to: u64,
        processed: u64,
        replaced: Option<Replaced>,
    ) -> Result<(), StepError> {
        let depth = processed.saturating_sub(to);
        if let Some(Replaced { lowest, .. }) = replaced
            && depth > 1
            && !self.source.reader.confirm(lowest.number, lowest.hash).await?
        {
            return Err(StepError::Unconfirmed { to });
        }
        self.sink.reorg(to).await?;
        self.reporter.reorged(to, depth);
        Ok(())
    }

    async fn begin_at(&mut self, position: Position) -> Result<(), StepError> {
        self.read_tip().await?;
        self.position = Some(position);
        self.reporter.resumed(self.processed());
        Ok(())
    }

    /// The end of the queue, after something was undone.
    pub(super) async fn read_tip(&mut self) -> Result<(), StepError> {
        let resume = self.sink.resume().await?;
        self.tip.queue_hash = resume.queue_hash;
        self.next_queue_index = resume.next_queue_index;
        Ok(())
    }

    /// What is final by the storage. The hash is known of one that was found in this run.
    fn note_finalized(&mut self, stored: Option<u64>) {
        let Some(number) = stored else { return };
        if self.finalized.is_none_or(|known| known.number < number) {
            self.finalized = Some(FinalBlock { number, hash: None });
        }
    }

    /// Undoes what blocks above `to` did and reads them again.
    pub(super) async fn rewind(&mut self, to: u64) -> Result<(), L1SinkError> {
        let to = max(to, self.floor());
        self.position = None;
        self.sink.rewind(to).await?;
        self.reporter.rewound(to);
        Ok(())
    }
}
