//! A proxy before an L1 endpoint that fails when it is told to.

mod answer;
mod fault;
mod lag;
mod logs;
mod server;

pub use fault::Fault;

use crate::rpc::L1Rpc;
use eyre::Result;
use parking_lot::Mutex;
use server::{Port, Server};
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

/// What the server shares with whoever controls it.
#[derive(Debug)]
struct Shared {
    upstream: L1Rpc,
    fault: Mutex<Fault>,
    counts: Mutex<BTreeMap<String, u64>>,
}

/// A proxy on a port of its own, which ends when this is dropped. It runs in a thread with a runtime
/// of its own: a test may stop the clock of its runtime.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Taken out only while it is exchanged.
    state: Mutex<Option<State>>,
}

#[derive(Debug)]
enum State {
    Serving(Server),
    /// The port is held, and nobody listens.
    Dead(Port),
}

impl FaultProxy {
    /// Starts one before the endpoint at a URL, without a fault.
    ///
    /// # Errors
    /// If it cannot listen.
    pub fn start(upstream: &str) -> Result<Self> {
        let port = Port::any()?;
        let address = port.address()?;
        let shared = Arc::new(Shared {
            upstream: L1Rpc::new(upstream.to_owned())?,
            fault: Mutex::new(Fault::None),
            counts: Mutex::default(),
        });
        let server = Server::start(port, shared.clone())?;
        Ok(Self { address, shared, state: Mutex::new(Some(State::Serving(server))) })
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on it fails like this, or not at all. Requests that came before keep what they met.
    ///
    /// # Errors
    /// If its port cannot be held, or listened on again.
    pub fn set(&self, fault: Fault) -> Result<()> {
        let is_dead = matches!(fault, Fault::Dead);
        *self.shared.fault.lock() = fault;
        let mut state = self.state.lock();
        *state = match state.take() {
            Some(State::Serving(server)) if is_dead => {
                server.stop();
                Some(State::Dead(Port::bound(self.address)?))
            }
            Some(State::Dead(port)) if !is_dead => {
                Some(State::Serving(Server::start(port, self.shared.clone())?))
            }
            same => same,
        };
        Ok(())
    }

    /// Requests for a method that came in, whatever they met.
    pub fn count(&self, method: &str) -> u64 {
        self.shared.counts.lock().get(method).copied().unwrap_or_default()
    }

    /// Requests that came in, by method.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.shared.counts.lock().clone()
    }

    /// Requests that came in.
    pub fn total(&self) -> u64 {
        self.shared.counts.lock().values().sum()
    }
}
