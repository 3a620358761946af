//! What a block changes in the state.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use revm::{
    database::{BundleAccount, BundleState},
    state::AccountInfo,
};
use rollup_db::Account;
use std::collections::BTreeMap;

/// Accounts and slots that a block changed, with their values before and after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateDiff {
    /// Changed accounts.
    pub accounts: BTreeMap<Address, AccountDiff>,
    /// Codes of contracts that were created, by hash.
    pub codes: BTreeMap<B256, Bytes>,
}

/// One changed account. Where only slots changed, `before` equals `after`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountDiff {
    /// Before the block; `None` if it did not exist.
    pub before: Option<Account>,
    /// After the block; `None` if it does not exist any more. Its slots are gone then, whether
    /// they are listed or not.
    pub after: Option<Account>,
    /// Whether the account ceased to exist in between, so that slots which are not listed are gone.
    pub is_wiped: bool,
    /// Changed slots.
    pub storage: BTreeMap<U256, SlotDiff>,
}

impl AccountDiff {
    fn is_change(&self) -> bool {
        self.before != self.after || self.is_wiped || !self.storage.is_empty()
    }
}

/// One changed slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotDiff {
    /// Value before the block.
    pub before: U256,
    /// Value after the block.
    pub after: U256,
}

impl From<&BundleState> for StateDiff {
    fn from(bundle: &BundleState) -> Self {
        Self {
            accounts: bundle
                .state
                .iter()
                .map(|(address, account)| (*address, AccountDiff::from(account)))
                .filter(|(_, diff)| diff.is_change())
                .collect(),
            codes: bundle
                .contracts
                .iter()
                // Of an account that stopped delegating; the hash of no bytes has no entry.
                .filter(|(hash, _)| **hash != KECCAK256_EMPTY)
                .map(|(hash, code)| (*hash, code.original_bytes()))
                .collect(),
        }
    }
}

impl From<&BundleAccount> for AccountDiff {
    fn from(account: &BundleAccount) -> Self {
        Self {
            before: account.original_info.as_ref().map(stored_account),
            after: account.info.as_ref().map(stored_account),
            is_wiped: account.was_destroyed(),
            storage: account
                .storage
                .iter()
                .filter(|(_, slot)| account.was_destroyed() || slot.is_changed())
                .map(|(slot, value)| {
                    let before = value.previous_or_original_value;
                    (*slot, SlotDiff { before, after: value.present_value })
                })
                .collect(),
        }
    }
}

const fn stored_account(info: &AccountInfo) -> Account {
    Account { nonce: info.nonce, balance: info.balance, code_hash: info.code_hash }
}
