//! A client, its servers, and time.

use crate::{
    chain::{CHAIN_ID, Chain},
    server::Server,
};
use futures::poll;
use rollup_l1_client::{L1Client, L1ClientConfig, L1EndpointState};
use rollup_runtime::{Clock as _, SimulatedClock};
use std::{pin::pin, sync::Arc, task::Poll, time::Duration};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How often everybody is given a turn before time moves on. All of them run on one thread, and
/// what one writes another can read at once: so whoever then still waits waits for time.
const TURNS: usize = 200;

/// A client of servers that have the same chain.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: SimulatedClock,
    pub(crate) chain: Chain,
    pub(crate) servers: Vec<Server>,
    pub(crate) client: L1Client,
    task: Option<JoinHandle<()>>,
}

impl World {
    /// So many servers, all of them honest.
    pub(crate) fn new(servers: usize) -> Self {
        Self::with(servers, |config| config)
    }

    /// The same, and these settings.
    pub(crate) fn with(
        servers: usize,
        config: impl FnOnce(L1ClientConfig) -> L1ClientConfig,
    ) -> Self {
        let chain = Chain::new(40);
        let servers: Vec<_> = (0..servers).map(|_| Server::start(chain.clone())).collect();
        let clock = SimulatedClock::new(Duration::from_secs(1_800_000_000));
        let client = client(&servers, &clock, config);
        Self { clock, chain, servers, client, task: None }
    }

    /// The endpoints are looked at in the background from now on, and were looked at once.
    pub(crate) async fn watch(&mut self) {
        self.task = Some(tokio::spawn(self.client.run(CancellationToken::new())));
        self.settle().await;
    }

    /// Lets everybody do what does not take time.
    pub(crate) async fn settle(&self) {
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
    }

    /// Lets time pass.
    pub(crate) async fn pass(&self, time: Duration) {
        let end = self.clock.now() + time;
        loop {
            self.settle().await;
            let next = self.clock.next_deadline().filter(|next| *next <= end);
            let Some(next) = next else { break };
            self.clock.advance(next - self.clock.now());
        }
        self.clock.advance(end - self.clock.now());
        self.settle().await;
    }

    /// Waits for something, and moves time on while nothing else can happen.
    pub(crate) async fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        loop {
            for _ in 0..TURNS {
                if let Poll::Ready(value) = poll!(&mut future) {
                    return value;
                }
                tokio::task::yield_now().await;
            }
            if let Some(next) = self.clock.next_deadline() {
                self.clock.advance(next.saturating_sub(self.clock.now()));
            }
        }
    }

    /// The same, and how long it took.
    pub(crate) async fn timed<T>(&self, future: impl Future<Output = T>) -> (T, Duration) {
        let start = self.clock.now();
        let value = self.wait(future).await;
        (value, self.clock.now() - start)
    }

    pub(crate) fn states(&self) -> Vec<L1EndpointState> {
        self.client.endpoints().iter().map(|endpoint| endpoint.state).collect()
    }

    /// What each server was asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<Vec<String>> {
        self.servers.iter().map(Server::asked).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// A client of these servers, whose URLs hold a secret.
pub(crate) fn client(
    servers: &[Server],
    clock: &SimulatedClock,
    settings: impl FnOnce(L1ClientConfig) -> L1ClientConfig,
) -> L1Client {
    let url = |server: &Server| {
        format!("http://secret1:secret2@{}/secret3?key=secret4", server.addr).parse().unwrap()
    };
    let urls = servers.iter().map(url).collect();
    let config = L1ClientConfig { chain_id: Some(CHAIN_ID), ..L1ClientConfig::new(urls) };
    L1Client::new(settings(config), Arc::new(clock.clone())).unwrap()
}
