//! Keys as text.

use alloy_primitives::{hex, keccak256};
use proptest::{collection::vec, prelude::*};
use rollup_db::{Key, KeyTextError, MetadataKey, TABLES, Table, TableInfo, Value};
use rstest::rstest;

/// Calls a function with each table as its type.
macro_rules! for_each_table {
    ($function:ident($($argument:expr),*)) => {
        for_each_table!(@each $function ($($argument),*)
            CanonicalHeaders Headers HeaderNumbers BlockBodyIndices Transactions TransactionNumbers
            Senders Receipts Accounts Storage Bytecodes AccountChangesets StorageChangesets
            AccountHistory StorageHistory HashedAccounts HashedStorage AccountsTrie StoragesTrie
            L1Blocks L1Messages L1MessageIndices NextQueueIndices Batches BatchCalldata BlockBatches
            Signatures Forkchoice SignedHeight Metadata)
    };
    (@each $function:ident $arguments:tt $($table:ident)+) => {
        vec![$(for_each_table!(@call $function $arguments rollup_db::$table)),+]
    };
    (@call $function:ident ($($argument:expr),*) $table:ty) => {
        $function::<$table>($($argument),*)
    };
}

const fn name<T: Table>() -> &'static str {
    T::NAME
}

fn info<T: Table>() -> &'static TableInfo {
    &TABLES[T::INDEX]
}

/// Every key that starts like these bytes, or like them with their end as nibbles.
fn keys<T: Table>(bytes: &[u8]) -> Vec<T::Key> {
    let nibbles_from = |start: usize| {
        let mut bytes = bytes.to_vec();
        bytes[start..].iter_mut().for_each(|byte| *byte &= 0xf);
        bytes
    };
    [bytes.to_vec(), nibbles_from(0), nibbles_from(32)]
        .iter()
        .flat_map(|bytes| {
            (0..=bytes.len()).filter_map(|length| T::Key::decode(&bytes[..length]).ok())
        })
        .collect()
}

fn assert_round_trips<T: Table>(bytes: &[u8]) {
    let keys = keys::<T>(bytes);
    // A tag is one of few.
    assert!(!keys.is_empty() || T::Key::decode(&[0]).is_ok(), "{}", T::NAME);
    for key in keys {
        let text = key.text();
        let parsed = (info::<T>().parse_key)(&text);
        assert_eq!(parsed.as_deref(), Ok(key.encode().as_ref()), "{} {text}", T::NAME);
        assert_eq!((info::<T>().show_key)(key.encode().as_ref()), Ok(text), "{}", T::NAME);
    }
}

proptest! {
    #[test]
    fn the_text_of_every_key_is_read_back(
        bytes in prop_oneof![8 => vec(any::<u8>(), 96), 1 => vec(0_u8..9, 96), 1 => Just(vec![0xff; 96])],
    ) {
        for_each_table!(assert_round_trips(&bytes));
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "(0x)?[0-9a-f/lL]{0,140}|\\PC{0,20}") {
        for table in TABLES {
            if let Ok(bytes) = (table.parse_key)(&text) {
                prop_assert!(bytes.len() <= 96);
            }
        }
    }
}

#[test]
fn every_table_is_tested() {
    let names: Vec<_> = TABLES.iter().map(|table| table.name).collect();
    assert_eq!(for_each_table!(name()), names);
}

const ADDRESS: &str = "0x1111111111111111111111111111111111111111";
const HASH: &str = "0x2222222222222222222222222222222222222222222222222222222222222222";

fn table(name: &str) -> &'static TableInfo {
    TABLES.iter().find(|table| table.name == name).unwrap()
}

