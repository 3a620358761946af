use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_trie::{
    KECCAK_EMPTY, TrieAccount,
    root::{state_root, storage_root},
};
use proptest::prelude::*;
use rollup_trie::{
    AccountChange, AccountInfo, HashedPostState, HashedStorage, PostState, StateTrie, StateUpdates,
    TrieError, account_leaf, slot_leaf,
};

use crate::{
    database::{StateTables, TrieTables},
    support::keys,
};

type Slots = BTreeMap<B256, U256>;
/// Accounts and their slots, by hashed address and hashed slot.
pub(crate) type Model = BTreeMap<B256, (AccountInfo, Slots)>;

/// The tables of `model` built from its leaves, and the state root.
pub(crate) fn tables_of(model: &Model) -> (StateTables, B256) {
    let (mut leaves, mut storages) = (BTreeMap::new(), BTreeMap::new());
    for (key, (info, slots)) in model {
        let slots = slots.iter().map(|(slot, value)| (*slot, slot_leaf(*value))).collect();
        let (tables, root) = TrieTables::build(&slots);
        if !slots.is_empty() {
            storages.insert(*key, tables);
        }
        let account = TrieAccount::new(info.nonce, info.balance, root, info.code_hash);
        leaves.insert(*key, account_leaf(&account));
    }
    let (accounts, root) = TrieTables::build(&leaves);
    (StateTables::new(accounts, storages), root)
}

pub(crate) fn reference_root(model: &Model) -> B256 {
    state_root(model.iter().map(|(key, (info, slots))| {
        let root = storage_root(slots.iter().map(|(slot, value)| (*slot, *value)));
        (*key, TrieAccount::new(info.nonce, info.balance, root, info.code_hash))
    }))
}

pub(crate) fn apply_to_model(model: &mut Model, state: &HashedPostState) {
    for (key, info) in &state.accounts {
        match info {
            None => drop(model.remove(key)),
            Some(info) => model.entry(*key).or_insert_with(|| (*info, Slots::new())).0 = *info,
        }
    }
    for (key, storage) in &state.storages {
        let Some((_, slots)) = model.get_mut(key) else { continue };
        if storage.is_wiped {
            slots.clear();
        }
        slots.extend(&storage.slots);
        slots.retain(|_, value| !value.is_zero());
    }
}

/// What leads from `after` to `before`, for the accounts and slots that `state` names.
fn inverse(before: &Model, after: &Model, state: &HashedPostState) -> HashedPostState {
    let mut inverse = HashedPostState::default();
    for key in state.accounts.keys().chain(state.storages.keys()) {
        let old = before.get(key);
        inverse.accounts.insert(*key, old.map(|(info, _)| *info));
        if let Some((_, old)) = old {
            let new = after.get(key).into_iter().flat_map(|(_, slots)| slots.keys());
            let slot = |slot: &B256| (*slot, old.get(slot).copied().unwrap_or_default());
            let slots = new.chain(old.keys()).map(slot).collect();
            inverse.storages.insert(*key, HashedStorage { is_wiped: false, slots });
        }
    }
    inverse
}

fn infos() -> impl Strategy<Value = AccountInfo> {
    (0_u64..3, 0_u64..3, any::<bool>()).prop_map(|(nonce, balance, has_code)| AccountInfo {
        nonce,
        balance: U256::from(balance),
        code_hash: if has_code { B256::repeat_byte(0xcc) } else { KECCAK_EMPTY },
    })
}

fn slots() -> impl Strategy<Value = Slots> {
    let value = prop_oneof![
        2 => Just(U256::ZERO),
        2 => (0_u64..300).prop_map(U256::from),
        1 => any::<[u64; 4]>().prop_map(U256::from_limbs),
    ];
    prop::collection::btree_map(keys(), value, 0..10)
}

pub(crate) fn models() -> impl Strategy<Value = Model> {
    prop::collection::btree_map(keys(), (infos(), slots()), 0..24).prop_map(|mut model| {
        for (_, slots) in model.values_mut() {
            slots.retain(|_, value| !value.is_zero());
        }
        model
    })
}

/// Storage only of accounts that exist afterwards: filtered against the model when it is used.
pub(crate) fn batches() -> impl Strategy<Value = Vec<HashedPostState>> {
    let storage = (prop::bool::weighted(0.2), slots())
        .prop_map(|(is_wiped, slots)| HashedStorage { is_wiped, slots });
    let accounts = prop::collection::btree_map(keys(), prop::option::weighted(0.7, infos()), 0..12);
    let storages = prop::collection::btree_map(keys(), storage, 0..12);
    let batch = (accounts, storages)
        .prop_map(|(accounts, storages)| HashedPostState { accounts, storages });
    prop::collection::vec(batch, 1..5)
}

pub(crate) fn consistent(mut state: HashedPostState, model: &Model) -> HashedPostState {
    let HashedPostState { accounts, storages } = &mut state;
    storages.retain(|key, _| {
        accounts.get(key).map_or_else(|| model.contains_key(key), Option::is_some)
    });
    state
}

