use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{B256, Bytes, U256};
use alloy_trie::{EMPTY_ROOT_HASH, TrieAccount};

use crate::{
    Multiproof, StateSource, StateTrie, StoredTrie, TrieError, state_trie::decode_account,
};

/// Proof of an account and of some of its slots, as `eth_getProof` returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountProof {
    /// The account, or `None` if it does not exist.
    pub account: Option<TrieAccount>,
    /// RLP of the nodes from the state root down; they prove that it does not exist if so.
    pub nodes: Vec<Bytes>,
    /// The slots, in the order asked for.
    pub slots: Vec<SlotProof>,
}

/// Proof of a storage slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotProof {
    /// Keccak hash of the slot.
    pub hashed_slot: B256,
    /// Its value; zero if it has no leaf.
    pub value: U256,
    /// RLP of the nodes from the storage root down; none if the account has no storage.
    pub nodes: Vec<Bytes>,
}

/// All nodes that prove some accounts and slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateMultiproof {
    /// Nodes of the account trie.
    pub accounts: Multiproof,
    /// Nodes of the storage tries, by hashed address, of each account that was asked for.
    pub storages: BTreeMap<B256, Multiproof>,
}

impl StateTrie {
    /// Proves an account and some of its slots, existing or not.
    ///
    /// # Errors
    ///
    /// As for [`StateTrie::update`], or [`TrieError::InvalidStoredSlot`]; the trie is unchanged.
    pub fn account_proof<S: StateSource>(
        &mut self,
        hashed_address: B256,
        hashed_slots: &[B256],
        source: &S,
    ) -> Result<AccountProof, TrieError> {
        let mut proof = Multiproof::default();
        let account = self.prove_account(hashed_address, source, &mut proof)?;
        let mut storage = Storage::open(hashed_address, account.as_ref(), source)?;
        let slots = hashed_slots.iter().map(|slot| {
            let mut proof = Multiproof::default();
            let value = storage.prove(*slot, &mut proof)?;
            let nodes = proof.nodes.into_values().collect();
            Ok(SlotProof { hashed_slot: *slot, value, nodes })
        });
        let slots = slots.collect::<Result<_, TrieError>>()?;
        Ok(AccountProof { account, nodes: proof.nodes.into_values().collect(), slots })
    }

    /// Proves many accounts, each with some of its slots; each node is listed once.
    ///
    /// # Errors
    ///
    /// As for [`Self::account_proof`].
    pub fn multiproof<S: StateSource>(
        &mut self,
        targets: &BTreeMap<B256, BTreeSet<B256>>,
        source: &S,
    ) -> Result<StateMultiproof, TrieError> {
        let mut proof = StateMultiproof::default();
        for (&hashed_address, slots) in targets {
            let account = self.prove_account(hashed_address, source, &mut proof.accounts)?;
            let mut storage = Storage::open(hashed_address, account.as_ref(), source)?;
            let nodes = proof.storages.entry(hashed_address).or_default();
            for slot in slots {
                storage.prove(*slot, nodes)?;
            }
        }
        Ok(proof)
    }

    fn prove_account<S: StateSource>(
        &mut self,
        hashed_address: B256,
        source: &S,
        proof: &mut Multiproof,
    ) -> Result<Option<TrieAccount>, TrieError> {
        let mut cursor = source.account_cursor().map_err(TrieError::source_failed)?;
        let leaf = self.accounts.prove(hashed_address, &mut cursor, proof)?;
        leaf.map(|value| decode_account(hashed_address, value)).transpose()
    }
}

/// The storage trie of an account.
struct Storage<C> {
    trie: StoredTrie,
    cursor: C,
}

impl<'a, C: crate::TrieCursor> Storage<C> {
    fn open<S: StateSource<Storage<'a> = C>>(
        hashed_address: B256,
        account: Option<&TrieAccount>,
        source: &'a S,
    ) -> Result<Self, TrieError> {
        let root = account.map_or(EMPTY_ROOT_HASH, |account| account.storage_root);
        let cursor = source.storage_cursor(hashed_address).map_err(TrieError::source_failed)?;
        Ok(Self { trie: StoredTrie::from_root(root), cursor })
    }

    fn prove(&mut self, hashed_slot: B256, proof: &mut Multiproof) -> Result<U256, TrieError> {
        match self.trie.prove(hashed_slot, &mut self.cursor, proof)? {
            None => Ok(U256::ZERO),
            Some(value) => decode_slot(hashed_slot, value),
        }
    }
}

pub(crate) fn decode_slot(hashed_slot: B256, value: &[u8]) -> Result<U256, TrieError> {
    alloy_rlp::decode_exact(value)
        .map_err(|reason| TrieError::InvalidStoredSlot { hashed_slot, reason })
}
