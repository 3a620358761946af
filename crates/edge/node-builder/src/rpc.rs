//! The RPC methods of the node.

use crate::{
    builder::{NodeParts, RpcExtension},
    error::LaunchError,
};
use rollup_rpc::{
    BlockingPool, DebugApiServer, DebugRpc, EthApiServer, EthConfig, EthParts, EthRpc, EthThreads,
    NetApiServer, NetRpc, RollupNodeAdminApiServer, RollupNodeAdminRpc, RollupNodeApiServer,
    RollupNodeRpc, RpcConfig, RpcModules, RpcNamespace, SequencerControl, TxpoolApiServer,
    TxpoolRpc, Web3ApiServer, Web3Rpc,
};
use rollup_sequencer::{SequencerHandle, SyncState};
use std::sync::Arc;
use tokio::sync::watch;

/// What `web3_clientVersion` says.
const CLIENT_VERSION: &str = concat!("rollup-node/v", env!("CARGO_PKG_VERSION"));

/// All methods that the parts of the node have, and those that were added.
pub(crate) fn modules(
    parts: &NodeParts,
    sequencer: Option<SequencerHandle>,
    config: &RpcConfig,
    eth: EthConfig,
    extensions: Vec<RpcExtension>,
) -> Result<RpcModules, LaunchError> {
    let NodeParts { storage, txpool, evm, clock } = parts;
    // Reads do not wait for calls that execute, and the operator's methods for neither.
    let pool_of_threads = || BlockingPool::new(&config.limits).map_err(LaunchError::RpcThreads);
    let threads = EthThreads {
        reads: pool_of_threads()?,
        calls: pool_of_threads()?,
        traces: pool_of_threads()?,
    };
    let reads = threads.reads.clone();
    let own = pool_of_threads()?;
    let sequencer = sequencer.map(|handle| Arc::new(handle) as Arc<dyn SequencerControl>);
    // Nothing follows L1 yet, so there is nothing to be behind of.
    let (_, sync) = watch::channel(SyncState::SYNCED);
    let parts_of_eth =
        EthParts { storage: storage.clone(), pool: txpool.clone(), evm: evm.clone(), threads };
    let eth = EthRpc::new(parts_of_eth, eth);
    let rollup_node =
        RollupNodeRpc::new(storage.clone(), sync, sequencer.clone(), own, Arc::clone(clock));

    let mut modules = RpcModules::new();
    modules.add(RpcNamespace::Debug, DebugRpc::new(eth.clone()).into_rpc())?;
    modules.add(RpcNamespace::Eth, eth.into_rpc())?;
    modules.add(RpcNamespace::Net, NetRpc::new(evm.chain_spec().chain_id(), None).into_rpc())?;
    modules.add(RpcNamespace::Web3, Web3Rpc::new(CLIENT_VERSION.to_owned()).into_rpc())?;
    let txpool = TxpoolRpc::new(txpool.clone(), reads);
    modules.add(RpcNamespace::Txpool, txpool.into_rpc())?;
    modules.add(RpcNamespace::RollupNode, rollup_node.into_rpc())?;
    let admin = RollupNodeAdminRpc::new(sequencer);
    modules.add(RpcNamespace::RollupNodeAdmin, admin.into_rpc())?;
    for extend in extensions {
        extend(parts, &mut modules)?;
    }
    Ok(modules)
}
