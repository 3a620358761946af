//! The state cache over snapshots of a database.

use alloy_primitives::{Address, U256};
use proptest::{collection::vec, prelude::*};
use rollup_db::{Account, Accounts, Database, DatabaseConfig, DbError, ReadTx, TABLES};
use rollup_storage::{CacheConfig, CommittedChanges, StateCache};
use tempfile::TempDir;

const ADDRESSES: u8 = 4;

fn open(directory: &TempDir) -> Database {
    Database::open(directory.path(), DatabaseConfig::default(), TABLES).unwrap()
}

fn account(balance: u64) -> Account {
    Account { balance: U256::from(balance), ..Default::default() }
}

/// Commits these balances, zero for an account that ceases to exist, and tells the cache.
fn commit(db: &Database, cache: &StateCache, balances: &[(u8, u64)]) {
    let tx = db.begin_write().unwrap();
    let mut changes = CommittedChanges::default();
    for (byte, balance) in balances {
        let address = Address::repeat_byte(*byte);
        let after = (*balance > 0).then(|| account(*balance));
        match &after {
            Some(after) => tx.put::<Accounts>(&address, after).unwrap(),
            None => drop(tx.delete::<Accounts>(&address).unwrap()),
        }
        changes.accounts.push((address, after));
    }
    let snapshot = tx.id().unwrap();
    tx.commit().unwrap();
    if db.begin_read().unwrap().id().unwrap() == snapshot {
        cache.commit(snapshot, &changes);
    }
}

fn assert_reads(cache: &StateCache, view: &ReadTx) -> Result<(), TestCaseError> {
    for address in (0..ADDRESSES).map(Address::repeat_byte) {
        let read = || view.get::<Accounts>(&address);
        let found: Result<_, DbError> = cache.account(view.id().unwrap(), address, read);
        prop_assert_eq!(found.unwrap(), read().unwrap(), "{}", address);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..Default::default() })]

    #[test]
    fn views_of_every_age_read_through_one_cache_what_they_have(
        commits in vec(vec((0..ADDRESSES, 0_u64..4), 0..4), 1..10),
    ) {
        let directory = TempDir::new().unwrap();
        let db = open(&directory);
        let mut views = vec![db.begin_read().unwrap()];
        let cache = StateCache::new(CacheConfig::default(), views[0].id().unwrap());
        for balances in &commits {
            assert_reads(&cache, &views[views.len() - 1])?;
            commit(&db, &cache, balances);
            views.push(db.begin_read().unwrap());
            for view in &views {
                assert_reads(&cache, view)?;
            }
        }
        prop_assert!(cache.stats().accounts.hits > 0);
        prop_assert_eq!(cache.stats().drops, 0, "no commit was left out");
    }
}

// What `StateCache::commit` says of the engine.
#[test]
fn a_transaction_that_wrote_nothing_leaves_its_number_to_the_next() {
    let directory = TempDir::new().unwrap();
    let db = open(&directory);
    let before = db.begin_read().unwrap().id().unwrap();

    let tx = db.begin_write().unwrap();
    let number = tx.id().unwrap();
    tx.commit().unwrap();
    assert_eq!(db.begin_read().unwrap().id().unwrap(), before);

    let tx = db.begin_write().unwrap();
    assert_eq!(tx.id().unwrap(), number);
    tx.put::<Accounts>(&Address::ZERO, &account(1)).unwrap();
    tx.commit().unwrap();
    assert_eq!(db.begin_read().unwrap().id().unwrap(), number);

    // Nor does one that wrote what is there.
    let tx = db.begin_write().unwrap();
    tx.put::<Accounts>(&Address::ZERO, &account(1)).unwrap();
    tx.commit().unwrap();
    assert_eq!(db.begin_read().unwrap().id().unwrap(), number);
}
