//! Appending, unwinding and reading, against the model.

use crate::model::{Change, ModelBlock, ModelState, addresses, block, changes, execute, slots};
use crate::process::mix;
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles};
use proptest::{collection::vec, prelude::*};
use rollup_chainspec::{ScrollChainSpec, ScrollHardfork};
use rollup_db::{Account, Bytecodes, DatabaseConfig, Forkchoice, ForkchoiceKey, TABLES, Table};
use rollup_primitives::{RecoveredBlock, ScrollBlock};
use rollup_storage::{
    AccountBefore, AccountDiff, ChainStore, ChainView, SlotDiff, StateDiff, StorageError,
};
use std::{collections::BTreeMap, sync::Arc};
use tempfile::TempDir;

/// Every entry of every table but codes, which stay when blocks go.
pub(crate) type Dump = BTreeMap<&'static str, Vec<(Bytes, Bytes)>>;

pub(crate) fn chain_spec() -> Arc<ScrollChainSpec> {
    Arc::new(ScrollChainSpec::with_forced_fork(1337, ScrollHardfork::GalileoV2))
}

pub(crate) fn open(directory: &TempDir) -> ChainStore {
    ChainStore::open(directory.path(), DatabaseConfig::default(), chain_spec()).unwrap()
}

pub(crate) fn dump(store: &ChainStore) -> Dump {
    let tx = store.database().begin_read().unwrap();
    TABLES
        .iter()
        .filter(|table| table.name != Bytecodes::NAME)
        .map(|table| {
            let mut entries = Vec::new();
            tx.visit_raw(table.name, &[], |key, value| {
                entries.push((key.to_vec().into(), value.to_vec().into()));
                true
            })
            .unwrap();
            (table.name, entries)
        })
        .collect()
}

pub(crate) fn genesis() -> RecoveredBlock {
    let header = chain_spec().genesis_header().clone_header();
    RecoveredBlock::new_unhashed(ScrollBlock { header, body: Default::default() }, Vec::new())
}

/// Blocks of these changes on genesis, and the states after genesis and each of them.
pub(crate) fn build(chain: &[(u64, BTreeMap<u8, Change>)]) -> (Vec<ModelBlock>, Vec<ModelState>) {
    let (mut blocks, mut states) = (Vec::<ModelBlock>::new(), vec![ModelState::default()]);
    for (messages, changes) in chain {
        let mut state = states.last().unwrap().clone();
        let diff = state.apply(changes);
        let genesis = genesis();
        let parent = blocks.last().map_or(&genesis, |executed| &executed.block);
        blocks.push(block(parent, *messages, diff, state.root()));
        states.push(state);
    }
    (blocks, states)
}

pub(crate) fn assert_state(view: &ChainView, number: u64, expected: &ModelState) {
    let state = view.state_after(number).unwrap().unwrap();
    for address in addresses() {
        let expected = expected.accounts.get(&address);
        let account = state.account(address).unwrap();
        assert_eq!(account, expected.map(|(account, _)| *account), "block {number} {address}");
        for slot in slots() {
            let value = expected.and_then(|(_, slots)| slots.get(&slot)).copied();
            let found = state.storage(address, slot).unwrap();
            assert_eq!(found, value.unwrap_or_default(), "block {number} {address} {slot}");
        }
    }
}

/// Appends blocks, not too many in one commit. Returns the state root behind them.
pub(crate) fn append(store: &ChainStore, blocks: &[ModelBlock]) -> B256 {
    for blocks in blocks.chunks(250) {
        store.append(&execute(store.view().unwrap(), blocks)).unwrap();
    }
    store.view().unwrap().state_root().unwrap()
}

/// Every account and slot is proved in the state after a block, by a checker that is not ours.
fn assert_proofs(view: &ChainView, number: u64, expected: &ModelState) {
    let root = expected.root();
    for address in addresses() {
        let slots: Vec<_> = slots().collect();
        let proof = view.proof_after(number, address, &slots).unwrap().unwrap();
        let found = expected.accounts.get(&address);
        assert_eq!(proof.account.is_some(), found.is_some(), "block {number} {address}");
        let leaf = proof.account.as_ref().map(alloy_rlp::encode);
        let key = Nibbles::unpack(keccak256(address));
        alloy_trie::proof::verify_proof(root, key, leaf, &proof.nodes).unwrap();
        let storage_root = proof.account.map_or(EMPTY_ROOT_HASH, |account| account.storage_root);
        for (slot, proof) in slots.iter().zip(&proof.slots) {
            let value = found.and_then(|(_, slots)| slots.get(slot)).copied().unwrap_or_default();
            assert_eq!(proof.value, value);
            let key = Nibbles::unpack(keccak256(slot.to_be_bytes::<32>()));
            let leaf = (!value.is_zero()).then(|| alloy_rlp::encode(value));
            alloy_trie::proof::verify_proof(storage_root, key, leaf, &proof.nodes).unwrap();
        }
    }
}

