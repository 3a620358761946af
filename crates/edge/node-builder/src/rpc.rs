//! The RPC methods of the node.

use crate::{
    builder::{NodeParts, RpcExtension},
    error::LaunchError,
};
use rollup_forward::Forwarder;
use rollup_orchestrator::L1MessageRules;
use rollup_payload::PayloadBuilder;
use rollup_rpc::{
    AdminApiServer, AdminRpc, BlockingPool, DebugApiServer, DebugRpc, EthApiServer, EthChanges,
    EthConfig, EthExtraApiServer, EthFilterApiServer, EthParts, EthPubSubApiServer, EthPubSubRpc,
    EthRpc, EthSimulateApiServer, EthThreads, L1Control, NetApiServer, NetRpc, OtsApiServer,
    OtsRpc, RethApiServer, RethRpc, RollupNodeAdminApiServer, RollupNodeAdminRpc,
    RollupNodeApiServer, RollupNodeEventsApiServer, RollupNodeEventsRpc, RollupNodeRpc, RpcConfig,
    RpcLimits, RpcModules, RpcNamespace, ScrollApiServer, ScrollRpc, SequencerControl,
    TraceApiServer, TraceRpc, TxpoolApiServer, TxpoolRpc, Web3ApiServer, Web3Rpc,
};
use rollup_sequencer::{SequencerHandle, SyncState};
use rollup_storage::ForkchoiceState;
use std::sync::Arc;
use tokio::sync::watch;

/// What `web3_clientVersion` says.
const CLIENT_VERSION: &str = concat!("rollup-node/v", env!("CARGO_PKG_VERSION"));

/// What methods are about besides the parts that extensions build on.
#[derive(Debug)]
pub(crate) struct RpcSources {
    pub(crate) sequencer: Option<SequencerHandle>,
    /// `None` of a node that follows no L1.
    pub(crate) l1: Option<Arc<dyn L1Control>>,
    /// By which L1 messages are included.
    pub(crate) l1_rules: L1MessageRules,
    pub(crate) forwarder: Option<Forwarder>,
    /// What becomes of chain and pool.
    pub(crate) changes: EthChanges,
    /// Whether the chain is known up to where it is.
    pub(crate) sync: watch::Receiver<SyncState>,
    /// Says what the pending block is.
    pub(crate) payload: PayloadBuilder,
    /// Changes with the head.
    pub(crate) head: watch::Receiver<ForkchoiceState>,
}

/// All methods that the parts of the node have, and those that were added.
pub(crate) fn modules(
    parts: &NodeParts,
    sources: RpcSources,
    config: &RpcConfig,
    eth: EthConfig,
    extensions: Vec<RpcExtension>,
) -> Result<RpcModules, LaunchError> {
    let NodeParts { storage, txpool, engine: _, evm, clock, events, rpc_threads: reads } = parts;
    let RpcSources { sequencer, l1, l1_rules, forwarder, changes, sync, payload, head } = sources;
    // Reads do not wait for calls that execute, and the operator's methods for neither.
    let pool_of_threads = || BlockingPool::new(&config.limits).map_err(LaunchError::RpcThreads);
    let threads = EthThreads {
        reads: reads.clone(),
        calls: pool_of_threads()?,
        traces: BlockingPool::for_traces(&config.limits).map_err(LaunchError::RpcThreads)?,
        pending: BlockingPool::new(&RpcLimits { blocking_threads: 1, ..config.limits })
            .map_err(LaunchError::RpcThreads)?,
    };
    let own = pool_of_threads()?;
    let sequencer = sequencer.map(|handle| Arc::new(handle) as Arc<dyn SequencerControl>);
    let parts_of_eth = EthParts {
        storage: storage.clone(),
        pool: txpool.clone(),
        forwarder: forwarder.clone(),
        evm: evm.clone(),
        changes,
        sync: sync.clone(),
        payload,
        head,
        clock: Arc::clone(clock),
        threads,
    };
    let eth = EthRpc::new(parts_of_eth, eth);
    let rollup_node =
        RollupNodeRpc::new(storage.clone(), sync, sequencer.clone(), own, Arc::clone(clock))
            .with_transactions(txpool.clone(), forwarder)
            .with_l1(l1.clone().map(|l1| (l1, l1_rules)));

    let mut modules = RpcModules::new();
    modules.add(RpcNamespace::Debug, DebugRpc::new(eth.clone()).into_rpc())?;
    modules.add(RpcNamespace::Trace, TraceRpc::new(eth.clone()).into_rpc())?;
    modules.add(RpcNamespace::Ots, OtsRpc::new(eth.clone()).into_rpc())?;
    modules.add(RpcNamespace::Reth, RethRpc::new(eth.clone()).into_rpc())?;
    modules.add(RpcNamespace::Eth, EthPubSubRpc::new(&eth).into_rpc())?;
    modules.add(RpcNamespace::Eth, EthFilterApiServer::into_rpc(eth.clone()))?;
    modules.add(RpcNamespace::Eth, EthApiServer::into_rpc(eth.clone()))?;
    modules.add(RpcNamespace::Eth, EthSimulateApiServer::into_rpc(eth.clone()))?;
    modules.add(RpcNamespace::Eth, EthExtraApiServer::into_rpc(eth.clone()))?;
    modules.add(RpcNamespace::Scroll, ScrollRpc::new(eth).into_rpc())?;
    modules.add(RpcNamespace::Net, NetRpc::new(evm.chain_spec().chain_id(), None).into_rpc())?;
    modules.add(RpcNamespace::Web3, Web3Rpc::new(CLIENT_VERSION.to_owned()).into_rpc())?;
    let txpool = TxpoolRpc::new(txpool.clone(), reads.clone());
    modules.add(RpcNamespace::Txpool, txpool.into_rpc())?;
    modules.add(RpcNamespace::RollupNode, rollup_node.into_rpc())?;
    let subscriptions = RollupNodeEventsRpc::new(events.clone());
    modules.add(RpcNamespace::RollupNode, subscriptions.into_rpc())?;
    let name = CLIENT_VERSION.to_owned();
    let admin = AdminRpc::new(storage.clone(), Arc::clone(evm.chain_spec()), name);
    modules.add(RpcNamespace::Admin, admin.into_rpc())?;
    let admin = RollupNodeAdminRpc::new(sequencer).with_l1(l1);
    modules.add(RpcNamespace::RollupNodeAdmin, admin.into_rpc())?;
    for extend in extensions {
        extend(parts, &mut modules)?;
    }
    Ok(modules)
}
