//! One transaction on its way to a sequencer.

use crate::{
    circuits::{Choice, Circuits},
    client::{Reply, SequencerClient},
    config::{FIRST_PAUSE, ForwardConfig, LONGEST_PAUSE, REMEMBERED},
    error::{ForwardStartError, SequencerRefusal, TryError},
    handle::{Answer, Forwarded, Records, waiting},
    metrics::{EndpointMetrics, ForwardMetrics},
    record::{ForwardOutcome, ForwardRecord},
    via::Via,
};
use alloy_eips::Encodable2718 as _;
use alloy_primitives::{TxHash, hex};
use parking_lot::Mutex;
use rollup_runtime::{Clock, HttpUrl};
use rollup_txpool::{PoolTransaction, Txpool};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot};
use tracing::{debug, info, warn};

/// A transaction to be forwarded.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) transaction: Arc<PoolTransaction>,
    /// The nodes that it came through, with this one.
    pub(crate) via: Via,
    pub(crate) reply: Option<oneshot::Sender<Answer>>,
    /// Its room, for as long as it waits.
    pub(crate) _bytes: Option<OwnedSemaphorePermit>,
}

/// A sequencer.
#[derive(Debug)]
struct Endpoint {
    url: HttpUrl,
    host: Arc<str>,
    metrics: EndpointMetrics,
}

/// What all deliveries share.
#[derive(Debug)]
pub(crate) struct Deliveries {
    endpoints: Vec<Endpoint>,
    circuits: Mutex<Circuits>,
    /// Told of every change of the circuits.
    news: Notify,
    client: SequencerClient,
    pool: Txpool,
    clock: Arc<dyn Clock>,
    max_failures: u32,
    pub(crate) records: Records,
    pub(crate) metrics: Arc<ForwardMetrics>,
}

/// How a delivery ended.
#[derive(Debug)]
enum Outcome {
    Taken { was_known: bool },
    Refused(SequencerRefusal),
    Gone,
}

/// State of one delivery.
#[derive(Debug, Default)]
struct Delivery {
    tries: u32,
    /// Errors of the sequencers' own.
    failures: u32,
    /// The sequencers that answered such an error since the last pause.
    failed: BTreeSet<usize>,
}

