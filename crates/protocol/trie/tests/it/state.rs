use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_trie::{
    EMPTY_ROOT_HASH, KECCAK_EMPTY, TrieAccount,
    root::{state_root_unhashed, storage_root_unhashed},
};
use proptest::prelude::*;
use rollup_trie::{
    AccountChange, AccountInfo, PostState, SparseTrie, TrieError, WitnessNodes, WitnessState,
};

use crate::support::{Leaves, all_nodes, root_from_scratch};

type Slots = BTreeMap<U256, U256>;
type Model = BTreeMap<Address, (AccountInfo, Slots)>;

fn storage_root(slots: &Slots) -> B256 {
    storage_root_unhashed(slots.iter().map(|(slot, value)| (B256::from(*slot), *value)))
}

fn trie_account((info, slots): &(AccountInfo, Slots)) -> TrieAccount {
    TrieAccount::new(info.nonce, info.balance, storage_root(slots), info.code_hash)
}

fn state_root(model: &Model) -> B256 {
    state_root_unhashed(model.iter().map(|(address, account)| (*address, trie_account(account))))
}

fn account_leaves(model: &Model) -> Leaves {
    let leaf = |(address, account): (&Address, _)| {
        (keccak256(address), alloy_rlp::encode(trie_account(account)))
    };
    model.iter().map(leaf).collect()
}

fn slot_leaves(slots: &Slots) -> Leaves {
    let leaf = |(slot, value): (&U256, &U256)| {
        (keccak256(slot.to_be_bytes::<32>()), alloy_rlp::encode(value))
    };
    slots.iter().map(leaf).collect()
}

fn witness(model: &Model) -> WitnessNodes {
    let mut nodes: WitnessNodes = all_nodes(&account_leaves(model)).into_iter().collect();
    for (_, slots) in model.values() {
        nodes.extend(all_nodes(&slot_leaves(slots)));
    }
    nodes
}

fn open(model: &Model) -> WitnessState {
    WitnessState::new(state_root(model), Arc::new(witness(model)))
}

/// The state of `model` from the nodes of the account trie alone.
fn open_without_storage(model: &Model) -> WitnessState {
    let nodes = all_nodes(&account_leaves(model)).into_iter().collect();
    WitnessState::new(state_root(model), Arc::new(nodes))
}

fn apply_to_model(model: &mut Model, changes: &PostState) {
    for (address, change) in &changes.accounts {
        let Some(info) = change.info else {
            model.remove(address);
            continue;
        };
        let (old, slots) = model.entry(*address).or_insert_with(|| (info, Slots::new()));
        *old = info;
        if change.storage_wiped {
            slots.clear();
        }
        slots.extend(&change.storage);
        slots.retain(|_, value| !value.is_zero());
    }
}

fn addresses() -> impl Strategy<Value = Address> {
    (0_u8..24).prop_map(Address::with_last_byte)
}

fn infos() -> impl Strategy<Value = AccountInfo> {
    (0_u64..3, 0_u64..3, any::<bool>()).prop_map(|(nonce, balance, has_code)| AccountInfo {
        nonce,
        balance: U256::from(balance),
        code_hash: if has_code { B256::repeat_byte(0xcc) } else { KECCAK_EMPTY },
    })
}

/// Values are often zero.
fn slots() -> impl Strategy<Value = Slots> {
    let value = prop_oneof![2 => Just(U256::ZERO), 2 => (0_u64..300).prop_map(U256::from), 1 => any::<[u64; 4]>().prop_map(U256::from_limbs)];
    prop::collection::btree_map((0_u64..16).prop_map(U256::from), value, 0..10)
}

fn models() -> impl Strategy<Value = Model> {
    prop::collection::btree_map(addresses(), (infos(), slots()), 0..24).prop_map(|mut model| {
        for (_, slots) in model.values_mut() {
            slots.retain(|_, value| !value.is_zero());
        }
        model
    })
}

fn post_states() -> impl Strategy<Value = PostState> {
    let change = (prop::option::weighted(0.7, infos()), prop::bool::weighted(0.1), slots())
        .prop_map(|(info, storage_wiped, storage)| AccountChange { info, storage_wiped, storage });
    prop::collection::btree_map(addresses(), change, 0..8)
        .prop_map(|accounts| PostState { accounts })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn root_and_reads_follow_executions(
        initial in models(),
        executions in prop::collection::vec(post_states(), 1..4),
        reads_first in any::<bool>(),
    ) {
        let (mut state, mut model) = (open(&initial), initial);
        for changes in executions {
            if reads_first {
                check_reads(&mut state, &model)?;
            }
            apply_to_model(&mut model, &changes);
            state.apply(&changes).unwrap();
            prop_assert_eq!(state.root(), state_root(&model));
        }
        check_reads(&mut state, &model)?;
    }
}

fn check_reads(state: &mut WitnessState, model: &Model) -> Result<(), TestCaseError> {
    for address in (0..26).map(Address::with_last_byte) {
        let expected = model.get(&address);
        prop_assert_eq!(state.account(address).unwrap(), expected.map(trie_account));
        for slot in (0..18).map(U256::from) {
            let expected = expected.and_then(|(_, slots)| slots.get(&slot)).copied();
            prop_assert_eq!(state.storage(address, slot).unwrap(), expected.unwrap_or_default());
        }
    }
    Ok(())
}

