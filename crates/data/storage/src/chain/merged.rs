//! The changes of several blocks as one: what a later block writes again is written once.

use super::{
    append::put_slot,
    trie::{put_hashed_account, put_hashed_slot, put_record, put_storage_record, wipe_records},
};
use crate::{cache::CommittedChanges, changes::StateChanges};
use alloy_primitives::{Address, B256, Bytes, U256};
use nybbles::Nibbles;
use rollup_db::{
    Account, Accounts, Bytecodes, DbError, HashedStorageKey, Metadata, MetadataKey, WriteTx,
};
use rollup_trie::{BranchRecord, StorageTrieUpdates, TrieAccount, TrieUpdates};
use std::collections::BTreeMap;

/// What is to be written of the state, in the order of the tables.
#[derive(Default)]
pub(super) struct MergedChanges<'a> {
    codes: BTreeMap<B256, &'a Bytes>,
    accounts: BTreeMap<Address, Option<Account>>,
    slots: BTreeMap<(Address, B256), U256>,
    hashed_accounts: BTreeMap<B256, Option<TrieAccount>>,
    hashed_slots: BTreeMap<(B256, B256), U256>,
    account_trie: Records<'a>,
    storage_tries: BTreeMap<B256, StorageRecords<'a>>,
    state_root: Option<B256>,
}

/// Records by path; `None` removes one.
type Records<'a> = BTreeMap<Nibbles, Option<&'a BranchRecord>>;

#[derive(Default)]
struct StorageRecords<'a> {
    /// Whether all records that are stored go first.
    is_wiped: bool,
    records: Records<'a>,
}

impl<'a> MergedChanges<'a> {
    /// Adds the changes of the next block.
    pub(super) fn add(&mut self, changes: &'a StateChanges) {
        let diff = changes.diff();
        self.codes.extend(diff.codes.iter().map(|(hash, code)| (*hash, code)));
        for (&address, account) in &diff.accounts {
            if account.before != account.after {
                self.accounts.insert(address, account.after);
            }
            let slots = account.storage.iter();
            self.slots.extend(slots.map(|(slot, diff)| ((address, B256::from(*slot)), diff.after)));
        }
        for (address, slots) in changes.hashed_slots() {
            self.hashed_slots.extend(slots.iter().map(|(slot, value)| ((*address, *slot), *value)));
        }
        let updates = changes.updates();
        self.hashed_accounts.extend(&updates.accounts);
        add_records(&mut self.account_trie, &updates.account_trie);
        for (address, StorageTrieUpdates { is_wiped, updates }) in &updates.storage_tries {
            let trie = self.storage_tries.entry(*address).or_default();
            if *is_wiped {
                *trie = StorageRecords { is_wiped: true, ..Default::default() };
            }
            add_records(&mut trie.records, updates);
        }
        self.state_root = Some(updates.root);
    }

    /// Writes everything. Returns what the cache must know.
    pub(super) fn write(self, tx: &WriteTx) -> Result<CommittedChanges, DbError> {
        for (hash, code) in self.codes {
            tx.put::<Bytecodes>(&hash, code)?;
        }
        for (address, account) in &self.accounts {
            match account {
                Some(account) => tx.put::<Accounts>(address, account)?,
                None => drop(tx.delete::<Accounts>(address)?),
            }
        }
        for ((address, slot), value) in &self.slots {
            put_slot(tx, *address, *slot, *value)?;
        }
        for (hashed_address, account) in self.hashed_accounts {
            put_hashed_account(tx, hashed_address, account.as_ref())?;
        }
        for ((hashed_address, hashed_slot), value) in self.hashed_slots {
            put_hashed_slot(tx, HashedStorageKey { hashed_address, hashed_slot }, value)?;
        }
        for (path, record) in self.account_trie {
            put_record(tx, path, record)?;
        }
        for (hashed_address, trie) in self.storage_tries {
            if trie.is_wiped {
                wipe_records(tx, hashed_address)?;
            }
            for (path, record) in trie.records {
                put_storage_record(tx, hashed_address, path, record)?;
            }
        }
        if let Some(root) = self.state_root {
            tx.put::<Metadata>(&MetadataKey::StateRoot, &root.0.into())?;
        }
        let slots = self.slots.into_iter();
        Ok(CommittedChanges {
            accounts: self.accounts.into_iter().collect(),
            slots: slots.map(|((address, slot), value)| (address, slot.into(), value)).collect(),
        })
    }
}

fn add_records<'a>(records: &mut Records<'a>, updates: &'a TrieUpdates) {
    records.extend(updates.deletes.iter().map(|path| (*path, None)));
    records.extend(updates.puts.iter().map(|(path, record)| (*path, Some(record))));
}
