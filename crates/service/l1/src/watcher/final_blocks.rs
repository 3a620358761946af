//! Final blocks far ahead of what is processed: their logs are asked for by ranges.

use super::{FinalBlock, Pace, Position, Watcher};
use crate::{
    chain::{BlockId, FinalJudgement},
    config::MAX_LOGS_PER_APPLY,
    config::MAX_REQUESTS,
    error::{L1DataError, StepError},
    source::{RangeLogs, Source},
    status::{L1BlockRef, L1Fault},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rollup_l1_client::{L1Header, L1Log};
use rollup_storage::RollupChange;
use std::sync::Arc;

impl Watcher {
    /// Whether it is worth to ask for ranges.
    pub(super) fn is_far_below(&self, finalized: &L1Header) -> bool {
        finalized.number.saturating_sub(self.processed()) > self.config.query_range
    }

    /// One range of final blocks; the next one is fetched meanwhile.
    pub(super) async fn follow_final(
        &mut self,
        latest: &L1Header,
        finalized: &L1Header,
    ) -> Result<Pace, StepError> {
        if let Some(Position::Linked(blocks)) = &self.position {
            // The chain that is final must go on from what is processed.
            let tail = blocks.tail().number;
            let next = self.source.header(tail.saturating_add(1)).await?;
            self.follow_branch(&next, None).await?;
            if let Some(Position::Linked(blocks)) = &self.position {
                self.position = Some(Position::Number(blocks.tail().number));
            }
            return Ok(Pace::Behind);
        }
        self.begin_final(latest, finalized).await?;
        let from = self.processed().saturating_add(1);
        let range = self.range(from, finalized.number).await?;
        self.range_length = range.next_length;
        let next = range.to.saturating_add(1);
        if next > finalized.number {
            self.apply_range(range).await?;
            return Ok(Pace::Behind);
        }
        let (source, last) = (Arc::clone(&self.source), finalized.number);
        let (length, longest) = (self.range_length, self.config.query_range);
        let ahead = async move { source.range(next, last, length, longest).await };
        let (applied, ahead) = futures::join!(self.apply_range(range), ahead);
        applied?;
        // What went wrong shows when it is asked for again.
        self.prefetched = ahead.ok();
        Ok(Pace::Behind)
    }

    async fn range(&mut self, from: u64, last: u64) -> Result<RangeLogs, StepError> {
        match self.prefetched.take() {
            Some(range) if range.from == from => Ok(range),
            _ => self.source.range(from, last, self.range_length, self.config.query_range).await,
        }
    }

    /// Notes that L1 is final far above what is processed. Nothing below can be compared with it.
    async fn begin_final(
        &mut self,
        latest: &L1Header,
        finalized: &L1Header,
    ) -> Result<(), StepError> {
        let known = self.finalized;
        if let Some(FinalBlock { number, hash: Some(expected) }) = known
            && number == finalized.number
            && expected != finalized.hash
        {
            let found = finalized.hash;
            return Err(L1Fault::FinalizedContradicts { number, expected, found }.into());
        }
        if self.reporter.latest().is_none_or(|known| known.number < latest.number) {
            let number = latest.number;
            self.sink.apply(vec![RollupChange::L1Latest { number }]).await?;
            self.reporter.new_latest(latest.into());
        }
        self.read_signer(latest).await;
        if known.is_none_or(|known| known.number < finalized.number) {
            self.set_finalized(finalized).await?;
        }
        Ok(())
    }

    /// Makes durable that L1 is final up to a block.
    async fn set_finalized(&mut self, finalized: &L1Header) -> Result<(), StepError> {
        let number = finalized.number;
        self.sink.apply(vec![RollupChange::L1Finalized { number }]).await?;
        self.finalized = Some(FinalBlock { number, hash: Some(finalized.hash) });
        self.reporter.finalized(L1BlockRef::from(finalized));
        Ok(())
    }

    /// Learns the hash of the block that an earlier run knew as final.
    fn note_final_hash(&mut self, found: &L1Header) {
        if let Some(known) = &mut self.finalized
            && known.number == found.number
            && known.hash.is_none()
        {
            known.hash = Some(found.hash);
            self.reporter.finalized(L1BlockRef::from(found));
        }
    }

    async fn apply_range(&mut self, range: RangeLogs) -> Result<(), StepError> {
        let RangeLogs { from, to, logs, .. } = range;
        let mut parts = parts(from, to, logs)?;
        let last = parts.pop().unwrap_or_default();
        for blocks in parts {
            let up_to = last_number(&blocks).unwrap_or(from);
            self.apply_final(blocks, up_to).await?;
        }
        self.apply_final(last, to).await
    }

    /// Applies final blocks with these logs; up to `to` there are no others.
    async fn apply_final(&mut self, blocks: Vec<Vec<L1Log>>, to: u64) -> Result<(), StepError> {
        let blocks = fetch(Arc::clone(&self.source), blocks).await?;
        self.apply(blocks, to, Vec::new()).await?;
        // That a range is complete is not proven.
        self.is_audit_due = true;
        self.position = Some(Position::Number(to));
        Ok(())
    }

    /// Notes that L1 is final up to a block, if that is one of those that are processed.
    pub(super) async fn finalize(&mut self, finalized: &L1Header) -> Result<(), StepError> {
        let Some(Position::Linked(blocks)) = &self.position else { return Ok(()) };
        let known = self.finalized.map(|known| (known.number, known.hash));
        match blocks.judge_final(known, BlockId::from(finalized)) {
            FinalJudgement::Nothing => {
                self.note_final_hash(finalized);
                return Ok(());
            }
            FinalJudgement::Above => return Ok(()),
            FinalJudgement::Contradicts { expected } => {
                let (number, found) = (finalized.number, finalized.hash);
                return Err(L1Fault::FinalizedContradicts { number, expected, found }.into());
            }
            FinalJudgement::Held => {}
            FinalJudgement::Below => {
                let canonical = self.source.header(finalized.number).await?;
                if canonical.hash != finalized.hash {
                    let (expected, found) = (canonical.hash, finalized.hash);
                    let number = finalized.number;
                    return Err(L1Fault::FinalizedContradicts { number, expected, found }.into());
                }
            }
        }
        self.set_finalized(finalized).await?;
        if let Some(Position::Linked(blocks)) = &mut self.position {
            blocks.forget_below(finalized.number);
        }
        Ok(())
    }
}

/// Logs of a range by block, and the blocks in parts that are applied at once.
fn parts(from: u64, to: u64, logs: Vec<L1Log>) -> Result<Vec<Vec<Vec<L1Log>>>, L1DataError> {
    let mut parts: Vec<Vec<Vec<L1Log>>> = Vec::new();
    let (mut last, mut count) = (None, 0);
    for log in logs {
        let (number, log_index) = (log.block_number, log.log_index);
        if number < from || number > to || last.is_some_and(|last| number < last) {
            return Err(L1DataError::OutOfOrder { l1_block_number: number, log_index });
        }
        count += 1;
        match parts.last_mut() {
            Some(part) if last == Some(number) => {
                part.last_mut().map_or((), |block| block.push(log))
            }
            Some(part) if count <= MAX_LOGS_PER_APPLY => part.push(vec![log]),
            _ => {
                parts.push(vec![vec![log]]);
                count = 1;
            }
        }
        last = Some(number);
    }
    Ok(parts)
}

fn last_number(blocks: &[Vec<L1Log>]) -> Option<u64> {
    Some(blocks.last()?.first()?.block_number)
}

async fn fetch(
    source: Arc<Source>,
    blocks: Vec<Vec<L1Log>>,
) -> Result<Vec<crate::source::BlockData>, StepError> {
    let blocks = stream::iter(blocks).map(|logs| source.final_block(logs));
    let blocks = blocks.buffered(MAX_REQUESTS).try_collect::<Vec<_>>().await?;
    Ok(blocks.into_iter().flatten().collect())
}
