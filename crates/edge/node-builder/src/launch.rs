//! Starting the parts of a node, each on those before it.

use crate::{
    base::Base,
    builder::{NodeParts, RpcExtension, StartedHook, TransactionSourceMaker},
    config::{HealthConfig, NodeConfig},
    error::LaunchError,
    events::EventSources,
    handle::NodeHandle,
    health::{NodeHealthSource, Pulse},
    l1::{L1State, NodeL1, NodeL1Control},
    preflight::Preflight,
    rpc::{self, RpcSources},
    rpc_threads::RpcThreads,
    watchdog::Watchdog,
};
use alloy_primitives::Address;
use rollup_engine::ChangeListener;
use rollup_exex::{ExExParts, InstalledExEx};
use rollup_forward::{ForwardBuilder, ForwardConfig, ForwardParts, Forwarder};
use rollup_orchestrator::L1MessageRules;
use rollup_rpc::{BlockingPool, EthNews, L1Control, RpcConfig, RpcServers};
use rollup_runtime::{Clock, TaskGroup};
use rollup_sequencer::{
    Announce, SequencerBuilder, SequencerConfig, SequencerHandle, SequencerParts,
};
use rollup_signer::{BlockSigner, SigningService};
use rollup_telemetry::{HealthRoutes, HealthServer, Metrics, MetricsServer};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tracing::{info, warn};

/// The parts that may be replaced, and what is called when.
pub(crate) struct Parts {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) signer: Option<Arc<dyn BlockSigner>>,
    pub(crate) announcer: Arc<dyn Announce>,
    pub(crate) transaction_source: Option<TransactionSourceMaker>,
    pub(crate) rpc_extensions: Vec<RpcExtension>,
    pub(crate) change_listeners: Vec<ChangeListener>,
    pub(crate) exexes: Vec<InstalledExEx>,
    pub(crate) started_hooks: Vec<StartedHook>,
    pub(crate) metrics: Option<Metrics>,
}

/// Starts everything.
pub(crate) async fn launch(
    config: NodeConfig,
    mut parts: Parts,
) -> Result<NodeHandle, LaunchError> {
    let ready = Preflight::new(&config, &mut parts).await?;
    let mut base = Base::start(&config, &mut parts).await?;
    let data_dir = config.data_dir.clone();
    let hooks = std::mem::take(&mut parts.started_hooks);
    let served = match serve(config, parts, ready, &base).await {
        Ok(served) => served,
        Err(err) => {
            base.shutdown().await;
            return Err(err);
        }
    };
    if let Some(exexes) = &mut base.exexes {
        let (txpool, clock) = (base.txpool.clone(), Arc::clone(&base.clock));
        exexes.start(&ExExParts { data_dir, txpool, clock });
    }
    let node = NodeHandle::new(base, served);
    for hook in hooks {
        hook(&node);
    }
    Ok(node)
}

/// What works with the base.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) sequencer: Option<SequencerHandle>,
    pub(crate) l1: Option<NodeL1>,
    pub(crate) signer: Option<Address>,
    pub(crate) rpc: RpcServers,
    pub(crate) rpc_threads: RpcThreads,
    pub(crate) metrics_addr: Option<SocketAddr>,
    pub(crate) health_addr: Option<SocketAddr>,
}

