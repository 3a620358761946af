//! The ExExes of a node.

use crate::{
    config::ExExConfig,
    context::{ExExContext, ExExEvents, ExExNotifications},
    error::{ExExError, ExExFailure},
    follow::Follower,
    metrics::ExExMetrics,
};
use alloy_eips::BlockNumHash;
use futures::{FutureExt as _, future::BoxFuture};
use parking_lot::Mutex;
use rollup_chainspec::ScrollChainSpec;
use rollup_evm::ScrollEvmConfig;
use rollup_runtime::{Clock, TaskFailures, TaskGroup};
use rollup_storage::{CanonicalChange, Storage};
use rollup_txpool::Txpool;
use std::{
    collections::BTreeSet,
    error::Error,
    fmt,
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::watch,
    task::spawn_blocking,
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// Directory of the ExExes in the data directory.
const DIRECTORY: &str = "exex";
/// Longest name of an ExEx.
const MAX_NAME_BYTES: usize = 64;

/// Any error of an ExEx.
pub type BoxError = Box<dyn Error + Send + Sync>;

type Run = Box<dyn FnOnce(ExExContext) -> BoxFuture<'static, Result<(), BoxError>> + Send>;

/// An ExEx that does not run yet.
pub struct InstalledExEx {
    name: &'static str,
    /// Never locked: it lets a node that is being built be handed to other threads by reference too.
    run: Mutex<Run>,
}

impl InstalledExEx {
    /// `run` makes the life of the ExEx. It is to end when the notifications do; if it ends before, the
    /// node ends too.
    pub fn new<F, E>(
        name: &'static str,
        run: impl FnOnce(ExExContext) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        // What makes the future may fail too, and does so where its panic is caught.
        let run: Run =
            Box::new(move |context| async move { run(context).await.map_err(Into::into) }.boxed());
        Self { name, run: Mutex::new(run) }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Debug for InstalledExEx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstalledExEx").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What ExExes are given besides the chain.
#[derive(Clone, Debug)]
pub struct ExExParts {
    /// Data directory of the node.
    pub data_dir: PathBuf,
    /// The pool.
    pub txpool: Txpool,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The ExExes of a node, on threads of their own.
#[derive(Debug)]
pub struct ExExs {
    follower: Arc<Follower>,
    storage: Storage,
    evm: ScrollEvmConfig,
    /// Those that do not run yet, and where they go on.
    pub(crate) waiting: Vec<(InstalledExEx, BlockNumHash)>,
    changes: watch::Sender<()>,
    group: TaskGroup,
    failures: TaskFailures,
    runtime: Threads,
}

impl ExExs {
    /// Opens what ExExes have noted in a data directory, before the chain changes. They run from
    /// [`Self::start`] on.
    ///
    /// # Errors
    /// See [`ExExError`].
    pub fn open(
        config: ExExConfig,
        data_dir: &Path,
        storage: Storage,
        evm: ScrollEvmConfig,
        installed: Vec<InstalledExEx>,
    ) -> Result<Self, ExExError> {
        check_names(&installed)?;
        let directory = data_dir.join(DIRECTORY);
        let follower = Follower::open(config, directory, storage.clone(), evm.clone())?;
        let place = |exex: InstalledExEx| {
            let position = follower.resume(exex.name)?;
            Ok((exex, position))
        };
        let waiting = installed.into_iter().map(place).collect::<Result<_, ExExError>>()?;
        let runtime = Threads::new()?;
        let (group, failures) = TaskGroup::root(DIRECTORY, runtime.handle.clone());
        let (changes, _) = watch::channel(());
        let follower = Arc::new(follower);
        Ok(Self { follower, storage, evm, waiting, changes, group, failures, runtime })
    }

    /// Is to be called with every change of the chain. Returns at once.
    pub fn listener(&self) -> impl Fn(&Arc<CanonicalChange>) + Send + Sync + 'static {
        let (follower, changes) = (Arc::downgrade(&self.follower), self.changes.clone());
        move |change| {
            if let Some(follower) = follower.upgrade() {
                follower.recent.follow(change);
                changes.send_replace(());
            }
        }
    }

    /// Starts the ExExes.
    pub fn start(&mut self, parts: &ExExParts) {
        let head = self.storage.head();
        for (exex, position) in std::mem::take(&mut self.waiting) {
            let InstalledExEx { name, run } = exex;
            info!(target: "exex::runner", exex = name, finished = position.number, head = head.number, "ExEx started");
            let context = self.context(name, head, position, parts);
            let life = until_end(name, run.into_inner(), context, self.group.token());
            self.group.spawn(name, life);
        }
    }

    fn context(
        &self,
        name: &'static str,
        head: BlockNumHash,
        position: BlockNumHash,
        parts: &ExExParts,
    ) -> ExExContext {
        let ExExParts { data_dir, txpool, clock } = parts.clone();
        let metrics = Arc::new(ExExMetrics::of(name));
        metrics.finished_number.set(position.number as f64);
        let notifications = ExExNotifications {
            name,
            follower: Arc::clone(&self.follower),
            position,
            reading: None,
            changes: self.changes.subscribe(),
            shutdown: self.group.token(),
            metrics: Arc::clone(&metrics),
        };
        ExExContext {
            name,
            chain_spec: Arc::<ScrollChainSpec>::clone(self.evm.chain_spec()),
            data_dir,
            head,
            finished: position,
            notifications,
            events: ExExEvents { name, follower: Arc::clone(&self.follower), metrics },
            storage: self.storage.clone(),
            txpool,
            evm: self.evm.clone(),
            clock,
            shutdown: self.group.token(),
        }
    }

    /// The next ExEx that ended although nobody told it to. Cancel-safe.
    pub async fn failed(&mut self) -> ExExFailure {
        match self.failures.next().await {
            Some(failure) => failure.into(),
            // The group is there as long as this is.
            None => std::future::pending().await,
        }
    }

    /// Tells all ExExes that the node shuts down, and waits until they and what they have begun on other
    /// threads have ended. Who is not done after `timeout` is left alone.
    pub async fn stop(self, clock: &dyn Clock, timeout: Duration) {
        let Self { group, runtime, .. } = self;
        if let Err(err) = group.shutdown(clock, timeout).await {
            warn!(target: "exex::runner", %err, "shutting down without waiting longer");
        }
        drop(group);
        runtime.end(timeout).await;
    }
}

/// Runs an ExEx, and says why it ended.
async fn until_end(name: &'static str, run: Run, context: ExExContext, stop: CancellationToken) {
    match run(context).await {
        Ok(()) if stop.is_cancelled() => {}
        Ok(()) => error!(target: "exex::runner", exex = name, "an ExEx ended, so the node ends"),
        Err(err) => {
            let err = chain_of(&*err);
            error!(target: "exex::runner", exex = name, err, "an ExEx failed, so the node ends");
        }
    }
}

/// An error and its sources on one line.
fn chain_of(err: &(dyn Error + 'static)) -> String {
    let sources = std::iter::successors(err.source(), |err| (*err).source());
    sources.fold(err.to_string(), |text, source| format!("{text}: {source}"))
}

fn check_names(installed: &[InstalledExEx]) -> Result<(), ExExError> {
    let mut seen = BTreeSet::new();
    for InstalledExEx { name, .. } in installed {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let is_name = name.len() <= MAX_NAME_BYTES
            && name.starts_with(is_plain)
            && name.chars().all(|c| is_plain(c) || matches!(c, '-' | '_'));
        if !is_name {
            return Err(ExExError::Name { name });
        }
        if !seen.insert(name) {
            return Err(ExExError::DuplicateName { name });
        }
    }
    Ok(())
}

/// A runtime for ExExes alone: what they do keeps no thread of the node busy.
#[derive(Debug)]
struct Threads {
    handle: Handle,
    /// Taken when it ends.
    runtime: Option<Runtime>,
}

impl Threads {
    fn new() -> Result<Self, ExExError> {
        let runtime = Builder::new_multi_thread().enable_all().thread_name(DIRECTORY).build();
        let runtime = runtime.map_err(ExExError::Threads)?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// Waits for the threads, on one where that is allowed.
    async fn end(mut self, timeout: Duration) {
        if let Some(runtime) = self.runtime.take()
            && let Err(err) = spawn_blocking(move || runtime.shutdown_timeout(timeout)).await
        {
            warn!(target: "exex::runner", %err, "the end of the threads was not waited for");
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // A runtime must not wait for its threads where it is dropped by a task of another.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
