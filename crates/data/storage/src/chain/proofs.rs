//! Proofs of accounts and slots, as `eth_getProof` gives them.

use super::{ChainView, roots, trie};
use crate::{
    changes::StateChanges,
    diff::{AccountDiff, SlotDiff, StateDiff},
    error::StorageError,
    overlay::LayeredState,
};
use alloy_primitives::{Address, B256, U256, keccak256};
use rollup_db::{AccountChangesets, BlockAddress, StorageChangesets};
use rollup_trie::{AccountProof, StateTrie};
use std::collections::btree_map::Entry;

impl ChainView {
    /// Proves an account and some of its slots, existing or not, in the state after block `number`.
    /// `None` if the chain does not reach it.
    ///
    /// Only the tries of the last stored block are stored. Those of an older one are made from them
    /// in memory, which takes as long and as much memory as all changes since then: the caller says
    /// how far back that may be.
    ///
    /// # Errors
    /// [`StorageError::Pruned`] if the state is no longer there, [`StorageError::Trie`] if the tries
    /// are damaged, and those of the database.
    pub fn proof_after(
        &self,
        number: u64,
        address: Address,
        slots: &[U256],
    ) -> Result<Option<AccountProof>, StorageError> {
        let Some(state) = self.state_after(number)? else { return Ok(None) };
        let stored = trie::state_root(&self.tx)?;
        let Some(first_undone) = state.before else {
            let changes: Vec<_> = roots::layers(state.blocks).collect();
            let root = changes.last().map_or(stored, |last| last.state_root());
            return prove(LayeredState::new(&self.tx, changes), root, address, slots).map(Some);
        };
        let undone = self.undone_from(first_undone, stored)?;
        prove(LayeredState::new(&self.tx, [&undone]), undone.state_root(), address, slots).map(Some)
    }

    /// What undoing the stored blocks from `number` on changes in the stored state, whose root is
    /// `root`.
    pub(super) fn undone_from(
        &self,
        number: u64,
        root: B256,
    ) -> Result<StateChanges, StorageError> {
        let state = self.stored_state();
        let mut diff = StateDiff::default();
        for entry in self.tx.walk::<AccountChangesets>(number..)? {
            let (_, before) = entry?;
            let address = before.address;
            // The oldest entry is that of the state asked for.
            if let Entry::Vacant(entry) = diff.accounts.entry(address) {
                let (now, then) = (state.account(address)?, before.account);
                entry.insert(AccountDiff { before: now, after: then, ..Default::default() });
            }
        }
        let first = BlockAddress { number, address: Address::ZERO };
        for entry in self.tx.walk::<StorageChangesets>(first..)? {
            let (BlockAddress { number, address }, before) = entry?;
            let slot = U256::from_be_bytes(before.slot.0);
            let missing = StorageError::Missing { table: "AccountChangesets", number };
            let account = diff.accounts.get_mut(&address).ok_or(missing)?;
            if let Entry::Vacant(entry) = account.storage.entry(slot) {
                let (now, then) = (state.storage(address, slot)?, before.value);
                entry.insert(SlotDiff { before: now, after: then });
            }
        }
        roots::changes(&state, &mut StateTrie::from_root(root), diff)
    }
}

fn prove(
    state: LayeredState<'_>,
    root: B256,
    address: Address,
    slots: &[U256],
) -> Result<AccountProof, StorageError> {
    let hashed_slots: Vec<_> =
        slots.iter().map(|slot| keccak256(slot.to_be_bytes::<32>())).collect();
    Ok(StateTrie::from_root(root).account_proof(keccak256(address), &hashed_slots, &state)?)
}
