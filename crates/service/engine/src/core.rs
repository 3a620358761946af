//! What the engine's thread does with a request.

use crate::{
    error::{EngineError, ForkchoiceError, ImportError, InvalidBlock},
    forkchoice::ForkchoiceUpdate,
    import::{execute_block, validate_block},
    imported::Imported,
    l1::check_messages,
    metrics::EngineMetrics,
    proposal::Proposal,
    publish::Publisher,
    tree::{InvalidBlocks, SideBlock, SideBlocks},
};
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_evm::ScrollEvmConfig;
use rollup_primitives::{BlockSignature, SealedBlock, SealedHeader};
use rollup_storage::{
    CanonicalChange, ChainView, ExecutedBlock, ForkchoiceState, RollupChange, Storage, StorageError,
};
use std::{sync::Arc, time::Instant};
use tracing::debug;

/// The engine: chain, blocks beside it, and who is told of changes.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) storage: Storage,
    pub(crate) evm: ScrollEvmConfig,
    pub(crate) side: SideBlocks,
    pub(crate) invalid: InvalidBlocks,
    pub(crate) publisher: Publisher,
    /// How often proposals were withdrawn.
    pub(crate) releases: u64,
    pub(crate) metrics: EngineMetrics,
}

/// Where a block goes on from.
enum Parent {
    /// A view with the parent as its head.
    State(Box<ChainView>),
    /// Its header alone.
    Header(Box<SealedHeader>),
}

impl Core {
    /// Takes a block into the tree, executed if its parent's state is at hand.
    pub(crate) fn import(
        &mut self,
        block: SealedBlock,
        signature: Option<BlockSignature>,
    ) -> Result<Imported, EngineError> {
        let start = Instant::now();
        let id = block.num_hash();
        if let Some(known) = self.known(id)? {
            return Ok(known);
        }
        let (side, imported) = match self.parent_of(&block)? {
            Parent::State(view) => {
                let executed = self.judge(id, execute_block(&self.evm, &view, block))?;
                let executed = Arc::new(ExecutedBlock { signature, ..executed });
                (SideBlock::Executed(executed), Imported::Executed)
            }
            Parent::Header(parent) => {
                let block = self.judge(id, validate_block(&self.evm, &parent, block))?;
                let block = Arc::new(block.into_sealed_block());
                (SideBlock::Unexecuted(block, signature), Imported::Deferred)
            }
        };
        self.side.insert(side);
        self.metrics.side_blocks.set(self.side.len() as f64);
        self.metrics.import_duration_seconds.record(start.elapsed());
        debug!(target: "engine::core", number = id.number, hash = %id.hash, ?imported, "imported");
        Ok(imported)
    }

    /// What is known of a block, without looking at it.
    fn known(&self, id: BlockNumHash) -> Result<Option<Imported>, EngineError> {
        if let Some(invalid) = self.invalid.get(id.hash) {
            return Err(blamed(id, invalid));
        }
        if let Some(side) = self.side.get(id.hash) {
            let is_executed = matches!(side, SideBlock::Executed(_));
            return Ok(Some(if is_executed { Imported::Known } else { Imported::Deferred }));
        }
        let is_canonical = self.storage.view()?.hash_of(id.number)? == Some(id.hash);
        Ok(is_canonical.then_some(Imported::Known))
    }

