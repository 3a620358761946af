//! Chain parameters besides forks and genesis.

use crate::constants::{
    DEFAULT_MAX_L1_MESSAGES_PER_BLOCK, DEFAULT_MAX_TX_PAYLOAD_BYTES_PER_BLOCK, FEE_VAULT,
};
use alloy_primitives::Address;
use std::num::NonZeroU64;

/// Parameters of one Scroll chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrollConfig {
    /// Account that receives all fees and that COINBASE returns. Without one the header's
    /// beneficiary does. Default: [`FEE_VAULT`].
    pub fee_vault_address: Option<Address>,
    /// Bytes of encoded transactions, L1 messages not counted, that a built block holds at most.
    /// Default: [`DEFAULT_MAX_TX_PAYLOAD_BYTES_PER_BLOCK`].
    pub max_tx_payload_bytes_per_block: u64,
    /// Whether a sender must hold twice the L1 data fee. Default: false.
    pub l1_data_fee_buffer_check: bool,
    /// L2 contract with the base-fee parameters; zero if the chain has none. Default: zero.
    pub l2_system_config_address: Address,
    /// The L1 side. Default: [`L1Config::default`].
    pub l1: L1Config,
    /// Clique parameters, which headers before EuclidV2 are checked by. Default: none.
    pub clique: Option<CliqueConfig>,
    /// Authorized signer to assume before the L1 system contract was read. Default: none.
    pub default_authorized_signer: Option<Address>,
    /// Total difficulty minus block number, from EuclidV2 on: each block adds a difficulty of 1.
    /// Peers of the eth protocol are told the sum. Default: 0.
    pub total_difficulty_offset: u64,
}

impl Default for ScrollConfig {
    fn default() -> Self {
        Self {
            fee_vault_address: Some(FEE_VAULT),
            max_tx_payload_bytes_per_block: DEFAULT_MAX_TX_PAYLOAD_BYTES_PER_BLOCK,
            l1_data_fee_buffer_check: false,
            l2_system_config_address: Address::ZERO,
            l1: L1Config::default(),
            clique: None,
            default_authorized_signer: None,
            total_difficulty_offset: 0,
        }
    }
}

/// Contracts and limits on the L1 side. A zero address stands for a contract that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1Config {
    /// Chain id of the L1; 0 if the chain has no L1. Default: 0.
    pub l1_chain_id: u64,
    /// `ScrollChain`, the rollup contract (proxy). Default: zero.
    pub scroll_chain_address: Address,
    /// `L1MessageQueueV1`, used before EuclidV2. Default: zero.
    pub message_queue_v1_address: Address,
    /// `L1MessageQueueV2`, used from EuclidV2 on. Default: zero.
    pub message_queue_v2_address: Address,
    /// L1 `SystemConfig`, which names the authorized signer. Default: zero.
    pub system_config_address: Address,
    /// Queue index of the first message in queue V2; without one, ask the contract for
    /// `firstCrossDomainMessageIndex`. Default: none.
    pub first_v2_queue_index: Option<u64>,
    /// First L1 block that can hold events of this chain. Default: 0.
    pub l1_start_block: u64,
    /// L1 messages that a built block holds at most.
    /// Default: [`DEFAULT_MAX_L1_MESSAGES_PER_BLOCK`].
    pub max_l1_messages_per_block: u64,
}

impl Default for L1Config {
    fn default() -> Self {
        Self {
            l1_chain_id: 0,
            scroll_chain_address: Address::ZERO,
            message_queue_v1_address: Address::ZERO,
            message_queue_v2_address: Address::ZERO,
            system_config_address: Address::ZERO,
            first_v2_queue_index: None,
            l1_start_block: 0,
            max_l1_messages_per_block: DEFAULT_MAX_L1_MESSAGES_PER_BLOCK,
        }
    }
}

/// Parameters of Clique, the consensus before EuclidV2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CliqueConfig {
    /// Seconds between blocks that a signer aims at.
    pub period: u64,
    /// Blocks between checkpoints, whose headers list the signers.
    pub epoch: NonZeroU64,
}

impl CliqueConfig {
    /// The parameters of both public networks.
    pub const SCROLL: Self = Self {
        period: 3,
        epoch: NonZeroU64::new(30_000).expect("30000 is not zero, checked when compiling"),
    };

    /// Whether the block of this number is a checkpoint.
    pub const fn is_checkpoint(&self, number: u64) -> bool {
        number.is_multiple_of(self.epoch.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_checkpoints() {
        for (number, expected) in [(0, true), (1, false), (29_999, false), (30_000, true)] {
            assert_eq!(CliqueConfig::SCROLL.is_checkpoint(number), expected, "{number}");
        }
    }
}
