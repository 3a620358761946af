//! Whom to ask, and whom next.

use crate::{
    L1ClientConfig, L1EndpointState, L1EndpointStatus, L1Error,
    config::LONGEST_BACKOFF,
    endpoint::{Endpoint, Fault},
    metrics::ClientMetrics,
    query::Outcome,
};
use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use rollup_runtime::Clock;
use std::{collections::VecDeque, sync::Arc, time::Duration};

/// All endpoints, in the order of preference.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) clock: Arc<dyn Clock>,
    call_timeout: Duration,
    hedge_after: Duration,
    max_retries: u32,
    initial_backoff: Duration,
    metrics: ClientMetrics,
}

/// What is asked for, by method.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Topic {
    pub(crate) method: &'static str,
    /// Logs are not asked for where they were wrong before.
    pub(crate) is_logs: bool,
}

/// An answer, and the endpoint that gave it.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    pub(crate) endpoint: usize,
}

/// What asking all endpoints once came to.
enum Round<T> {
    Answered(Result<Answer<T>, L1Error>),
    Failed { reason: String, is_transient: bool },
}

/// The question, to one endpoint.
pub(crate) type Query<'a, T> = BoxFuture<'a, Result<Outcome<T>, Fault>>;

impl Pool {
    pub(crate) fn new(
        endpoints: Vec<Endpoint>,
        clock: Arc<dyn Clock>,
        config: &L1ClientConfig,
    ) -> Self {
        Self {
            endpoints,
            clock,
            call_timeout: config.call_timeout(),
            hedge_after: config.hedge_after,
            max_retries: config.max_retries,
            initial_backoff: config.initial_backoff,
            metrics: ClientMetrics::default(),
        }
    }

    pub(crate) fn status(&self) -> Vec<L1EndpointStatus> {
        let preferred = self.order(false).first().map(|endpoint| endpoint.index);
        self.endpoints
            .iter()
            .map(|endpoint| endpoint.status(Some(endpoint.index) == preferred))
            .collect()
    }

    /// Those to ask, the best first. Those that are alike are in the order of preference.
    fn order(&self, is_logs: bool) -> Vec<&Endpoint> {
        let mut ranked: Vec<(u8, &Endpoint)> = Vec::with_capacity(self.endpoints.len());
        for endpoint in &self.endpoints {
            let rank = match endpoint.state() {
                L1EndpointState::WrongChain => continue,
                L1EndpointState::Failing => 3,
                _ if is_logs && endpoint.is_distrusted() => 2,
                L1EndpointState::Lagging => 1,
                L1EndpointState::Healthy | L1EndpointState::Unprobed => 0,
            };
            ranked.push((rank, endpoint));
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.into_iter().map(|(_, endpoint)| endpoint).collect()
    }

    /// Asks one endpoint after the other until one answers. Ends in time.
    pub(crate) async fn ask<'a, T: Send>(
        &'a self,
        topic: Topic,
        query: impl Fn(&'a Endpoint) -> Query<'a, T> + Send + Sync,
    ) -> Result<Answer<T>, L1Error> {
        let deadline = self.clock.now().saturating_add(self.call_timeout);
        tokio::select! {
            biased;
            answer = self.rounds(topic, &query) => answer,
            () = self.clock.sleep_until(deadline) => Err(L1Error::Unavailable {
                method: topic.method,
                reason: format!("no answer within {} ms", self.call_timeout.as_millis()),
            }),
        }
    }

    async fn rounds<'a, T: Send>(
        &'a self,
        topic: Topic,
        query: &(impl Fn(&'a Endpoint) -> Query<'a, T> + Send + Sync),
    ) -> Result<Answer<T>, L1Error> {
        let mut retries = 0;
        loop {
            let (reason, is_transient) = match self.round(topic.is_logs, query).await {
                Round::Answered(answer) => return answer,
                Round::Failed { reason, is_transient } => (reason, is_transient),
            };
            if !is_transient || retries == self.max_retries {
                return Err(L1Error::Unavailable { method: topic.method, reason });
            }
            let pause = self.initial_backoff.saturating_mul(1 << retries.min(16));
            let pause = pause.min(LONGEST_BACKOFF);
            let pause = pause.saturating_add(pause.mul_f64(rand::random::<f64>() / 2.0));
            self.clock.sleep_until(self.clock.now().saturating_add(pause)).await;
            retries += 1;
        }
    }

    /// Asks each endpoint once at most: the next one when the one before fails, is not sure, or
    /// takes its time.
    async fn round<'a, T: Send>(
        &'a self,
        is_logs: bool,
        query: &(impl Fn(&'a Endpoint) -> Query<'a, T> + Send + Sync),
    ) -> Round<T> {
        let mut left = VecDeque::from(self.order(is_logs));
        let mut asked: Vec<(&Endpoint, Duration)> = Vec::new();
        let mut running = FuturesUnordered::new();
        let mut unsure: Option<Result<Answer<T>, L1Error>> = None;
        let mut reason = "every endpoint serves another chain".to_owned();
        let mut is_transient = false;
        let start = |left: &mut VecDeque<&'a Endpoint>, asked: &mut Vec<_>| {
            let endpoint = left.pop_front()?;
            asked.push((endpoint, self.clock.now()));
            Some(endpoint.attempt(query(endpoint)).map(move |result| (endpoint, result)))
        };
        running.extend(start(&mut left, &mut asked));
        let mut hedge = self.hedge();
        while !running.is_empty() {
            let (endpoint, result) = tokio::select! {
                biased;
                Some(done) = running.next() => done,
                () = &mut hedge, if !left.is_empty() => {
                    self.metrics.hedges_total.increment(1);
                    running.extend(start(&mut left, &mut asked));
                    hedge = self.hedge();
                    continue;
                }
            };
            asked.retain(|(asked, _)| asked.index != endpoint.index);
            let answered = |value| Answer { value, endpoint: endpoint.index };
            match result {
                Ok(Outcome { answer, is_sure: true }) => {
                    self.pass_over(&asked);
                    return Round::Answered(answer.map(answered));
                }
                Ok(Outcome { answer, is_sure: false }) => {
                    unsure.get_or_insert_with(|| answer.map(answered));
                    // One that fails is not worth waiting for: there is an answer.
                    left.retain(|endpoint| endpoint.state() != L1EndpointState::Failing);
                }
                Err(fault) => {
                    reason = endpoint.describe(&fault);
                    is_transient |= fault.is_transient();
                    if !left.is_empty() {
                        self.metrics.failovers_total.increment(1);
                    }
                }
            }
            running.extend(start(&mut left, &mut asked));
            hedge = self.hedge();
        }
        match unsure {
            Some(answer) => Round::Answered(answer),
            None => Round::Failed { reason, is_transient },
        }
    }

    fn hedge(&self) -> BoxFuture<'static, ()> {
        self.clock.sleep_until(self.clock.now().saturating_add(self.hedge_after))
    }

    /// These were asked too, and one that was asked later answered first, or as late.
    fn pass_over(&self, asked: &[(&Endpoint, Duration)]) {
        let now = self.clock.now();
        for (endpoint, since) in asked {
            if now.saturating_sub(*since) >= self.hedge_after {
                endpoint.was_late();
            }
        }
    }
}
