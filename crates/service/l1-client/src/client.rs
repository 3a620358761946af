//! Reading L1 from several endpoints.

use crate::{
    L1ClientConfig, L1ClientConfigError, L1EndpointStatus, L1Error, L1Header, L1Log, L1LogFilter,
    L1Reader, L1Tag, L1Transaction, L1Url,
    cache::Cache,
    endpoint::Endpoint,
    pool::{Pool, Topic},
    probe, query,
    query::Asked,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use parking_lot::Mutex;
use reqwest::{Client, redirect::Policy};
use rollup_runtime::Clock;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Reads L1 from several endpoints that are not trusted. Clones are the same one.
#[derive(Clone, Debug)]
pub struct L1Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pool: Pool,
    cache: Cache,
    quorum: usize,
    /// The endpoint that answered with logs last.
    logs_from: Mutex<Option<usize>>,
}

impl L1Client {
    /// One that has asked nobody yet.
    ///
    /// # Errors
    /// [`L1ClientConfigError`] if the settings cannot be used.
    pub fn new(config: L1ClientConfig, clock: Arc<dyn Clock>) -> Result<Self, L1ClientConfigError> {
        config.validate()?;
        let mut client = Client::builder().redirect(Policy::none()).no_proxy();
        if !config.urls.iter().any(L1Url::is_encrypted) {
            // Then it needs no root certificates either.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(L1ClientConfigError::Client)?;
        let endpoint = |(index, url): (usize, &L1Url)| {
            Endpoint::new(index, url.clone(), &config, client.clone(), Arc::clone(&clock))
        };
        let endpoints = config.urls.iter().enumerate().map(endpoint).collect();
        let pool = Pool::new(endpoints, Arc::clone(&clock), &config);
        let cache = Cache::new(config.cache_max_items);
        let (quorum, logs_from) = (config.quorum(), Mutex::new(None));
        Ok(Self { inner: Arc::new(Inner { pool, cache, quorum, logs_from }) })
    }

    /// Looks at the endpoints in the background until it is told to stop: without it one that
    /// failed, lagged or served another chain is not preferred again.
    pub fn run(&self, shutdown: CancellationToken) -> impl Future<Output = ()> + Send + 'static {
        let inner = Arc::clone(&self.inner);
        async move { probe::run(&inner.pool, shutdown).await }
    }

    /// What is known of the endpoints, in the order of the configuration.
    pub fn endpoints(&self) -> Vec<L1EndpointStatus> {
        self.inner.pool.status()
    }
}

impl Inner {
    async fn ask_header(&self, asked: Asked) -> Result<Option<L1Header>, L1Error> {
        let topic = Topic { method: asked.method(), is_logs: false };
        let answer =
            self.pool.ask(topic, |endpoint| query::header(endpoint, asked).boxed()).await?;
        let Some(header) = answer.value else { return Ok(None) };
        self.cache.put_header(&header);
        match asked {
            Asked::Tag(L1Tag::Latest) => {
                if let Some(endpoint) = self.pool.endpoints.get(answer.endpoint) {
                    probe::see(&self.pool, endpoint, header);
                }
            }
            Asked::Tag(L1Tag::Finalized) => self.cache.put_finalized(&header),
            Asked::Tag(L1Tag::Safe) | Asked::Number(_) | Asked::Hash(_) => {}
        }
        Ok(Some(header))
    }

    async fn ask_block_logs(
        &self,
        header: &L1Header,
        filter: &L1LogFilter,
    ) -> Result<Vec<L1Log>, L1Error> {
        if header.is_verified && !filter.may_match(&header.logs_bloom) {
            return Ok(Vec::new());
        }
        if let Some(logs) = self.cache.logs(header.hash, filter) {
            return Ok(logs);
        }
        let topic = Topic { method: "eth_getBlockReceipts", is_logs: true };
        let answer = self
            .pool
            .ask(topic, |endpoint| query::block_logs(endpoint, header, filter).boxed())
            .await?;
        *self.logs_from.lock() = Some(answer.endpoint);
        if answer.value.is_proven {
            self.cache.put_logs(header.hash, filter, &answer.value.logs);
        }
        Ok(answer.value.logs)
    }

    async fn ask_range_logs(
        &self,
        from: u64,
        to: u64,
        filter: &L1LogFilter,
    ) -> Result<Vec<L1Log>, L1Error> {
        let topic = Topic { method: "eth_getLogs", is_logs: true };
        let answer = self
            .pool
            .ask(topic, |endpoint| query::range_logs(endpoint, from, to, filter).boxed())
            .await?;
        *self.logs_from.lock() = Some(answer.endpoint);
        Ok(answer.value)
    }