impl Deliveries {
    pub(crate) fn new(
        config: &ForwardConfig,
        pool: Txpool,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ForwardStartError> {
        let client = SequencerClient::new(config, Arc::clone(&clock))?;
        let endpoints = config.urls.iter().enumerate().map(|(index, url)| Endpoint {
            url: url.clone(),
            host: url.host().into(),
            metrics: EndpointMetrics::of(index),
        });
        Ok(Self {
            endpoints: endpoints.collect(),
            circuits: Mutex::new(Circuits::new(config.urls.len())),
            news: Notify::new(),
            client,
            pool,
            clock,
            max_failures: config.max_failures,
            records: Records::new(REMEMBERED),
            metrics: Arc::default(),
        })
    }

    /// Forwards a transaction until a sequencer takes or refuses it, or it is not in the pool any
    /// more.
    pub(crate) async fn deliver(&self, job: Job) {
        let Job { transaction, via, reply, _bytes } = job;
        let hash = transaction.hash();
        let (outcome, host, tries) = self.outcome_of(&transaction, &via).await;
        let (outcome, answer) = match outcome {
            Outcome::Taken { was_known } => {
                (ForwardOutcome::Taken { was_known }, Ok(Forwarded::Taken))
            }
            Outcome::Refused(refusal) => {
                let refusal = Arc::new(refusal);
                warn!(target: "forward::delivery", %hash, %refusal, "the sequencer refuses a transaction");
                self.pool.refuse(&hash);
                (ForwardOutcome::Refused(Arc::clone(&refusal)), Err(refusal))
            }
            Outcome::Gone => {
                self.metrics.gone_total.increment(1);
                (ForwardOutcome::Gone, Ok(Forwarded::Later))
            }
        };
        let at = self.clock.unix_time();
        self.records.set(hash, ForwardRecord { outcome, host, at, tries });
        if let Some(reply) = reply {
            // Whoever asked may have left.
            reply.send(answer).ok();
        }
    }

    async fn outcome_of(
        &self,
        transaction: &PoolTransaction,
        via: &Via,
    ) -> (Outcome, Option<Arc<str>>, u32) {
        let hash = transaction.hash();
        let raw = hex::encode_prefixed(transaction.transaction.encoded_2718());
        let mut delivery = Delivery::default();
        let mut host = None;
        loop {
            // Also after a wait: a block may have it by now.
            let Some((index, endpoint)) = self.next_endpoint(&hash, &mut delivery).await else {
                return (Outcome::Gone, host, delivery.tries);
            };
            delivery.tries = delivery.tries.saturating_add(1);
            host = Some(Arc::clone(&endpoint.host));
            let started = self.clock.now();
            let reply = self.client.send(&endpoint.url, &raw, via).await;
            let duration = self.clock.now().saturating_sub(started);
            endpoint.metrics.request_duration_seconds.record(duration.as_secs_f64());
            match reply {
                Ok(reply) => {
                    self.reached(index, endpoint);
                    let outcome = self.judge(index, endpoint, reply, &mut delivery);
                    if let Some(outcome) = outcome {
                        return (outcome, host, delivery.tries);
                    }
                }
                Err(err) => {
                    self.failed(index, endpoint, &err);
                    let outcome = ForwardOutcome::Waiting { failure: Some(err) };
                    let (at, tries) = (self.clock.unix_time(), delivery.tries);
                    let host = host.clone();
                    self.records.set(hash, ForwardRecord { outcome, host, at, tries });
                }
            }
        }
    }

    /// What an answer means; `None` if the transaction is to be handed in again.
    fn judge(
        &self,
        index: usize,
        endpoint: &Endpoint,
        reply: Reply,
        delivery: &mut Delivery,
    ) -> Option<Outcome> {
        let refusal = match reply {
            Reply::Taken => {
                endpoint.metrics.forwarded_total.increment(1);
                return Some(Outcome::Taken { was_known: false });
            }
            Reply::Refused(refusal) => refusal,
        };
        if refusal.is_known() {
            endpoint.metrics.forwarded_total.increment(1);
            return Some(Outcome::Taken { was_known: true });
        }
        if refusal.is_own_fault() && delivery.failures < self.max_failures {
            debug!(target: "forward::delivery", sequencer = %endpoint.url, %refusal, "the sequencer cannot take a transaction now");
            endpoint.metrics.failed_total.increment(1);
            delivery.failures += 1;
            delivery.failed.insert(index);
            return None;
        }
        endpoint.metrics.refused_total.increment(1);
        Some(Outcome::Refused(refusal))
    }

    /// Waits until a sequencer may be asked. `None` if the transaction is not in the pool any more.
    async fn next_endpoint(
        &self,
        hash: &TxHash,
        delivery: &mut Delivery,
    ) -> Option<(usize, &Endpoint)> {
        loop {
            let mut news = std::pin::pin!(self.news.notified());
            // From here on, so that nothing is missed between the look and the wait.
            news.as_mut().enable();
            if !self.pool.contains(hash) {
                return None;
            }
            let passed_over = |index| delivery.failed.contains(&index);
            let choice = self.circuits.lock().choose(self.clock.now(), passed_over);
            match choice {
                Choice::Ask(index) => {
                    return self.endpoints.get(index).map(|endpoint| (index, endpoint));
                }
                _ if !delivery.failed.is_empty() => {
                    // Nobody else can be asked now: after a pause they are asked again.
                    delivery.failed.clear();
                    let doublings = delivery.failures.saturating_sub(1).min(16);
                    let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
                    self.clock.sleep_until(self.clock.now().saturating_add(pause)).await;
                }
                Choice::WaitUntil(at) => tokio::select! {
                    () = news => {}
                    () = self.clock.sleep_until(at) => {}
                },
                Choice::Wait => news.await,
            }
        }
    }

    fn reached(&self, index: usize, endpoint: &Endpoint) {
        if self.circuits.lock().reached(index) {
            info!(target: "forward::delivery", sequencer = %endpoint.url, "transactions are forwarded to this sequencer again");
        }
        endpoint.metrics.up.set(1.0);
        self.news.notify_waiters();
    }

    fn failed(&self, index: usize, endpoint: &Endpoint, err: &TryError) {
        endpoint.metrics.failed_total.increment(1);
        endpoint.metrics.up.set(0.0);
        let pause = self.circuits.lock().failed(index, self.clock.now(), rand::random());
        if let Some(pause) = pause {
            warn_of(endpoint, err, pause);
        }
        self.news.notify_waiters();
    }

    /// Notes a transaction that is to be forwarded without anybody who waits.
    pub(crate) fn note_waiting(&self, hash: TxHash) {
        self.records.set(hash, waiting(self.clock.unix_time()));
    }
}

fn warn_of(endpoint: &Endpoint, err: &TryError, pause: Duration) {
    let source = std::error::Error::source(err).map(ToString::to_string);
    let pause_ms = pause.as_millis();
    warn!(
        target: "forward::delivery",
        sequencer = %endpoint.url, %err, source, pause_ms,
        "transactions cannot be forwarded to this sequencer"
    );
}