const CONTRACT: Address = Address::with_last_byte(1);
const WALLET: Address = Address::with_last_byte(2);
const NOBODY: Address = Address::with_last_byte(3);
const INFO: AccountInfo = AccountInfo { nonce: 1, balance: U256::ZERO, code_hash: KECCAK_EMPTY };

fn sample() -> Model {
    let slots = (1..20).map(|i| (U256::from(i), U256::from(i))).collect();
    [(CONTRACT, (INFO, slots)), (WALLET, (INFO, Slots::new()))].into()
}

fn change_of(address: Address, change: AccountChange) -> PostState {
    PostState { accounts: [(address, change)].into() }
}

#[test]
fn storage_of_absent_and_empty_accounts_is_zero_without_nodes() {
    let mut state = open_without_storage(&sample());
    for address in [NOBODY, WALLET] {
        assert_eq!(state.storage(address, U256::ONE), Ok(U256::ZERO));
    }
    assert!(matches!(
        state.storage(CONTRACT, U256::ONE),
        Err(TrieError::MissingNode { hash, .. }) if hash == storage_root(&sample()[&CONTRACT].1)
    ));
}

#[test]
fn balance_change_wipe_and_deletion_need_no_storage_nodes() {
    let rich = AccountInfo { balance: U256::from(5), ..INFO };
    let cases = [
        AccountChange { info: Some(rich), ..Default::default() },
        AccountChange {
            info: Some(INFO),
            storage_wiped: true,
            storage: [(U256::from(3), U256::from(4)), (U256::from(5), U256::ZERO)].into(),
        },
        AccountChange { info: None, storage_wiped: true, storage: Slots::new() },
    ];
    for change in cases {
        let mut model = sample();
        let mut state = open_without_storage(&model);
        let changes = change_of(CONTRACT, change);
        state.apply(&changes).unwrap();
        apply_to_model(&mut model, &changes);
        assert_eq!(state.root(), state_root(&model), "{changes:?}");
    }
}

#[test]
fn removing_an_absent_account_changes_nothing() {
    let mut state = open(&sample());
    state.apply(&change_of(NOBODY, AccountChange::default())).unwrap();
    assert_eq!(state.root(), state_root(&sample()));
}

#[test]
fn account_that_loses_all_slots_has_the_empty_storage_root() {
    let mut state = open(&sample());
    let storage = (1..20).map(|i| (U256::from(i), U256::ZERO)).collect();
    let change = AccountChange { info: Some(INFO), storage_wiped: false, storage };
    state.apply(&change_of(CONTRACT, change)).unwrap();
    assert_eq!(state.account(CONTRACT).unwrap().unwrap().storage_root, EMPTY_ROOT_HASH);
}

#[test]
fn recreated_account_starts_with_empty_storage() {
    let mut state = open(&sample());
    assert_eq!(state.storage(CONTRACT, U256::ONE), Ok(U256::ONE));
    state.apply(&change_of(CONTRACT, AccountChange::default())).unwrap();
    let storage: Slots = [(U256::from(2), U256::from(9))].into();
    let change = AccountChange { info: Some(INFO), storage_wiped: false, storage: storage.clone() };
    state.apply(&change_of(CONTRACT, change)).unwrap();
    assert_eq!(state.storage(CONTRACT, U256::ONE), Ok(U256::ZERO));
    assert_eq!(state.storage(CONTRACT, U256::from(2)), Ok(U256::from(9)));
    let expected = [(CONTRACT, (INFO, storage)), (WALLET, (INFO, Slots::new()))].into();
    assert_eq!(state.root(), state_root(&expected));
}

#[test]
fn state_without_accounts_needs_no_nodes() {
    let mut state = WitnessState::new(EMPTY_ROOT_HASH, Arc::default());
    assert_eq!(state.account(WALLET), Ok(None));
    state
        .apply(&change_of(WALLET, AccountChange { info: Some(INFO), ..Default::default() }))
        .unwrap();
    assert_eq!(state.root(), state_root(&[(WALLET, (INFO, Slots::new()))].into()));
}

#[test]
fn malformed_values_are_named() {
    let slots = slot_leaves(&[(U256::ONE, U256::ONE)].into());
    let slot = *slots.keys().next().unwrap();
    // A 33-byte number, and a number with a byte behind it.
    for value in [alloy_rlp::encode([9_u8; 33].as_slice()), vec![7, 7]] {
        let slots: Leaves = [(slot, value)].into();
        let account = TrieAccount::new(1, U256::ZERO, root_from_scratch(&slots), KECCAK_EMPTY);
        let accounts = [
            (keccak256(CONTRACT), alloy_rlp::encode(account)),
            (keccak256(WALLET), vec![0xc1, 0x80]),
        ]
        .into();
        let nodes = all_nodes(&accounts).into_iter().chain(all_nodes(&slots)).collect();
        let mut state = WitnessState::new(root_from_scratch(&accounts), Arc::new(nodes));
        assert!(matches!(
            state.storage(CONTRACT, U256::ONE),
            Err(TrieError::InvalidSlot { address: CONTRACT, slot: U256::ONE, .. })
        ));
        assert!(matches!(
            state.account(WALLET),
            Err(TrieError::InvalidAccount { address: WALLET, .. })
        ));
    }
}

#[test]
fn account_trie_is_a_plain_trie_over_hashed_addresses() {
    let model = sample();
    let nodes = witness(&model);
    let mut trie = SparseTrie::from_root(state_root(&model));
    let value = trie.get(keccak256(WALLET), &nodes).unwrap().unwrap();
    assert_eq!(value, alloy_rlp::encode(trie_account(&model[&WALLET])));
}
