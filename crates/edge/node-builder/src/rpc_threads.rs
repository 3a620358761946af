//! Threads of those who serve.

use crate::error::LaunchError;
use rollup_rpc::{RpcConfig, RpcModules, RpcServers};
use rollup_runtime::Clock;
use std::{io, sync::Arc};
use tokio::runtime::{Builder, Handle, Runtime};

/// A runtime for the RPC servers alone. A request may keep a thread busy for a while, as a batch of a
/// thousand calls does; the tasks that make blocks are on other threads, so that they wait for the
/// operating system at most, and not until all requests before them are read.
#[derive(Debug)]
pub(crate) struct RpcThreads {
    handle: Handle,
    /// Taken when this is dropped.
    runtime: Option<Runtime>,
}

impl RpcThreads {
    /// As many as the machine has processors.
    pub(crate) fn new() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().enable_all().thread_name("rpc-server").build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// Starts the servers on these threads.
    pub(crate) async fn start(
        &self,
        config: RpcConfig,
        modules: RpcModules,
        clock: Arc<dyn Clock>,
    ) -> Result<RpcServers, LaunchError> {
        let started = self.handle.spawn(RpcServers::start(config, modules, clock)).await;
        Ok(started.map_err(LaunchError::Interrupted)??)
    }
}

impl Drop for RpcThreads {
    fn drop(&mut self) {
        // A runtime must not wait for its threads where it is dropped by a task of another.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
