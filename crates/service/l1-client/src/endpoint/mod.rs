//! One endpoint: what it is asked, and how it does.

mod budget;
mod fault;
mod health;
mod rpc;

pub(crate) use fault::{Fault, RpcError};
pub(crate) use health::{Judgement, Lacks};
pub(crate) use rpc::{Call, Reply};

use crate::{
    L1ClientConfig, L1EndpointState, L1EndpointStatus, L1Header,
    config::MAX_IN_FLIGHT,
    metrics::EndpointMetrics,
    query::{Outcome, read},
};
use budget::Budget;
use health::Health;
use parking_lot::Mutex;
use reqwest::{
    Client, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use rollup_runtime::{Clock, HttpUrl};
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, Semaphore};
use tracing::{debug, info, warn};

/// One endpoint.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Its place in the list.
    pub(crate) index: usize,
    url: HttpUrl,
    client: Client,
    clock: Arc<dyn Clock>,
    request_timeout: Duration,
    hedge_after: Duration,
    max_lag: u64,
    max_response_bytes: usize,
    expected_chain_id: Option<u64>,
    health: Mutex<Health>,
    budget: Mutex<Budget>,
    /// One for each request that may be under way.
    permits: Semaphore,
    next_id: AtomicU64,
    /// Its pause is another one now.
    pub(crate) news: Notify,
    metrics: EndpointMetrics,
}

