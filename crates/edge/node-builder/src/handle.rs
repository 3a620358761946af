//! A node that runs.

use crate::{
    base::{Base, phase},
    error::ExitError,
    l1::NodeL1,
    launch::Served,
    rpc_threads::RpcThreads,
};
use alloy_primitives::Address;
use rollup_engine::EngineHandle;
use rollup_exex::{ExExFailure, ExExs};
use rollup_rpc::{NodeEvent, NodeEvents, RpcServers};
use rollup_sequencer::SequencerHandle;
use rollup_storage::{Recovery, Storage};
use rollup_txpool::Txpool;
use std::{future::Future, net::SocketAddr, sync::Arc};

/// A node that runs. Dropping it ends its parts without waiting for them; nothing that was
/// acknowledged is lost by that.
#[derive(Debug)]
pub struct NodeHandle {
    /// The stored chain.
    pub storage: Storage,
    /// The pool.
    pub txpool: Txpool,
    /// The engine.
    pub engine: EngineHandle,
    /// The sequencer, if there is one.
    pub sequencer: Option<SequencerHandle>,
    /// What follows L1, if it is followed.
    pub l1: Option<NodeL1>,
    /// Whose signature the blocks of this node have, if it makes any.
    pub signer: Option<Address>,
    /// What was found when the storage was opened.
    pub recovery: Recovery,
    /// What the node does, for whoever listens.
    pub events: NodeEvents,
    /// Where HTTP is served.
    pub http_addr: Option<SocketAddr>,
    /// Where WebSocket is served.
    pub ws_addr: Option<SocketAddr>,
    /// Where the operator's methods are served.
    pub admin_addr: Option<SocketAddr>,
    /// Where metrics are served.
    pub metrics_addr: Option<SocketAddr>,
    /// Where probes are answered.
    pub health_addr: Option<SocketAddr>,
    rpc: RpcServers,
    rpc_threads: RpcThreads,
    base: Base,
}

impl NodeHandle {
    pub(crate) fn new(base: Base, served: Served) -> Self {
        let Served { sequencer, l1, signer, rpc, rpc_threads, metrics_addr, health_addr } = served;
        Self {
            storage: base.storage.clone(),
            txpool: base.txpool.clone(),
            engine: base.engine.clone(),
            sequencer,
            l1,
            signer,
            recovery: base.recovery,
            events: base.events.clone(),
            http_addr: rpc.http_addr(),
            ws_addr: rpc.ws_addr(),
            admin_addr: rpc.admin_addr(),
            metrics_addr,
            health_addr,
            rpc,
            rpc_threads,
            base,
        }
    }

    /// Runs until `stop` completes or a part of the node fails, and then shuts it down.
    ///
    /// # Errors
    /// What failed.
    pub async fn wait_for_exit(mut self, stop: impl Future<Output = ()>) -> Result<(), ExitError> {
        let reason = tokio::select! {
            biased;
            () = stop => Ok(()),
            failure = self.base.failures.next() => failure.map_or(Ok(()), |failure| Err(failure.into())),
            failure = failed_exex(&mut self.base.exexes) => Err(failure.into()),
            () = self.engine.stopped() => Err(ExitError::Engine),
        };
        self.shutdown().await;
        reason
    }

    /// Ends the node in order: no more requests, L1 is not followed any more, no more slots, the block
    /// that is being signed is finished, the ExExes are told and waited for, the pool's journal and the chain are written. When this returns, the data
    /// directory may be opened again.
    pub async fn shutdown(self) {
        let Self { storage, txpool, engine, sequencer, l1, events, rpc, rpc_threads, base, .. } =
            self;
        events.publish(NodeEvent::Shutdown);
        drop((storage, txpool, engine, sequencer, l1));
        phase("rpc", &*Arc::clone(&base.clock), rpc.stop()).await;
        drop(rpc_threads);
        base.shutdown().await;
    }
}

/// The next ExEx that ended; never if there is none.
async fn failed_exex(exexes: &mut Option<ExExs>) -> ExExFailure {
    match exexes {
        Some(exexes) => exexes.failed().await,
        None => std::future::pending().await,
    }
}
