use std::collections::BTreeMap;

use alloy_primitives::{B256, keccak256};
use proptest::prelude::*;
use rollup_trie::{
    EMPTY_ROOT_HASH, LeafChange, StoredTrie, TrieBuilder, TrieCursor, TrieError, TrieUpdates,
};

use crate::{
    database::TrieTables,
    support::{Changes, Leaves, apply_to_leaves, batches, leaves, root_from_scratch},
};

/// The batch as a caller gives it who knows of some keys that they exist, without what changes
/// nothing.
fn leaf_changes(batch: &Changes, before: &Leaves, tells: bool) -> BTreeMap<B256, LeafChange> {
    let real = batch.iter().filter(|(key, value)| before.get(*key) != value.as_ref());
    let change = |(key, value): (&B256, &Option<Vec<u8>>)| {
        let is_known = tells && before.contains_key(key);
        (*key, LeafChange { value: value.clone(), is_known })
    };
    real.map(change).collect()
}

fn inverse(batch: &Changes, before: &Leaves) -> Changes {
    batch.keys().map(|key| (*key, before.get(key).cloned())).collect()
}

fn step(
    tables: &mut TrieTables,
    trie: &mut StoredTrie,
    batch: &Changes,
    tells: bool,
) -> TrieUpdates {
    let changes = leaf_changes(batch, &tables.leaves, tells);
    let updates = trie.update(changes, &mut tables.cursor()).unwrap();
    tables.write(&updates);
    apply_to_leaves(&mut tables.leaves, batch);
    updates
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn built_root_is_that_of_the_reference(leaves in leaves()) {
        let (tables, root) = TrieTables::build(&leaves);
        prop_assert_eq!(root, root_from_scratch(&leaves));
        prop_assert_eq!(tables.records.is_empty(), leaves.len() < 2);
    }

    #[test]
    fn records_and_root_follow_batches(
        initial in leaves(),
        batches in batches(),
        tells in any::<bool>(),
        depth in prop::option::of(0_usize..4),
    ) {
        let (mut tables, root) = TrieTables::build(&initial);
        let mut trie = StoredTrie::from_root(root);
        for batch in &batches {
            step(&mut tables, &mut trie, batch, tells);
            prop_assert_eq!(trie.root(), root_from_scratch(&tables.leaves));
            let (built, built_root) = TrieTables::build(&tables.leaves);
            prop_assert_eq!(trie.root(), built_root);
            prop_assert_eq!(&tables.records, &built.records);
            match depth {
                Some(0) => trie = StoredTrie::from_root(trie.root()),
                Some(depth) => trie.prune(depth - 1),
                None => {}
            }
        }
    }

    #[test]
    fn inverse_batches_restore_the_records(initial in leaves(), batches in batches(), keeps in any::<bool>()) {
        let (mut tables, root) = TrieTables::build(&initial);
        let mut trie = StoredTrie::from_root(root);
        let mut undo = Vec::new();
        for batch in &batches {
            undo.push((inverse(batch, &tables.leaves), tables.clone(), trie.root()));
            step(&mut tables, &mut trie, batch, true);
        }
        for (batch, before, root) in undo.iter().rev() {
            if !keeps {
                trie = StoredTrie::from_root(trie.root());
            }
            step(&mut tables, &mut trie, batch, false);
            prop_assert_eq!(&tables, before);
            prop_assert_eq!(trie.root(), *root);
        }
    }

    #[test]
    fn values_are_read_through_records(leaves in leaves(), absent in leaves()) {
        let (tables, root) = TrieTables::build(&leaves);
        let mut trie = StoredTrie::from_root(root);
        for key in leaves.keys().chain(absent.keys()) {
            let value = trie.get(*key, &mut tables.cursor()).unwrap();
            prop_assert_eq!(value, leaves.get(key).map(Vec::as_slice));
        }
    }

    #[test]
    fn missing_record_is_an_error(leaves in leaves(), at in any::<prop::sample::Index>()) {
        let (mut tables, root) = TrieTables::build(&leaves);
        prop_assume!(!tables.records.is_empty());
        let path = *tables.records.keys().nth(at.index(tables.records.len())).unwrap();
        tables.records.remove(&path);
        let changes: BTreeMap<_, _> = leaves.keys().map(|key| {
            (*key, LeafChange { value: Some(vec![1; 33]), is_known: true })
        }).collect();
        let error = StoredTrie::from_root(root).update(changes, &mut tables.cursor()).unwrap_err();
        let is_expected = match error {
            TrieError::MissingRecord { path: slot } | TrieError::Mismatch { path: slot } | TrieError::MissingLeaf { path: slot } => path.starts_with(&slot),
            _ => false,
        };
        prop_assert!(is_expected, "{}", error);
    }

    #[test]
    fn missing_or_wrong_leaf_is_an_error(leaves in leaves(), at in any::<prop::sample::Index>(), is_lost in any::<bool>()) {
        prop_assume!(!leaves.is_empty());
        let (mut tables, root) = TrieTables::build(&leaves);
        let key = *leaves.keys().nth(at.index(leaves.len())).unwrap();
        if is_lost {
            tables.leaves.remove(&key);
        } else {
            tables.leaves.get_mut(&key).unwrap().push(1);
        }
        let error = StoredTrie::from_root(root).get(key, &mut tables.cursor()).unwrap_err();
        prop_assert!(matches!(error, TrieError::MissingLeaf { .. } | TrieError::Mismatch { .. }), "{}", error);
    }

    #[test]
    fn damaged_record_never_panics(leaves in leaves(), at in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), byte: u8) {
        let (mut tables, root) = TrieTables::build(&leaves);
        prop_assume!(!tables.records.is_empty());
        let index = at.index(tables.records.len());
        let bytes = tables.records.values_mut().nth(index).unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        for value in [None, Some(vec![1; 33])] {
            let change = |key: &B256| (*key, LeafChange { value: value.clone(), is_known: false });
            let changes = leaves.keys().map(change).collect();
            StoredTrie::from_root(root).update(changes, &mut tables.cursor()).ok();
        }
    }
}

