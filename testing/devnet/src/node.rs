//! A node in this process.

use crate::{
    announced::Announced,
    l1::L1,
    limit::soon,
    rpc::RpcClient,
    setup::Setup,
    source::{Progress, WatchedPool},
};
use alloy_primitives::{Bytes, TxHash};
use eyre::{OptionExt, Result};
use futures::future::BoxFuture;
use rollup_node_builder::{NodeBuilder, NodeHandle};
use rollup_primitives::ScrollPooledTransaction;
use rollup_runtime::Clock;
use rollup_sequencer::{Announce, SequencerEvent, SequencerHandle};
use rollup_signer::{SecretKey, SignerConfig};
use rollup_txpool::{TransactionOrigin, TransactionSource};
use std::{path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::sync::{broadcast, watch};

/// A node in this process, on a directory that is removed with it.
#[derive(Debug)]
pub struct TestNode {
    /// The node.
    pub handle: NodeHandle,
    /// What it published, also before restarts.
    pub announced: Arc<Announced>,
    pub(crate) setup: Setup,
    pub(crate) events: broadcast::Receiver<SequencerEvent>,
    pub(crate) jobs: watch::Receiver<Progress>,
    /// The last job that was waited for.
    pub(crate) job: u64,
    /// When the next slot begins, while there are slots.
    pub(crate) slot_at: Option<Duration>,
    directory: TempDir,
}

/// A node that was shut down, on a directory that is removed with it.
#[derive(Debug)]
pub struct HaltedNode {
    /// What it starts with.
    pub setup: Setup,
    directory: TempDir,
    announced: Arc<Announced>,
}

impl HaltedNode {
    /// Starts it again.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn start(self) -> Result<TestNode> {
        Box::pin(TestNode::start_in(self.setup, self.directory, self.announced)).await
    }
}

impl TestNode {
    /// Starts a node in a new directory.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn start(setup: Setup) -> Result<Self> {
        Box::pin(Self::start_in(setup, tempfile::tempdir()?, Arc::default())).await
    }

    async fn start_in(setup: Setup, directory: TempDir, announced: Arc<Announced>) -> Result<Self> {
        let mut config = setup.config.clone();
        config.data_dir = directory.path().join("data");
        if config.sequencer.is_some() && config.signer.is_none() && setup.signer.is_none() {
            config.signer = Some(key_file(directory.path())?);
        }
        let is_started = config.sequencer.as_ref().is_some_and(|sequencer| sequencer.auto_start);
        let (progress, jobs) = watch::channel(Progress::default());
        let source = setup.transaction_source.clone();
        let builder = setup
            .extensions
            .iter()
            .fold(NodeBuilder::new(config), |builder, extension| (extension.0)(builder));
        let mut builder = builder
            .with_announcer(Arc::<Announced>::clone(&announced) as Arc<dyn Announce>)
            .with_transaction_source(move |pool| {
                let own = || Arc::new(pool.clone()) as Arc<dyn TransactionSource>;
                let source = source.map_or_else(own, |source| (source.0)(pool));
                Arc::new(WatchedPool::new(source, &progress))
            });
        if let Some(clock) = &setup.clock {
            builder = builder.with_clock(Arc::new(clock.clone()));
        }
        if let Some(signer) = &setup.signer {
            builder = builder.with_signer(Arc::clone(signer));
        }
        let (sender, _) = broadcast::channel(1);
        let slot_at = setup.clock.as_ref().filter(|_| is_started).map(Clock::now);
        let handle = soon("the start of a node", Box::pin(builder.launch())).await??;
        let events = handle
            .sequencer
            .as_ref()
            .map_or_else(|| sender.subscribe(), SequencerHandle::subscribe);
        Ok(Self { handle, announced, setup, events, jobs, job: 0, slot_at, directory })
    }

    /// Shuts the node down in order and starts it again.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn restart(self) -> Result<Self> {
        self.restart_with(|_| ()).await
    }

    /// The same with other settings.
    ///
    /// # Errors
    /// If it does not start.
    pub fn restart_with<'a>(
        self,
        change: impl FnOnce(&mut Setup) + Send + 'a,
    ) -> BoxFuture<'a, Result<Self>> {
        // Boxed: a node is too large for the stack of every test.
        Box::pin(async move {
            let mut halted = self.halt().await?;
            change(&mut halted.setup);
            halted.start().await
        })
    }

    /// Shuts the node down in order, and keeps what it needs to start again.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn halt(self) -> Result<HaltedNode> {
        let Self { handle, setup, directory, announced, .. } = self;
        soon("the end of a node", Box::pin(handle.shutdown())).await?;
        Ok(HaltedNode { setup, directory, announced })
    }

    /// Shuts the node down in order.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn stop(self) -> Result<()> {
        soon("the end of a node", Box::pin(self.handle.shutdown())).await
    }

    /// The directory that is removed with the node. The data directory is `data` in it.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The sequencer.
    ///
    /// # Errors
    /// If the node has none.
    pub fn sequencer(&self) -> Result<&SequencerHandle> {
        self.handle.sequencer.as_ref().ok_or_eyre("the node has no sequencer")
    }

    /// What it is told of L1.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn l1(&self) -> Result<L1> {
        L1::new(self.handle.engine.clone())
    }

    /// Calls the node over HTTP.
    ///
    /// # Errors
    /// If the node serves no HTTP.
    pub fn rpc(&self) -> Result<RpcClient> {
        Ok(RpcClient::new(self.handle.http_addr.ok_or_eyre("the node serves no HTTP")?))
    }

    /// Puts a transaction of a local user into the pool.
    ///
    /// # Errors
    /// If the pool refuses it.
    pub async fn submit(&self, transaction: ScrollPooledTransaction) -> Result<TxHash> {
        let added = self.handle.txpool.add(transaction, TransactionOrigin::Local);
        Ok(soon("the pool", added).await??)
    }

    /// Waits until the pool knows of all that became of the chain so far.
    ///
    /// # Errors
    /// If the pool does not answer.
    pub async fn pool_follows(&self) -> Result<()> {
        // Changes of the chain come before what is handed in after them; this is refused.
        let refused = self.handle.txpool.add_raw(Bytes::new(), TransactionOrigin::External);
        soon("the pool", refused).await?.err().ok_or_eyre("the pool takes anything")?;
        Ok(())
    }

    /// The next event of the sequencer.
    ///
    /// # Errors
    /// If there is none within the limit, or some were missed.
    pub async fn event(&mut self) -> Result<SequencerEvent> {
        Ok(soon("an event of the sequencer", self.events.recv()).await??)
    }
}

/// A key in this directory, which stays the same over restarts.
fn key_file(directory: &Path) -> Result<SignerConfig> {
    let path = directory.join("signer-key");
    if !path.exists() {
        SecretKey::random()?.create_key_file(&path)?;
    }
    Ok(SignerConfig::KeyFile { path, allow_readable_by_others: false })
}
