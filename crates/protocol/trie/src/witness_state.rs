use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{
    Address, B256, U256, keccak256,
    map::{AddressMap, hash_map::Entry},
};
use alloy_trie::{EMPTY_ROOT_HASH, TrieAccount};

use crate::{AccountChange, AccountInfo, PostState, SparseTrie, TrieError, WitnessNodes};

/// The state under one root, as far as the nodes of a witness show it.
///
/// Reads need `&mut` because they keep the nodes they meet. After an error in [`Self::apply`] the
/// state must be dropped.
#[derive(Clone, Debug)]
pub struct WitnessState {
    nodes: Arc<WitnessNodes>,
    accounts: SparseTrie,
    /// Storage tries opened so far, each at the root that the account's leaf names.
    storages: AddressMap<SparseTrie>,
}

impl WitnessState {
    /// The state with root `root`, which `nodes` must hold as far as it will be read or changed.
    pub fn new(root: B256, nodes: Arc<WitnessNodes>) -> Self {
        Self { nodes, accounts: SparseTrie::from_root(root), storages: AddressMap::default() }
    }

    /// The account at `address`, or `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// [`TrieError::MissingNode`] if the witness does not show whether the account exists,
    /// [`TrieError::InvalidNode`] or [`TrieError::InvalidAccount`] if it is malformed.
    pub fn account(&mut self, address: Address) -> Result<Option<TrieAccount>, TrieError> {
        read_account(&mut self.accounts, &self.nodes, address)
    }

    /// The value of storage slot `slot` (not hashed) of `address`; zero if the slot or the account
    /// does not exist.
    ///
    /// # Errors
    ///
    /// [`TrieError::MissingNode`] if the witness does not show the account or the slot,
    /// [`TrieError::InvalidNode`], [`TrieError::InvalidAccount`] or [`TrieError::InvalidSlot`] if it
    /// is malformed.
    pub fn storage(&mut self, address: Address, slot: U256) -> Result<U256, TrieError> {
        let trie = match self.storages.entry(address) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => match read_account(&mut self.accounts, &self.nodes, address)? {
                None => return Ok(U256::ZERO),
                Some(account) => entry.insert(SparseTrie::from_root(account.storage_root)),
            },
        };
        match trie.get(slot_key(slot), self.nodes.as_ref())? {
            None => Ok(U256::ZERO),
            Some(value) => alloy_rlp::decode_exact(value)
                .map_err(|reason| TrieError::InvalidSlot { address, slot, reason }),
        }
    }

    /// Writes `changes`. Slots and accounts that keep their value, and removals of what does not
    /// exist, need the nodes of a read and no others.
    ///
    /// # Errors
    ///
    /// [`TrieError::MissingNode`] if the witness lacks a node on the path of a change, or the last
    /// sibling of something removed; otherwise as for [`Self::account`].
    pub fn apply(&mut self, changes: &PostState) -> Result<(), TrieError> {
        let mut leaves = BTreeMap::new();
        for (&address, change) in &changes.accounts {
            let key = keccak256(address);
            let Some(info) = &change.info else {
                self.storages.remove(&address);
                leaves.insert(key, None);
                continue;
            };
            let before = self.account(address)?;
            let storage_root =
                before.as_ref().map_or(EMPTY_ROOT_HASH, |account| account.storage_root);
            let storage_root = self.apply_storage(address, storage_root, change)?;
            let AccountInfo { nonce, balance, code_hash } = *info;
            let after = TrieAccount::new(nonce, balance, storage_root, code_hash);
            if before.as_ref() != Some(&after) {
                leaves.insert(key, Some(alloy_rlp::encode(after)));
            }
        }
        self.accounts.apply(leaves, self.nodes.as_ref())
    }

    /// The state root, with all changes applied so far.
    pub fn root(&mut self) -> B256 {
        self.accounts.root()
    }

    /// Returns the new storage root of an account that exists after the change.
    fn apply_storage(
        &mut self,
        address: Address,
        root: B256,
        change: &AccountChange,
    ) -> Result<B256, TrieError> {
        if change.storage_wiped {
            self.storages.insert(address, SparseTrie::empty());
        } else if change.storage.is_empty() {
            return Ok(root);
        }
        let trie = self.storages.entry(address).or_insert_with(|| SparseTrie::from_root(root));
        let leaves = change.storage.iter().map(|(slot, value)| {
            (slot_key(*slot), (!value.is_zero()).then(|| alloy_rlp::encode(value)))
        });
        trie.apply(leaves.collect(), self.nodes.as_ref())?;
        Ok(trie.root())
    }
}

fn slot_key(slot: U256) -> B256 {
    keccak256(slot.to_be_bytes::<32>())
}

fn read_account(
    accounts: &mut SparseTrie,
    nodes: &WitnessNodes,
    address: Address,
) -> Result<Option<TrieAccount>, TrieError> {
    accounts
        .get(keccak256(address), nodes)?
        .map(alloy_rlp::decode_exact)
        .transpose()
        .map_err(|reason| TrieError::InvalidAccount { address, reason })
}