    /// Finds the parent of a block that is not known.
    fn parent_of(&mut self, block: &SealedBlock) -> Result<Parent, EngineError> {
        let (id, parent) = (block.num_hash(), block.parent_hash);
        if let Some(invalid) = self.invalid.get(parent).map(Arc::clone) {
            self.invalid.insert(id.hash, Arc::clone(&invalid));
            return Err(EngineError::InvalidAncestor { block: id, ancestor: invalid });
        }
        let view = self.storage.view()?;
        let branch = self.side.branch(parent);
        let root = view.number_of(branch.root)?;
        let root = root.ok_or(EngineError::UnknownParent { block: id, parent })?;
        let finalized = view.forkchoice()?.finalized.number;
        if root < finalized {
            return Err(ForkchoiceError::HeadLeavesFinalized { head: id, finalized }.into());
        }
        if let Some(mut state) = self.storage.view_up_to(root)? {
            let executed = branch.blocks.iter().map(|block| match block {
                SideBlock::Executed(executed) => Some(Arc::clone(executed)),
                SideBlock::Unexecuted(..) => None,
            });
            if let Some(executed) = executed.collect::<Option<Vec<_>>>() {
                for block in executed {
                    state.push(block)?;
                }
                return Ok(Parent::State(Box::new(state)));
            }
        }
        let header = match branch.blocks.last() {
            Some(SideBlock::Executed(executed)) => executed.block.clone_sealed_header(),
            Some(SideBlock::Unexecuted(block, _)) => block.clone_sealed_header(),
            None => {
                let missing = StorageError::Missing { table: "Headers", number: root };
                SealedHeader::new(view.header(root)?.ok_or(missing)?, parent)
            }
        };
        Ok(Parent::Header(Box::new(header)))
    }

    /// Remembers the verdict on a block.
    fn judge<T>(
        &mut self,
        id: BlockNumHash,
        result: Result<T, ImportError>,
    ) -> Result<T, EngineError> {
        result.map_err(|err| {
            if let ImportError::Invalid(invalid) = &err {
                self.metrics.invalid_blocks_total.increment(1);
                self.invalid.insert(id.hash, Arc::clone(invalid));
            }
            err.into()
        })
    }

    /// Moves head, safe and finalized block.
    pub(crate) fn update_forkchoice(
        &mut self,
        update: ForkchoiceUpdate,
    ) -> Result<ForkchoiceState, EngineError> {
        let view = self.storage.view()?;
        let now = view.forkchoice()?;
        let head_hash = update.head.unwrap_or(now.head.hash);
        let branch: Vec<SideBlock> = self.path_to(&view, head_hash)?;
        let (fork, head) = self.ends_of(&view, head_hash, &branch)?;
        if fork.number < now.finalized.number {
            let finalized = now.finalized.number;
            return Err(ForkchoiceError::HeadLeavesFinalized { head, finalized }.into());
        }
        let new = update.apply(now, head, fork)?;
        for point in [new.safe, new.finalized] {
            let in_branch = branch.iter().any(|block| block.id() == point);
            let is_below =
                point.number <= fork.number && view.hash_of(point.number)? == Some(point.hash);
            if !in_branch && !is_below {
                return Err(ForkchoiceError::NotInChain { block: point }.into());
            }
        }
        drop(view);
        if head != now.head {
            self.adopt(fork, branch)?;
        }
        self.move_points(now, new)?;
        Ok(new)
    }

    /// The side blocks that lead from the chain to the block with this hash; none if it is of the
    /// chain.
    fn path_to(&self, view: &ChainView, hash: B256) -> Result<Vec<SideBlock>, EngineError> {
        if view.number_of(hash)?.is_some() {
            return Ok(Vec::new());
        }
        let branch = self.side.branch(hash);
        if branch.blocks.is_empty() || view.number_of(branch.root)?.is_none() {
            return Err(EngineError::UnknownBlock { hash });
        }
        Ok(branch.blocks.into_iter().cloned().collect())
    }

    /// Last block of the chain that stays, and the head then.
    fn ends_of(
        &self,
        view: &ChainView,
        head: B256,
        branch: &[SideBlock],
    ) -> Result<(BlockNumHash, BlockNumHash), EngineError> {
        let root = match branch.first() {
            Some(SideBlock::Executed(executed)) => executed.block.parent_hash,
            Some(SideBlock::Unexecuted(block, _)) => block.parent_hash,
            None => head,
        };
        let number = view.number_of(root)?.ok_or(EngineError::UnknownBlock { hash: root })?;
        let fork = BlockNumHash::new(number, root);
        Ok((fork, branch.last().map_or(fork, SideBlock::id)))
    }

