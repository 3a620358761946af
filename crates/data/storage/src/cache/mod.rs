//! The latest committed state in memory, for block execution and RPC together.
//!
//! Readers hold snapshots of the database of different age, and the cache gives a reader only what
//! its snapshot has. Snapshots are numbered: every commit makes the next one ([`ReadTx::id`]).
//!
//! - An entry is a value and `since`, the snapshot from which on the key has it.
//! - `version` is the last commit whose changes are all in the cache; `updating_to` is the one that
//!   is being written to the shards, or the same as `version`.
//! - *Hit*: a reader at snapshot `s` takes an entry if `s <= version` and `since <= s`.
//! - *Miss*: it reads its snapshot, without a lock, and leaves the value with `since = s`, if
//!   `updating_to == s` and the key has no entry.
//! - *Commit* `n`, after the database has made it visible: `updating_to = n`; every changed key gets
//!   its new value with `since = n`; `version = n`.
//!
//! Hit and insertion look at the numbers and at the entry in one hold of the lock of the key's shard,
//! and a commit changes an entry under the same lock.
//!
//! # Why no value is stale
//!
//! *An entry has the value of its key in every snapshot from `since` to `version`.*
//!
//! - A commit overwrites the entries of all keys it changes before it moves `version`. A reader that
//!   sees the new `version` comes later at the lock than the commit did, and so sees the new entries.
//!   A reader whose snapshot is newer than `version` trusts no entry: the commit that made its
//!   snapshot may still be on its way here. A reader whose snapshot is older than `since` does not
//!   either.
//! - A value that was read from snapshot `s` comes in only while no commit after `s` has reached this
//!   shard. If one had, its `updating_to` was stored before it took the lock, so it is seen, and
//!   differs from `s`. If one comes later, it overwrites the value. That the old value lay around for
//!   a long time between being read and being left here does not matter.
//! - Eviction removes entries only, and nothing above relies on an entry being there.
//!
//! The locks alone order all this: the two numbers would do with relaxed ordering. A reader at the
//! lock of a shard before the writer cannot see a number that the writer stores after it; one at the
//! lock after the writer sees every number that the writer stored before it.
//!
//! A commit that was not told to the cache, or not to its end, leaves a gap in the numbers. Readers
//! behind the gap find nothing, and the next commit drops every entry before it writes its own: a
//! forgotten call costs time, never a wrong value. Of two that are told in the wrong order the later
//! drops what the earlier would have changed, and the earlier then changes nothing.
//!
//! Codes are known by their hash and so never change: they have no `since`.
//!
//! [`ReadTx::id`]: rollup_db::Tx::id

mod codes;
mod config;
mod latest;
mod progress;
mod shards;
mod stats;
#[cfg(test)]
mod tests;

pub use config::{
    CacheConfig, DEFAULT_CACHED_ACCOUNTS, DEFAULT_CACHED_CODE_BYTES, DEFAULT_CACHED_SLOTS,
};
pub use stats::{CacheStats, HitCount};

use alloy_primitives::{Address, B256, Bytes, U256};
use codes::Codes;
use latest::Latest;
use parking_lot::Mutex;
use progress::Progress;
use revm::bytecode::Bytecode;
use rollup_db::Account;
use rollup_evm::executable_code;

/// A cache of the latest committed state, which many threads read through.
///
/// Whoever reads names the snapshot that it would read from ([`ReadTx::id`]), and gets what that
/// snapshot has.
///
/// [`ReadTx::id`]: rollup_db::Tx::id
#[derive(Debug)]
pub struct StateCache {
    progress: Progress,
    accounts: Latest<Address, Option<Account>>,
    slots: Latest<(Address, U256), U256>,
    codes: Codes,
    /// How often accounts and slots were dropped. Held while a commit is written to the shards.
    drops: Mutex<u64>,
}

/// What a commit changed in the state, in the order of the blocks: the later of two changes of one
/// key wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommittedChanges {
    /// Changed accounts with what they are now; `None` if one does not exist any more.
    pub accounts: Vec<(Address, Option<Account>)>,
    /// Changed slots with their values now. Those that an account lost with its existence are among
    /// them: a commit that leaves one out makes the cache give its old value.
    pub slots: Vec<(Address, U256, U256)>,
}

