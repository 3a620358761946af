//! Every entry of a sound database, damaged in turn.

use super::fixture::{chain_spec, findings, healthy};
use alloy_primitives::Bytes;
use rollup_chainspec::ScrollChainSpec;
use rollup_db::{
    Database, DatabaseConfig, DecodeError, DupValue, Key, TABLES, Table, TableInfo, Value,
};
use rollup_storage::{CheckOptions, CheckReport, check};
use tempfile::TempDir;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RawKey(Vec<u8>);

impl Key for RawKey {
    type Encoded = Vec<u8>;

    fn encode(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self(bytes.to_vec()))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RawDup(Vec<u8>);

impl Value for RawDup {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self(bytes.to_vec()))
    }
}

impl DupValue for RawDup {
    type SubKey = RawKey;
}

/// The tables of the node in their order, with any bytes as keys and values.
mod raw {
    use super::{RawDup, RawKey};
    use alloy_primitives::Bytes;

    rollup_db::tables! {
        /// In the order of those of the node.
        pub(super) const TABLES;

        /// Raw.
        CanonicalHeaders: RawKey => Bytes;
        /// Raw.
        Headers: RawKey => Bytes;
        /// Raw.
        HeaderNumbers: RawKey => Bytes;
        /// Raw.
        BlockBodyIndices: RawKey => Bytes;
        /// Raw.
        Transactions: RawKey => Bytes;
        /// Raw.
        TransactionNumbers: RawKey => Bytes;
        /// Raw.
        Senders: RawKey => Bytes;
        /// Raw.
        Receipts: RawKey => Bytes;
        /// Raw.
        Accounts: RawKey => Bytes;
        /// Raw.
        Storage: RawKey => Bytes;
        /// Raw.
        Bytecodes: RawKey => Bytes;
        /// Raw.
        [dup] AccountChangesets: RawKey => RawDup;
        /// Raw.
        [dup] StorageChangesets: RawKey => RawDup;
        /// Raw.
        AccountHistory: RawKey => Bytes;
        /// Raw.
        StorageHistory: RawKey => Bytes;
        /// Raw.
        HashedAccounts: RawKey => Bytes;
        /// Raw.
        HashedStorage: RawKey => Bytes;
        /// Raw.
        AccountsTrie: RawKey => Bytes;
        /// Raw.
        StoragesTrie: RawKey => Bytes;
        /// Raw.
        L1Blocks: RawKey => Bytes;
        /// Raw.
        L1Messages: RawKey => Bytes;
        /// Raw.
        L1MessageIndices: RawKey => Bytes;
        /// Raw.
        NextQueueIndices: RawKey => Bytes;
        /// Raw.
        Batches: RawKey => Bytes;
        /// Raw.
        BatchCalldata: RawKey => Bytes;
        /// Raw.
        BlockBatches: RawKey => Bytes;
        /// Raw.
        Signatures: RawKey => Bytes;
        /// Raw.
        Forkchoice: RawKey => Bytes;
        /// Raw.
        SignedHeight: RawKey => Bytes;
        /// Raw.
        Metadata: RawKey => Bytes;
    }
}

/// Calls a function with each raw table but those of changesets.
macro_rules! for_each_table {
    ($function:ident($argument:expr)) => {
        for_each_table!(@each $function ($argument)
            CanonicalHeaders Headers HeaderNumbers BlockBodyIndices Transactions TransactionNumbers
            Senders Receipts Accounts Storage Bytecodes AccountHistory StorageHistory HashedAccounts
            HashedStorage AccountsTrie StoragesTrie L1Blocks L1Messages L1MessageIndices
            NextQueueIndices Batches BatchCalldata BlockBatches Signatures Forkchoice SignedHeight
            Metadata)
    };
    (@each $function:ident $argument:tt $($table:ident)+) => {
        $(for_each_table!(@call $function $argument raw::$table);)+
    };
    (@call $function:ident ($argument:expr) $table:ty) => {
        $function::<$table>($argument)
    };
}

/// A sound database under raw tables.
struct Patient {
    _directory: TempDir,
    db: Database,
    chain_spec: std::sync::Arc<ScrollChainSpec>,
}

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

