//! What the node knows of L1.

mod control;
mod signer;

use crate::{
    config::{ConsensusConfig, L1NodeConfig},
    error::{LaunchError, SignerAuthority},
};
use alloy_primitives::Address;
pub(crate) use control::NodeL1Control;
use rollup_chainspec::{ScrollChainSpec, dev};
use rollup_engine::EngineHandle;
use rollup_l1::{L1Contracts, L1WatcherBuilder, L1WatcherConfig, L1WatcherHandle, L1WatcherParts};
use rollup_l1_client::{L1Client, L1ClientConfig, L1Reader};
use rollup_orchestrator::{
    L1Index, L1StalePolicy, OrchestratorBuilder, OrchestratorConfig, OrchestratorHandle,
    OrchestratorParts, SignerRule,
};
use rollup_runtime::{Clock, TaskGroup};
use rollup_sequencer::{L1Gate, SyncState};
use rollup_storage::{L1Progress, Storage, StorageError};
use signer::{SignerOnL1, signer_on_l1};
use std::sync::Arc;
use tokio::sync::watch;
use tracing::warn;

/// The parts of a node that follow L1. Cloning gives other handles.
#[derive(Clone, Debug)]
pub struct NodeL1 {
    /// What reads it, and from where.
    pub client: Arc<L1Client>,
    /// What watches it.
    pub watcher: L1WatcherHandle,
    /// What is made of it.
    pub orchestrator: OrchestratorHandle,
}

/// L1 of a node before it has a storage: what was found out without writing anything.
#[derive(Debug)]
pub(crate) struct L1Source {
    client: Arc<L1Client>,
    contracts: L1Contracts,
    watcher: L1WatcherConfig,
    orchestrator: OrchestratorConfig,
}

impl L1Source {
    /// L1 as it is read. Does not ask anything yet.
    pub(crate) fn new(
        config: L1NodeConfig,
        chain: &ScrollChainSpec,
        consensus: ConsensusConfig,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, LaunchError> {
        let contracts = config.contracts(chain, consensus.reads_signer())?;
        let L1NodeConfig { client, watcher, signer_grace_blocks, stale_policy } = config;
        watcher.validate()?;
        let client = L1ClientConfig { chain_id: l1_chain_id(chain), ..client };
        Ok(Self {
            client: Arc::new(L1Client::new(client, Arc::clone(clock))?),
            watcher: L1WatcherConfig {
                contracts: contracts.clone(),
                reads_signer: consensus.reads_signer(),
                ..watcher
            },
            contracts,
            orchestrator: orchestrator(consensus, signer_grace_blocks, stale_policy),
        })
    }

    /// The authorized signer, and who says so. `None` while L1 does not say it: it is asked for a
    /// bounded time, and only if it matters.
    pub(crate) async fn authorized_signer(
        &self,
        clock: &dyn Clock,
    ) -> Option<(Address, SignerAuthority)> {
        let address = self.contracts.system_config.filter(|_| self.watcher.reads_signer)?;
        match signer_on_l1(&*self.client, address, clock).await {
            SignerOnL1::Known(signer) => {
                Some((signer, SignerAuthority::SystemContract { address }))
            }
            SignerOnL1::Unknown(err) => {
                let reason =
                    err.map_or_else(|| "no answer in time".to_owned(), |err| err.to_string());
                warn!(
                    target: "rollup_node::l1", %reason, contract = %address,
                    "The authorized signer cannot be read from L1 yet: no blocks are made until it is"
                );
                None
            }
        }
    }

    /// Starts following L1, in a group that ends before the engine does.
    pub(crate) fn follow(
        self,
        engine: &EngineHandle,
        clock: &Arc<dyn Clock>,
        group: &TaskGroup,
    ) -> Result<NodeL1, LaunchError> {
        let Self { client, contracts: _, watcher, orchestrator } = self;
        let index = Arc::new(L1Index::new(engine.clone())?);
        let parts = L1WatcherParts {
            reader: Arc::clone(&client) as Arc<dyn L1Reader>,
            sink: Arc::clone(&index) as _,
            clock: Arc::clone(clock),
            shutdown: group.token(),
        };
        let watcher_builder = L1WatcherBuilder::new(watcher, parts)?;
        let watcher = watcher_builder.handle();
        let parts = OrchestratorParts {
            index,
            status: watcher.watch_status(),
            notifications: watcher.subscribe(),
            clock: Arc::clone(clock),
            shutdown: group.token(),
        };
        let orchestrator_builder = OrchestratorBuilder::new(orchestrator, parts);
        let orchestrator = orchestrator_builder.handle();
        let (probes, shutdown) = (Arc::clone(&client), group.token());
        group.spawn("l1-endpoints", async move { probes.run(shutdown).await });
        group.spawn("orchestrator", orchestrator_builder.build());
        group.spawn("l1-watcher", watcher_builder.build());
        Ok(NodeL1 { client, watcher, orchestrator })
    }
}

/// `None` where any will do: the development chain has no L1 of its own.
fn l1_chain_id(chain: &ScrollChainSpec) -> Option<u64> {
    let l1 = &chain.config().l1;
    (l1.l1_chain_id != 0 && *l1 != dev().config().l1).then_some(l1.l1_chain_id)
}

const fn orchestrator(
    consensus: ConsensusConfig,
    signer_grace_blocks: u64,
    stale_policy: L1StalePolicy,
) -> OrchestratorConfig {
    let signers = match consensus {
        ConsensusConfig::Noop => SignerRule::Anybody,
        ConsensusConfig::SystemContract { authorized_signer: Some(signer) } => {
            SignerRule::Fixed(signer)
        }
        ConsensusConfig::SystemContract { authorized_signer: None } => SignerRule::SystemContract,
    };
    OrchestratorConfig { signers, signer_grace_blocks, stale_policy }
}

/// What the node knows of L1, to be watched.
#[derive(Debug)]
pub(crate) struct L1State {
    pub(crate) sync: watch::Receiver<SyncState>,
    pub(crate) authorized_signer: watch::Receiver<Option<Address>>,
    pub(crate) progress: watch::Receiver<L1Progress>,
    pub(crate) gate: watch::Receiver<L1Gate>,
}

impl L1State {
    /// Of a node that follows no L1: it waits for nothing, and knows what it knew before.
    pub(crate) fn unfollowed(
        storage: &Storage,
        consensus: ConsensusConfig,
    ) -> Result<Self, StorageError> {
        let authorized = match consensus {
            ConsensusConfig::Noop => None,
            ConsensusConfig::SystemContract { authorized_signer } => authorized_signer,
        };
        Ok(Self {
            sync: watch::channel(SyncState::SYNCED).1,
            authorized_signer: watch::channel(authorized).1,
            progress: watch::channel(storage.view()?.l1_progress()?).1,
            gate: watch::channel(L1Gate::Open).1,
        })
    }

    /// Of a node that follows L1.
    pub(crate) fn followed(l1: &NodeL1) -> Self {
        let orchestrator = &l1.orchestrator;
        Self {
            sync: orchestrator.watch_sync(),
            authorized_signer: orchestrator.watch_authorized_signer(),
            progress: orchestrator.watch_progress(),
            gate: orchestrator.watch_gate(),
        }
    }
}
