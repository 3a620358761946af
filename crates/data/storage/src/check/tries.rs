//! Storage roots, state root and the records of the tries, computed from the hashed state alone.

use super::{
    read::{Entries, entries, get},
    records::CheckedTrie,
    run::Run,
    sketch::Known,
};
use crate::error::StorageError;
use alloy_primitives::{B256, U256};
use nybbles::Nibbles;
use rollup_db::{
    Accounts, AccountsTrie, DbError, HashedAccount, HashedAccounts, HashedStorage,
    HashedStorageKey, Headers, Metadata, MetadataKey, StorageTriePath, StoragesTrie, TriePath,
};
use rollup_trie::{EMPTY_ROOT_HASH, TrieAccount, account_leaf, slot_leaf};
use std::{iter::Peekable, rc::Rc};

type Slots<'tx> = Peekable<Entries<'tx, HashedStorage>>;

pub(super) fn check(run: &mut Run<'_>) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    run.begin(tx.entry_count::<HashedAccounts>()? + tx.entry_count::<HashedStorage>()?);
    let mut slots = entries::<HashedStorage>(&tx)?.peekable();
    let (mut account_records, mut storage_records) = (Known::default(), Known::default());
    let mut trie = CheckedTrie::new(TriePath);
    for entry in entries::<HashedAccounts>(&tx)? {
        let (hashed_address, account) = entry?;
        run.step();
        report_orphans(run, &mut slots, |key| key.hashed_address < hashed_address)?;
        let root = storage_root(run, hashed_address, &mut slots, &mut storage_records)?;
        if root != account.storage_root {
            let stored = account.storage_root;
            let problem = format!("has the storage root {stored}, its slots have {root}");
            run.find::<HashedAccounts>(&hashed_address, problem);
        }
        let leaf = account_leaf(&trie_account(&account, root));
        trie.add::<AccountsTrie>(run, &mut account_records, hashed_address, leaf)?;
    }
    report_orphans(run, &mut slots, |_| true)?;
    let root = trie.finish::<AccountsTrie>(run, &mut account_records)?;
    account_records.report_others::<AccountsTrie>(run, "is no branch of the account trie")?;
    storage_records.report_others::<StoragesTrie>(run, "is no branch of a storage trie")?;
    check_state_root(run, root)
}

/// Passes over the slots of accounts that are not among the hashed ones.
fn report_orphans(
    run: &mut Run<'_>,
    slots: &mut Slots<'_>,
    is_orphan: impl Fn(&HashedStorageKey) -> bool,
) -> Result<(), StorageError> {
    while let Some((key, _)) = next_slot(slots, &is_orphan)? {
        run.step();
        run.find::<HashedStorage>(
            &key,
            "is a slot of an account that HashedAccounts does not have",
        );
    }
    Ok(())
}

fn next_slot(
    slots: &mut Slots<'_>,
    condition: impl Fn(&HashedStorageKey) -> bool,
) -> Result<Option<(HashedStorageKey, U256)>, DbError> {
    slots.next_if(|slot| slot.as_ref().map_or(true, |(key, _)| condition(key))).transpose()
}

/// Root of the storage trie of the account whose slots come next.
fn storage_root(
    run: &mut Run<'_>,
    hashed_address: B256,
    slots: &mut Slots<'_>,
    known: &mut Known,
) -> Result<B256, StorageError> {
    let is_own = |key: &HashedStorageKey| key.hashed_address == hashed_address;
    let mut next = next_slot(slots, is_own)?;
    if next.is_none() {
        return Ok(EMPTY_ROOT_HASH);
    }
    let mut trie =
        CheckedTrie::new(|path: Nibbles| StorageTriePath { hashed_address, path: TriePath(path) });
    while let Some((key, value)) = next {
        run.step();
        if value.is_zero() {
            run.find::<HashedStorage>(&key, "is zero, which has no entry");
        } else {
            trie.add::<StoragesTrie>(run, known, key.hashed_slot, slot_leaf(value))?;
        }
        next = next_slot(slots, is_own)?;
    }
    trie.finish::<StoragesTrie>(run, known)
}

const fn trie_account(hashed: &HashedAccount, storage_root: B256) -> TrieAccount {
    let account = hashed.account;
    TrieAccount::new(account.nonce, account.balance, storage_root, account.code_hash)
}

/// Compares the root over all accounts with every place that names it.
fn check_state_root(run: &mut Run<'_>, root: B256) -> Result<(), StorageError> {
    if let Some(stored) = run.tx.get::<Metadata>(&MetadataKey::StateRoot)?
        && *stored != *root.as_slice()
    {
        let problem = format!("is {stored}, the state has the root {root}");
        run.find::<Metadata>(&MetadataKey::StateRoot, problem);
    }
    let Some(head) = run.end_block.checked_sub(1) else { return Ok(()) };
    let genesis_root = run.chain_spec.genesis_state_root_mpt();
    if head == 0 && root != genesis_root {
        let problem = format!("has the root {root}, that of the genesis is {genesis_root}");
        run.find_in(<Accounts as rollup_db::Table>::NAME, String::new(), problem);
    }
    // Before Euclid a header names the root of another trie.
    if let Some(header) = get::<Headers>(&run.tx, &head)?.value()
        && run.chain_spec.is_euclid_active_at_timestamp(header.timestamp)
        && header.state_root != root
    {
        let problem = format!("has the state root {}, the state has {root}", header.state_root);
        run.find::<Headers>(&head, problem);
    }
    Ok(())
}