impl Patient {
    fn new() -> Self {
        let (directory, store) = healthy();
        drop(store);
        let db = Database::open(directory.path(), DatabaseConfig::default(), raw::TABLES).unwrap();
        Self { _directory: directory, db, chain_spec: chain_spec() }
    }

    fn report(&self) -> CheckReport {
        check(&self.db, &self.chain_spec, CheckOptions::default(), &mut |_| {}).unwrap()
    }

    fn entries<T: Table>(&self) -> Entries {
        let mut entries = Vec::new();
        let tx = self.db.begin_read().unwrap();
        tx.visit_raw(T::NAME, &[], |key, value| {
            entries.push((key.to_vec(), value.to_vec()));
            true
        })
        .unwrap();
        entries
    }

    fn put<T: Table<Key = RawKey, Value = Bytes>>(&self, key: &[u8], value: Option<&[u8]>) {
        let tx = self.db.begin_write().unwrap();
        let key = RawKey(key.to_vec());
        match value {
            Some(value) => tx.put::<T>(&key, &Bytes::copy_from_slice(value)).unwrap(),
            None => assert!(tx.delete::<T>(&key).unwrap()),
        }
        tx.commit().unwrap();
    }

    /// Damages an entry, checks, and restores it.
    fn report_with<T: Table<Key = RawKey, Value = Bytes>>(
        &self,
        key: &[u8],
        value: &[u8],
        damaged: Option<&[u8]>,
    ) -> CheckReport {
        self.put::<T>(key, damaged);
        let report = self.report();
        self.put::<T>(key, Some(value));
        report
    }
}

fn info<T: Table>() -> &'static TableInfo {
    TABLES.iter().find(|table| table.name == T::NAME).unwrap()
}

/// Entries that nothing else in the database is about.
fn may_be_absent<T: Table>(key: &str) -> bool {
    match T::NAME {
        "L1Blocks" | "BatchCalldata" | "Signatures" | "SignedHeight" => true,
        "Metadata" => key.starts_with("L1") || key.ends_with("Sequence"),
        _ => false,
    }
}

fn assert_deletions_are_found<T: Table<Key = RawKey, Value = Bytes>>(patient: &Patient) {
    for (key, value) in patient.entries::<T>() {
        let (text, _) = (info::<T>().show)(&key, &value).unwrap();
        if may_be_absent::<T>(&text) {
            continue;
        }
        let report = patient.report_with::<T>(&key, &value, None);
        let sentences = findings(&report);
        // Codes are asked for by accounts; those of removed ones would not be missed.
        let named = format!("{} {text}", T::NAME);
        let names_it = |sentence: &String| sentence.starts_with(&named);
        let is_consequence = |sentence: &String| match T::NAME {
            "Accounts" => sentence.ends_with("is not the hash of an account"),
            "Storage" => sentence.ends_with("is not the hash of a slot"),
            "AccountHistory" => sentence.starts_with("AccountChangesets "),
            "StorageHistory" => sentence.starts_with("StorageChangesets "),
            // The last one leaves no gap.
            "L1Messages" => sentence.ends_with("is not a hash of an L1 message"),
            "Batches" => sentence.contains(" names batch "),
            _ => false,
        };
        assert!(
            sentences.iter().any(|sentence| names_it(sentence) || is_consequence(sentence)),
            "{named} deleted: {sentences:#?}"
        );
    }
}

#[test]
fn the_raw_tables_are_those_of_the_node() {
    let names = |tables: &'static [TableInfo]| tables.iter().map(|table| table.name);
    assert!(names(raw::TABLES).eq(names(TABLES)));
}

#[test]
fn every_deleted_entry_is_found() {
    let patient = Patient::new();
    for_each_table!(assert_deletions_are_found(&patient));
    assert!(patient.report().is_sound());
}

/// Values, or their parts, that nothing else in the database is about.
fn may_differ<T: Table>(key: &str) -> bool {
    match T::NAME {
        "L1Blocks" | "L1Messages" | "Batches" | "BatchCalldata" | "Signatures" | "SignedHeight" => {
            true
        }
        "Metadata" => key.starts_with("L1") || key.ends_with("Sequence"),
        _ => false,
    }
}

/// Whether only the L1 data fee of the receipt differs.
fn is_fee_alone<T: Table>(value: &[u8], damaged: &[u8]) -> bool {
    use rollup_db::StoredReceipt;
    T::NAME == "Receipts"
        && StoredReceipt::decode(damaged)
            .is_ok_and(|damaged| damaged.inner == StoredReceipt::decode(value).unwrap().inner)
}

