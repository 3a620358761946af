//! Initial accounts that the public networks have in common.

use crate::constants::{FEE_VAULT, L1_GAS_PRICE_ORACLE, L2_MESSAGE_QUEUE, WETH, WHITELIST};
use alloy_genesis::GenesisAccount;
use alloy_primitives::{Address, B256, Bytes, U256, uint};
use std::collections::BTreeMap;

static L2_MESSAGE_QUEUE_CODE: &[u8] = include_bytes!("../../res/code/l2_message_queue.bin");
static L1_GAS_PRICE_ORACLE_CODE: &[u8] = include_bytes!("../../res/code/l1_gas_price_oracle.bin");
static WHITELIST_CODE: &[u8] = include_bytes!("../../res/code/whitelist.bin");

/// The owner is the first storage variable of the predeploys, but for the message queue, where the
/// message tree comes before it.
const OWNER_SLOT: U256 = U256::ZERO;
const L2_MESSAGE_QUEUE_OWNER_SLOT: U256 = uint!(0x52_U256);

/// Short strings as Solidity stores them: bytes from the left, twice the length in the last byte.
const WETH_NAME: (U256, U256) =
    (uint!(3_U256), uint!(0x577261707065642045746865720000000000000000000000000000000000001a_U256));
const WETH_SYMBOL: (U256, U256) =
    (uint!(4_U256), uint!(0x5745544800000000000000000000000000000000000000000000000000000008_U256));

/// Least amount (wei) that leaves the fee vault, 10 ether.
const MIN_WITHDRAWAL: U256 = uint!(10_000_000_000_000_000_000_U256);

/// What the initial state of a public network does not share with the other's.
#[derive(Debug)]
pub(super) struct PublicAlloc {
    /// Owner of the predeploys.
    pub(super) owner: Address,
    /// Balance of the owner (wei).
    pub(super) owner_balance: U256,
    /// `L2ScrollMessenger`, which pays out ether that is bridged in. Not deployed at genesis.
    pub(super) messenger: Address,
    /// Balance of the messenger (wei): all ether that can ever be bridged in.
    pub(super) messenger_balance: U256,
    /// L1 account that the fee vault sends its ether to.
    pub(super) fee_recipient: Address,
    /// Runtime code of WETH.
    pub(super) weth_code: &'static [u8],
    /// Runtime code of the fee vault.
    pub(super) fee_vault_code: &'static [u8],
}

impl PublicAlloc {
    /// Every account.
    pub(super) fn accounts(&self) -> BTreeMap<Address, GenesisAccount> {
        let owner = word(self.owner);
        let fee_vault_storage = [
            (OWNER_SLOT, owner),
            (uint!(1_U256), MIN_WITHDRAWAL),
            (uint!(2_U256), word(self.messenger)),
            (uint!(3_U256), word(self.fee_recipient)),
        ];
        BTreeMap::from([
            (self.owner, funded(self.owner_balance)),
            (self.messenger, funded(self.messenger_balance)),
            (
                L2_MESSAGE_QUEUE,
                contract(L2_MESSAGE_QUEUE_CODE, &[(L2_MESSAGE_QUEUE_OWNER_SLOT, owner)]),
            ),
            (L1_GAS_PRICE_ORACLE, contract(L1_GAS_PRICE_ORACLE_CODE, &[(OWNER_SLOT, owner)])),
            (WHITELIST, contract(WHITELIST_CODE, &[(OWNER_SLOT, owner)])),
            (WETH, contract(self.weth_code, &[WETH_NAME, WETH_SYMBOL])),
            (FEE_VAULT, contract(self.fee_vault_code, &fee_vault_storage)),
        ])
    }
}

/// An account with nothing but a balance (wei).
pub(super) fn funded(balance: U256) -> GenesisAccount {
    GenesisAccount::default().with_balance(balance)
}

/// Storage in the form that genesis accounts have it.
pub(super) fn storage(slots: &[(U256, U256)]) -> BTreeMap<B256, B256> {
    slots.iter().map(|(slot, value)| (B256::from(*slot), B256::from(*value))).collect()
}

/// An address as a storage value.
pub(super) fn word(address: Address) -> U256 {
    address.into_word().into()
}

fn contract(code: &'static [u8], slots: &[(U256, U256)]) -> GenesisAccount {
    GenesisAccount::default()
        .with_code(Some(Bytes::from_static(code)))
        .with_storage(Some(storage(slots)))
}
