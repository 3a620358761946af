//! The `eth` namespace over the stored chain, the pool and the EVM.
//!
//! ```text
//!          ┌─ reads: one entry or block ─────┐                  ┌─ state           accounts, slots, proofs
//!  server ─┤                                 ├─► view of chain ─┼─ blocks ─► convert   blocks, receipts
//!          └─ calls: EVM, proofs, queries ───┘                  ├─ call            EVM: call, estimate, access list
//!                                                               ├─ fees ─► tips    prices, fee history
//!                                                               └─ logs            queries
//! ```
//! Every answer is of one view: block and state never are of two chains. What may be of the pending
//! block works with a [`Snapshot`], which has that block on top of the view.
//!
//! A page of the database that is not in memory blocks its reader on the disk, so whatever opens a
//! view runs on threads that may block. Only what is in memory anyhow is answered at once: chain id,
//! head, blocks and accounts that were read before (see `memory`). Reads have threads of their own, so that no call makes them wait.
//!
//! What becomes of chain and pool comes by `changes`, to filters and subscriptions.
//!
//! What executes, proves or scans ends soon after its client is gone or the server has given it up: it
//! looks whenever it reads from the database. What it does between two reads is bounded by the gas
//! cap.

pub(crate) mod block_id;
pub(crate) mod blocks;
pub(crate) mod call;
mod changes;
mod config;
pub(crate) mod convert;
pub(crate) mod error;
pub(crate) mod execute;
mod extra;
mod fees;
mod filters;
pub(crate) mod guard;
mod json;
mod live_logs;
mod logs;
mod memory;
mod number;
pub(crate) mod pending;
pub(crate) mod replay;
mod revert;
mod server;
pub(crate) mod snapshot;
mod state;
pub(crate) mod submit;
mod subscriptions;
mod syncing;
mod tips;
mod transactions;

pub use changes::{EthChanges, EthNews};
pub use config::EthConfig;
pub use extra::StorageValues;
pub use json::Json;
pub use logs::Logs;
pub use number::Number;
pub use subscriptions::{EthPubSubRpc, EthSubscriptionKind};
pub use syncing::{EthSyncProgress, EthSyncStatus};

use crate::server::BlockingPool;
use alloy_eips::BlockId;
use blocks::{Blocks, CachedBlock};
use error::EthError;
use filters::Filters;
use guard::TraceLimits;
use jsonrpsee::core::RpcResult;
use pending::PendingBlocks;
use rollup_evm::ScrollEvmConfig;
use rollup_forward::Forwarder;
use rollup_payload::PayloadBuilder;
use rollup_runtime::Clock;
use rollup_sequencer::SyncState;
use rollup_storage::{ChainView, ForkchoiceState, Storage};
use rollup_txpool::Txpool;
pub(crate) use snapshot::Snapshot;
use std::{fmt, sync::Arc, time::Instant};
use syncing::Syncing;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The threads that do the work of the methods. They may be the same, but then reads wait for calls.
#[derive(Clone, Debug)]
pub struct EthThreads {
    /// For methods that read an entry or a block.
    pub reads: BlockingPool,
    /// For methods that execute, prove or scan.
    pub calls: BlockingPool,
    /// For methods that execute blocks of the chain once more.
    pub traces: BlockingPool,
    /// For the pending block, which one of them makes at a time. One thread is enough.
    pub pending: BlockingPool,
}

/// What the methods work with.
#[derive(Clone, Debug)]
pub struct EthParts {
    /// The stored chain.
    pub storage: Storage,
    /// Its pool.
    pub pool: Txpool,
    /// Where transactions of users go on to, if they do.
    pub forwarder: Option<Forwarder>,
    /// Its rules.
    pub evm: ScrollEvmConfig,
    /// What becomes of chain and pool.
    pub changes: EthChanges,
    /// Whether the chain is known up to where it is.
    pub sync: watch::Receiver<SyncState>,
    /// Says what the pending block is.
    pub payload: PayloadBuilder,
    /// Changes with the head.
    pub head: watch::Receiver<ForkchoiceState>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The threads that do the work.
    pub threads: EthThreads,
}

