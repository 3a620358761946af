//! What a block changes in everything that is stored of the state.

use crate::diff::{AccountDiff, StateDiff};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use rollup_db::Account;
use rollup_trie::{AccountInfo, HashedPostState, HashedStorage, StateUpdates};
use std::collections::BTreeMap;

/// Slots by the hash of their account's address and their own.
pub(crate) type HashedSlots = BTreeMap<B256, BTreeMap<B256, U256>>;
/// Accounts by the hash of their address; `None` for one that does not exist any more.
pub(crate) type HashedAccountInfos = BTreeMap<B256, Option<AccountInfo>>;

/// A [`StateDiff`] with what follows from it: hashed leaves, trie records and the state root.
///
/// Made by [`ChainView::changes`](crate::ChainView::changes), for the one state it is a change of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateChanges {
    /// Every slot that an account loses with its existence is listed; no account is marked as wiped.
    diff: StateDiff,
    /// New values of the changed slots.
    hashed_slots: HashedSlots,
    updates: StateUpdates,
}

impl StateChanges {
    pub(crate) const fn new(
        diff: StateDiff,
        hashed_slots: HashedSlots,
        updates: StateUpdates,
    ) -> Self {
        Self { diff, hashed_slots, updates }
    }

    /// Root of the Merkle-Patricia trie over the state after the change.
    pub const fn state_root(&self) -> B256 {
        self.updates.root
    }

    /// The changed accounts, slots and codes. Of an account that ceases to exist, every slot that
    /// was not zero is listed.
    pub const fn diff(&self) -> &StateDiff {
        &self.diff
    }

    pub(crate) const fn hashed_slots(&self) -> &HashedSlots {
        &self.hashed_slots
    }

    pub(crate) const fn updates(&self) -> &StateUpdates {
        &self.updates
    }

    /// The account after the change, if it is among the changed ones.
    pub(crate) fn account(&self, address: Address) -> Option<Option<Account>> {
        self.diff.accounts.get(&address).map(|account| account.after)
    }

    /// The slot after the change, if it is among the changed ones.
    pub(crate) fn slot(&self, address: Address, slot: U256) -> Option<U256> {
        self.diff.accounts.get(&address)?.storage.get(&slot).map(|diff| diff.after)
    }

    /// The code with this hash, if the block created it.
    pub(crate) fn code(&self, hash: B256) -> Option<&Bytes> {
        self.diff.codes.get(&hash)
    }
}

/// The changed slots of `diff` by their hashes.
pub(crate) fn hashed_slots(diff: &StateDiff) -> HashedSlots {
    let slots_of = |account: &AccountDiff| {
        let hashed = |slot: &U256| keccak256(slot.to_be_bytes::<32>());
        account.storage.iter().map(|(slot, diff)| (hashed(slot), diff.after)).collect()
    };
    diff.accounts
        .iter()
        .filter(|(_, account)| !account.storage.is_empty())
        .map(|(address, account)| (keccak256(address), slots_of(account)))
        .collect()
}

/// The changed accounts of `diff` by the hashes of their addresses.
pub(crate) fn hashed_accounts(diff: &StateDiff) -> HashedAccountInfos {
    diff.accounts
        .iter()
        .map(|(address, account)| (keccak256(address), account.after.map(account_info)))
        .collect()
}

/// Changes as the tries take them. They drop the storage of an account that does not exist any more
/// by themselves.
pub(crate) fn post_state(
    accounts: HashedAccountInfos,
    hashed_slots: &HashedSlots,
) -> HashedPostState {
    let exists = |hashed_address: &B256| !matches!(accounts.get(hashed_address), Some(None));
    let storages = hashed_slots
        .iter()
        .filter(|(hashed_address, _)| exists(hashed_address))
        .map(|(hashed_address, slots)| {
            (*hashed_address, HashedStorage { is_wiped: false, slots: slots.clone() })
        })
        .collect();
    HashedPostState { accounts, storages }
}

/// The account as the tries take it.
pub(crate) const fn account_info(account: Account) -> AccountInfo {
    let Account { nonce, balance, code_hash } = account;
    AccountInfo { nonce, balance, code_hash }
}
