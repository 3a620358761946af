//! Random operations against ordered maps of the standard library.

use crate::support::{Changes, Numbers, change, new_database};
use proptest::{collection::vec, prelude::*};
use rollup_db::{Database, Mode, Tx};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

#[derive(Clone, Debug)]
enum Operation {
    Put { key: u64, value: u64 },
    Delete { key: u64 },
    PutDup { key: u64, slot: u8 },
    DeleteDup { key: u64, slot: u8 },
    DeleteKey { key: u64 },
    Clear,
    Commit,
    Abort,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    numbers: BTreeMap<u64, u64>,
    changes: BTreeSet<(u64, u8)>,
}

fn operation() -> impl Strategy<Value = Operation> {
    let key = 0..40_u64;
    prop_oneof![
        8 => (key.clone(), any::<u64>()).prop_map(|(key, value)| Operation::Put { key, value }),
        3 => key.clone().prop_map(|key| Operation::Delete { key }),
        8 => (key.clone(), 0..20_u8).prop_map(|(key, slot)| Operation::PutDup { key, slot }),
        3 => (key.clone(), 0..20_u8).prop_map(|(key, slot)| Operation::DeleteDup { key, slot }),
        1 => key.prop_map(|key| Operation::DeleteKey { key }),
        1 => Just(Operation::Clear),
        2 => Just(Operation::Commit),
        1 => Just(Operation::Abort),
    ]
}

fn bound() -> impl Strategy<Value = Bound<u64>> {
    prop_oneof![
        Just(Bound::Unbounded),
        (0..42_u64).prop_map(Bound::Included),
        (0..42_u64).prop_map(Bound::Excluded),
    ]
}

/// What the standard library refuses, and the database takes for an empty range.
const fn is_empty(range: (Bound<u64>, Bound<u64>)) -> bool {
    match range {
        (Bound::Excluded(start), Bound::Excluded(end)) => start >= end,
        (
            Bound::Included(start) | Bound::Excluded(start),
            Bound::Included(end) | Bound::Excluded(end),
        ) => start > end,
        _ => false,
    }
}

fn assert_ranges<M: Mode>(tx: &Tx<M>, model: &Model, range: (Bound<u64>, Bound<u64>)) {
    let numbers: Vec<_> = if is_empty(range) {
        Vec::new()
    } else {
        model.numbers.range(range).map(|(key, value)| (*key, *value)).collect()
    };
    let found: Vec<_> = tx.walk::<Numbers>(range).unwrap().map(Result::unwrap).collect();
    assert_eq!(found, numbers);
    let mut found: Vec<_> = tx.walk_back::<Numbers>(range).unwrap().map(Result::unwrap).collect();
    found.reverse();
    assert_eq!(found, numbers);

    let inside = |key: &u64| !is_empty(range) && std::ops::RangeBounds::contains(&range, key);
    let changes: Vec<_> = model
        .changes
        .iter()
        .filter(|(key, _)| inside(key))
        .map(|(key, slot)| (*key, change(*slot, 1)))
        .collect();
    let found: Vec<_> = tx.walk::<Changes>(range).unwrap().map(Result::unwrap).collect();
    assert_eq!(found, changes);
    let mut found: Vec<_> = tx.walk_back::<Changes>(range).unwrap().map(Result::unwrap).collect();
    found.reverse();
    assert_eq!(found, changes);
}

fn assert_points<M: Mode>(tx: &Tx<M>, model: &Model) {
    assert_eq!(tx.entry_count::<Numbers>().unwrap(), model.numbers.len() as u64);
    assert_eq!(tx.entry_count::<Changes>().unwrap(), model.changes.len() as u64);
    let mut cursor = tx.cursor::<Changes>().unwrap();
    for key in 0..42 {
        assert_eq!(tx.get::<Numbers>(&key).unwrap(), model.numbers.get(&key).copied());
        let values: Vec<_> =
            tx.walk_dup::<Changes>(key).unwrap().map(|value| value.unwrap()).collect();
        let expected: Vec<_> = model
            .changes
            .range((key, 0)..=(key, u8::MAX))
            .map(|(_, slot)| change(*slot, 1))
            .collect();
        assert_eq!(values, expected);
        for slot in [0, 7, 13] {
            let expected = model.changes.range((key, slot)..=(key, u8::MAX)).next();
            assert_eq!(
                cursor.seek_dup(&key, &change(slot, 0).slot).unwrap(),
                expected.map(|(_, slot)| change(*slot, 1))
            );
        }
    }
}

fn run(database: &Database, operations: &[Operation], range: (Bound<u64>, Bound<u64>)) {
    let mut committed = Model::default();
    let mut model = Model::default();
    let mut tx = database.begin_write().unwrap();
    for operation in operations {
        match *operation {
            Operation::Put { key, value } => {
                tx.put::<Numbers>(&key, &value).unwrap();
                model.numbers.insert(key, value);
            }
            Operation::Delete { key } => {
                let found = model.numbers.remove(&key).is_some();
                assert_eq!(tx.delete::<Numbers>(&key).unwrap(), found);
            }
            Operation::PutDup { key, slot } => {
                tx.put::<Changes>(&key, &change(slot, 1)).unwrap();
                model.changes.insert((key, slot));
            }
            Operation::DeleteDup { key, slot } => {
                let found = model.changes.remove(&(key, slot));
                assert_eq!(tx.delete_dup::<Changes>(&key, &change(slot, 1)).unwrap(), found);
            }
            Operation::DeleteKey { key } => {
                let before = model.changes.len();
                model.changes.retain(|(other, _)| *other != key);
                assert_eq!(tx.delete::<Changes>(&key).unwrap(), model.changes.len() < before);
            }
            Operation::Clear => {
                tx.clear::<Numbers>().unwrap();
                model.numbers.clear();
            }
            Operation::Commit => {
                tx.commit().unwrap();
                committed.clone_from(&model);
                assert_points(&database.begin_read().unwrap(), &committed);
                tx = database.begin_write().unwrap();
            }
            Operation::Abort => {
                drop(tx);
                model.clone_from(&committed);
                tx = database.begin_write().unwrap();
            }
        }
        assert_ranges(&tx, &model, range);
    }
    assert_points(&tx, &model);
    drop(tx);
    assert_ranges(&database.begin_read().unwrap(), &committed, range);
}

proptest! {
    // A file each: few cases of many operations.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn tables_behave_like_ordered_maps(
        operations in vec(operation(), 1..80),
        range in (bound(), bound()),
    ) {
        let (_directory, database) = new_database();
        run(&database, &operations, range);
    }
}
