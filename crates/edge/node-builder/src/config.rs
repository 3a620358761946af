//! Everything that a node is told.

use crate::error::L1ContractsError;
use alloy_primitives::Address;
use rollup_chainspec::ScrollChainSpec;
use rollup_engine::EngineConfig;
use rollup_exex::ExExConfig;
use rollup_forward::ForwardConfig;
use rollup_l1::{L1Contracts, L1WatcherConfig};
use rollup_l1_client::{L1ClientConfig, L1Url};
use rollup_orchestrator::{L1StalePolicy, OrchestratorConfig};
use rollup_payload::PayloadConfig;
use rollup_rpc::{EthConfig, RpcConfig};
use rollup_sequencer::SequencerConfig;
use rollup_signer::{SignerConfig, SigningPolicy};
use rollup_storage::StorageConfig;
use rollup_telemetry::ReadinessLimits;
use rollup_txpool::TxpoolConfig;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};

/// Everything that a node is told. Plain data: what a part does with its settings is documented
/// there.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The chain.
    pub chain_spec: Arc<ScrollChainSpec>,
    /// Directory of everything that is stored; it is made if there is none.
    pub data_dir: PathBuf,
    /// Database, block log, caches, pruning.
    pub storage: StorageConfig,
    /// Limits of the engine.
    pub engine: EngineConfig,
    /// Limits of blocks.
    pub payload: PayloadConfig,
    /// Limits of the pool.
    pub txpool: TxpoolConfig,
    /// Who may sign blocks.
    pub consensus: ConsensusConfig,
    /// How L1 is followed; `None` for a node that waits for no L1, and knows of it what it knew.
    pub l1: Option<L1NodeConfig>,
    /// Where the key is; `None` for a node that signs nothing.
    pub signer: Option<SignerConfig>,
    /// How long and how often the signer is asked.
    pub signing: SigningPolicy,
    /// `None` for a node that makes no blocks.
    pub sequencer: Option<SequencerConfig>,
    /// Whether a sequencer that starts by itself may have a key that is not the authorized signer's:
    /// a standby.
    pub allow_unauthorized: bool,
    /// Where transactions of users are forwarded to; `None` for nowhere.
    pub forward: Option<ForwardConfig>,
    /// The JSON-RPC servers.
    pub rpc: RpcConfig,
    /// Limits of the `eth` methods.
    pub eth: EthConfig,
    /// What is kept for ExExes.
    pub exex: ExExConfig,
    /// Where metrics are served; `None` for nowhere.
    pub metrics: Option<SocketAddr>,
    /// Where probes are answered; `None` for nowhere.
    pub health: Option<HealthConfig>,
}

impl NodeConfig {
    /// A node of this chain in this directory that follows nobody and serves nothing.
    pub fn new(chain_spec: Arc<ScrollChainSpec>, data_dir: PathBuf) -> Self {
        Self {
            chain_spec,
            data_dir,
            storage: StorageConfig::default(),
            engine: EngineConfig::default(),
            payload: PayloadConfig::default(),
            txpool: TxpoolConfig::default(),
            consensus: ConsensusConfig::Noop,
            l1: None,
            signer: None,
            signing: SigningPolicy::default(),
            sequencer: None,
            allow_unauthorized: false,
            forward: None,
            rpc: RpcConfig { admin: None, ..RpcConfig::default() },
            eth: EthConfig::default(),
            exex: ExExConfig::default(),
            metrics: None,
            health: None,
        }
    }
}

/// Who may sign blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsensusConfig {
    /// Anybody.
    Noop,
    /// One signer, that of the L1 system contract.
    SystemContract {
        /// The signer, where it is not to be read from L1.
        authorized_signer: Option<Address>,
    },
}

impl ConsensusConfig {
    /// Whether the authorized signer is read from L1.
    pub const fn reads_signer(self) -> bool {
        matches!(self, Self::SystemContract { authorized_signer: None })
    }
}

/// How L1 is followed.
#[derive(Clone, Debug)]
pub struct L1NodeConfig {
    /// What it is read from. The chain id that endpoints must have is that of the chain spec, any on
    /// the development chain.
    pub client: L1ClientConfig,
    /// How it is watched. Contracts, and whether the signer is read, follow from chain spec and
    /// consensus.
    pub watcher: L1WatcherConfig,
    /// For how many L1 blocks the signer before a change stays valid, for blocks that are not later
    /// than the change. Default: 64.
    pub signer_grace_blocks: u64,
    /// What the sequencer does while L1 is stale. Default: it goes on.
    pub stale_policy: L1StalePolicy,
}

impl L1NodeConfig {
    /// The defaults, for these endpoints.
    pub fn new(urls: Vec<L1Url>) -> Self {
        let OrchestratorConfig { signer_grace_blocks, stale_policy, .. } =
            OrchestratorConfig::default();
        Self {
            client: L1ClientConfig::new(urls),
            watcher: L1WatcherConfig::default(),
            signer_grace_blocks,
            stale_policy,
        }
    }

    /// The contracts of the chain.
    ///
    /// # Errors
    /// The chain spec does not name one that is needed, and `reads_signer` says whether the system
    /// contract is.
    pub fn contracts(
        &self,
        chain: &ScrollChainSpec,
        reads_signer: bool,
    ) -> Result<L1Contracts, L1ContractsError> {
        let contracts = L1Contracts::from(chain);
        if contracts.rollup.is_none() {
            return Err(L1ContractsError::NO_ROLLUP);
        }
        if contracts.queue_v2.is_none() {
            return Err(L1ContractsError::NO_QUEUE);
        }
        if reads_signer && contracts.system_config.is_none() {
            return Err(L1ContractsError::NO_SYSTEM_CONFIG);
        }
        Ok(contracts)
    }
}

/// Where probes are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthConfig {
    /// Where.
    pub addr: SocketAddr,
    /// Whether the node does not start if the address is taken.
    pub is_required: bool,
    /// When the node is not ready.
    pub limits: ReadinessLimits,
}