impl StateCache {
    /// An empty cache of a database whose last commit is `snapshot` ([`ReadTx::id`] of a new
    /// transaction). With a lower number it is empty until the next commit.
    ///
    /// [`ReadTx::id`]: rollup_db::Tx::id
    pub fn new(config: CacheConfig, snapshot: u64) -> Self {
        Self {
            progress: Progress::new(snapshot),
            accounts: Latest::new(config.accounts),
            slots: Latest::new(config.slots),
            codes: Codes::new(config.code_bytes),
            drops: Mutex::new(0),
        }
    }

    /// The account in `snapshot`, or `None` if it does not exist there. `read` gives it from the
    /// snapshot; it is called without a lock, and only if the cache does not know.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn account<E>(
        &self,
        snapshot: u64,
        address: Address,
        read: impl FnOnce() -> Result<Option<Account>, E>,
    ) -> Result<Option<Account>, E> {
        self.read_through(&self.accounts, snapshot, address, read)
    }

    /// The value of a slot in `snapshot`, as for [`Self::account`].
    ///
    /// # Errors
    /// Those of `read`.
    pub fn slot<E>(
        &self,
        snapshot: u64,
        address: Address,
        slot: U256,
        read: impl FnOnce() -> Result<U256, E>,
    ) -> Result<U256, E> {
        self.read_through(&self.slots, snapshot, (address, slot), read)
    }

    /// The code with this hash, or `None` if `read` finds none, which is not kept. A code may be
    /// given to a reader whose snapshot does not have it yet; the state of that snapshot does not
    /// name its hash.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn code<E>(
        &self,
        hash: B256,
        read: impl FnOnce() -> Result<Option<Bytes>, E>,
    ) -> Result<Option<Bytecode>, E> {
        if let Some(code) = self.codes.get(&hash) {
            return Ok(Some(code));
        }
        let Some(code) = read()?.map(executable_code) else { return Ok(None) };
        self.codes.insert(hash, code.clone());
        Ok(Some(code))
    }

    /// Takes in what the commit that made `snapshot` changed. To be called after the commit has gone
    /// well, and for every one, also one that changed no state: after a gap in the numbers
    /// everything is dropped first. A `snapshot` that is not above the last one changes nothing.
    ///
    /// `snapshot` is [`Tx::id`] of the write transaction, asked for before its commit. The engine
    /// makes no snapshot of a transaction that wrote nothing, and gives the number to the next one;
    /// such a transaction must not be told, or the next one would be passed over. Where it is not
    /// plain that something was written, compare with the number of a new read transaction.
    ///
    /// [`Tx::id`]: rollup_db::Tx::id
    pub fn commit(&self, snapshot: u64, changes: &CommittedChanges) {
        let mut drops = self.drops.lock();
        let version = self.progress.version();
        if snapshot <= version {
            return;
        }
        self.progress.begin(snapshot);
        if version.checked_add(1) != Some(snapshot) {
            self.drop_all(&mut drops);
        }
        self.write(snapshot, changes);
        self.progress.finish(snapshot);
    }

    /// Drops all accounts and slots, after the commit that made `snapshot`: for one that changed
    /// more than is worth telling, such as an unwind. Not needed for correctness if no commit is
    /// left out.
    pub fn clear(&self, snapshot: u64) {
        let mut drops = self.drops.lock();
        let snapshot = snapshot.max(self.progress.version());
        self.progress.begin(snapshot);
        self.drop_all(&mut drops);
        self.progress.finish(snapshot);
    }

    /// What it has done so far.
    pub fn stats(&self) -> CacheStats {
        CacheStats {
            accounts: self.accounts.reads(),
            slots: self.slots.reads(),
            codes: self.codes.reads(),
            drops: *self.drops.lock(),
        }
    }

    fn read_through<K, V, E>(
        &self,
        latest: &Latest<K, V>,
        snapshot: u64,
        key: K,
        read: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E>
    where
        K: Copy + std::hash::Hash + Eq,
        V: Copy,
    {
        if let Some(value) = latest.get(&self.progress, snapshot, &key) {
            return Ok(value);
        }
        let value = read()?;
        latest.insert_read(&self.progress, snapshot, key, value);
        Ok(value)
    }

    fn write(&self, snapshot: u64, changes: &CommittedChanges) {
        for &(address, account) in &changes.accounts {
            self.accounts.write(snapshot, address, account);
        }
        for &(address, slot, value) in &changes.slots {
            self.slots.write(snapshot, (address, slot), value);
        }
    }

    fn drop_all(&self, drops: &mut u64) {
        *drops += 1;
        self.accounts.clear();
        self.slots.clear();
    }
}
