//! Byte code, single transactions and whole blocks on a state in memory.

mod chain;
mod code;
mod db;
mod sandbox;

pub(crate) use chain::{
    Chain, block_header, deploy, execute_on, l1_message, legacy, rich_sender, set_oracle, signed,
    transfer,
};
pub(crate) use code::Code;
pub(crate) use db::{Forbidden, ForbiddenRead};
pub(crate) use sandbox::{Evaluated, Sandbox, tx_error};

use alloy_primitives::{Address, U256, address, hex};
use revm::database::{CacheDB, EmptyDB};

pub(crate) type MemoryDb = CacheDB<EmptyDB>;

pub(crate) const CHAIN_ID: u64 = 534_352;
pub(crate) const BLOCK_NUMBER: u64 = 20_000;
pub(crate) const BLOCK_GAS_LIMIT: u64 = 30_000_000;
/// Gas limit of a transaction that a test does not choose one for.
pub(crate) const TX_GAS_LIMIT: u64 = 1_000_000;
pub(crate) const TX_GAS: u64 = 21_000;

pub(crate) const SENDER: Address = address!("0x00000000000000000000000000000000005e4de4");
pub(crate) const CONTRACT: Address = address!("0x0000000000000000000000000000000000c04744");
pub(crate) const OTHER: Address = address!("0x00000000000000000000000000000000000074e4");
/// An account that does not exist.
pub(crate) const NOBODY: Address = address!("0x000000000000000000000000000000000000b0d7");
pub(crate) const ETHER: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

pub(crate) const COLD_ACCOUNT_GAS: u64 = 2_600;
pub(crate) const WARM_GAS: u64 = 100;

/// Runtime code of the EIP-2935 contract.
pub(crate) const HISTORY_CODE: [u8; 83] = hex!(
    "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff"
    "81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
);
