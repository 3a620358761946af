//! Settings of the sequencer.

use crate::{error::SequencerConfigError, inclusion::L1InclusionMode};
use alloy_primitives::Address;
use rollup_chainspec::FEE_VAULT;
use std::time::Duration;

/// Commands that wait for the sequencer, at most. More are refused.
pub(crate) const MAILBOX_CAPACITY: usize = 16;
/// Events that a slow subscriber may be behind, at most.
pub(crate) const EVENT_CAPACITY: usize = 64;
/// How long a shutdown waits for a block that is being signed.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// Settings of the sequencer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequencerConfig {
    /// From one slot to the next. Not zero. Default: 1 s.
    pub block_time: Duration,
    /// From the start of a slot until its block takes no more transactions. Not zero. If it is not
    /// below [`Self::block_time`], blocks overrun their slot and the next slots are skipped.
    /// Default: 800 ms.
    pub payload_building_duration: Duration,
    /// Who gets the fees, on chains without a fee vault. Default: the fee vault.
    pub fee_recipient: Address,
    /// Whether a block without transactions is kept. Default: no.
    pub allow_empty_blocks: bool,
    /// Whether the first block of the chain is kept even if it has none. Wallets estimate fees from the
    /// base fee of the latest block, and that of a genesis block may be far below what block 1 asks for:
    /// no transaction would ever start the chain. Default: no.
    pub allow_empty_first_block: bool,
    /// L1 messages of a block, at most; `None` for what the chain allows. Default: `None`.
    pub max_l1_messages: Option<u64>,
    /// Sum of the gas limits of the L1 messages of a block, at most. Not above the gas limit that
    /// the payload builder aims at. Default: 20,000,000.
    pub max_l1_message_gas: u64,
    /// Which L1 messages may be included. Default: `finalized:2`.
    pub l1_inclusion_mode: L1InclusionMode,
    /// Whether slots begin without an order to. Default: no.
    pub auto_start: bool,
    /// Failures in a row after which sequencing stops until it is enabled again; 0 is like 1.
    /// Default: 10.
    pub max_consecutive_failures: u32,
}

impl SequencerConfig {
    /// Whether the settings can work.
    ///
    /// # Errors
    /// Names the setting that cannot.
    pub const fn validate(&self) -> Result<(), SequencerConfigError> {
        if self.block_time.is_zero() {
            return Err(SequencerConfigError::BlockTime);
        }
        if self.payload_building_duration.is_zero() {
            return Err(SequencerConfigError::PayloadBuildingDuration);
        }
        Ok(())
    }
}

impl Default for SequencerConfig {
    fn default() -> Self {
        Self {
            block_time: Duration::from_secs(1),
            payload_building_duration: Duration::from_millis(800),
            fee_recipient: FEE_VAULT,
            allow_empty_blocks: false,
            allow_empty_first_block: false,
            max_l1_messages: None,
            max_l1_message_gas: 20_000_000,
            l1_inclusion_mode: L1InclusionMode::default(),
            auto_start: false,
            max_consecutive_failures: 10,
        }
    }
}
