//! What a node is started with.

use alloy_primitives::Address;
use rollup_chainspec::{Genesis, ScrollChainSpec, dev};
use rollup_node_builder::NodeConfig;
use rollup_rpc::{ListenerConfig, RpcConfig, RpcModuleSelection};
use rollup_runtime::SimulatedClock;
use rollup_sequencer::{L1InclusionMode, SequencerConfig};
use rollup_signer::BlockSigner;
use std::{net::Ipv4Addr, path::PathBuf, sync::Arc, time::Duration};

/// Time of the wall when a simulated clock begins.
pub const UNIX_TIME: Duration = Duration::from_secs(1_800_000_000);

/// What a node is started with. All of it may be changed.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Settings of the node. Its directory is set when it starts.
    pub config: NodeConfig,
    /// The time, which a scenario moves; `None` for that of the machine.
    pub clock: Option<SimulatedClock>,
    /// Signs blocks. Without it, and without a signer in the settings, a sequencer signs with a key
    /// file in its directory.
    pub signer: Option<Arc<dyn BlockSigner>>,
}

impl Setup {
    /// A node of the development chain that makes blocks when it is told to, with L1 messages as
    /// soon as they are seen. It serves everything over HTTP, and its time stands still.
    pub fn sequencer() -> Self {
        let mut setup = Self::follower();
        setup.config.sequencer = Some(SequencerConfig {
            l1_inclusion_mode: L1InclusionMode::Depth(0),
            fee_recipient: Address::repeat_byte(0xfe),
            ..SequencerConfig::default()
        });
        setup
    }

    /// The same without a sequencer.
    pub fn follower() -> Self {
        let mut config = NodeConfig::new(dev(), PathBuf::new());
        let mut http = ListenerConfig::new((Ipv4Addr::LOCALHOST, 0).into());
        http.modules = RpcModuleSelection::All;
        // A second try waits for a time that stands still.
        config.signing.retries = 0;
        config.rpc = RpcConfig { http: Some(http), admin: None, ..RpcConfig::default() };
        Self { config, clock: Some(SimulatedClock::new(UNIX_TIME)), signer: None }
    }

    /// Another genesis, and so another chain.
    #[must_use]
    pub fn with_genesis(mut self, change: impl FnOnce(&mut Genesis)) -> Self {
        let spec = &self.config.chain_spec;
        let mut genesis = spec.genesis().clone();
        change(&mut genesis);
        let (schedule, config) = (spec.schedule().clone(), spec.config().clone());
        let spec = ScrollChainSpec::new(spec.chain_id(), genesis, schedule, config);
        self.config.chain_spec = Arc::new(spec);
        self
    }

    /// Other settings of the sequencer, if there is one.
    #[must_use]
    pub fn with_sequencer(mut self, change: impl FnOnce(&mut SequencerConfig)) -> Self {
        if let Some(config) = &mut self.config.sequencer {
            change(config);
        }
        self
    }

    /// Other settings of the node.
    #[must_use]
    pub fn with_config(mut self, change: impl FnOnce(&mut NodeConfig)) -> Self {
        change(&mut self.config);
        self
    }

    /// Another signer.
    #[must_use]
    pub fn with_signer(mut self, signer: Arc<dyn BlockSigner>) -> Self {
        self.signer = Some(signer);
        self
    }

    /// The time of the machine.
    #[must_use]
    pub fn with_system_clock(mut self) -> Self {
        self.clock = None;
        self
    }
}
