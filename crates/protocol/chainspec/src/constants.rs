//! Addresses and numbers that hold on every Scroll chain, or that name a public one.
//!
//! Source: execution specification, sections 0 and 1.3 to 1.5. The EIP-2935 contract and the system
//! caller have Ethereum's addresses and are taken from `alloy-eips`.

use alloy_eips::eip1559::BaseFeeParams;
use alloy_primitives::{Address, U256, address, uint};

/// `L2MessageQueue`, the predeploy that collects messages from L2 to L1.
pub const L2_MESSAGE_QUEUE: Address = address!("0x5300000000000000000000000000000000000000");

/// Storage slot of [`L2_MESSAGE_QUEUE`] that holds the withdraw root.
pub const WITHDRAW_ROOT_SLOT: U256 = U256::ZERO;

/// `L1GasPriceOracle`, the predeploy with the inputs of the L1 data fee.
pub const L1_GAS_PRICE_ORACLE: Address = address!("0x5300000000000000000000000000000000000002");

/// `Whitelist`, the predeploy that names who may update the oracle.
pub const WHITELIST: Address = address!("0x5300000000000000000000000000000000000003");

/// Wrapped ether predeploy.
pub const WETH: Address = address!("0x5300000000000000000000000000000000000004");

/// `L2TxFeeVault`, the predeploy that receives every fee and that COINBASE returns.
pub const FEE_VAULT: Address = address!("0x5300000000000000000000000000000000000005");

/// L2 `SystemConfig` of Scroll mainnet: the contract with the base-fee parameters. Not the L1
/// contract of that name, which is [`crate::L1Config::system_config_address`].
pub const L2_SYSTEM_CONFIG_MAINNET: Address =
    address!("0x331A873a2a85219863d80d248F9e2978fE88D0Ea");

/// L2 `SystemConfig` of Scroll Sepolia; see [`L2_SYSTEM_CONFIG_MAINNET`].
pub const L2_SYSTEM_CONFIG_SEPOLIA: Address =
    address!("0xF444cF06A3E3724e20B35c2989d3942ea8b59124");

/// Storage slot of the base-fee overhead (wei) in the L2 `SystemConfig`; 0 there means
/// [`DEFAULT_BASE_FEE_OVERHEAD_WEI`].
pub const L2_SYSTEM_CONFIG_OVERHEAD_SLOT: U256 = uint!(101_U256);

/// Storage slot of the base-fee scalar in the L2 `SystemConfig`; 0 there means
/// [`DEFAULT_BASE_FEE_SCALAR`].
pub const L2_SYSTEM_CONFIG_SCALAR_SLOT: U256 = uint!(102_U256);

/// Storage slot of the L1 `SystemConfig` that holds the authorized signer.
pub const L1_SYSTEM_CONFIG_SIGNER_SLOT: U256 = uint!(0x67_U256);

/// Highest base fee (wei) a header may carry, inclusive, from Curie on.
pub const MAX_L2_BASE_FEE_WEI: u64 = 10_000_000_000;

/// Part of the L2 base fee (wei) that does not depend on L1 or on congestion, where the L2
/// `SystemConfig` names none.
pub const DEFAULT_BASE_FEE_OVERHEAD_WEI: U256 = uint!(15_680_000_U256);

/// Share of the L1 base fee in the L2 base fee before Feynman, in units of
/// 1 / [`BASE_FEE_SCALAR_PRECISION`], where the L2 `SystemConfig` names none.
pub const DEFAULT_BASE_FEE_SCALAR: U256 = uint!(34_000_000_000_000_U256);

/// Denominator of the base-fee scalar.
pub const BASE_FEE_SCALAR_PRECISION: U256 = uint!(1_000_000_000_000_000_000_U256);

/// EIP-1559 parameters of the congestion part of the base fee, from Feynman on: denominator 8,
/// elasticity 2.
pub const FEYNMAN_BASE_FEE_PARAMS: BaseFeeParams = BaseFeeParams::new(8, 2);

/// Congestion part of the base fee (wei) in the first Feynman block if its parent has no base fee.
pub const INITIAL_EIP1559_BASE_FEE_WEI: u64 = 10_000_000;

/// Gas limit a sequencer aims at unless configured otherwise. Policy, not consensus.
pub const DEFAULT_GAS_LIMIT: u64 = 20_000_000;

/// Encoded bytes of transactions, L1 messages not counted, that a built block holds at most, unless
/// the genesis names another limit. Policy, not checked on import.
pub const DEFAULT_MAX_TX_PAYLOAD_BYTES_PER_BLOCK: u64 = 120 * 1024;

/// L1 messages that a built block holds at most, unless the genesis names another limit.
pub const DEFAULT_MAX_L1_MESSAGES_PER_BLOCK: u64 = 10;