fn assert_blocks(view: &ChainView, blocks: &[ModelBlock]) {
    for executed in blocks {
        let number = executed.block.number;
        let hash = executed.block.hash();
        assert_eq!(view.block(number).unwrap().as_ref(), Some(&executed.block));
        assert_eq!(view.receipts(number).unwrap().as_ref(), Some(&executed.receipts));
        assert_eq!(view.number_of(hash).unwrap(), Some(number));
        for (at, tx) in (0..).zip(&executed.block.body().transactions) {
            let found = view.transaction(*tx.hash()).unwrap();
            assert_eq!(found, Some((tx.clone(), number, at)));
        }
    }
}

/// The view knows which blocks changed an account, and what it was before.
fn assert_changes(view: &ChainView, blocks: &[ModelBlock]) {
    let above = blocks.len() as u64 + 1;
    for address in addresses() {
        let changed = blocks.iter().filter(|block| block.diff.accounts.contains_key(&address));
        let changed: Vec<u64> = changed.map(|block| block.block.number).collect();
        for at in (0..=above).chain([u64::MAX]) {
            let next = changed.iter().copied().find(|number| *number >= at);
            assert_eq!(view.next_account_change(address, at).unwrap(), next, "from {at}");
            let last = changed.iter().copied().rfind(|number| *number < at);
            assert_eq!(view.last_account_change(address, at).unwrap(), last, "below {at}");
        }
    }
    for block in blocks {
        let before = |(address, diff): (&Address, &AccountDiff)| AccountBefore {
            address: *address,
            account: diff.before,
        };
        let expected: Vec<_> = block.diff.accounts.iter().map(before).collect();
        assert_eq!(view.accounts_before(block.block.number).unwrap(), Some(expected));
    }
    assert_eq!(view.accounts_before(0).unwrap(), Some(Vec::new()));
    assert_eq!(view.accounts_before(above).unwrap(), None);
}

/// The view shows these blocks and the state after each of them, and nothing above.
fn assert_view(view: &ChainView, blocks: &[ModelBlock], states: &[ModelState]) {
    for (number, state) in (0..).zip(states) {
        assert_state(view, number, state);
        assert_proofs(view, number, state);
    }
    assert_eq!(view.state_root().unwrap(), states.last().unwrap().root());
    assert_blocks(view, blocks);
    assert_changes(view, blocks);
    let above = blocks.len() as u64 + 1;
    assert_eq!(view.head().unwrap().number, above - 1);
    assert_eq!(view.hash_of(above).unwrap(), None);
    assert!(view.state_after(above).unwrap().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..Default::default() })]

    #[test]
    fn every_height_is_readable_and_unwinding_restores_every_table(
        chain in vec((0_u64..3, changes()), 1..12),
        batch in 1_usize..4,
    ) {
        let directory = TempDir::new().unwrap();
        let store = open(&directory);
        let (blocks, states) = build(&chain);

        let mut dumps = BTreeMap::from([(0, dump(&store))]);
        for batch in blocks.chunks(batch) {
            let number = batch.last().unwrap().block.number;
            let up_to = usize::try_from(number).unwrap();
            // In memory first, then stored: both read the same.
            let mut view = store.view().unwrap();
            let executed = execute(store.view().unwrap(), batch);
            for block in &executed {
                view.push(Arc::clone(block)).unwrap();
            }
            assert_view(&view, &blocks[..up_to], &states[..=up_to]);
            store.append(&executed).unwrap();
            assert_view(&store.view().unwrap(), &blocks[..up_to], &states[..=up_to]);
            dumps.insert(number, dump(&store));
        }

        for (number, dump_then) in dumps.iter().rev() {
            store.unwind(*number).unwrap();
            prop_assert_eq!(&dump(&store), dump_then, "unwound to {}", number);
        }
    }
}

