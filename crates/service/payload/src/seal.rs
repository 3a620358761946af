//! From the last transaction to the sealed block.

use crate::error::PayloadError;
use revm::database::{State, states::bundle_state::BundleRetention};
use rollup_evm::{BlockBuilder, BuiltBlock, RootlessBlock};
use rollup_primitives::RecoveredBlock;
use rollup_storage::{ChainView, ExecutedBlock, StateChanges, StateDiff};
use std::{panic, thread};

/// Transactions from which on the state root is computed beside the other two.
const PARALLEL_FROM: usize = 32;

/// Computes roots, bloom and hash. Nothing is executed again.
pub(crate) fn seal<DB: alloy_evm::Database>(
    view: &ChainView,
    builder: BlockBuilder<'_, State<DB>>,
    transactions: usize,
) -> Result<ExecutedBlock, PayloadError> {
    let (block, mut state) = builder.finish_execution().map_err(PayloadError::Execution)?;
    state.merge_transitions(BundleRetention::PlainState);
    let diff = StateDiff::from(&state.take_bundle());
    let (built, changes) = if transactions < PARALLEL_FROM {
        (block.with_roots(()), view.changes(diff)?)
    } else {
        compute_roots(view, block, diff)?
    };
    let BuiltBlock { mut block, senders, receipts, db: () } = built;
    block.header.state_root = changes.state_root();
    let hash = block.header.hash_slow();
    let block = RecoveredBlock::new(block, senders, hash);
    Ok(ExecutedBlock { block, receipts, changes, signature: None })
}

/// Computes the state root here, the others on a thread of their own: a pool that all share might
/// make the block wait.
fn compute_roots(
    view: &ChainView,
    block: RootlessBlock,
    diff: StateDiff,
) -> Result<(BuiltBlock<()>, StateChanges), PayloadError> {
    thread::scope(|scope| {
        let roots = thread::Builder::new()
            .name("payload-roots".into())
            .spawn_scoped(scope, || block.with_roots(()))
            .map_err(PayloadError::Thread)?;
        let changes = view.changes(diff);
        let built = roots.join().unwrap_or_else(|payload| panic::resume_unwind(payload));
        Ok((built, changes?))
    })
}
