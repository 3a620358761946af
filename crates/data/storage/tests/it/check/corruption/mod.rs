//! One entry is changed, deleted or added at a time, and named by what is found.

mod chain;
mod history;
mod rollup;
mod state;

use super::fixture::{ACCOUNT, BATCH, change, findings, healthy, message, report};
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, U256, keccak256};
use rollup_db::{Account, CanonicalHeaders, StorageKey, Table, WriteTx};

/// What is done to a healthy database, and how each of the findings that it must cause begins. Names
/// in braces stand for the constants of that name.
pub(super) type Case = (fn(&WriteTx), &'static [&'static str]);

pub(super) const STRANGER: Address = Address::repeat_byte(0xee);
pub(super) const HASH: B256 = B256::repeat_byte(0xee);

#[track_caller]
pub(super) fn assert_found(cases: &[Case]) {
    for (corrupt, expected) in cases {
        let (_directory, store) = healthy();
        change(&store, corrupt);
        let sentences = findings(&report(&store));
        for start in *expected {
            let start = in_full(start);
            let found = sentences.iter().any(|sentence| sentence.starts_with(&start));
            assert!(found, "{start}: {sentences:#?}");
        }
    }
}

fn in_full(text: &str) -> String {
    text.replace("{ACCOUNT}", &format!("{ACCOUNT:#x}"))
        .replace("{HASHED}", &keccak256(ACCOUNT).to_string())
        .replace("{SLOT}", &slot(1).slot.to_string())
        .replace("{HASHED_STRANGER}", &keccak256(STRANGER).to_string())
        .replace("{HASHED_SLOT}", &keccak256(slot(1).slot).to_string())
        .replace("{NEW_SLOT}", &keccak256(slot(99).slot).to_string())
        .replace("{CODE}", &keccak256([1; 3]).to_string())
        .replace("{STRANGER}", &format!("{STRANGER:#x}"))
        .replace("{HASH}", &HASH.to_string())
        .replace("{MESSAGE}", &message(5).tx_hash().to_string())
        .replace("{BATCH}", &BATCH.hash.to_string())
}

pub(super) fn put<T: Table>(tx: &WriteTx, key: T::Key, value: T::Value) {
    tx.put::<T>(&key, &value).unwrap();
}

pub(super) fn delete<T: Table>(tx: &WriteTx, key: T::Key) {
    assert!(tx.delete::<T>(&key).unwrap());
}

/// Changes a value that is there.
pub(super) fn edit<T: Table>(tx: &WriteTx, key: T::Key, edit: impl FnOnce(&mut T::Value)) {
    let mut value = tx.get::<T>(&key).unwrap().unwrap();
    edit(&mut value);
    tx.put::<T>(&key, &value).unwrap();
}

pub(super) fn block_id(tx: &WriteTx, number: u64) -> BlockNumHash {
    BlockNumHash::new(number, tx.get::<CanonicalHeaders>(&number).unwrap().unwrap())
}

pub(super) fn some_account() -> Account {
    Account { nonce: 5, balance: U256::from(5), ..Account::default() }
}

pub(super) const fn slot(slot: u8) -> StorageKey {
    StorageKey { address: ACCOUNT, slot: B256::with_last_byte(slot) }
}
