//! What a node is made of, before it runs.

use crate::{
    config::NodeConfig,
    error::LaunchError,
    handle::NodeHandle,
    launch::{Parts, launch},
};
use rollup_engine::EngineHandle;
use rollup_evm::ScrollEvmConfig;
use rollup_exex::{BoxError, ExExContext, InstalledExEx};
use rollup_rpc::{BlockingPool, NodeEvents, RpcModules, RpcModulesError};
use rollup_runtime::{Clock, SystemClock};
use rollup_sequencer::{Announce, NoNetwork};
use rollup_signer::BlockSigner;
use rollup_storage::{CanonicalChange, Storage};
use rollup_telemetry::Metrics;
use rollup_txpool::{TransactionSource, Txpool};
use std::{fmt, future::Future, sync::Arc};

/// Adds methods to those of the node.
pub type RpcExtension =
    Box<dyn FnOnce(&NodeParts, &mut RpcModules) -> Result<(), RpcModulesError> + Send>;

/// Called when the node runs.
pub type StartedHook = Box<dyn FnOnce(&NodeHandle) + Send>;

/// Makes the order in which blocks take transactions from the pool.
pub type TransactionSourceMaker = Box<dyn FnOnce(&Txpool) -> Arc<dyn TransactionSource> + Send>;

/// Parts of a node that extensions build on.
#[derive(Clone, Debug)]
pub struct NodeParts {
    /// The stored chain.
    pub storage: Storage,
    /// The pool.
    pub txpool: Txpool,
    /// The engine, which tells of every change of the chain.
    pub engine: EngineHandle,
    /// The rules of the chain.
    pub evm: ScrollEvmConfig,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What the node does, for whoever listens. Extensions may tell something as well.
    pub events: NodeEvents,
    /// The threads on which RPC methods read the chain. A method that blocks does so there, and is
    /// refused when too many wait.
    pub rpc_threads: BlockingPool,
}

/// Assembles a node: the settings say what there is, and each part may be replaced by another.
pub struct NodeBuilder {
    config: NodeConfig,
    parts: Parts,
}

impl NodeBuilder {
    /// A node with these settings, its usual parts, and the clock of the machine.
    pub fn new(config: NodeConfig) -> Self {
        let parts = Parts {
            clock: Arc::new(SystemClock::new()),
            signer: None,
            announcer: Arc::new(NoNetwork),
            transaction_source: None,
            rpc_extensions: Vec::new(),
            change_listeners: Vec::new(),
            exexes: Vec::new(),
            started_hooks: Vec::new(),
            metrics: None,
        };
        Self { config, parts }
    }

    /// The settings.
    pub const fn config(&self) -> &NodeConfig {
        &self.config
    }

    /// Takes the time from elsewhere.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.parts.clock = clock;
        self
    }

    /// Signs with this signer, whatever the settings say of keys.
    #[must_use]
    pub fn with_signer(mut self, signer: Arc<dyn BlockSigner>) -> Self {
        self.parts.signer = Some(signer);
        self
    }

    /// Publishes blocks through this.
    #[must_use]
    pub fn with_announcer(mut self, announcer: Arc<dyn Announce>) -> Self {
        self.parts.announcer = announcer;
        self
    }

    /// Takes the transactions of blocks from elsewhere than straight from the pool.
    #[must_use]
    pub fn with_transaction_source(
        mut self,
        make: impl FnOnce(&Txpool) -> Arc<dyn TransactionSource> + Send + 'static,
    ) -> Self {
        self.parts.transaction_source = Some(Box::new(make));
        self
    }

    /// Adds RPC methods.
    #[must_use]
    pub fn extend_rpc_modules(
        mut self,
        extend: impl FnOnce(&NodeParts, &mut RpcModules) -> Result<(), RpcModulesError> + Send + 'static,
    ) -> Self {
        self.parts.rpc_extensions.push(Box::new(extend));
        self
    }

    /// Calls `listener` with every change of the chain, on the engine's thread: it returns at once.
    #[must_use]
    pub fn on_canonical_change(
        mut self,
        listener: impl Fn(&Arc<CanonicalChange>) + Send + Sync + 'static,
    ) -> Self {
        self.parts.change_listeners.push(Arc::new(listener));
        self
    }

    /// Runs code beside the node that is told of every change of the chain, and goes on where it was
    /// after a restart. What it has finished is noted under `name`, which no other ExEx has. It is to
    /// end when its notifications do; if it fails or ends before, the node ends.
    #[must_use]
    pub fn install_exex<F, E>(
        mut self,
        name: &'static str,
        run: impl FnOnce(ExExContext) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.parts.exexes.push(InstalledExEx::new(name, run));
        self
    }

    /// Serves these metrics where the settings say. They are those of the process, so whoever has
    /// the process makes them.
    #[must_use]
    pub fn with_metrics(mut self, metrics: Metrics) -> Self {
        self.parts.metrics = Some(metrics);
        self
    }

    /// Calls `hook` when the node runs.
    #[must_use]
    pub fn on_node_started(mut self, hook: impl FnOnce(&NodeHandle) + Send + 'static) -> Self {
        self.parts.started_hooks.push(Box::new(hook));
        self
    }

    /// Opens the storage and starts every part, on the runtime that this is called on.
    ///
    /// # Errors
    /// The first part that cannot start; those before it have ended then, and nothing is lost.
    pub async fn launch(self) -> Result<NodeHandle, LaunchError> {
        launch(self.config, self.parts).await
    }
}

impl fmt::Debug for NodeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}