fn random_leaves(count: u64) -> Leaves {
    (0..count).map(|i| (keccak256(i.to_be_bytes()), vec![7; 40])).collect()
}

#[test]
fn change_of_a_known_key_reads_no_leaf() {
    let leaves = random_leaves(1000);
    let (tables, root) = TrieTables::build(&leaves);
    for (is_known, reads) in [(true, 0), (false, 100)] {
        tables.leaf_reads.set(0);
        let change = |key: &B256| (*key, LeafChange { value: Some(vec![9; 40]), is_known });
        let changes = leaves.keys().step_by(10).map(change).collect();
        StoredTrie::from_root(root).update(changes, &mut tables.cursor()).unwrap();
        assert_eq!(tables.leaf_reads.get(), reads);
    }
}

#[test]
fn records_kept_in_memory_are_not_read_again() {
    let leaves = random_leaves(1000);
    let (mut tables, root) = TrieTables::build(&leaves);
    let mut trie = StoredTrie::from_root(root);
    let mut reads = Vec::new();
    for round in 0..3 {
        let batch = leaves.keys().step_by(10).map(|key| (*key, Some(vec![round; 40]))).collect();
        tables.record_reads.set(0);
        step(&mut tables, &mut trie, &batch, true);
        reads.push(tables.record_reads.get());
        if round == 1 {
            trie.prune(1);
        }
    }
    // The third batch reads all but the root.
    assert_eq!((reads[1], reads[2]), (0, reads[0] - 1));
}

#[test]
fn tries_of_up_to_one_leaf_have_no_record() {
    let (a, b) = (B256::with_last_byte(1), B256::with_last_byte(2));
    let mut tables = TrieTables::default();
    let mut trie = StoredTrie::from_root(EMPTY_ROOT_HASH);
    let steps: [(Changes, usize); 5] = [
        ([(a, None)].into(), 0),
        ([(a, Some(vec![1]))].into(), 0),
        // An extension over 63 nibbles, and the branch it leads to.
        ([(b, Some(vec![2]))].into(), 1),
        ([(a, None)].into(), 0),
        ([(b, None)].into(), 0),
    ];
    for (batch, records) in steps {
        step(&mut tables, &mut trie, &batch, true);
        assert_eq!(trie.root(), root_from_scratch(&tables.leaves));
        assert_eq!(tables.records.len(), records);
        trie = StoredTrie::from_root(trie.root());
    }
    assert_eq!(trie.root(), EMPTY_ROOT_HASH);
}

#[test]
fn rejects_a_root_that_the_tables_do_not_have() {
    let root = B256::repeat_byte(7);
    for count in [0, 1, 2, 20] {
        let (tables, _) = TrieTables::build(&random_leaves(count));
        let error = StoredTrie::from_root(root).get(root, &mut tables.cursor()).unwrap_err();
        let expected = match count {
            0 => matches!(error, TrieError::MissingLeaf { .. }),
            _ => matches!(error, TrieError::Mismatch { .. }),
        };
        assert!(expected, "{count} leaves: {error}");
    }
}

#[test]
fn error_of_the_cursor_is_passed_on() {
    struct Broken;
    impl TrieCursor for Broken {
        type Error = std::io::Error;
        fn seek_branch(
            &mut self,
            _: &nybbles::Nibbles,
        ) -> Result<Option<(nybbles::Nibbles, rollup_trie::BranchRecord)>, Self::Error> {
            Err(std::io::ErrorKind::TimedOut.into())
        }
        fn seek_leaf(&mut self, _: B256) -> Result<Option<(B256, Vec<u8>)>, Self::Error> {
            Err(std::io::ErrorKind::TimedOut.into())
        }
    }
    let error = StoredTrie::from_root(B256::ZERO).get(B256::ZERO, &mut Broken).unwrap_err();
    let TrieError::Source(source) = error else { panic!("{error}") };
    let source = source.get().downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(source.kind(), std::io::ErrorKind::TimedOut);
}

#[test]
fn builder_rejects_leaves_out_of_order_and_without_value() {
    let keys = [1, 2].map(B256::with_last_byte);
    let mut builder = TrieBuilder::default();
    assert_eq!(builder.add_leaf(keys[1], vec![]), Err(TrieError::EmptyLeaf { key: keys[1] }));
    builder.add_leaf(keys[1], vec![1]).unwrap();
    for key in keys {
        assert_eq!(builder.add_leaf(key, vec![1]), Err(TrieError::UnsortedLeaf { key }));
    }
    assert_eq!(builder.finish().0, root_from_scratch(&[(keys[1], vec![1])].into()));
}
