//! Hashed leaves and tries: what changes, and how the trie crate reads what is stored.

use crate::{
    changes::{HashedAccountInfos, HashedSlots, account_info, post_state},
    error::StorageError,
};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use nybbles::Nibbles;
use rollup_db::{
    Account, AccountsTrie, Cursor, DbError, HashedAccount, HashedAccounts, HashedStorage,
    HashedStorageKey, Metadata, MetadataKey, Mode, StorageTriePath, StoragesTrie, TriePath, Tx,
    WriteTx,
};
use rollup_trie::{
    BranchRecord, EMPTY_ROOT_HASH, RecordError, StateSource, StateTrie, StateUpdates,
    StorageTrieUpdates, TrieAccount, TrieCursor, TrieUpdates, account_leaf, slot_leaf,
};
use thiserror::Error;

/// Changes of the state by hashed keys; the later of two changes of one key wins. Slots that an
/// account loses with its existence are among them.
#[derive(Debug, Default)]
pub(super) struct HashedChanges {
    accounts: HashedAccountInfos,
    slots: HashedSlots,
}

impl HashedChanges {
    pub(super) fn account(&mut self, address: Address, account: Option<Account>) {
        self.accounts.insert(keccak256(address), account.map(account_info));
    }

    pub(super) fn slot(&mut self, address: Address, slot: B256, value: U256) {
        self.slots.entry(keccak256(address)).or_default().insert(keccak256(slot), value);
    }

    /// Writes the changes to the hashed tables and the tries. Returns the new state root.
    pub(super) fn apply(self, tx: &WriteTx) -> Result<B256, StorageError> {
        let state = post_state(self.accounts, &self.slots);
        // The trie reads the leaves from before the change, so they are written afterwards.
        let updates = StateTrie::from_root(state_root(tx)?).update(&state, &StoredState(tx))?;
        write_updates(tx, &updates)?;
        for (hashed_address, slots) in self.slots {
            for (hashed_slot, value) in slots {
                put_hashed_slot(tx, HashedStorageKey { hashed_address, hashed_slot }, value)?;
            }
        }
        tx.put::<Metadata>(&MetadataKey::StateRoot, &updates.root.0.into())?;
        Ok(updates.root)
    }
}

/// Root of the trie over the state after the head.
pub(super) fn state_root<M: Mode>(tx: &Tx<M>) -> Result<B256, StorageError> {
    let Some(root) = tx.get::<Metadata>(&MetadataKey::StateRoot)? else {
        return Ok(EMPTY_ROOT_HASH);
    };
    let missing = |_| StorageError::Missing { table: "Metadata", number: 0 };
    Ok(B256::new(root.as_ref().try_into().map_err(missing)?))
}

fn write_updates(tx: &WriteTx, updates: &StateUpdates) -> Result<(), DbError> {
    for (address, account) in &updates.accounts {
        put_hashed_account(tx, *address, account.as_ref())?;
    }
    let TrieUpdates { puts, deletes } = &updates.account_trie;
    for path in deletes {
        put_record(tx, *path, None)?;
    }
    for (path, record) in puts {
        put_record(tx, *path, Some(record))?;
    }
    for (hashed_address, StorageTrieUpdates { is_wiped, updates }) in &updates.storage_tries {
        if *is_wiped {
            wipe_records(tx, *hashed_address)?;
        }
        for path in &updates.deletes {
            put_storage_record(tx, *hashed_address, *path, None)?;
        }
        for (path, record) in &updates.puts {
            put_storage_record(tx, *hashed_address, *path, Some(record))?;
        }
    }
    Ok(())
}

/// Writes or removes a leaf of the account trie.
pub(super) fn put_hashed_account(
    tx: &WriteTx,
    hashed_address: B256,
    account: Option<&TrieAccount>,
) -> Result<(), DbError> {
    match account {
        Some(account) => tx.put::<HashedAccounts>(&hashed_address, &hashed_account(account)),
        None => tx.delete::<HashedAccounts>(&hashed_address).map(drop),
    }
}

/// Writes a leaf of a storage trie; zero removes it.
pub(super) fn put_hashed_slot(
    tx: &WriteTx,
    key: HashedStorageKey,
    value: U256,
) -> Result<(), DbError> {
    if value.is_zero() {
        tx.delete::<HashedStorage>(&key).map(drop)
    } else {
        tx.put::<HashedStorage>(&key, &value)
    }
}

/// Writes or removes a record of the account trie.
pub(super) fn put_record(
    tx: &WriteTx,
    path: Nibbles,
    record: Option<&BranchRecord>,
) -> Result<(), DbError> {
    match record {
        Some(record) => tx.put::<AccountsTrie>(&TriePath(path), &encoded(record)),
        None => tx.delete::<AccountsTrie>(&TriePath(path)).map(drop),
    }
}

