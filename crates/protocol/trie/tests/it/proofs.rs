use std::collections::BTreeMap;

use alloy_primitives::{B256, U256};
use alloy_trie::proof::verify_proof;
use nybbles::Nibbles;
use proptest::prelude::*;
use rollup_trie::{
    EMPTY_ROOT_HASH, StateTrie, StoredTrie, TrieAccount, TrieError, account_leaf, slot_leaf,
};

use crate::{
    database::TrieTables,
    stored_state::{Model, models, tables_of},
    support::{all_nodes, keys, leaves},
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn proofs_verify(leaves in leaves(), absent in prop::collection::vec(keys(), 0..20)) {
        let (tables, root) = TrieTables::build(&leaves);
        let keys: Vec<_> = leaves.keys().copied().chain(absent).collect();
        let multiproof = StoredTrie::from_root(root).multiproof(keys.iter().copied(), &mut tables.cursor()).unwrap();
        for key in keys {
            let single = StoredTrie::from_root(root).multiproof([key], &mut tables.cursor()).unwrap();
            let proof = single.of(key);
            prop_assert_eq!(proof.len(), single.nodes.len());
            prop_assert_eq!(&multiproof.of(key), &proof);
            let verified = verify_proof(root, Nibbles::unpack(key), leaves.get(&key).cloned(), &proof);
            prop_assert!(verified.is_ok(), "{:?}", verified);
        }
    }

    /// With all keys the multiproof is the whole trie, as the reference lists it.
    #[test]
    fn multiproof_of_all_keys_is_all_nodes(leaves in leaves()) {
        let (tables, root) = TrieTables::build(&leaves);
        let proof = StoredTrie::from_root(root).multiproof(leaves.keys().copied(), &mut tables.cursor()).unwrap();
        let mut nodes: Vec<_> = proof.nodes.into_values().collect();
        let mut expected = all_nodes(&leaves);
        // The reference also lists inlined nodes, and a node for the empty trie.
        expected.retain(|node| node.len() >= 32);
        nodes.sort();
        expected.sort();
        prop_assert_eq!(nodes, expected);
    }

    #[test]
    fn account_and_slot_proofs_verify(model in models(), absent in prop::collection::vec(keys(), 2)) {
        let (tables, root) = tables_of(&model);
        let mut trie = StateTrie::from_root(root);
        let targets: BTreeMap<_, _> = model.keys().copied().chain(absent.iter().copied()).map(|key| {
            let slots = model.get(&key).into_iter().flat_map(|(_, slots)| slots.keys().copied());
            (key, slots.chain(absent.iter().copied()).collect())
        }).collect();
        let multiproof = trie.multiproof(&targets, &tables).unwrap();
        for (key, slots) in targets {
            let slots: Vec<_> = slots.into_iter().collect();
            let proof = trie.account_proof(key, &slots, &tables).unwrap();
            let leaf = proof.account.as_ref().map(account_leaf);
            prop_assert_eq!(proof.account.is_some(), model.contains_key(&key));
            prop_assert!(verify_proof(root, Nibbles::unpack(key), leaf, &proof.nodes).is_ok());
            prop_assert_eq!(&multiproof.accounts.of(key), &proof.nodes);

            let storage_root = proof.account.map_or(EMPTY_ROOT_HASH, |account| account.storage_root);
            prop_assert_eq!(proof.slots.len(), slots.len());
            for (slot, asked) in proof.slots.into_iter().zip(slots) {
                prop_assert_eq!(slot.hashed_slot, asked);
                let expected = model.get(&key).and_then(|(_, slots)| slots.get(&asked));
                prop_assert_eq!(slot.value, expected.copied().unwrap_or_default());
                let verified = verify_proof(storage_root, Nibbles::unpack(asked), expected.map(|value| slot_leaf(*value)), &slot.nodes);
                prop_assert!(verified.is_ok(), "{:?}", verified);
                prop_assert_eq!(&multiproof.storages[&key].of(asked), &slot.nodes);
            }
        }
    }
}

#[test]
fn leaves_of_the_wrong_kind_are_named() {
    let key = B256::repeat_byte(3);
    let (mut tables, root) = tables_of(&Model::new());
    assert_eq!(root, EMPTY_ROOT_HASH);
    let (accounts, root) = TrieTables::build(&[(key, vec![0xc0])].into());
    tables.accounts = accounts;
    let error = StateTrie::from_root(root).account_proof(key, &[], &tables).unwrap_err();
    assert!(
        matches!(error, TrieError::InvalidStoredAccount { hashed_address, .. } if hashed_address == key)
    );

    let (slots, storage_root) = TrieTables::build(&[(key, vec![0xc0])].into());
    let account = TrieAccount { storage_root, balance: U256::ONE, ..Default::default() };
    let (accounts, root) = TrieTables::build(&[(key, account_leaf(&account))].into());
    tables.accounts = accounts;
    tables.storages.insert(key, slots);
    let error = StateTrie::from_root(root).account_proof(key, &[key], &tables).unwrap_err();
    assert!(
        matches!(error, TrieError::InvalidStoredSlot { hashed_slot, .. } if hashed_slot == key)
    );
}