    async fn ask_transaction(&self, hash: B256) -> Result<Option<L1Transaction>, L1Error> {
        if let Some(transaction) = self.cache.transaction(hash) {
            return Ok(Some(transaction));
        }
        let topic = Topic { method: "eth_getTransactionByHash", is_logs: false };
        let answer =
            self.pool.ask(topic, |endpoint| query::transaction(endpoint, hash).boxed()).await?;
        let Some(found) = answer.value else { return Ok(None) };
        if found.is_verified {
            self.cache.put_transaction(&found.transaction, found.block_number);
        }
        Ok(Some(found.transaction))
    }

    /// Asks all endpoints at once, each one time.
    async fn ask_confirm(&self, number: u64, hash: B256) -> Result<bool, L1Error> {
        if self.quorum <= 1 {
            return Ok(true);
        }
        let asked = Asked::Number(number);
        let mut running: FuturesUnordered<_> = self
            .pool
            .endpoints
            .iter()
            .map(|endpoint| async move {
                let result = endpoint.attempt(query::header(endpoint, asked)).await;
                result.map_err(|fault| endpoint.describe(&fault))
            })
            .collect();
        let (mut answers, mut agree, mut reason) = (0, 0, String::new());
        while let Some(result) = running.next().await {
            match result {
                Ok(outcome) => {
                    answers += 1;
                    let has_it = |header: &L1Header| header.hash == hash;
                    let answer = outcome.answer.ok().flatten();
                    agree += usize::from(answer.as_ref().is_some_and(has_it));
                }
                Err(why) => reason = why,
            }
            if agree >= self.quorum {
                return Ok(true);
            }
        }
        if answers >= self.quorum {
            return Ok(false);
        }
        let (method, quorum) = (asked.method(), self.quorum);
        let reason = format!("{answers} of the {quorum} that must agree answer; {reason}");
        Err(L1Error::Unavailable { method, reason })
    }
}

impl L1Reader for L1Client {
    fn tagged(&self, tag: L1Tag) -> BoxFuture<'_, Result<Option<L1Header>, L1Error>> {
        self.inner.ask_header(Asked::Tag(tag)).boxed()
    }

    fn header(&self, number: u64) -> BoxFuture<'_, Result<Option<L1Header>, L1Error>> {
        self.inner.ask_header(Asked::Number(number)).boxed()
    }

    fn header_by_hash(&self, hash: B256) -> BoxFuture<'_, Result<Option<L1Header>, L1Error>> {
        match self.inner.cache.header(hash) {
            Some(header) => futures::future::ready(Ok(Some(header))).boxed(),
            None => self.inner.ask_header(Asked::Hash(hash)).boxed(),
        }
    }

    fn block_logs<'a>(
        &'a self,
        header: &'a L1Header,
        filter: &'a L1LogFilter,
    ) -> BoxFuture<'a, Result<Vec<L1Log>, L1Error>> {
        self.inner.ask_block_logs(header, filter).boxed()
    }

    fn range_logs<'a>(
        &'a self,
        from: u64,
        to: u64,
        filter: &'a L1LogFilter,
    ) -> BoxFuture<'a, Result<Vec<L1Log>, L1Error>> {
        self.inner.ask_range_logs(from, to, filter).boxed()
    }

    fn transaction(&self, hash: B256) -> BoxFuture<'_, Result<Option<L1Transaction>, L1Error>> {
        self.inner.ask_transaction(hash).boxed()
    }

    fn call(
        &self,
        to: Address,
        input: Bytes,
        block_hash: B256,
    ) -> BoxFuture<'_, Result<Bytes, L1Error>> {
        let pool = &self.inner.pool;
        async move {
            let topic = Topic { method: "eth_call", is_logs: false };
            let input = &input;
            let answer = pool
                .ask(topic, |endpoint| {
                    let input = input.clone();
                    async move { query::call(endpoint, to, &input, block_hash).await }.boxed()
                })
                .await?;
            Ok(answer.value)
        }
        .boxed()
    }

    fn storage_at(
        &self,
        address: Address,
        slot: U256,
        block_hash: B256,
    ) -> BoxFuture<'_, Result<U256, L1Error>> {
        let pool = &self.inner.pool;
        async move {
            let topic = Topic { method: "eth_getStorageAt", is_logs: false };
            let answer = pool
                .ask(topic, |endpoint| {
                    query::storage_at(endpoint, address, slot, block_hash).boxed()
                })
                .await?;
            Ok(answer.value)
        }
        .boxed()
    }

    fn confirm(&self, number: u64, hash: B256) -> BoxFuture<'_, Result<bool, L1Error>> {
        self.inner.ask_confirm(number, hash).boxed()
    }

    fn distrust(&self) {
        let endpoint = *self.inner.logs_from.lock();
        if let Some(endpoint) = endpoint.and_then(|index| self.inner.pool.endpoints.get(index)) {
            endpoint.distrust();
        }
        self.inner.cache.forget_claims();
    }
}