#[rstest]
#[case::block_number("Headers", "258", "0000000000000102")]
#[case::tag("Forkchoice", "Safe", "01")]
#[case::metadata("Metadata", "StateRoot", "07")]
#[case::slot_in_decimal(
    "Storage",
    "{A}/258",
    "{A} 000000000000000000000000000000000000000000000000000000000000 0102"
)]
#[case::slot_in_short_hex(
    "Storage",
    "{A}/0x102",
    "{A} 000000000000000000000000000000000000000000000000000000000000 0102"
)]
#[case::slot_in_full("Storage", "{A}/{H}", "{A} {H}")]
#[case::upper_case(
    "Storage",
    "{A}/0xAB",
    "{A} 00000000000000000000000000000000000000000000000000000000000000 ab"
)]
#[case::first_field("Storage", "{A}", "{A}")]
#[case::block_and_account("StorageChangesets", "7/{A}", "0000000000000007 {A}")]
#[case::all_accounts_of_a_block("StorageChangesets", "7", "0000000000000007")]
#[case::growing_shard("AccountHistory", "{A}/last", "{A} ffffffffffffffff")]
#[case::full_shard("StorageHistory", "{A}/{H}/5", "{A} {H} 0000000000000005")]
#[case::batch("Batches", "3/17/{H}", "0000000000000003 0000000000000011 {H}")]
#[case::root("AccountsTrie", "0x", "")]
#[case::path("AccountsTrie", "0x1a2", "010a02")]
#[case::storage_path("StoragesTrie", "{H}/0x1a2", "{H} 010a02")]
#[case::storage_trie("StoragesTrie", "{H}", "{H}")]
fn texts_name_keys(#[case] name: &str, #[case] text: &str, #[case] bytes: &str) {
    let text = text.replace("{A}", ADDRESS).replace("{H}", HASH);
    let bytes = bytes.replace("{A}", &ADDRESS[2..]).replace("{H}", &HASH[2..]).replace(' ', "");
    let expected = hex::decode(bytes).unwrap();
    assert_eq!((table(name).parse_key)(&text), Ok(expected), "{text}");
}

#[rstest]
#[case("Headers", "0x10", "expected a block number (decimal digits)")]
#[case("Headers", "+1", "expected a block number (decimal digits)")]
#[case("Headers", "", "expected a block number (decimal digits)")]
#[case("Headers", "18446744073709551616", "expected a block number (decimal digits)")]
#[case("Senders", "x", "expected a transaction number (decimal digits)")]
#[case("L1Messages", "x", "expected a queue index (decimal digits)")]
#[case("HeaderNumbers", "5", "expected a block hash (0x and 64 hex digits)")]
#[case("Accounts", "0x11", "expected an address (0x and 40 hex digits)")]
#[case(
    "Accounts",
    "1111111111111111111111111111111111111111",
    "expected an address (0x and 40 hex digits)"
)]
#[case("Storage", "{A}/", "expected a slot (decimal digits, or 0x and up to 64 hex digits)")]
#[case("Storage", "{A}/0x", "expected a slot (decimal digits, or 0x and up to 64 hex digits)")]
#[case("Storage", "{A}/1_0", "expected a slot (decimal digits, or 0x and up to 64 hex digits)")]
#[case("Storage", "{A}/0x1_0", "expected a slot (decimal digits, or 0x and up to 64 hex digits)")]
#[case("Storage", "{A}/1/2", "expected no more than address/slot")]
#[case(
    "StorageHistory",
    "{A}/1/first",
    "expected the highest block of a shard (decimal digits, or last)"
)]
#[case("Batches", "1/2/3", "expected a batch hash (0x and 64 hex digits)")]
#[case("AccountsTrie", "1a", "expected a path in a trie (0x and up to 64 hex digits)")]
#[case(
    "AccountsTrie",
    "0x22222222222222222222222222222222222222222222222222222222222222222",
    "expected a path in a trie (0x and up to 64 hex digits)"
)]
#[case("StoragesTrie", "0x1", "expected the hash of an address (0x and 64 hex digits)")]
#[case("Forkchoice", "head", "expected Head or Safe or Finalized")]
#[case("SignedHeight", "", "expected Single")]
fn an_error_says_what_is_expected(#[case] name: &str, #[case] text: &str, #[case] error: &str) {
    let text = text.replace("{A}", ADDRESS);
    assert_eq!((table(name).parse_key)(&text).unwrap_err().to_string(), error, "{name} {text}");
}

#[test]
fn an_entry_is_shown_with_a_key_that_can_be_pasted() {
    let mut value = Vec::new();
    alloy_primitives::U256::from(300).encode(&mut value);
    let key = [&hex!("1111111111111111111111111111111111111111")[..], &[0; 31], &[5]].concat();
    let (key, value) = (table("Storage").show)(&key, &value).unwrap();
    assert_eq!(key, format!("{ADDRESS}/0x{}05", "00".repeat(31)));
    assert_eq!(value, "300");

    let (key, value) =
        (table("Metadata").show)(&MetadataKey::GenesisHash.encode(), keccak256([]).as_slice())
            .unwrap();
    assert_eq!(key, "GenesisHash");
    assert_eq!(value, keccak256([]).to_string());
}

#[test]
fn a_key_type_without_a_text_of_its_own_is_shown_in_hex() {
    use crate::support::RawKey;
    assert_eq!(RawKey(vec![1, 0xab]).text(), "0x01ab");
    assert_eq!(RawKey::parse_text("0x01ab"), Ok(vec![1, 0xab]));
    let expected = KeyTextError::Field { expected: "a key", form: "0x and hex digits" };
    assert_eq!(RawKey::parse_text("0x1"), Err(expected));
}