#[test]
fn what_is_appended_is_there_after_reopening() {
    let directory = TempDir::new().unwrap();
    let write = Change::Write { nonce: 1, balance: 2, code: Some(1), slots: vec![(1, 2)] };
    let (blocks, states) = build(&[(2, BTreeMap::from([(1, write)]))]);
    let store = open(&directory);
    append(&store, &blocks);
    drop(store);

    let store = open(&directory);
    let view = store.view().unwrap();
    let head = BlockNumHash::new(1, blocks[0].block.hash());
    assert_eq!(view.head().unwrap(), head);
    assert_state(&view, 1, &states[1]);
    assert_blocks(&view, &blocks);
    let code = blocks[0].diff.codes.first_key_value().unwrap();
    assert_eq!(view.latest_state().code(*code.0).unwrap().as_ref(), Some(code.1));
}

#[test]
fn a_block_that_does_not_follow_is_refused_and_nothing_is_stored() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let (blocks, _) = build(&[(1, BTreeMap::new()), (1, BTreeMap::new()), (0, BTreeMap::new())]);
    let before = dump(&store);
    let executed = execute(store.view().unwrap(), &blocks);
    // A gap behind a block that fits.
    let err = store.append(&[&*executed[0], &executed[2]]).unwrap_err();
    assert!(matches!(err, StorageError::NotAChild { .. }), "{err}");
    assert_eq!(dump(&store), before);

    append(&store, &blocks[..1]);
    let err = store.append(&executed[..1]).unwrap_err();
    assert!(matches!(err, StorageError::NotAChild { .. }), "{err}");
    let err = store.unwind(2).unwrap_err();
    assert!(matches!(err, StorageError::AboveHead { to: 2, head: 1 }), "{err}");
}

#[test]
fn unwinding_stops_at_the_finalized_block_and_takes_the_safe_one_along() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let (blocks, _) = build(&[(0, BTreeMap::new()), (0, BTreeMap::new()), (0, BTreeMap::new())]);
    append(&store, &blocks);
    let id = |at: usize| BlockNumHash::new(blocks[at].block.number, blocks[at].block.hash());
    let tx = store.database().begin_write().unwrap();
    tx.put::<Forkchoice>(&ForkchoiceKey::Safe, &id(2)).unwrap();
    tx.put::<Forkchoice>(&ForkchoiceKey::Finalized, &id(0)).unwrap();
    tx.commit().unwrap();

    let before = dump(&store);
    let err = store.unwind(0).unwrap_err();
    assert!(matches!(err, StorageError::BelowFinalized { to: 0, finalized: 1 }), "{err}");
    assert_eq!(dump(&store), before);

    store.unwind(1).unwrap();
    let tx = store.database().begin_read().unwrap();
    for point in [ForkchoiceKey::Head, ForkchoiceKey::Safe, ForkchoiceKey::Finalized] {
        assert_eq!(tx.get::<Forkchoice>(&point).unwrap(), Some(id(0)), "{point:?}");
    }
}

#[test]
fn a_view_does_not_see_what_comes_after_it() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let (blocks, states) = build(&[(1, BTreeMap::new()), (1, BTreeMap::new())]);
    append(&store, &blocks[..1]);
    let view = store.view().unwrap();
    append(&store, &blocks[1..]);
    assert_eq!(view.head().unwrap().number, 1);
    assert_eq!(view.block(2).unwrap(), None);
    assert!(view.state_after(2).unwrap().is_none());
    assert_state(&view, 1, &states[1]);
    assert_eq!(store.view().unwrap().head().unwrap().number, 2);
}

#[test]
fn the_database_of_another_chain_is_refused() {
    let directory = TempDir::new().unwrap();
    drop(open(&directory));
    let dev = rollup_chainspec::dev();
    let err =
        ChainStore::open(directory.path(), DatabaseConfig::default(), dev.clone()).unwrap_err();
    let message = err.to_string();
    assert!(message.contains(directory.path().to_str().unwrap()), "{message}");
    let StorageError::OtherChain { found, expected, .. } = err else { panic!("{err}") };
    assert_eq!(found.genesis_hash, chain_spec().genesis_hash());
    assert_eq!(expected.genesis_hash, dev.genesis_hash());
}

#[test]
fn genesis_of_the_public_networks_has_its_root() {
    for spec in [
        rollup_chainspec::scroll_mainnet(),
        rollup_chainspec::scroll_sepolia(),
        rollup_chainspec::dev(),
    ] {
        let directory = TempDir::new().unwrap();
        let store =
            ChainStore::open(directory.path(), DatabaseConfig::default(), spec.clone()).unwrap();
        let view = store.view().unwrap();
        assert_eq!(view.state_root().unwrap(), spec.genesis_state_root_mpt());
        assert_eq!(view.hash_of(0).unwrap(), Some(spec.genesis_hash()));
        for (address, account) in &spec.genesis().alloc {
            let found = view.latest_state().account(*address).unwrap().unwrap();
            assert_eq!(found.balance, account.balance, "{address}");
        }
        assert_ne!(spec.genesis_state_root_mpt(), B256::ZERO);
    }
}

