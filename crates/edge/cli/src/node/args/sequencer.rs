//! Making blocks.

use super::Context;
use crate::{error::SettingsError, node::notice::Notice};
use alloy_primitives::Address;
use clap::Args;
use rollup_chainspec::ScrollChainSpec;
use rollup_sequencer::{L1InclusionMode, SequencerConfig};
use std::time::Duration;

/// The default in milliseconds, which is less than a 64-bit number of them.
fn default_ms(of: impl FnOnce(&SequencerConfig) -> Duration) -> u64 {
    u64::try_from(of(&SequencerConfig::default()).as_millis()).unwrap_or(u64::MAX)
}

/// Flags of the sequencer.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sequencer")]
pub(super) struct SequencerArgs {
    /// Have a sequencer; it makes blocks when it is started
    #[arg(long = "sequencer.enabled")]
    enabled: bool,

    /// Start making blocks at once, without an order by RPC
    #[arg(long = "sequencer.auto-start")]
    auto_start: bool,

    /// Milliseconds from one slot to the next
    #[arg(
        long = "sequencer.block-time",
        value_name = "SEQUENCER_BLOCK_TIME",
        default_value_t = default_ms(|config| config.block_time)
    )]
    block_time: u64,

    /// Milliseconds of a slot in which a block takes transactions, less than the slot has. By default
    /// 800, or four fifths of a slot of less than a second
    #[arg(
        long = "sequencer.payload-building-duration",
        value_name = "SEQUENCER_PAYLOAD_BUILDING_DURATION"
    )]
    payload_building_duration: Option<u64>,

    /// Who gets the fees, on a chain without a fee vault
    #[arg(
        long = "sequencer.fee-recipient",
        value_name = "SEQUENCER_FEE_RECIPIENT",
        default_value_t = SequencerConfig::default().fee_recipient
    )]
    fee_recipient: Address,

    /// Which L1 messages may be included: finalized:N, N blocks below the finalized L1 block, or
    /// depth:N, N blocks below the latest
    #[arg(
        long = "sequencer.l1-inclusion-mode",
        value_name = "MODE",
        default_value_t = SequencerConfig::default().l1_inclusion_mode
    )]
    l1_inclusion_mode: L1InclusionMode,

    /// Make blocks without transactions as well
    #[arg(long = "sequencer.allow-empty-blocks")]
    allow_empty_blocks: bool,

    /// L1 messages of a block, at most; by default what the chain allows
    #[arg(long = "sequencer.max-l1-messages", value_name = "SEQUENCER_MAX_L1_MESSAGES")]
    max_l1_messages: Option<u64>,

    /// Blocks above the safe one, at most, while L1 is stale, with --l1.stale-policy limit
    #[arg(long = "sequencer.max-unsafe-blocks", value_name = "BLOCKS")]
    max_unsafe_blocks: Option<u64>,

    /// Start although the signer is not the authorized one, as a standby
    #[arg(long = "sequencer.allow-unauthorized")]
    allow_unauthorized: bool,
}

/// What they amount to.
#[derive(Debug)]
pub(super) struct SequencerSettings {
    pub(super) config: Option<SequencerConfig>,
    pub(super) allow_unauthorized: bool,
    pub(super) max_unsafe_blocks: Option<u64>,
}

impl SequencerArgs {
    pub(super) fn into_settings(
        self,
        chain: &ScrollChainSpec,
        gas_limit: u64,
        context: &mut Context<'_>,
    ) -> Result<SequencerSettings, SettingsError> {
        let Self {
            enabled,
            auto_start,
            block_time,
            payload_building_duration,
            fee_recipient,
            l1_inclusion_mode,
            allow_empty_blocks,
            max_l1_messages,
            max_unsafe_blocks,
            allow_unauthorized,
        } = self;
        if block_time == 0 {
            return Err(SettingsError::ZeroBlockTime);
        }
        let building = payload_building_duration.unwrap_or_else(|| {
            let usual = default_ms(|config| config.payload_building_duration);
            usual.min(block_time.saturating_sub(block_time / 5))
        });
        if building == 0 {
            return Err(SettingsError::ZeroBuildingDuration);
        }
        // A slot of one millisecond has no four fifths.
        if building >= block_time && payload_building_duration.is_some() {
            return Err(SettingsError::BuildingBeyondSlot { building, block_time });
        }
        if !enabled {
            context.notices.extend(auto_start.then_some(Notice::AutoStartWithoutSequencer));
            let config = None;
            return Ok(SequencerSettings { config, allow_unauthorized, max_unsafe_blocks });
        }
        let vault = chain.config().fee_vault_address;
        if let Some(vault) = vault.filter(|vault| *vault != fee_recipient) {
            context.notices.push(Notice::FeeRecipient { fee_recipient, vault });
        }
        let config = SequencerConfig {
            block_time: Duration::from_millis(block_time),
            payload_building_duration: Duration::from_millis(building),
            fee_recipient,
            allow_empty_blocks,
            // Its genesis block has a base fee of zero.
            allow_empty_first_block: context.is_dev_chain,
            max_l1_messages,
            max_l1_message_gas: gas_limit,
            l1_inclusion_mode,
            auto_start,
            max_consecutive_failures: SequencerConfig::default().max_consecutive_failures,
        };
        Ok(SequencerSettings { config: Some(config), allow_unauthorized, max_unsafe_blocks })
    }
}
