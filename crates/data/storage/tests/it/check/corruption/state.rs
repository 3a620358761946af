//! State, codes and tries.

use super::super::fixture::{ACCOUNT, change, findings, open, report};
use super::{HASH, STRANGER, assert_found, delete, edit, put, slot, some_account};
use alloy_primitives::{Address, Bytes, U256, keccak256};
use nybbles::Nibbles;
use rollup_db::{
    Accounts, AccountsTrie, Bytecodes, HashedAccount, HashedAccounts, HashedStorage,
    HashedStorageKey, Storage, StorageKey, StorageTriePath, StoragesTrie, TriePath, WriteTx,
};
use tempfile::TempDir;

fn hashed(key: StorageKey) -> HashedStorageKey {
    HashedStorageKey { hashed_address: keccak256(key.address), hashed_slot: keccak256(key.slot) }
}

/// Changes an account by address and by hash, and nothing else.
fn change_account(tx: &WriteTx, address: Address) {
    edit::<Accounts>(tx, address, |account| account.nonce += 1);
    edit::<HashedAccounts>(tx, keccak256(address), |hashed| hashed.account.nonce += 1);
}

#[test]
fn plain_and_hashed_state_that_differ_are_found() {
    assert_found(&[
        (
            |tx| put::<Accounts>(tx, STRANGER, some_account()),
            &["HashedAccounts {HASHED_STRANGER} is missing; it is account {STRANGER}"],
        ),
        (
            |tx| edit::<Accounts>(tx, ACCOUNT, |account| account.nonce = 8),
            &["HashedAccounts {HASHED} has "],
        ),
        (
            |tx| edit::<HashedAccounts>(tx, keccak256(ACCOUNT), |hashed| hashed.account.nonce = 8),
            &["HashedAccounts {HASHED} has "],
        ),
        (
            |tx| put::<HashedAccounts>(tx, HASH, Default::default()),
            &["HashedAccounts {HASH} is not the hash of an account"],
        ),
        (
            |tx| put::<Storage>(tx, slot(99), U256::from(1)),
            &["HashedStorage {HASHED}/{NEW_SLOT} is missing; it is slot {ACCOUNT}/0x"],
        ),
        (
            |tx| put::<Storage>(tx, slot(1), U256::from(77)),
            &["HashedStorage {HASHED}/{HASHED_SLOT} is 3, Storage {ACCOUNT}/{SLOT} is 77"],
        ),
        (
            |tx| put::<Storage>(tx, slot(99), U256::ZERO),
            &[
                "Storage {ACCOUNT}/0x0000000000000000000000000000000000000000000000000000000000000063 is zero",
            ],
        ),
        (
            |tx| put::<Storage>(tx, StorageKey { address: STRANGER, ..slot(1) }, U256::from(1)),
            &["Storage {STRANGER}/{SLOT} is a slot of an account that does not exist"],
        ),
        (|tx| delete::<Accounts>(tx, ACCOUNT), &["Storage {ACCOUNT}/0x"]),
        (
            |tx| {
                put::<HashedStorage>(
                    tx,
                    HashedStorageKey { hashed_slot: HASH, ..hashed(slot(1)) },
                    U256::from(1),
                )
            },
            &["HashedStorage {HASHED}/{HASH} is not the hash of a slot"],
        ),
        (
            |tx| put::<HashedStorage>(tx, hashed(slot(1)), U256::ZERO),
            &["HashedStorage {HASHED}/{HASHED_SLOT} is zero, which has no entry"],
        ),
        (
            |tx| {
                put::<HashedStorage>(
                    tx,
                    HashedStorageKey { hashed_address: HASH, hashed_slot: HASH },
                    U256::from(1),
                )
            },
            &[
                "HashedStorage {HASH}/{HASH} is a slot of an account that HashedAccounts does not have",
            ],
        ),
    ]);
}

