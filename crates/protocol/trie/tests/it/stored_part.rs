//! Parts of a state that a witness shows, against the tables of the whole state.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{B256, Bytes, U256, keccak256};
use alloy_trie::{
    KECCAK_EMPTY, TrieAccount, TrieMask,
    nodes::{BranchNodeRef, LeafNodeRef},
};
use nybbles::Nibbles;
use proptest::prelude::*;
use rollup_trie::{
    AccountInfo, EMPTY_ROOT_HASH, HashedPostState, LeafChange, Multiproof, StatePart, StateTrie,
    StoredTrie, TrieError, TriePart, WitnessNodes, account_leaf, slot_leaf,
};

use crate::{
    database::{StateTables, TrieTables},
    stored_state::{Model, apply_to_model, batches, consistent, models, reference_root, tables_of},
    support::{Leaves, all_nodes, leaves, root_from_scratch, witness},
};

fn trie_tables(TriePart { records, leaves }: TriePart) -> TrieTables {
    let records = records.iter().map(|(path, record)| (*path, record.encode())).collect();
    TrieTables { records, leaves, ..TrieTables::default() }
}

fn state_tables(part: StatePart) -> StateTables {
    let leaves = part.accounts.iter().map(|(key, account)| (*key, account_leaf(account)));
    let accounts = TriePart { records: part.account_records, leaves: leaves.collect() };
    let storage = |(key, part): (B256, rollup_trie::StoragePart)| {
        let leaves = part.slots.iter().map(|(slot, value)| (*slot, slot_leaf(*value))).collect();
        (key, trie_tables(TriePart { records: part.records, leaves }))
    };
    StateTables::new(trie_tables(accounts), part.storages.into_iter().map(storage).collect())
}

/// The nodes of one trie by their path.
type Nodes = BTreeMap<Nibbles, Bytes>;

/// The nodes of all tries of a state, the account trie first.
fn nodes_of(model: &Model, tables: &StateTables, root: B256) -> Vec<Nodes> {
    let slots = |(_, slots): &(AccountInfo, BTreeMap<B256, U256>)| slots.keys().copied().collect();
    let all = model.iter().map(|(key, account)| (*key, slots(account))).collect();
    let proof = StateTrie::from_root(root).multiproof(&all, tables).unwrap();
    let storages = proof.storages.into_values().map(|storage| storage.nodes);
    std::iter::once(proof.accounts.nodes).chain(storages).collect()
}

fn updated(nodes: &WitnessNodes, root: B256, batch: &HashedPostState) -> Result<B256, TrieError> {
    let part = nodes.state_part(root);
    if let Err(TrieError::MissingNode { hash, .. }) = part {
        assert_eq!(hash, root, "only the root node is needed to load a part");
    }
    let tables = state_tables(part?);
    Ok(StateTrie::from_root(root).update(batch, &tables)?.root)
}

/// The nodes that the update of `batch` reads. Starts with none, and as long as there is an error
/// adds the nodes that it names.
fn sufficient(all: &[Nodes], root: B256, batch: &HashedPostState) -> (WitnessNodes, B256) {
    let mut nodes = WitnessNodes::default();
    loop {
        let error = match updated(&nodes, root, batch) {
            Ok(root) => return (nodes, root),
            Err(error) => error,
        };
        let before = nodes.len();
        match error {
            TrieError::MissingNode { path, .. }
            | TrieError::MissingRecord { path }
            | TrieError::MissingLeaf { path } => {
                // The error does not say which trie it is. An extension comes with its branch.
                for trie in all {
                    let below = trie.range(path..).filter(|(found, _)| found.starts_with(&path));
                    nodes.extend(below.take(2).map(|(_, node)| node.clone()));
                }
            }
            TrieError::StorageWithoutAccount { hashed_address } => {
                nodes.extend(Multiproof { nodes: all[0].clone() }.of(hashed_address));
            }
            error => panic!("{error}"),
        }
        assert!(nodes.len() > before, "{error} once more");
    }
}

/// The nodes on the paths of what `batch` changes: those that no update can do without.
fn needed(
    before: &Model,
    after: &Model,
    tables: &StateTables,
    root: B256,
    batch: &HashedPostState,
) -> BTreeSet<Bytes> {
    let touched = batch.accounts.keys().chain(batch.storages.keys());
    let changed = touched.filter(|key| before.get(*key) != after.get(*key));
    let slots = |key: &B256| {
        let value =
            |model: &Model, slot| model.get(key).and_then(|(_, slots)| slots.get(slot)).copied();
        let storage = batch.storages.get(key).filter(|storage| !storage.is_wiped);
        let slots = storage.into_iter().flat_map(|storage| storage.slots.keys());
        slots.filter(|slot| value(before, *slot) != value(after, *slot)).copied().collect()
    };
    let targets = changed.map(|key| (*key, slots(key))).collect();
    let proof = StateTrie::from_root(root).multiproof(&targets, tables).unwrap();
    let storages = proof.storages.into_values().flat_map(|storage| storage.nodes.into_values());
    proof.accounts.nodes.into_values().chain(storages).collect()
}