    fn move_points(
        &mut self,
        before: ForkchoiceState,
        new: ForkchoiceState,
    ) -> Result<(), EngineError> {
        let stored = self.storage.view()?.forkchoice()?;
        if (stored.safe, stored.finalized) != (new.safe, new.finalized) {
            let (safe, finalized) = (Some(new.safe), Some(new.finalized));
            self.storage.apply_rollup(vec![RollupChange::Forkchoice { safe, finalized }])?;
        }
        self.note_points(before, new);
        self.publisher.forkchoice(new);
        self.metrics.follow(new);
        Ok(())
    }

    /// Binds the node to a block that it built on the head.
    pub(crate) fn propose(&self, block: ExecutedBlock) -> Result<Proposal, EngineError> {
        self.check_parent(&block)?;
        // On this thread, so that an L1 reorg that is carried out meanwhile cannot miss the block.
        check_messages(&self.storage.view()?, &block)?;
        self.storage.propose(block.block.sealed_block())?;
        Ok(Proposal { block, releases: self.releases })
    }

    /// The block that this node is bound to and that is not in the chain yet.
    pub(crate) fn pending_proposal(&self) -> Result<Option<Proposal>, EngineError> {
        let Some(block) = self.storage.proposal()? else { return Ok(None) };
        let view = self.storage.view()?;
        if view.head()?.hash != block.parent_hash {
            return Ok(None);
        }
        // The durable intent may be of another block if the file of this one is from a backup.
        self.storage.propose(&block)?;
        let block = execute_block(&self.evm, &view, block)?;
        Ok(Some(Proposal { block, releases: self.releases }))
    }

    /// Makes a signed block the head.
    pub(crate) fn append_signed(
        &self,
        proposal: Proposal,
        signature: BlockSignature,
    ) -> Result<Arc<ExecutedBlock>, EngineError> {
        let start = Instant::now();
        if proposal.releases != self.releases {
            return Err(EngineError::Withdrawn { block: proposal.id() });
        }
        self.check_parent(&proposal.block)?;
        let block = ExecutedBlock { signature: Some(signature), ..proposal.block };
        let block = Arc::new(block);
        self.storage.append(Arc::clone(&block))?;
        self.metrics.append_duration_seconds.record(start.elapsed());
        self.publish(Vec::new(), vec![Arc::clone(&block)])?;
        Ok(block)
    }

    fn check_parent(&self, block: &ExecutedBlock) -> Result<(), EngineError> {
        let (head, expected) = (self.storage.head(), block.parent());
        if head == expected { Ok(()) } else { Err(EngineError::HeadMoved { expected, head }) }
    }

    /// Tells everybody what became of the chain.
    pub(crate) fn publish(
        &self,
        removed: Vec<Arc<rollup_storage::RemovedBlock>>,
        added: Vec<Arc<ExecutedBlock>>,
    ) -> Result<(), EngineError> {
        let forkchoice = self.storage.view()?.forkchoice()?;
        if !removed.is_empty() {
            self.metrics.reorgs_total.increment(1);
            self.metrics.reorg_depth_blocks.record(removed.len() as f64);
        }
        if let Some(last) = added.last() {
            self.metrics.head_timestamp_seconds.set(last.block.timestamp as f64);
        }
        self.metrics.follow(forkchoice);
        let change = CanonicalChange { removed, added, head: forkchoice.head };
        self.publisher.change(&Arc::new(change), forkchoice);
        Ok(())
    }
}

/// The error for a block that is known to be invalid.
pub(crate) fn blamed(id: BlockNumHash, invalid: &Arc<InvalidBlock>) -> EngineError {
    if invalid.block == id {
        ImportError::Invalid(Arc::clone(invalid)).into()
    } else {
        EngineError::InvalidAncestor { block: id, ancestor: Arc::clone(invalid) }
    }
}
