//! The cache against a model that keeps every version.

mod codes;
mod races;
mod schedule;
mod threads;

use super::{CacheConfig, CommittedChanges, StateCache};
use alloy_primitives::{Address, U256};
use rollup_db::Account;
use std::convert::Infallible;

/// The snapshot that the tests begin with.
const FIRST: u64 = 10;

fn cache() -> StateCache {
    StateCache::new(CacheConfig::default(), FIRST)
}

const fn address(number: u8) -> Address {
    Address::repeat_byte(number)
}

fn account(nonce: u64) -> Option<Account> {
    Some(Account { nonce, ..Default::default() })
}

/// Changes of the slots of one account.
fn slots(changes: &[(u64, u64)]) -> CommittedChanges {
    let slot = |&(slot, value)| (address(1), U256::from(slot), U256::from(value));
    CommittedChanges { slots: changes.iter().map(slot).collect(), ..Default::default() }
}

impl StateCache {
    /// Reads a slot of the account of [`slots`] whose value in the snapshot is `value`.
    fn read(&self, snapshot: u64, slot: u64, value: u64) -> u64 {
        self.read_with(snapshot, slot, || value)
    }

    fn read_with(&self, snapshot: u64, slot: u64, value: impl FnOnce() -> u64) -> u64 {
        let read = || Ok::<_, Infallible>(U256::from(value()));
        self.slot(snapshot, address(1), U256::from(slot), read).unwrap().to()
    }

    /// What the cache itself gives.
    fn peek(&self, snapshot: u64, slot: u64) -> Option<u64> {
        let value = self.slots.get(&self.progress, snapshot, &(address(1), U256::from(slot)));
        value.map(|value| value.to())
    }

    /// Leaves what was read from a snapshot.
    fn leave(&self, snapshot: u64, slot: u64, value: u64) {
        let key = (address(1), U256::from(slot));
        self.slots.insert_read(&self.progress, snapshot, key, U256::from(value));
    }
}