impl Endpoint {
    pub(crate) fn new(
        index: usize,
        url: HttpUrl,
        config: &L1ClientConfig,
        client: Client,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            index,
            url,
            client,
            clock,
            request_timeout: config.request_timeout,
            hedge_after: config.hedge_after,
            max_lag: config.max_lag,
            max_response_bytes: config.max_response_bytes,
            expected_chain_id: config.chain_id,
            health: Mutex::default(),
            budget: Mutex::new(Budget::new(config.compute_units_per_second)),
            permits: Semaphore::new(MAX_IN_FLIGHT),
            next_id: AtomicU64::new(1),
            news: Notify::new(),
            metrics: EndpointMetrics::of(index),
        }
    }

    pub(crate) fn state(&self) -> L1EndpointState {
        self.health.lock().state()
    }

    pub(crate) fn is_distrusted(&self) -> bool {
        self.health.lock().is_distrusted(self.clock.now())
    }

    /// How long it is left alone before it is looked at again.
    pub(crate) fn pause(&self) -> Duration {
        self.health.lock().pause()
    }

    pub(crate) fn lacks(&self) -> Lacks {
        self.health.lock().lacks
    }

    pub(crate) fn now_lacks(&self, change: impl FnOnce(&mut Lacks)) {
        change(&mut self.health.lock().lacks);
    }

    /// Its chain id is asked for again.
    pub(crate) fn forget_chain(&self) {
        self.health.lock().forget_chain();
    }

    /// Whether that is more than it may be behind.
    pub(crate) const fn is_behind(&self, number: u64, best: u64) -> bool {
        best.saturating_sub(number) > self.max_lag
    }

    /// The newest block that it was seen to have, and when.
    pub(crate) fn head(&self) -> Option<(L1Header, Duration)> {
        self.health.lock().head
    }

    pub(crate) fn status(&self, is_preferred: bool) -> L1EndpointStatus {
        let now = self.clock.now();
        let health = self.health.lock();
        L1EndpointStatus {
            url: self.url.host().to_owned(),
            is_preferred,
            state: health.state(),
            chain_id: health.chain_id,
            latest: health.head.map(|(head, _)| head.number),
            lag: health.lag,
            latency: health.latency,
            requests: health.requests,
            errors: health.errors,
            last_error: health.last_error.clone(),
            distrusted: health.is_distrusted(now),
        }
    }

    /// Asks for something, after its chain id if that is not known, and remembers how it did.
    pub(crate) async fn attempt<T>(
        &self,
        query: impl Future<Output = Result<Outcome<T>, Fault>>,
    ) -> Result<Outcome<T>, Fault> {
        let result = async {
            self.check_chain().await?;
            query.await
        };
        let result = result.await;
        match &result {
            Ok(_) => self.update(|health| health.succeeded(self.hedge_after)),
            Err(fault) => self.failed(fault),
        }
        result
    }

    async fn check_chain(&self) -> Result<(), Fault> {
        if self.health.lock().is_chain_checked() {
            return Ok(());
        }
        let reply = self.send_one(Call::new("eth_chainId", json!([]))).await?;
        let chain_id: alloy_primitives::U64 = read(&reply.map_err(Fault::Rpc)?)?;
        let actual = chain_id.to();
        let is_right = self.update(|health| health.serves(actual, self.expected_chain_id));
        match self.expected_chain_id {
            Some(expected) if !is_right => Err(Fault::WrongChain { expected, actual }),
            _ => Ok(()),
        }
    }

    fn failed(&self, fault: &Fault) {
        let text = fault.describe(&self.url);
        debug!(target: "l1_client::endpoint", endpoint = %self.url, err = text, "no answer of L1");
        self.metrics.errors_total.increment(1);
        self.update(|health| {
            health.errors += 1;
            health.last_error = Some(text);
            match fault {
                // The first is a state of its own, the second not its doing.
                Fault::WrongChain { .. } | Fault::NoBudget => {}
                Fault::Behind { .. } => health.succeeded(self.hedge_after),
                _ => health.failed(rand::random()),
            }
        });
    }

    /// What a caller is told of a fault.
    pub(crate) fn describe(&self, fault: &Fault) -> String {
        format!("{}: {}", self.url, fault.describe(&self.url))
    }

    /// Another endpoint answered earlier.
    pub(crate) fn was_late(&self) {
        self.update(|health| {
            if health.was_late(rand::random()) {
                let fault = Fault::Late { hedge_after: self.hedge_after };
                health.last_error = Some(fault.describe(&self.url));
            }
        });
    }

    /// It has this as its newest block. Whether it `is_suspect` of lagging is for a closer look.
    pub(crate) fn has_head(&self, head: L1Header, is_suspect: bool) {
        let now = self.clock.now();
        self.update(|health| {
            health.head = Some((head, now));
            health.is_suspect |= is_suspect;
        });
        if is_suspect {
            self.news.notify_one();
        }
    }

    pub(crate) fn judge(&self, judgement: Judgement) {
        self.metrics.lag_blocks.set(judgement.lag.map_or(0.0, |lag| lag as f64));
        self.update(|health| {
            health.judge(judgement, self.max_lag);
            if health.state() == L1EndpointState::Lagging {
                health.last_error = Some(judgement.to_string());
            }
        });
    }

    pub(crate) fn distrust(&self) {
        self.metrics.distrusted_total.increment(1);
        warn!(
            target: "l1_client::endpoint",
            endpoint = %self.url,
            "logs of this L1 endpoint contradict others; it is not asked for logs for a while"
        );
        self.health.lock().distrust(self.clock.now());
    }

    /// Changes what is known of it, and tells of a new state.
    fn update<T>(&self, change: impl FnOnce(&mut Health) -> T) -> T {
        let mut health = self.health.lock();
        let before = health.state();
        let value = change(&mut health);
        let (after, error) = (health.state(), health.last_error.clone().unwrap_or_default());
        drop(health);
        let is_up = matches!(after, L1EndpointState::Healthy | L1EndpointState::Lagging);
        self.metrics.up.set(if is_up { 1.0 } else { 0.0 });
        if before != after {
            self.tell(after, &error);
            self.news.notify_one();
        }
        value
    }

    fn tell(&self, state: L1EndpointState, error: &str) {
        let (endpoint, state) = (&self.url, state);
        if state == L1EndpointState::Healthy {
            info!(target: "l1_client::endpoint", %endpoint, "L1 endpoint is healthy");
        } else {
            let state = state.name();
            warn!(target: "l1_client::endpoint", %endpoint, state, err = error, "L1 endpoint is not healthy");
        }
    }

    /// Sends one request. Ends in time.
    pub(crate) async fn send_one(&self, call: Call) -> Result<Reply, Fault> {
        self.send(&[call]).await?.pop().ok_or(Fault::NotRpc)
    }

    /// Sends two requests: as a batch, so that one node answers both where a URL stands for many;
    /// one after the other if the endpoint takes no batches.
    pub(crate) async fn send_two(
        &self,
        first: Call,
        second: Call,
    ) -> Result<(Reply, Reply), Fault> {
        if !self.lacks().batches {
            match self.send(&[first.clone(), second.clone()]).await {
                Ok(replies) => {
                    let replies = <[Reply; 2]>::try_from(replies).ok().ok_or(Fault::NotRpc)?;
                    return Ok(replies.into());
                }
                // What it says of the batch it may not say of the requests.
                Err(Fault::Rpc(_) | Fault::Status { status: 400..=499 } | Fault::NotRpc) => {
                    self.now_lacks(|lacks| lacks.batches = true);
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok((self.send_one(first).await?, self.send_one(second).await?))
    }

    async fn send(&self, calls: &[Call]) -> Result<Vec<Reply>, Fault> {
        self.wait_for_budget(calls.iter().map(Call::cost).sum()).await?;
        let timeout = self.request_timeout;
        let deadline = self.clock.now().saturating_add(timeout);
        let replies = tokio::select! {
            biased;
            replies = self.exchange(calls) => replies?,
            () = self.clock.sleep_until(deadline) => return Err(Fault::TimedOut { timeout }),
        };
        let mut errors = replies.iter().filter_map(|reply| reply.as_ref().err());
        if errors.any(RpcError::is_rate_limit) {
            return Err(Fault::RateLimited);
        }
        Ok(replies)
    }

    async fn wait_for_budget(&self, cost: u64) -> Result<(), Fault> {
        let now = self.clock.now();
        let wait = self.budget.lock().take(cost, now, self.request_timeout);
        let wait = wait.ok_or(Fault::NoBudget)?;
        if !wait.is_zero() {
            self.metrics.rate_limit_waits_total.increment(1);
            self.clock.sleep_until(now.saturating_add(wait)).await;
        }
        Ok(())
    }

    async fn exchange(&self, calls: &[Call]) -> Result<Vec<Reply>, Fault> {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await.ok();
        let count = u64::try_from(calls.len()).unwrap_or(u64::MAX);
        let first_id = self.next_id.fetch_add(count, Ordering::Relaxed);
        self.metrics.requests_total.increment(1);
        self.health.lock().requests += 1;
        let start = self.clock.now();
        let response = self
            .client
            .post(self.url.expose().clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(rpc::encode(calls, first_id))
            .send()
            .await?;
        let status = response.status();
        let body = self.receive(response).await?;
        let latency = self.clock.now().saturating_sub(start);
        self.metrics.request_duration_seconds.record(latency);
        let mut health = self.health.lock();
        health.took(latency);
        let mean = health.latency.unwrap_or_default();
        drop(health);
        self.metrics.latency_seconds.set(mean.as_secs_f64());
        match rpc::decode(&body, first_id, calls.len()) {
            _ if status == StatusCode::TOO_MANY_REQUESTS => Err(Fault::RateLimited),
            _ if status == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Fault::TooLarge { limit: self.max_response_bytes })
            }
            Err(Fault::NotRpc) if !status.is_success() => {
                Err(Fault::Status { status: status.as_u16() })
            }
            Err(Fault::Rpc(error)) if error.is_rate_limit() => Err(Fault::RateLimited),
            replies => replies,
        }
    }

    async fn receive(&self, mut response: Response) -> Result<Vec<u8>, Fault> {
        let limit = self.max_response_bytes;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len().saturating_add(chunk.len()) > limit {
                return Err(Fault::TooLarge { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}