/// Writes or removes a record of a storage trie.
pub(super) fn put_storage_record(
    tx: &WriteTx,
    hashed_address: B256,
    path: Nibbles,
    record: Option<&BranchRecord>,
) -> Result<(), DbError> {
    let key = StorageTriePath { hashed_address, path: TriePath(path) };
    match record {
        Some(record) => tx.put::<StoragesTrie>(&key, &encoded(record)),
        None => tx.delete::<StoragesTrie>(&key).map(drop),
    }
}

/// Removes all records of a storage trie.
pub(super) fn wipe_records(tx: &WriteTx, hashed_address: B256) -> Result<(), DbError> {
    let key = |path| StorageTriePath { hashed_address, path: TriePath(path) };
    let longest = Nibbles::unpack(B256::repeat_byte(0xff));
    let records = tx.walk::<StoragesTrie>(key(Nibbles::new())..=key(longest))?;
    let paths = records.map(|entry| entry.map(|(key, _)| key)).collect::<Result<Vec<_>, _>>()?;
    for path in &paths {
        tx.delete::<StoragesTrie>(path)?;
    }
    Ok(())
}

fn encoded(record: &BranchRecord) -> Bytes {
    record.encode().into()
}

const fn hashed_account(account: &TrieAccount) -> HashedAccount {
    let TrieAccount { nonce, balance, storage_root, code_hash, .. } = *account;
    HashedAccount { account: Account { nonce, balance, code_hash }, storage_root }
}

const fn trie_account(hashed: &HashedAccount) -> TrieAccount {
    let HashedAccount { account: Account { nonce, balance, code_hash }, storage_root } = *hashed;
    TrieAccount::new(nonce, balance, storage_root, code_hash)
}

/// A record or leaf that the database could not give.
#[derive(Debug, Error)]
pub(crate) enum StoredStateError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("a record of the tables of the tries is damaged")]
    Record(#[from] RecordError),
}

/// The tries of a transaction, as the trie crate reads them.
pub(crate) struct StoredState<'tx, M: Mode>(pub(crate) &'tx Tx<M>);

impl<M: Mode> StateSource for StoredState<'_, M> {
    type Error = DbError;
    type Accounts<'a>
        = AccountCursor<'a, M>
    where
        Self: 'a;
    type Storage<'a>
        = StorageCursor<'a, M>
    where
        Self: 'a;

    fn account_cursor(&self) -> Result<AccountCursor<'_, M>, DbError> {
        Ok(AccountCursor { branches: self.0.cursor()?, leaves: self.0.cursor()? })
    }

    fn storage_cursor(&self, hashed_address: B256) -> Result<StorageCursor<'_, M>, DbError> {
        Ok(StorageCursor { hashed_address, branches: self.0.cursor()?, leaves: self.0.cursor()? })
    }
}

pub(crate) struct AccountCursor<'tx, M: Mode> {
    branches: Cursor<'tx, AccountsTrie, M>,
    leaves: Cursor<'tx, HashedAccounts, M>,
}

impl<M: Mode> TrieCursor for AccountCursor<'_, M> {
    type Error = StoredStateError;

    fn seek_branch(
        &mut self,
        path: &Nibbles,
    ) -> Result<Option<(Nibbles, BranchRecord)>, StoredStateError> {
        let Some((path, record)) = self.branches.seek(&TriePath(*path))? else { return Ok(None) };
        Ok(Some((path.0, BranchRecord::decode(&record)?)))
    }

    fn seek_leaf(&mut self, key: B256) -> Result<Option<(B256, Vec<u8>)>, StoredStateError> {
        let found = self.leaves.seek(&key)?;
        Ok(found.map(|(key, account)| (key, account_leaf(&trie_account(&account)))))
    }
}

pub(crate) struct StorageCursor<'tx, M: Mode> {
    hashed_address: B256,
    branches: Cursor<'tx, StoragesTrie, M>,
    leaves: Cursor<'tx, HashedStorage, M>,
}

impl<M: Mode> TrieCursor for StorageCursor<'_, M> {
    type Error = StoredStateError;

    fn seek_branch(
        &mut self,
        path: &Nibbles,
    ) -> Result<Option<(Nibbles, BranchRecord)>, StoredStateError> {
        let hashed_address = self.hashed_address;
        let key = StorageTriePath { hashed_address, path: TriePath(*path) };
        let found =
            self.branches.seek(&key)?.filter(|(key, _)| key.hashed_address == hashed_address);
        let Some((key, record)) = found else { return Ok(None) };
        Ok(Some((key.path.0, BranchRecord::decode(&record)?)))
    }

    fn seek_leaf(
        &mut self,
        hashed_slot: B256,
    ) -> Result<Option<(B256, Vec<u8>)>, StoredStateError> {
        let hashed_address = self.hashed_address;
        let found = self.leaves.seek(&HashedStorageKey { hashed_address, hashed_slot })?;
        Ok(found
            .filter(|(key, _)| key.hashed_address == hashed_address)
            .map(|(key, value)| (key.hashed_slot, slot_leaf(value))))
    }
}
