//! Blocks that are not final: each is tied to the one before, and reorgs are followed.

use super::{Pace, Position, Watcher};
use crate::{
    chain::{BlockId, Judgement, LinkedBlocks},
    config::{MAX_BLOCKS_PER_STEP, MAX_HEADERS, MAX_LOGS_PER_APPLY, MAX_REQUESTS},
    error::StepError,
    source::{BlockData, Source, check_number},
    status::L1Fault,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rollup_l1_client::L1Header;
use rollup_storage::RollupChange;
use std::sync::Arc;

impl Watcher {
    /// Some blocks more, up to the latest one.
    pub(super) async fn follow_new(
        &mut self,
        latest: &L1Header,
        finalized: Option<&L1Header>,
    ) -> Result<Pace, StepError> {
        let Some(tail) = self.link(latest).await? else { return Ok(Pace::AtHead) };
        let highest = tail.number.saturating_add(MAX_BLOCKS_PER_STEP);
        let is_within = latest.number <= highest;
        let top = if is_within { *latest } else { self.source.header(highest).await? };
        self.follow_branch(&top, finalized).await?;
        if let Some(finalized) = finalized {
            self.finalize(finalized).await?;
        }
        let Some(Position::Linked(blocks)) = &self.position else { return Ok(Pace::Behind) };
        self.reporter.held_headers(blocks.len());
        if !is_within {
            return Ok(Pace::Behind);
        }
        if blocks.tail() != BlockId::from(latest) {
            // The endpoint lags: it is asked again later.
            return Ok(Pace::AtHead);
        }
        self.reporter.new_latest(latest.into());
        self.read_signer(latest).await;
        self.become_synced(latest).await
    }

    /// The last processed block, whose hash is asked for if it is not known. `None` if the endpoint
    /// does not have it yet.
    async fn link(&mut self, latest: &L1Header) -> Result<Option<BlockId>, StepError> {
        if let Some(Position::Linked(blocks)) = &self.position {
            return Ok(Some(blocks.tail()));
        }
        let number = self.processed();
        if number > latest.number {
            return Ok(None);
        }
        let base = BlockId::from(&self.source.header(number).await?);
        if let Some(expected) = self.finalized.filter(|known| known.number == number)
            && expected.hash.is_some_and(|hash| hash != base.hash)
        {
            return Err(L1Fault::ReorgBelowFinalized { finalized: number }.into());
        }
        self.position = Some(Position::Linked(LinkedBlocks::new(base, MAX_HEADERS)));
        Ok(Some(base))
    }

    /// Goes over to the branch with this block, whatever that takes.
    pub(super) async fn follow_branch(
        &mut self,
        top: &L1Header,
        finalized: Option<&L1Header>,
    ) -> Result<(), StepError> {
        let Some(Position::Linked(blocks)) = &self.position else { return Ok(()) };
        let first = blocks.first();
        let (judgement, branch) = fetch_branch(&self.source, blocks, *top).await?;
        match judgement {
            Judgement::Known | Judgement::NeedParent(_) => Ok(()),
            Judgement::Extends => {
                self.check_final(&branch, None, finalized)?;
                self.extend(branch).await
            }
            Judgement::Reorg { to, depth } => {
                self.check_final(&branch, Some(to.number), finalized)?;
                self.reorg(to.number, depth, &branch).await?;
                self.extend(branch).await
            }
            Judgement::ForksBelow => match self.finalized {
                Some(known) if known.number >= first => {
                    Err(L1Fault::ReorgBelowFinalized { finalized: known.number }.into())
                }
                // More is known from what is stored.
                _ => {
                    self.position = None;
                    Err(StepError::ForksBelow { first })
                }
            },
        }
    }

    /// A final block must be in the chain as it would be.
    fn check_final(
        &self,
        branch: &[L1Header],
        fork: Option<u64>,
        finalized: Option<&L1Header>,
    ) -> Result<(), StepError> {
        if let Some(known) = self.finalized
            && fork.is_some_and(|to| to < known.number)
        {
            return Err(L1Fault::ReorgBelowFinalized { finalized: known.number }.into());
        }
        let Some(finalized) = finalized else { return Ok(()) };
        let Some(Position::Linked(blocks)) = &self.position else { return Ok(()) };
        let (number, found) = (finalized.number, finalized.hash);
        let in_branch = branch.iter().find(|header| header.number == number);
        let remains = fork.is_none_or(|to| number <= to);
        let held = blocks.hash_at(number).filter(|_| remains);
        match in_branch.map(|header| header.hash).or(held) {
            Some(expected) if expected != found => {
                Err(L1Fault::FinalizedContradicts { number, expected, found }.into())
            }
            _ => Ok(()),
        }
    }

    /// Takes back what is above `to`. `branch` is what L1 has instead, in ascending order.
    async fn reorg(&mut self, to: u64, depth: u64, branch: &[L1Header]) -> Result<(), StepError> {
        if depth > 1
            && let Some(first) = branch.first()
            && !self.source.reader.confirm(first.number, first.hash).await?
        {
            return Err(StepError::Unconfirmed { to });
        }
        self.sink.reorg(to).await?;
        if let Some(Position::Linked(blocks)) = &mut self.position {
            blocks.truncate(to);
        }
        self.reporter.reorged(to, depth);
        self.is_audit_due = true;
        self.read_tip().await
    }

    /// Applies blocks that follow the last processed one, in order.
    async fn extend(&mut self, branch: Vec<L1Header>) -> Result<(), StepError> {
        let Some(latest) = branch.last().map(|header| header.number) else { return Ok(()) };
        if branch.iter().any(|header| !header.is_verified) {
            // That the logs of such a block are complete is not proven.
            self.is_audit_due = true;
        }
        let source = Arc::clone(&self.source);
        let fetched = branch.into_iter().map(move |header| {
            let source = Arc::clone(&source);
            async move { source.block(&header).await }
        });
        let mut fetched = stream::iter(fetched).buffered(MAX_REQUESTS);
        let (mut waiting, mut logs) = (Vec::<BlockData>::new(), 0_usize);
        while let Some(block) = fetched.try_next().await? {
            if logs.saturating_add(block.logs.len()) > MAX_LOGS_PER_APPLY && logs > 0 {
                self.apply_new(std::mem::take(&mut waiting), latest).await?;
                logs = 0;
            }
            logs = logs.saturating_add(block.logs.len());
            waiting.push(block);
        }
        self.apply_new(waiting, latest).await
    }

    async fn apply_new(&mut self, blocks: Vec<BlockData>, latest: u64) -> Result<(), StepError> {
        let hashes: Vec<_> = blocks.iter().map(|data| data.block.hash).collect();
        let Some(to) = blocks.last().map(|data| data.block.number) else { return Ok(()) };
        let latest = RollupChange::L1Latest { number: latest };
        self.apply(blocks, to, vec![latest]).await?;
        if let Some(Position::Linked(linked)) = &mut self.position {
            for hash in hashes {
                linked.push(hash);
            }
        }
        Ok(())
    }
}

/// Follows a branch down by its parents until it is judged. The branch is in ascending order.
async fn fetch_branch(
    source: &Source,
    blocks: &LinkedBlocks,
    top: L1Header,
) -> Result<(Judgement, Vec<L1Header>), StepError> {
    let mut branch = vec![top];
    let mut judgement = blocks.judge(&branch);
    let tail = blocks.tail().number;
    let mut known = match judgement {
        Judgement::NeedParent(parent) if parent.number > tail => {
            source.headers(tail.saturating_add(1)..top.number).await?
        }
        _ => Default::default(),
    };
    while let Judgement::NeedParent(parent) = judgement {
        let header = match known.remove(&parent.hash) {
            Some(header) => header,
            None => source.header_by_hash(parent.hash).await?,
        };
        check_number(&header, parent.number)?;
        branch.push(header);
        judgement = blocks.judge(&branch);
    }
    branch.reverse();
    Ok((judgement, branch))
}
