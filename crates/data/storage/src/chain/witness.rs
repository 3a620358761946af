//! The trie nodes that a block needs, as `debug_executionWitness` gives them.

use super::{ChainView, roots, trie};
use crate::{error::StorageError, overlay::LayeredState};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use nybbles::Nibbles;
use parking_lot::Mutex;
use rollup_trie::{
    AccountChange, EMPTY_ROOT_HASH, NodeSource, PostState, SparseTrie, StateSource, StoredTrie,
    TrieAccount, TrieCursor, TrieError, account_leaf, slot_leaf,
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

impl ChainView {
    /// The nodes of all tries that show `reads`, accounts with their slots, in the state after block
    /// `number`, and those that are needed to compute the root after `changes` to it. `None` if the
    /// chain does not reach the block. Of the accounts in `changes` all slots must be among `reads`
    /// or the changes.
    ///
    /// The tries of an older state are made as for [`Self::proof_after`].
    ///
    /// # Errors
    /// As for [`Self::proof_after`].
    pub fn witness_after(
        &self,
        number: u64,
        reads: &BTreeMap<Address, BTreeSet<U256>>,
        changes: &PostState,
    ) -> Result<Option<Vec<Bytes>>, StorageError> {
        let Some(state) = self.state_after(number)? else { return Ok(None) };
        let stored = trie::state_root(&self.tx)?;
        let Some(first_undone) = state.before else {
            let layers: Vec<_> = roots::layers(state.blocks).collect();
            let root = layers.last().map_or(stored, |last| last.state_root());
            return Ok(Some(nodes(&LayeredState::new(&self.tx, layers), root, reads, changes)?));
        };
        let undone = self.undone_from(first_undone, stored)?;
        let state = LayeredState::new(&self.tx, [&undone]);
        Ok(Some(nodes(&state, undone.state_root(), reads, changes)?))
    }
}

fn nodes(
    state: &LayeredState<'_>,
    root: B256,
    reads: &BTreeMap<Address, BTreeSet<U256>>,
    changes: &PostState,
) -> Result<Vec<Bytes>, StorageError> {
    let accounts = Recorder::new(root, state.account_cursor()?);
    let mut account_trie = SparseTrie::from_root(root);
    let mut leaves = BTreeMap::new();
    let mut found = BTreeMap::new();
    let no_reads = BTreeSet::new();
    let addresses: BTreeSet<_> = reads.keys().chain(changes.accounts.keys()).collect();
    for address in addresses {
        let hashed = keccak256(address);
        let account = account_trie
            .get(hashed, &accounts)?
            .map(alloy_rlp::decode_exact::<TrieAccount>)
            .transpose()
            .map_err(|reason| TrieError::InvalidAccount { address: *address, reason })?;
        let change = changes.accounts.get(address);
        let root = account.map_or(EMPTY_ROOT_HASH, |account| account.storage_root);
        let cursor = state.storage_cursor(hashed)?;
        let slots = reads.get(address).unwrap_or(&no_reads);
        found.extend(storage_nodes(Recorder::new(root, cursor), root, slots, change)?);
        if let Some(change) = change {
            leaves.insert(hashed, changed_leaf(change));
        }
    }
    account_trie.apply(leaves, &accounts)?;
    found.extend(accounts.into_nodes());
    Ok(found.into_values().collect())
}

/// The new leaf of an account. Which nodes are needed does not depend on what is in it.
fn changed_leaf(change: &AccountChange) -> Option<Vec<u8>> {
    let info = change.info?;
    let account = TrieAccount::new(info.nonce, info.balance, EMPTY_ROOT_HASH, info.code_hash);
    Some(account_leaf(&account))
}

fn storage_nodes<C: TrieCursor>(
    recorder: Recorder<C>,
    root: B256,
    reads: &BTreeSet<U256>,
    change: Option<&AccountChange>,
) -> Result<BTreeMap<B256, Bytes>, TrieError> {
    let mut trie = SparseTrie::from_root(root);
    for slot in reads {
        trie.get(hashed_slot(*slot), &recorder)?;
    }
    if let Some(change) = change.filter(|change| change.info.is_some() && !change.storage_wiped) {
        let leaf = |value: &U256| (!value.is_zero()).then(|| slot_leaf(*value));
        let leaves = change.storage.iter().map(|(slot, value)| (hashed_slot(*slot), leaf(value)));
        trie.apply(leaves.collect(), &recorder)?;
    }
    Ok(recorder.into_nodes())
}

fn hashed_slot(slot: U256) -> B256 {
    keccak256(slot.to_be_bytes::<32>())
}

/// The nodes of a stored trie, and which of them were asked for.
struct Recorder<C>(Mutex<Recording<C>>);

struct Recording<C> {
    trie: StoredTrie,
    cursor: C,
    nodes: BTreeMap<B256, Bytes>,
}

impl<C: TrieCursor> Recorder<C> {
    fn new(root: B256, cursor: C) -> Self {
        let trie = StoredTrie::from_root(root);
        Self(Mutex::new(Recording { trie, cursor, nodes: BTreeMap::new() }))
    }

    fn into_nodes(self) -> BTreeMap<B256, Bytes> {
        self.0.into_inner().nodes
    }
}

impl<C: TrieCursor> NodeSource for Recorder<C> {
    fn node(&self, path: &Nibbles, hash: &B256) -> Result<Option<Cow<'_, [u8]>>, TrieError> {
        let mut recording = self.0.lock();
        let Recording { trie, cursor, nodes } = &mut *recording;
        if !nodes.contains_key(hash) {
            // Any key below the node: its proof goes through the node.
            let mut key = B256::ZERO;
            for (at, nibble) in path.to_vec().into_iter().enumerate().take(64) {
                key[at / 2] |= if at % 2 == 0 { nibble << 4 } else { nibble };
            }
            let proof = trie.multiproof([key], cursor)?;
            // What is below it may not be needed.
            let above = proof.nodes.into_iter().filter(|(at, _)| path.starts_with(at));
            nodes.extend(above.map(|(_, node)| (keccak256(&node), node)));
        }
        Ok(nodes.get(hash).map(|node| Cow::Owned(node.to_vec())))
    }
}