fn assert_changes_are_found<T: Table<Key = RawKey, Value = Bytes>>(patient: &Patient) {
    for (at, (key, value)) in patient.entries::<T>().into_iter().enumerate() {
        let (text, _) = (info::<T>().show)(&key, &value).unwrap();
        if may_differ::<T>(&text) {
            continue;
        }
        // A bit at each end and one in between, another one for each entry.
        for position in [0, value.len().saturating_sub(1), at * 7 % value.len().max(1)] {
            let mut damaged = value.clone();
            let Some(byte) = damaged.get_mut(position) else { continue };
            *byte ^= 1 << (at % 8);
            if is_fee_alone::<T>(&value, &damaged) {
                continue;
            }
            let report = patient.report_with::<T>(&key, &value, Some(&damaged));
            assert!(!report.is_sound(), "{} {text}: bit of byte {position}", T::NAME);
        }
    }
}

#[test]
fn every_flipped_bit_of_a_value_is_found() {
    let patient = Patient::new();
    for_each_table!(assert_changes_are_found(&patient));
    assert!(patient.report().is_sound());
}

fn damage_last<T: Table<Key = RawKey, Value = Bytes>>(patient: &Patient) {
    let (key, _) = patient.entries::<T>().pop().unwrap();
    patient.put::<T>(&key, Some(&[0xff; 3]));
}

fn add_key<T: Table<Key = RawKey, Value = Bytes>>(patient: &Patient) {
    patient.put::<T>(&[0xff; 3], Some(&[1]));
}

#[test]
fn values_that_do_not_decode_are_found_in_every_table_at_once() {
    let patient = Patient::new();
    for_each_table!(damage_last(&patient));
    let report = patient.report();
    let sentences = findings(&report);
    for table in TABLES {
        let found = |sentence: &String| {
            sentence.starts_with(&format!("{} ", table.name))
                && sentence.contains("does not decode")
        };
        // Some take any bytes, or any as a number; those of the changesets are not damaged here.
        let takes_any = [
            "Bytecodes",
            "AccountsTrie",
            "StoragesTrie",
            "BatchCalldata",
            "Metadata",
            "Storage",
            "HashedStorage",
        ];
        let is_whole = takes_any.contains(&table.name) || table.dup;
        assert_eq!(sentences.iter().any(found), !is_whole, "{}: {sentences:#?}", table.name);
    }
    // The damage kept no part from going on.
    assert!(!sentences.iter().any(|sentence| sentence.contains("stopped")), "{sentences:#?}");
}

#[test]
fn keys_that_do_not_decode_are_found_in_every_table_at_once() {
    let patient = Patient::new();
    for_each_table!(add_key(&patient));
    let tx = patient.db.begin_write().unwrap();
    let (key, value) = (RawKey(vec![0xff; 3]), RawDup(vec![1]));
    tx.put::<raw::AccountChangesets>(&key, &value).unwrap();
    tx.put::<raw::StorageChangesets>(&key, &value).unwrap();
    tx.commit().unwrap();
    let sentences = findings(&patient.report());
    for table in TABLES {
        let found = |sentence: &String| {
            sentence.starts_with(&format!("{} 0xffffff does not decode", table.name))
        };
        assert!(sentences.iter().any(found), "{}: {sentences:#?}", table.name);
    }
    assert!(!sentences.iter().any(|sentence| sentence.contains("stopped")), "{sentences:#?}");
}

#[test]
fn tables_that_the_file_lacks_are_found() {
    let directory = TempDir::new().unwrap();
    drop(Database::open(directory.path(), DatabaseConfig::default(), &[]).unwrap());
    let db = Database::open_read_only(directory.path(), DatabaseConfig::default(), TABLES).unwrap();
    let report = check(&db, &chain_spec(), CheckOptions::default(), &mut |_| {}).unwrap();
    let sentences = findings(&report);
    assert!(sentences.contains(&"Headers is not in the database".into()), "{sentences:#?}");
    assert!(sentences.contains(&"Metadata ChainId is missing".into()), "{sentences:#?}");
    assert_eq!(report.parts.len(), 14);
}
