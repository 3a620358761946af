//! Everything that a node is told.

use alloy_primitives::Address;
use rollup_chainspec::ScrollChainSpec;
use rollup_engine::EngineConfig;
use rollup_exex::ExExConfig;
use rollup_forward::ForwardConfig;
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
