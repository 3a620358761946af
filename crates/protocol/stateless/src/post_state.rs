//! From the EVM's changes to those of the tries.

use revm::database::{BundleAccount, BundleState};
use rollup_trie::{AccountChange, AccountInfo, PostState};

/// The accounts that `bundle` changed.
pub(crate) fn post_state(bundle: &BundleState) -> PostState {
    PostState {
        accounts: bundle
            .state
            .iter()
            .map(|(address, account)| (*address, account_change(account)))
            .collect(),
    }
}

fn account_change(account: &BundleAccount) -> AccountChange {
    AccountChange {
        info: account.info.as_ref().map(|info| AccountInfo {
            nonce: info.nonce,
            balance: info.balance,
            code_hash: info.code_hash,
        }),
        storage_wiped: account.was_destroyed(),
        storage: account
            .storage
            .iter()
            .filter(|(_, slot)| account.was_destroyed() || slot.is_changed())
            .map(|(slot, value)| (*slot, value.present_value))
            .collect(),
    }
}
