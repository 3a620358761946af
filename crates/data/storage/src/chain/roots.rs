//! From what a block changes to the records of the tries and the root.

use super::{ChainView, StateReader, trie};
use crate::{
    block::ExecutedBlock,
    changes::{StateChanges, hashed_accounts, hashed_slots, post_state},
    diff::{AccountDiff, SlotDiff, StateDiff},
    error::StorageError,
    overlay::LayeredState,
};
use alloy_primitives::{Address, B256, U256};
use parking_lot::Mutex;
use rollup_db::{Storage, StorageKey};
use rollup_trie::StateTrie;
use std::{collections::BTreeSet, mem, ops::RangeInclusive, sync::Arc};

/// Levels of the account trie that stay in memory between two blocks: 16⁴ branches at most. More
/// measured slower (see the README of the crate `trie`).
const WARM_LEVELS: usize = 4;
/// Changed accounts after which the rest of the trie is forgotten. Looking for it takes as long as
/// the root of a small block.
const CHANGES_BETWEEN_PRUNING: usize = 4_096;

/// The top of the last account trie that was worked on. A trie is told by its root, so it does not
/// matter on which of several branches of the chain that was.
#[derive(Debug, Default)]
pub(super) struct WarmTrie(Mutex<Warm>);

#[derive(Debug, Default)]
struct Warm {
    trie: Option<StateTrie>,
    changes_since_pruning: usize,
}

impl WarmTrie {
    fn take(&self, root: B256) -> StateTrie {
        let warm = self.0.lock().trie.take().filter(|trie| trie.root() == root);
        warm.unwrap_or_else(|| StateTrie::from_root(root))
    }

    /// Keeps a trie in which so many accounts were changed.
    fn put(&self, mut trie: StateTrie, changes: usize) {
        let mut warm = self.0.lock();
        warm.changes_since_pruning += changes;
        if warm.changes_since_pruning >= CHANGES_BETWEEN_PRUNING {
            trie.prune(WARM_LEVELS);
            warm.changes_since_pruning = 0;
        }
        warm.trie = Some(trie);
    }
}

impl ChainView {
    /// Root of the Merkle-Patricia trie over the state after the head, also before Euclid.
    ///
    /// # Errors
    /// Those of the database.
    pub fn state_root(&self) -> Result<B256, StorageError> {
        let last = self.layers.blocks().last();
        last.map_or_else(|| trie::state_root(&self.tx), |block| Ok(block.changes.state_root()))
    }

    /// What a block on top of the head, which makes the changes `diff`, changes in everything that
    /// is stored of the state. Computes the state root.
    ///
    /// # Errors
    /// [`StorageError::Trie`] if the stored tries are damaged, and those of the database.
    pub fn changes(&self, diff: StateDiff) -> Result<StateChanges, StorageError> {
        let mut trie = self.warm_trie.take(self.state_root()?);
        let changes = changes(&self.latest_state(), &mut trie, diff)?;
        self.warm_trie.put(trie, changes.diff().accounts.len());
        Ok(changes)
    }
}

/// What `diff` changes in `state`, which is the latest one of the database or of blocks on top of
/// it. `trie` is of that state, and then of the one behind the change.
pub(super) fn changes(
    state: &StateReader<'_>,
    trie: &mut StateTrie,
    mut diff: StateDiff,
) -> Result<StateChanges, StorageError> {
    for (address, account) in &mut diff.accounts {
        if account.is_wiped || account.after.is_none() {
            list_lost_slots(state, *address, account)?;
        }
    }
    let hashed_slots = hashed_slots(&diff);
    let source = LayeredState::new(state.tx, layers(state.blocks));
    let updates = trie.update(&post_state(hashed_accounts(&diff), &hashed_slots), &source)?;
    Ok(StateChanges::new(diff, hashed_slots, updates))
}

/// The changes of a run of blocks.
pub(super) fn layers(blocks: &[Arc<ExecutedBlock>]) -> impl Iterator<Item = &StateChanges> {
    blocks.iter().map(|executed| &executed.changes)
}

/// Lists every slot that an account loses by ceasing to exist, if only for a moment.
fn list_lost_slots(
    state: &StateReader<'_>,
    address: Address,
    account: &mut AccountDiff,
) -> Result<(), StorageError> {
    let mut slots: BTreeSet<U256> = account.storage.keys().copied().collect();
    for entry in state.tx.walk::<Storage>(slots_of(address))? {
        slots.insert(entry?.0.slot.into());
    }
    for changes in layers(state.blocks) {
        let earlier = changes.diff().accounts.get(&address);
        slots.extend(earlier.iter().flat_map(|account| account.storage.keys()));
    }
    let written = mem::take(&mut account.storage);
    for slot in slots {
        let before = state.storage(address, slot)?;
        let after = written.get(&slot).filter(|_| account.after.is_some());
        let after = after.map_or(U256::ZERO, |diff| diff.after);
        if before != after {
            account.storage.insert(slot, SlotDiff { before, after });
        }
    }
    account.is_wiped = false;
    Ok(())
}

const fn slots_of(address: Address) -> RangeInclusive<StorageKey> {
    StorageKey { address, slot: B256::ZERO }..=StorageKey { address, slot: B256::repeat_byte(0xff) }
}
