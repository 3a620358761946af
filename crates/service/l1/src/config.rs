//! Settings of the watcher.

use crate::error::L1WatcherConfigError;
use alloy_primitives::Address;
use rollup_chainspec::{L1Config, ScrollChainSpec};
use std::time::Duration;

/// Notifications that a slow subscriber may be behind, at most. It loses the oldest ones then.
pub const NOTIFICATION_CAPACITY: usize = 1024;
/// Commands that wait for the watcher, at most. More are refused.
pub(crate) const MAILBOX_CAPACITY: usize = 16;
/// Headers above the finalized block that are held, at most. A reorg that goes deeper than that is
/// found by the stored blocks, as when the watcher starts.
pub(crate) const MAX_HEADERS: usize = 8192;
/// Blocks above the finalized one that one step takes, at most.
pub(crate) const MAX_BLOCKS_PER_STEP: u64 = 128;
/// Logs of the blocks that are applied at once, at most, unless one block has more.
pub(crate) const MAX_LOGS_PER_APPLY: usize = 128;
/// Requests that are made at the same time, at most.
pub(crate) const MAX_REQUESTS: usize = 16;
/// First pause after an error. It doubles with each further one.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause after an error.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(12);
/// Times in a row that L1 is read again because it contradicts what is stored. After that it is
/// read again only as far as it is stored.
pub(crate) const MAX_REWINDS: u32 = 8;

/// Where the contracts of a chain are on L1. `None` for one that does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct L1Contracts {
    /// `ScrollChain`: batches.
    pub rollup: Option<Address>,
    /// `L1MessageQueueV1`: messages before EuclidV2.
    pub queue_v1: Option<Address>,
    /// `L1MessageQueueV2`: messages from EuclidV2 on.
    pub queue_v2: Option<Address>,
    /// `SystemConfig`: the authorized signer.
    pub system_config: Option<Address>,
    /// Queue index of the first message of queue V2; `None` if the contract is to be asked.
    pub first_v2_queue_index: Option<u64>,
    /// First L1 block that can hold events of the chain.
    pub start_block: u64,
}

impl From<&L1Config> for L1Contracts {
    fn from(config: &L1Config) -> Self {
        let known = |address: Address| (!address.is_zero()).then_some(address);
        Self {
            rollup: known(config.scroll_chain_address),
            queue_v1: known(config.message_queue_v1_address),
            queue_v2: known(config.message_queue_v2_address),
            system_config: known(config.system_config_address),
            first_v2_queue_index: config.first_v2_queue_index,
            start_block: config.l1_start_block,
        }
    }
}

impl From<&ScrollChainSpec> for L1Contracts {
    fn from(spec: &ScrollChainSpec) -> Self {
        Self::from(&spec.config().l1)
    }
}

/// Settings of the watcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1WatcherConfig {
    /// Where the contracts are. Default: none exists.
    pub contracts: L1Contracts,
    /// Final L1 blocks whose logs are asked for at once, at most. Not zero. Default: 500.
    pub query_range: u64,
    /// Pause between two looks at L1 once everything is known. Not zero. Default: 2 s.
    pub poll_interval: Duration,
    /// Age of the newest L1 block from which on an operator is alarmed. Default: 60 s.
    pub liveness_threshold: Duration,
    /// How often the age is looked at. Not zero. Default: 12 s.
    pub liveness_check_interval: Duration,
    /// Age of the newest L1 block, or of the last look at L1 that succeeded, from which on what is
    /// known of L1 is stale. Default: 60 s.
    pub stale_after: Duration,
    /// Whether the authorized signer is read from the system contract. Default: yes.
    pub reads_signer: bool,
}

impl L1WatcherConfig {
    /// Default settings for these contracts.
    pub fn new(contracts: L1Contracts) -> Self {
        Self { contracts, ..Self::default() }
    }

    /// Whether the settings can work.
    ///
    /// # Errors
    /// Names the setting that cannot.
    pub const fn validate(&self) -> Result<(), L1WatcherConfigError> {
        if self.query_range == 0 {
            return Err(L1WatcherConfigError::QueryRange);
        }
        if self.poll_interval.is_zero() {
            return Err(L1WatcherConfigError::PollInterval);
        }
        if self.liveness_check_interval.is_zero() {
            return Err(L1WatcherConfigError::LivenessCheckInterval);
        }
        Ok(())
    }
}

impl Default for L1WatcherConfig {
    fn default() -> Self {
        Self {
            contracts: L1Contracts::default(),
            query_range: 500,
            poll_interval: Duration::from_secs(2),
            liveness_threshold: Duration::from_secs(60),
            liveness_check_interval: Duration::from_secs(12),
            stale_after: Duration::from_secs(60),
            reads_signer: true,
        }
    }
}
