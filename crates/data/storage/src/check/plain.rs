//! The state by address against the state by hash.

use super::{
    read::{Found, entries, get},
    run::Run,
    sketch::Known,
};
use crate::error::StorageError;
use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256, keccak256};
use rollup_db::{
    Account, Accounts, Bytecodes, HashedAccounts, HashedStorage, HashedStorageKey, Key, Storage,
    StorageKey,
};
use std::rc::Rc;

/// Each account is among the hashed ones, no other is, and its code is there.
pub(super) fn check_accounts(run: &mut Run<'_>) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    run.begin(tx.entry_count::<Accounts>()?);
    let mut known = Known::default();
    for entry in entries::<Accounts>(&tx)? {
        let (address, account) = entry?;
        run.step();
        check_account(run, &mut known, address, &account)?;
        let code_hash = account.code_hash;
        if code_hash != KECCAK256_EMPTY && !tx.contains::<Bytecodes>(&code_hash)? {
            let problem = format!("is missing; it is the code of account {address:#x}");
            run.find::<Bytecodes>(&code_hash, problem);
        }
    }
    known.report_others::<HashedAccounts>(run, "is not the hash of an account")
}

fn check_account(
    run: &mut Run<'_>,
    known: &mut Known,
    address: Address,
    account: &Account,
) -> Result<(), StorageError> {
    let hashed_address = keccak256(address);
    match get::<HashedAccounts>(&run.tx, &hashed_address)? {
        Found::Missing => {
            let problem = format!("is missing; it is account {address:#x}");
            run.find::<HashedAccounts>(&hashed_address, problem);
        }
        Found::Here(hashed) if hashed.account != *account => {
            known.add(&hashed_address);
            let problem =
                format!("has {:?}, Accounts {address:#x} has {account:?}", hashed.account);
            run.find::<HashedAccounts>(&hashed_address, problem);
        }
        Found::Here(_) | Found::Damaged => known.add(&hashed_address),
    }
    Ok(())
}

/// Each slot is of an account, not zero and among the hashed ones, and no other is.
pub(super) fn check_storage(run: &mut Run<'_>) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    run.begin(tx.entry_count::<Storage>()?);
    let mut known = Known::default();
    let mut owner: Option<(Address, B256)> = None;
    for entry in entries::<Storage>(&tx)? {
        let (key, value) = entry?;
        run.step();
        let hashed_address = match owner {
            Some((address, hash)) if address == key.address => hash,
            _ => {
                if !tx.contains::<Accounts>(&key.address)? {
                    run.find::<Storage>(&key, "is a slot of an account that does not exist");
                }
                keccak256(key.address)
            }
        };
        owner = Some((key.address, hashed_address));
        if value.is_zero() {
            run.find::<Storage>(&key, "is zero, which has no entry");
        }
        check_slot(run, &mut known, hashed_address, &key, value)?;
    }
    known.report_others::<HashedStorage>(run, "is not the hash of a slot")
}

fn check_slot(
    run: &mut Run<'_>,
    known: &mut Known,
    hashed_address: B256,
    key: &StorageKey,
    value: U256,
) -> Result<(), StorageError> {
    let hashed = HashedStorageKey { hashed_address, hashed_slot: keccak256(key.slot) };
    match get::<HashedStorage>(&run.tx, &hashed)? {
        Found::Missing => {
            run.find::<HashedStorage>(&hashed, format!("is missing; it is slot {}", key.text()));
        }
        Found::Here(found) if found != value => {
            known.add(&hashed);
            let problem = format!("is {found}, Storage {} is {value}", key.text());
            run.find::<HashedStorage>(&hashed, problem);
        }
        Found::Here(_) | Found::Damaged => known.add(&hashed),
    }
    Ok(())
}