/// The methods of the `eth` namespace. Cloning gives another handle.
#[derive(Clone)]
pub struct EthRpc {
    storage: Storage,
    pool: Txpool,
    forwarder: Option<Forwarder>,
    evm: ScrollEvmConfig,
    config: Arc<EthConfig>,
    blocks: Arc<Blocks>,
    changes: EthChanges,
    syncing: Syncing,
    filters: Arc<Filters>,
    pending: Arc<PendingBlocks>,
    head: watch::Receiver<ForkchoiceState>,
    clock: Arc<dyn Clock>,
    threads: EthThreads,
}

impl EthRpc {
    /// The methods over these parts.
    pub fn new(parts: EthParts, config: EthConfig) -> Self {
        let EthParts {
            storage,
            pool,
            forwarder,
            evm,
            changes,
            sync,
            payload,
            head,
            clock,
            threads,
        } = parts;
        let blocks = Arc::new(Blocks::new(config.cached_blocks));
        let syncing = Syncing { changes: changes.clone(), sync };
        let filters = Filters::new(config.max_filters, config.filter_lifetime, Arc::clone(&clock));
        let pending = Arc::new(PendingBlocks::new(payload, Arc::clone(&clock)));
        Self {
            storage,
            pool,
            forwarder,
            evm,
            config: Arc::new(config),
            blocks,
            changes,
            syncing,
            filters: Arc::new(filters),
            pending,
            head,
            clock,
            threads,
        }
    }

    /// The chain as it is now.
    pub(crate) fn view(&self) -> Result<ChainView, EthError> {
        Ok(self.storage.view()?)
    }

    /// Limits and defaults.
    pub(crate) fn config(&self) -> &EthConfig {
        &self.config
    }

    /// The rules of the chain.
    pub(crate) const fn evm(&self) -> &ScrollEvmConfig {
        &self.evm
    }

    /// Gas that a simulation may use.
    pub(crate) fn gas_cap(&self) -> u64 {
        self.config.gas_cap
    }

    /// How many blocks below the head a block may be for its witness.
    pub(crate) fn witness_window(&self) -> u64 {
        self.config.witness_window_blocks
    }

    /// The bounds of a trace that is given up at `deadline`, or when `cancelled` is.
    pub(crate) fn trace_limits(
        &self,
        cancelled: &CancellationToken,
        deadline: Option<Instant>,
    ) -> TraceLimits {
        let max_bytes = self.config.max_trace_bytes;
        TraceLimits { cancelled: cancelled.clone(), deadline, max_bytes, used_bytes: 0 }
    }

    /// A block, if the chain has it.
    pub(crate) fn find_block(
        &self,
        view: &ChainView,
        block: BlockId,
    ) -> Result<Option<Arc<CachedBlock>>, EthError> {
        let id = block_id::find(view, block)?;
        Ok(id.map(|id| self.blocks.get(view, id)).transpose()?)
    }

    /// Reads an entry or a block.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, EthError> + Send + 'static,
    ) -> RpcResult<T> {
        let this = self.clone();
        self.threads.reads.run(move |_| Ok(work(&this)?)).await
    }

    /// Answers from memory, or else reads an entry or a block.
    pub(crate) async fn read_unless<T: Send + 'static>(
        &self,
        known: impl FnOnce(&Self) -> Result<Option<T>, EthError>,
        read: impl FnOnce(&Self) -> Result<T, EthError> + Send + 'static,
    ) -> RpcResult<T> {
        match known(self)? {
            Some(answer) => Ok(answer),
            None => self.read(read).await,
        }
    }

    /// Does something that takes long.
    pub(crate) async fn long<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self, &CancellationToken) -> Result<T, EthError> + Send + 'static,
    ) -> RpcResult<T> {
        let this = self.clone();
        self.threads.calls.run(move |cancelled| Ok(work(&this, cancelled)?)).await
    }

    /// Executes blocks of the chain once more.
    pub(crate) async fn trace<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self, &CancellationToken) -> Result<T, EthError> + Send + 'static,
    ) -> RpcResult<T> {
        let this = self.clone();
        self.threads.traces.run(move |cancelled| Ok(work(&this, cancelled)?)).await
    }
}

impl fmt::Debug for EthRpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EthRpc").field("config", &self.config).finish_non_exhaustive()
    }
}
