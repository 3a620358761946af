#![doc = include_str!("../README.md")]

mod config;
mod constants;
mod error;
mod fork_id;
mod genesis;
mod hardfork;
mod json;
mod networks;
mod schedule;
mod spec;

pub use config::{CliqueConfig, L1Config, ScrollConfig};
pub use constants::{
    BASE_FEE_SCALAR_PRECISION, DEFAULT_BASE_FEE_OVERHEAD_WEI, DEFAULT_BASE_FEE_SCALAR,
    DEFAULT_GAS_LIMIT, DEFAULT_MAX_L1_MESSAGES_PER_BLOCK, DEFAULT_MAX_TX_PAYLOAD_BYTES_PER_BLOCK,
    FEE_VAULT, FEYNMAN_BASE_FEE_PARAMS, INITIAL_EIP1559_BASE_FEE_WEI, L1_GAS_PRICE_ORACLE,
    L1_SYSTEM_CONFIG_SIGNER_SLOT, L2_MESSAGE_QUEUE, L2_SYSTEM_CONFIG_MAINNET,
    L2_SYSTEM_CONFIG_OVERHEAD_SLOT, L2_SYSTEM_CONFIG_SCALAR_SLOT, L2_SYSTEM_CONFIG_SEPOLIA,
    MAX_L2_BASE_FEE_WEI, WETH, WHITELIST, WITHDRAW_ROOT_SLOT,
};
pub use error::{ChainSpecError, UnknownHardfork};
pub use genesis::Genesis;
pub use hardfork::ScrollHardfork;
pub use networks::{
    DEV_CHAIN_ID, SCROLL_MAINNET_CHAIN_ID, SCROLL_SEPOLIA_CHAIN_ID, dev, scroll_mainnet,
    scroll_sepolia,
};
pub use schedule::ForkSchedule;
pub use spec::ScrollChainSpec;