#[test]
fn a_history_of_several_shards_is_readable_and_unwinds() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let chain: Vec<_> = (0..4_100_u64)
        .map(|at| {
            let slots = vec![(1, u8::try_from(at % 3).unwrap())];
            let change = Change::Write { nonce: at, balance: 1, code: None, slots };
            (0, BTreeMap::from([(1, change)]))
        })
        .collect();
    let (blocks, states) = build(&chain);
    let mut dumps = BTreeMap::new();
    for blocks in blocks.chunks(500) {
        append(&store, blocks);
        dumps.insert(blocks.last().unwrap().block.number, dump(&store));
    }
    let view = store.view().unwrap();
    for number in [0, 1, 1_999, 2_000, 2_001, 3_999, 4_000, 4_001, 4_099, 4_100] {
        assert_state(&view, number, &states[usize::try_from(number).unwrap()]);
        let address = *blocks[0].diff.accounts.keys().next().unwrap();
        assert_eq!(view.next_account_change(address, number).unwrap(), Some(number.max(1)));
        let below = number.checked_sub(1).filter(|below| *below > 0);
        assert_eq!(view.last_account_change(address, number).unwrap(), below);
    }
    drop(view);
    for (number, dump_then) in dumps.iter().rev() {
        store.unwind(*number).unwrap();
        assert_eq!(&dump(&store), dump_then, "unwound to {number}");
    }
}

/// Changes 1,500 of 3,000 accounts, removals among them, and 800 of the 2,000 slots of one.
fn wide_changes(state: &mut ModelState, round: u64) -> StateDiff {
    let mut diff = StateDiff::default();
    for at in 0..1_500 {
        let choice = mix((round << 32) | at);
        let address = Address::from_word(keccak256((choice % 3_000).to_be_bytes()));
        let before = state.accounts.remove(&address).map(|(account, _)| account);
        let after = Account { nonce: choice, balance: U256::from(choice), ..Default::default() };
        let after = (!choice.is_multiple_of(7)).then_some(after);
        state.accounts.extend(after.map(|after| (address, (after, BTreeMap::new()))));
        let earlier = diff.accounts.get(&address).map_or(before, |diff: &AccountDiff| diff.before);
        diff.accounts.insert(address, AccountDiff { before: earlier, after, ..Default::default() });
    }
    diff.accounts.retain(|_, diff| diff.before != diff.after);
    diff.accounts.insert(WIDE, wide_slots(state, round));
    diff
}

const WIDE: Address = Address::repeat_byte(0xaa);

fn wide_slots(state: &mut ModelState, round: u64) -> AccountDiff {
    let contract = Account { nonce: 1, ..Default::default() };
    let before = state.accounts.get(&WIDE).map(|(account, _)| *account);
    let (_, slots) = state.accounts.entry(WIDE).or_insert((contract, BTreeMap::new()));
    let written = (0..800).map(|at| {
        let choice = mix((round << 48) | at);
        (U256::from(choice % 2_000), U256::from(choice / 2_000 % 3))
    });
    let written: BTreeMap<_, _> = written.collect();
    let mut storage = BTreeMap::new();
    for (slot, after) in written {
        let before = slots.remove(&slot).unwrap_or_default();
        if !after.is_zero() {
            slots.insert(slot, after);
        }
        if before != after {
            storage.insert(slot, SlotDiff { before, after });
        }
    }
    AccountDiff { before, after: Some(contract), storage, ..Default::default() }
}

#[test]
fn a_wide_state_has_the_roots_of_an_independent_trie_and_unwinds() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let mut state = ModelState::default();
    let mut parent = genesis();
    let mut dumps = vec![dump(&store)];
    for round in 0..5 {
        let diff = wide_changes(&mut state, round);
        let block = block(&parent, 0, diff, state.root());
        assert_eq!(append(&store, std::slice::from_ref(&block)), state.root());
        parent = block.block;
        dumps.push(dump(&store));
    }
    assert!(state.accounts.len() > 1_000 && state.accounts[&WIDE].1.len() > 500);
    for (number, dump_then) in dumps.iter().enumerate().rev() {
        let number = number as u64;
        store.unwind(number).unwrap();
        assert!(dump(&store) == *dump_then, "unwound to {number}");
    }
}