#[test]
fn codes_that_are_not_under_their_hash_are_found() {
    assert_found(&[
        (
            |tx| put::<Bytecodes>(tx, keccak256([1; 3]), Bytes::from(vec![7])),
            &["Bytecodes {CODE} has code of the hash 0x"],
        ),
        (
            |tx| delete::<Bytecodes>(tx, keccak256([1; 3])),
            &["Bytecodes {CODE} is missing; it is the code of account {ACCOUNT}"],
        ),
        (
            |tx| put::<Bytecodes>(tx, keccak256([]), Bytes::new()),
            &[
                "Bytecodes 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470 is of no bytes",
            ],
        ),
    ]);
}

const fn path(path: Nibbles) -> TriePath {
    TriePath(path)
}

fn storage_path(nibbles: &[u8]) -> StorageTriePath {
    StorageTriePath {
        hashed_address: keccak256(ACCOUNT),
        path: path(Nibbles::from_nibbles(nibbles)),
    }
}

#[test]
fn tries_that_are_not_those_of_the_state_are_found() {
    assert_found(&[
        // As if the state had been written without its trie.
        (
            |tx| change_account(tx, ACCOUNT),
            &[
                "AccountsTrie 0x is not the branch that the leaves make there",
                "Metadata StateRoot is 0x",
                "Headers 6 has the state root 0x",
            ],
        ),
        (
            |tx| {
                put::<Accounts>(tx, STRANGER, some_account());
                let hashed = HashedAccount { account: some_account(), ..Default::default() };
                put::<HashedAccounts>(tx, keccak256(STRANGER), hashed);
            },
            &["AccountsTrie 0x is not the branch", "Metadata StateRoot is 0x"],
        ),
        (
            |tx| {
                put::<Storage>(tx, slot(1), U256::from(77));
                put::<HashedStorage>(tx, hashed(slot(1)), U256::from(77));
            },
            &[
                "HashedAccounts {HASHED} has the storage root 0x",
                "StoragesTrie {HASHED}/0x is not the branch",
                "Metadata StateRoot is 0x",
            ],
        ),
        (
            |tx| {
                edit::<HashedAccounts>(tx, keccak256(ACCOUNT), |hashed| hashed.storage_root = HASH)
            },
            &["HashedAccounts {HASHED} has the storage root 0xeeee"],
        ),
        (
            |tx| delete::<AccountsTrie>(tx, path(Nibbles::new())),
            &["AccountsTrie 0x is missing; the leaves make a branch there"],
        ),
        (
            |tx| {
                put::<AccountsTrie>(
                    tx,
                    path(Nibbles::from_nibbles([1, 2, 3])),
                    tx.get::<AccountsTrie>(&path(Nibbles::new())).unwrap().unwrap(),
                )
            },
            &["AccountsTrie 0x123 is no branch of the account trie"],
        ),
        (
            |tx| delete::<StoragesTrie>(tx, storage_path(&[])),
            &["StoragesTrie {HASHED}/0x is missing"],
        ),
        (
            |tx| put::<StoragesTrie>(tx, storage_path(&[0xb]), Bytes::from(vec![1])),
            &["StoragesTrie {HASHED}/0xb is not the branch"],
        ),
        (
            |tx| put::<StoragesTrie>(tx, storage_path(&[1, 2, 3]), Bytes::from(vec![1])),
            &["StoragesTrie {HASHED}/0x123 is no branch of a storage trie"],
        ),
    ]);
}

#[test]
fn a_genesis_state_of_another_chain_is_found() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    change(&store, |tx| {
        put::<Accounts>(tx, STRANGER, some_account());
        let hashed = HashedAccount { account: some_account(), ..Default::default() };
        put::<HashedAccounts>(tx, keccak256(STRANGER), hashed);
    });
    let sentences = findings(&report(&store));
    assert!(
        sentences.iter().any(|sentence| sentence.starts_with("Accounts has the root 0x")),
        "{sentences:#?}"
    );
}