async fn serve(
    config: NodeConfig,
    parts: Parts,
    ready: Preflight,
    base: &Base,
) -> Result<Served, LaunchError> {
    let Base { storage, txpool, engine, clock, rollup, edge, .. } = base;
    let Preflight { signer, metrics, l1 } = ready;
    let followed = l1.map(|source| source.follow(engine, clock, &base.l1)).transpose()?;
    let l1 = match &followed {
        Some(followed) => L1State::followed(followed),
        None => L1State::unfollowed(storage, config.consensus)?,
    };
    let (sync, gate) = (l1.sync.clone(), l1.gate.clone());
    let default = SequencerConfig::default();
    let l1_rules =
        L1MessageRules::new(config.sequencer.as_ref().unwrap_or(&default), &config.chain_spec);
    let address = signer.as_ref().map(|signer| signer.address());
    let signing =
        signer.map(|signer| SigningService::new(signer, config.signing, Arc::clone(clock)));
    let sequencer = match (config.sequencer, signing) {
        (None, _) => None,
        (Some(_), None) => return Err(LaunchError::NoSigner),
        (Some(sequencer), Some(signer)) => {
            let parts = SequencerParts {
                engine: engine.clone(),
                signer,
                announce: parts.announcer,
                chain_spec: config.chain_spec,
                clock: Arc::clone(clock),
                sync: l1.sync,
                authorized_signer: l1.authorized_signer,
                l1_progress: l1.progress,
                l1_gate: l1.gate,
                shutdown: rollup.token(),
            };
            Some(start_sequencer(sequencer, parts, rollup)?)
        }
    };

    let pulse = Arc::new(Pulse::new(clock.now()));
    let watchdog = Watchdog {
        engine: engine.clone(),
        txpool: txpool.clone(),
        sequencer: sequencer.clone(),
        l1: followed.as_ref().map(|l1| l1.orchestrator.clone()),
        clock: Arc::clone(clock),
        pulse: Arc::clone(&pulse),
    };
    edge.spawn("watchdog", watchdog.run(edge.token()));

    let is_serving = Arc::new(AtomicBool::new(false));
    let health = NodeHealthSource {
        engine: engine.clone(),
        sequencer: sequencer.clone().zip(address),
        l1: followed.clone().map(|l1| (l1, gate)),
        clock: Arc::clone(clock),
        pulse,
        head_time: Arc::clone(&base.head_time),
        is_serving: Arc::clone(&is_serving),
    };
    let limits = config.health.map(|health| health.limits).unwrap_or_default();
    let probes = HealthRoutes::new(health, limits);
    let metrics_addr = metrics.map(|server| serve_metrics(server, probes.clone(), edge));
    let health_addr = match config.health {
        Some(config) => serve_health(config, probes, edge).await?,
        None => None,
    };

    let node_parts = node_parts(base, &config.rpc)?;
    let l1_events = followed.as_ref().map(|l1| l1.orchestrator.subscribe());
    let sources = EventSources::new(base.events.clone(), engine, sequencer.as_ref(), l1_events);
    edge.spawn("events", sources.run(edge.token()));
    let news =
        EthNews { changes: engine.subscribe(), pending: txpool.subscribe(), sync: sync.clone() };
    edge.spawn("subscriptions", base.changes.clone().run(news, edge.token()));
    let forwarder = match config.forward {
        Some(config) => Some(start_forwarding(&config, sequencer.clone(), base)?),
        None => None,
    };
    let sources = RpcSources {
        sequencer: sequencer.clone(),
        l1: followed.clone().map(|l1| Arc::new(NodeL1Control(l1)) as Arc<dyn L1Control>),
        l1_rules,
        forwarder,
        changes: base.changes.clone(),
        sync,
        payload: base.payload.clone(),
        head: engine.watch_forkchoice(),
    };
    let modules =
        rpc::modules(&node_parts, sources, &config.rpc, config.eth, parts.rpc_extensions)?;
    let rpc_threads = RpcThreads::new().map_err(LaunchError::ServerThreads)?;
    let rpc = rpc_threads.start(config.rpc, modules, Arc::clone(clock)).await?;
    is_serving.store(true, Ordering::Relaxed);
    Ok(Served {
        sequencer,
        l1: followed,
        signer: address,
        rpc,
        rpc_threads,
        metrics_addr,
        health_addr,
    })
}

/// What those who extend the node are given.
fn node_parts(base: &Base, rpc: &RpcConfig) -> Result<NodeParts, LaunchError> {
    Ok(NodeParts {
        storage: base.storage.clone(),
        txpool: base.txpool.clone(),
        engine: base.engine.clone(),
        evm: base.evm.clone(),
        clock: Arc::clone(&base.clock),
        events: base.events.clone(),
        rpc_threads: BlockingPool::new(&rpc.limits).map_err(LaunchError::RpcThreads)?,
    })
}

fn start_sequencer(
    config: SequencerConfig,
    parts: SequencerParts,
    group: &TaskGroup,
) -> Result<SequencerHandle, LaunchError> {
    let builder = SequencerBuilder::new(config)?;
    let handle = builder.handle();
    group.spawn("sequencer", builder.build(parts));
    Ok(handle)
}

/// Starts forwarding, which rests while the node makes blocks itself.
fn start_forwarding(
    config: &ForwardConfig,
    sequencer: Option<SequencerHandle>,
    base: &Base,
) -> Result<Forwarder, LaunchError> {
    let Base { txpool, clock, edge, .. } = base;
    let makes_blocks = move || sequencer.as_ref().is_some_and(|own| own.status().is_enabled);
    let parts = ForwardParts {
        pool: txpool.clone(),
        clock: Arc::clone(clock),
        makes_blocks: Arc::new(makes_blocks),
        shutdown: edge.token(),
    };
    let builder = ForwardBuilder::new(config, parts)?;
    let handle = builder.handle();
    edge.spawn("forward", builder.build());
    Ok(handle)
}

/// Shows metrics, and answers probes beside them. Gives where.
fn serve_metrics(server: MetricsServer, probes: HealthRoutes, edge: &TaskGroup) -> SocketAddr {
    let server = server.with_health(probes);
    let addr = server.address();
    info!(target: "rollup_node::metrics", %addr, "Metrics server started");
    edge.spawn("metrics", server.run(edge.token()));
    addr
}

async fn serve_health(
    config: HealthConfig,
    probes: HealthRoutes,
    edge: &TaskGroup,
) -> Result<Option<SocketAddr>, LaunchError> {
    match HealthServer::bind(config.addr, probes).await {
        Ok(server) => {
            let addr = server.address();
            info!(target: "rollup_node::health", %addr, "Health server started");
            edge.spawn("health", server.run(edge.token()));
            Ok(Some(addr))
        }
        Err(err) if config.is_required => Err(err.into()),
        Err(err) => {
            warn!(target: "rollup_node::health", %err, "no probes are answered");
            Ok(None)
        }
    }
}
