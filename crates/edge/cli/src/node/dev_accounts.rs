//! The accounts of the development chain, for who starts one to try it.

use alloy_primitives::{Address, address};
use tracing::info;

/// Words that the keys of the accounts are derived from, by `m/44'/60'/0'/0/<index>`.
const MNEMONIC: &str = "test test test test test test test test test test test junk";

/// The first of the 20 accounts, and their private keys. Everybody knows them: what they own on any
/// other chain is lost.
const ACCOUNTS: [(Address, &str); 3] = [
    (
        address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
        "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    ),
    (
        address!("70997970C51812dc3A010C7d01b50e0d17dc79C8"),
        "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    ),
    (
        address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
        "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    ),
];

/// Writes them to the log.
pub(super) fn log() {
    for (index, (address, key)) in ACCOUNTS.iter().enumerate() {
        info!(target: "rollup_node::dev", index, %address, key, "Funded account");
    }
    info!(target: "rollup_node::dev", mnemonic = MNEMONIC, accounts = 20, "Funded accounts");
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::U256;
    use alloy_signer_local::PrivateKeySigner;
    use rollup_chainspec::dev;

    #[test]
    fn the_accounts_are_funded_in_the_genesis_and_their_keys_are_theirs() {
        for (address, key) in ACCOUNTS {
            let chain = dev();
            let account = &chain.genesis().alloc[&address];
            assert!(account.balance > U256::from(10_u64.pow(18)), "{address}");
            assert_eq!(key.parse::<PrivateKeySigner>().unwrap().address(), address);
        }
    }
}