const fn is_missing(error: &TrieError) -> bool {
    matches!(
        error,
        TrieError::MissingNode { .. }
            | TrieError::MissingRecord { .. }
            | TrieError::MissingLeaf { .. }
            // Of an account that is not shown.
            | TrieError::StorageWithoutAccount { .. }
    )
}

fn batches_of_one() -> impl Strategy<Value = HashedPostState> {
    batches().prop_map(|mut batches| batches.swap_remove(0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn all_nodes_of_a_trie_give_the_tables_of_a_database(leaves in leaves()) {
        let (tables, root) = TrieTables::build(&leaves);
        let part = witness(&leaves).trie_part(root).unwrap();
        prop_assert_eq!(trie_tables(part), tables);
    }

    #[test]
    fn all_nodes_of_a_state_give_the_tables_of_a_database(model in models()) {
        let (tables, root) = tables_of(&model);
        let nodes = nodes_of(&model, &tables, root);
        let nodes: WitnessNodes = nodes.into_iter().flat_map(Nodes::into_values).collect();
        prop_assert_eq!(state_tables(nodes.state_part(root).unwrap()), tables);
    }

    #[test]
    fn part_gives_the_root_of_the_whole_or_an_error(model in models(), batch in batches_of_one()) {
        let (tables, root) = tables_of(&model);
        let batch = consistent(batch, &model);
        let mut after = model.clone();
        apply_to_model(&mut after, &batch);
        let expected = reference_root(&after);

        let all = nodes_of(&model, &tables, root);
        let (nodes, updated_root) = sufficient(&all, root, &batch);
        prop_assert_eq!(updated_root, expected);

        let needed = needed(&model, &after, &tables, root, &batch);
        let list: BTreeSet<_> = all.iter().flat_map(Nodes::values).cloned().collect();
        for missing in list {
            let is_shown = |node: &Bytes| *node != missing && nodes.get(&keccak256(node)).is_some();
            let rest: WitnessNodes = all.iter().flat_map(Nodes::values).filter(|node| is_shown(node)).cloned().collect();
            match updated(&rest, root, &batch) {
                Ok(root) => {
                    prop_assert_eq!(root, expected);
                    prop_assert!(!needed.contains(&missing), "did without {}", missing);
                }
                Err(error) => prop_assert!(is_missing(&error), "{}", error),
            }
        }
    }
}

/// Leaves whose values keep them from being inlined.
fn long_leaves(keys: &[B256]) -> Leaves {
    keys.iter().map(|key| (*key, vec![7; 40])).collect()
}

/// All nodes but the leaf of `key`.
fn witness_without_leaf(leaves: &Leaves, key: B256) -> WitnessNodes {
    let (tables, root) = TrieTables::build(leaves);
    let proof = StoredTrie::from_root(root).multiproof([key], &mut tables.cursor()).unwrap();
    let (_, leaf) = proof.nodes.last_key_value().unwrap();
    all_nodes(leaves).into_iter().filter(|node| node != leaf).collect()
}

fn write(part: TriePart, root: B256, key: B256, is_known: bool) -> Result<B256, TrieError> {
    let mut trie = StoredTrie::from_root(root);
    let changes = [(key, LeafChange { value: Some(vec![9; 40]), is_known })].into();
    trie.update(changes, &mut trie_tables(part).cursor())?;
    Ok(trie.root())
}

#[test]
fn empty_trie_needs_no_node_and_shows_nothing() {
    let nodes = WitnessNodes::default();
    assert_eq!(nodes.trie_part(EMPTY_ROOT_HASH), Ok(TriePart::default()));
    assert_eq!(nodes.state_part(EMPTY_ROOT_HASH), Ok(StatePart::default()));
}

#[test]
fn missing_root_is_an_error() {
    let hash = B256::repeat_byte(7);
    let error = WitnessNodes::default().state_part(hash).unwrap_err();
    assert_eq!(error, TrieError::MissingNode { hash, path: Nibbles::new() });
}

#[test]
fn root_that_is_a_leaf_has_no_record() {
    let leaves = long_leaves(&[B256::repeat_byte(1)]);
    let part = witness(&leaves).trie_part(root_from_scratch(&leaves)).unwrap();
    assert_eq!(part, TriePart { records: BTreeMap::new(), leaves });
}

#[test]
fn extension_without_its_branch_is_not_kept() {
    let keys = [0x11, 0x12].map(B256::repeat_byte);
    let leaves = long_leaves(&keys);
    let root = root_from_scratch(&leaves);
    let extension = witness(&leaves).get(&root).unwrap().clone();
    let part = WitnessNodes::from_iter([extension]).trie_part(root).unwrap();
    assert_eq!(part, TriePart::default());
    for key in [keys[0], B256::repeat_byte(0x21)] {
        let error = write(part.clone(), root, key, false).unwrap_err();
        assert_eq!(error, TrieError::MissingLeaf { path: Nibbles::new() });
    }
}

#[test]
fn child_that_is_not_shown_is_never_written_over() {
    let keys = [0x10, 0x20, 0x30].map(B256::repeat_byte);
    let mut leaves = long_leaves(&keys);
    let root = root_from_scratch(&leaves);
    let part = witness_without_leaf(&leaves, keys[1]).trie_part(root).unwrap();
    let record = &part.records[&Nibbles::new()];
    assert_eq!((record.state_mask(), record.branch_mask()), (0b1110, 0b0100));
    assert_eq!(part.leaves.keys().collect::<Vec<_>>(), [&keys[0], &keys[2]]);
    for is_known in [true, false] {
        let error = write(part.clone(), root, keys[1], is_known).unwrap_err();
        assert_eq!(error, TrieError::MissingRecord { path: Nibbles::from_nibbles([2]) });
    }
    // Beside it all is as ever.
    leaves.insert(keys[0], vec![9; 40]);
    assert_eq!(write(part, root, keys[0], true), Ok(root_from_scratch(&leaves)));
}

const fn account(storage_root: B256) -> TrieAccount {
    TrieAccount::new(1, U256::ONE, storage_root, KECCAK_EMPTY)
}

#[test]
fn storage_tries_are_loaded_for_each_account_whose_root_node_is_there() {
    let slots = [1, 2].map(|byte| (B256::repeat_byte(byte), U256::from(byte)));
    let slot_leaves = slots.iter().map(|(slot, value)| (*slot, slot_leaf(*value))).collect();
    let shown = root_from_scratch(&slot_leaves);
    let roots = [shown, EMPTY_ROOT_HASH, B256::repeat_byte(7), shown];
    let keys = [1, 2, 3, 4].map(B256::repeat_byte);
    let accounts: BTreeMap<_, _> =
        keys.into_iter().zip(roots).map(|(key, root)| (key, account(root))).collect();
    let leaves = accounts.iter().map(|(key, account)| (*key, account_leaf(account))).collect();
    let mut nodes = witness(&leaves);
    nodes.extend(all_nodes(&slot_leaves));
    // The node of the empty trie is no trie to load.
    nodes.extend([Bytes::from_static(&[0x80])]);

    let part = nodes.state_part(root_from_scratch(&leaves)).unwrap();
    assert_eq!(part.accounts, accounts);
    assert_eq!(part.storages.keys().collect::<Vec<_>>(), [&keys[0], &keys[3]]);
    for storage in part.storages.values() {
        assert_eq!(storage.slots, slots.into());
        assert_eq!(storage.records.len(), 1);
    }
}

#[test]
fn nodes_that_no_root_leads_to_may_be_anything() {
    let leaves = long_leaves(&[1, 2].map(B256::repeat_byte));
    let root = root_from_scratch(&leaves);
    let mut nodes = witness(&leaves);
    let part = nodes.trie_part(root).unwrap();
    nodes.extend([Bytes::from_static(&[0xff; 40]), Bytes::new()]);
    nodes.extend(all_nodes(&long_leaves(&[3, 4].map(B256::repeat_byte))));
    assert_eq!(nodes.trie_part(root).unwrap(), part);
}

#[test]
fn malformed_nodes_and_leaves_are_named() {
    let bytes = Bytes::from_static(&[0xc1; 40]);
    let hash = keccak256(&bytes);
    let error = WitnessNodes::from_iter([bytes]).trie_part(hash).unwrap_err();
    assert!(matches!(error, TrieError::InvalidNode { hash: found, .. } if found == hash));

    let key = B256::repeat_byte(3);
    let bad = [(key, vec![0xc0])].into();
    let error = witness(&bad).state_part(root_from_scratch(&bad)).unwrap_err();
    assert!(
        matches!(error, TrieError::InvalidStoredAccount { hashed_address, .. } if hashed_address == key)
    );

    let leaves = [(B256::ZERO, account_leaf(&account(root_from_scratch(&bad))))].into();
    let mut nodes = witness(&leaves);
    nodes.extend(all_nodes(&bad));
    let error = nodes.state_part(root_from_scratch(&leaves)).unwrap_err();
    assert!(
        matches!(error, TrieError::InvalidStoredSlot { hashed_slot, .. } if hashed_slot == key)
    );
}

/// A branch whose children are all one node, and so on: 64 nodes for 16 to the power of 64 leaves.
#[test]
fn few_nodes_that_stand_for_many_are_refused() {
    let mut rlp = Vec::new();
    let mut reference = LeafNodeRef::new(&Nibbles::new(), &[7; 40]).rlp(&mut rlp);
    let mut nodes = WitnessNodes::from_iter([Bytes::from(rlp)]);
    for _ in 0..64 {
        let mut rlp = Vec::new();
        let kids = vec![reference; 16];
        reference = BranchNodeRef::new(&kids, TrieMask::new(u16::MAX)).rlp(&mut rlp);
        nodes.extend([Bytes::from(rlp)]);
    }
    assert_eq!(nodes.len(), 65);
    let error = nodes.trie_part(reference.as_hash().unwrap()).unwrap_err();
    assert!(matches!(error, TrieError::PartTooLarge { .. }), "{error}");
}