fn step(tables: &mut StateTables, trie: &mut StateTrie, state: &HashedPostState) -> StateUpdates {
    let updates = trie.update(state, &*tables).unwrap();
    let slots = state.storages.iter().map(|(key, storage)| (*key, storage.slots.clone())).collect();
    tables.write(&updates, &slots);
    updates
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn tables_and_root_follow_states_and_their_inverses(
        initial in models(),
        batches in batches(),
        depth in prop::option::of(0_usize..3),
    ) {
        let (mut tables, root) = tables_of(&initial);
        prop_assert_eq!(root, reference_root(&initial));
        let (mut model, mut trie) = (initial, StateTrie::from_root(root));
        let mut undo = Vec::new();
        for batch in batches {
            let state = consistent(batch, &model);
            let before = model.clone();
            apply_to_model(&mut model, &state);
            undo.push((inverse(&before, &model, &state), tables.clone(), trie.root()));

            let updates = step(&mut tables, &mut trie, &state);
            prop_assert_eq!(updates.root, reference_root(&model));
            let (built, built_root) = tables_of(&model);
            prop_assert_eq!(updates.root, built_root);
            tables.storages.retain(|_, storage| !storage.leaves.is_empty());
            prop_assert_eq!(&tables, &built);
            match depth {
                Some(depth) => trie.prune(depth),
                None => trie = StateTrie::from_root(updates.root),
            }
        }
        for (state, before, root) in undo.iter().rev() {
            prop_assert_eq!(step(&mut tables, &mut trie, state).root, *root);
            tables.storages.retain(|_, storage| !storage.leaves.is_empty());
            prop_assert_eq!(&tables, before);
        }
    }

    #[test]
    fn state_that_changes_nothing_updates_nothing(model in models()) {
        let (tables, root) = tables_of(&model);
        let state = HashedPostState {
            accounts: model.iter().map(|(key, (info, _))| (*key, Some(*info))).collect(),
            storages: model.iter().map(|(key, (_, slots))| {
                (*key, HashedStorage { is_wiped: false, slots: slots.clone() })
            }).collect(),
        };
        let updates = StateTrie::from_root(root).update(&state, &tables).unwrap();
        prop_assert_eq!(updates, StateUpdates { root, ..StateUpdates::default() });
    }
}

#[test]
fn removal_of_an_account_whose_leaf_is_lost_is_an_error() {
    let info = AccountInfo { nonce: 1, balance: U256::ONE, code_hash: KECCAK_EMPTY };
    let keys = [1, 2, 3].map(B256::repeat_byte);
    let (mut tables, root) = tables_of(&keys.map(|key| (key, (info, Slots::new()))).into());
    let state =
        HashedPostState { accounts: [(keys[1], None)].into(), storages: BTreeMap::default() };
    let updates = StateTrie::from_root(root).update(&state, &tables).unwrap();
    assert_eq!(updates.accounts, [(keys[1], None)].into());

    tables.accounts.leaves.remove(&keys[1]);
    let error = StateTrie::from_root(root).update(&state, &tables).unwrap_err();
    assert!(matches!(error, TrieError::MissingLeaf { .. }), "{error}");
}

#[test]
fn removal_of_an_account_that_does_not_exist_changes_nothing() {
    let info = AccountInfo { nonce: 1, balance: U256::ONE, code_hash: KECCAK_EMPTY };
    let keys = [1, 2].map(B256::repeat_byte);
    let (tables, root) = tables_of(&keys.map(|key| (key, (info, Slots::new()))).into());
    for absent in [3, 0x12].map(B256::repeat_byte) {
        let state =
            HashedPostState { accounts: [(absent, None)].into(), storages: BTreeMap::default() };
        let updates = StateTrie::from_root(root).update(&state, &tables).unwrap();
        assert_eq!(updates, StateUpdates { root, ..StateUpdates::default() });
    }
}

#[test]
fn storage_of_an_account_that_does_not_exist_is_refused() {
    let key = B256::repeat_byte(1);
    let (tables, root) = tables_of(&Model::new());
    let state = HashedPostState {
        accounts: BTreeMap::new(),
        storages: [(key, HashedStorage::default())].into(),
    };
    let error = StateTrie::from_root(root).update(&state, &tables).unwrap_err();
    assert_eq!(error, TrieError::StorageWithoutAccount { hashed_address: key });
}

#[test]
fn hashing_a_post_state_keeps_its_meaning() {
    let [kept, gone] = [1, 2].map(Address::with_last_byte);
    let info = AccountInfo { nonce: 1, balance: U256::ONE, code_hash: KECCAK_EMPTY };
    let storage: BTreeMap<_, _> = [(U256::from(5), U256::from(6))].into();
    let change = |info| AccountChange { info, storage_wiped: true, storage: storage.clone() };
    let state = PostState { accounts: [(kept, change(Some(info))), (gone, change(None))].into() };
    let slots = [(keccak256(B256::with_last_byte(5)), U256::from(6))].into();
    assert_eq!(
        HashedPostState::from(&state),
        HashedPostState {
            accounts: [(keccak256(kept), Some(info)), (keccak256(gone), None)].into(),
            storages: [(keccak256(kept), HashedStorage { is_wiped: true, slots })].into(),
        }
    );
}
