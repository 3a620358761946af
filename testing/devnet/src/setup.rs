//! What a node is started with.

use alloy_primitives::Address;
use rollup_chainspec::{Genesis, ScrollChainSpec, dev};
use rollup_node_builder::{NodeBuilder, NodeConfig};
use rollup_rpc::{ListenerConfig, RpcConfig, RpcModuleSelection};
use rollup_runtime::SimulatedClock;
use rollup_sequencer::{L1InclusionMode, SequencerConfig};
use rollup_signer::BlockSigner;
use rollup_txpool::{TransactionSource, Txpool};
use std::{fmt, net::Ipv4Addr, path::PathBuf, sync::Arc, time::Duration};

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
    /// What is added to the node at each start, in order.
    pub extensions: Vec<Extension>,
    /// Makes the order in which blocks take transactions; `None` for that of the pool.
    pub transaction_source: Option<SourceMaker>,
}

/// Adds parts to a node.
#[derive(Clone)]
pub struct Extension(pub(crate) Arc<dyn Fn(NodeBuilder) -> NodeBuilder + Send + Sync>);

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extension").finish_non_exhaustive()
    }
}

type MakeSource = dyn Fn(&Txpool) -> Arc<dyn TransactionSource> + Send + Sync;

/// Makes an order of transactions.
#[derive(Clone)]
pub struct SourceMaker(pub(crate) Arc<MakeSource>);

impl fmt::Debug for SourceMaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceMaker").finish_non_exhaustive()
    }
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
        let clock = Some(SimulatedClock::new(UNIX_TIME));
        Self { config, clock, signer: None, extensions: Vec::new(), transaction_source: None }
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

    /// More, or other, parts. What makes blocks and announces them stays as it is here.
    #[must_use]
    pub fn with_extension(
        mut self,
        extend: impl Fn(NodeBuilder) -> NodeBuilder + Send + Sync + 'static,
    ) -> Self {
        self.extensions.push(Extension(Arc::new(extend)));
        self
    }

    /// Another order of transactions.
    #[must_use]
    pub fn with_transaction_source(
        mut self,
        make: impl Fn(&Txpool) -> Arc<dyn TransactionSource> + Send + Sync + 'static,
    ) -> Self {
        self.transaction_source = Some(SourceMaker(Arc::new(make)));
        self
    }

    /// The time of the machine.
    #[must_use]
    pub fn with_system_clock(mut self) -> Self {
        self.clock = None;
        self
    }
}
