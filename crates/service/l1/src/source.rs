//! L1, as the watcher asks it.

use crate::{
    abi::{L1MessageQueue, SystemConfig},
    config::{L1Contracts, MAX_REQUESTS},
    decode::commit_transactions,
    error::{HeaderId, L1DataError, StepError},
    status::L1BlockRef,
};
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rollup_chainspec::L1_SYSTEM_CONFIG_SIGNER_SLOT;
use rollup_l1_client::{L1Error, L1Header, L1Log, L1LogFilter, L1Reader, L1Transaction};
use std::{collections::HashMap, ops::Range, sync::Arc};

/// Logs of final blocks.
#[derive(Clone, Debug)]
pub(crate) struct RangeLogs {
    pub(crate) from: u64,
    /// Inclusive.
    pub(crate) to: u64,
    pub(crate) logs: Vec<L1Log>,
    /// How many blocks to ask for next.
    pub(crate) next_length: u64,
}

/// A block with everything that decoding it takes.
#[derive(Clone, Debug)]
pub(crate) struct BlockData {
    pub(crate) block: L1BlockRef,
    pub(crate) logs: Vec<L1Log>,
    pub(crate) transactions: HashMap<B256, L1Transaction>,
}

/// L1, and what is looked for there.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) reader: Arc<dyn L1Reader>,
    pub(crate) contracts: L1Contracts,
    filter: L1LogFilter,
}

impl Source {
    pub(crate) fn new(reader: Arc<dyn L1Reader>, contracts: L1Contracts) -> Self {
        let filter = contracts.log_filter();
        Self { reader, contracts, filter }
    }

    /// The block with a number, which L1 is said to have.
    pub(crate) async fn header(&self, number: u64) -> Result<L1Header, StepError> {
        let header = self.reader.header(number).await?;
        let header = header.ok_or(StepError::NotKnownYet { number })?;
        check_number(&header, number)?;
        Ok(header)
    }

    pub(crate) async fn header_by_hash(&self, hash: B256) -> Result<L1Header, StepError> {
        let header = self.reader.header_by_hash(hash).await?;
        let header = header.ok_or(L1Error::UnknownBlock { hash })?;
        if header.hash == hash {
            return Ok(header);
        }
        let (expected, found) = (HeaderId::Hash(hash), HeaderId::Hash(header.hash));
        Err(L1DataError::OtherHeader { expected, found }.into())
    }

    /// The blocks with these numbers by their hash, as far as L1 is said to have them.
    pub(crate) async fn headers(
        &self,
        numbers: Range<u64>,
    ) -> Result<HashMap<B256, L1Header>, StepError> {
        let headers = stream::iter(numbers).map(|number| self.reader.header(number));
        let headers = headers.buffered(MAX_REQUESTS).try_collect::<Vec<_>>().await?;
        Ok(headers.into_iter().flatten().map(|header| (header.hash, header)).collect())
    }

    /// Everything about a block that is not final.
    pub(crate) async fn block(&self, header: &L1Header) -> Result<BlockData, StepError> {
        let has_none = header.is_verified && !self.filter.may_match(&header.logs_bloom);
        let logs = if has_none {
            Vec::new()
        } else {
            self.reader.block_logs(header, &self.filter).await?
        };
        self.with_transactions(header.into(), logs).await
    }

    /// Everything about a final block, whose logs are known.
    pub(crate) async fn final_block(
        &self,
        logs: Vec<L1Log>,
    ) -> Result<Option<BlockData>, StepError> {
        let Some(first) = logs.first() else { return Ok(None) };
        let header = self.header(first.block_number).await?;
        // Decoding compares the hash with that of the logs.
        self.with_transactions(L1BlockRef::from(&header), logs).await.map(Some)
    }

    async fn with_transactions(
        &self,
        block: L1BlockRef,
        logs: Vec<L1Log>,
    ) -> Result<BlockData, StepError> {
        let hashes = commit_transactions(&self.contracts, &logs)?;
        let transactions = stream::iter(hashes).map(|hash| self.transaction(hash, block.hash));
        let transactions = transactions.buffered(MAX_REQUESTS).try_collect().await?;
        Ok(BlockData { block, logs, transactions })
    }

    async fn transaction(
        &self,
        hash: B256,
        block_hash: B256,
    ) -> Result<(B256, L1Transaction), StepError> {
        let found = self.reader.transaction(hash).await?;
        let found = found.filter(|found| found.hash == hash && found.block_hash == block_hash);
        // It moves when its block is reorganized away between two requests.
        Ok((hash, found.ok_or(L1Error::UnknownBlock { hash: block_hash })?))
    }

    /// Logs of final blocks from `from` on: of at most `length` blocks, and not above `last`. Fewer
    /// if there are too many logs.
    pub(crate) async fn range(
        &self,
        from: u64,
        last: u64,
        length: u64,
        max_length: u64,
    ) -> Result<RangeLogs, StepError> {
        let mut length = length.clamp(1, max_length);
        loop {
            let to = from.saturating_add(length - 1).min(last);
            let logs = match self.reader.range_logs(from, to, &self.filter).await {
                Err(L1Error::TooManyLogs { .. }) if from < to => {
                    length = (length / 2).max(1);
                    continue;
                }
                Err(L1Error::TooManyLogs { .. }) => {
                    let header = self.header(from).await?;
                    self.reader.block_logs(&header, &self.filter).await?
                }
                logs => logs?,
            };
            let next_length = length.saturating_add(length / 8 + 1).min(max_length);
            return Ok(RangeLogs { from, to, logs, next_length });
        }
    }

    /// Queue index of the first message of queue V2. `None` if there is no such queue yet.
    pub(crate) async fn first_v2_queue_index(&self, at: B256) -> Result<Option<u64>, StepError> {
        let first = L1MessageQueue::firstCrossDomainMessageIndexCall {};
        let Some(first) = self.queue_call(first, at).await? else { return Ok(None) };
        // A contract that is not set up says 0 to both.
        let is_set_up = first > 0 || self.next_queue_index(at).await?.is_some_and(|next| next > 0);
        Ok(u64::try_from(first).ok().filter(|_| is_set_up || self.contracts.queue_v1.is_none()))
    }

    /// Queue index of the next message by the contract. `None` if it has no answer.
    pub(crate) async fn next_queue_index(&self, at: B256) -> Result<Option<u64>, StepError> {
        let next = L1MessageQueue::nextCrossDomainMessageIndexCall {};
        let next = self.queue_call(next, at).await?;
        Ok(next.and_then(|next| u64::try_from(next).ok()))
    }

    /// Rolling hash of the queue after a message by the contract. `None` if it has no answer.
    pub(crate) async fn rolling_hash(
        &self,
        queue_index: u64,
        at: B256,
    ) -> Result<Option<B256>, StepError> {
        let queue_index = U256::from(queue_index);
        self.queue_call(L1MessageQueue::getMessageRollingHashCall { queueIndex: queue_index }, at)
            .await
    }

    async fn queue_call<C: SolCall>(
        &self,
        call: C,
        at: B256,
    ) -> Result<Option<C::Return>, StepError> {
        match self.contracts.queue_v2 {
            Some(queue) => self.call(queue, call, at).await,
            None => Ok(None),
        }
    }

    /// Asks a contract. `None` if it does not exist, or does not know the question.
    async fn call<C: SolCall>(
        &self,
        to: Address,
        call: C,
        at: B256,
    ) -> Result<Option<C::Return>, StepError> {
        match self.reader.call(to, call.abi_encode().into(), at).await {
            Ok(answer) => Ok(C::abi_decode_returns_validate(&answer).ok()),
            Err(L1Error::Reverted) => Ok(None),
            Err(err) => Err(err.into()),
        }
    }

    /// The signer that the system contract names. `None` if there is no such contract, or it names
    /// nobody.
    pub(crate) async fn signer(&self, at: B256) -> Result<Option<Address>, StepError> {
        let Some(contract) = self.contracts.system_config else { return Ok(None) };
        let signer = match self.call(contract, SystemConfig::getSignerCall {}, at).await? {
            Some(signer) => signer,
            None => {
                let slot = L1_SYSTEM_CONFIG_SIGNER_SLOT;
                let word = self.reader.storage_at(contract, slot, at).await?;
                Address::from_word(word.into())
            }
        };
        Ok((!signer.is_zero()).then_some(signer))
    }
}

/// Whether a header has the number that it must have.
pub(crate) const fn check_number(header: &L1Header, number: u64) -> Result<(), L1DataError> {
    if header.number == number {
        return Ok(());
    }
    let (expected, found) = (HeaderId::Number(number), HeaderId::Number(header.number));
    Err(L1DataError::OtherHeader { expected, found })
}

/// An answer that takes the state after a block: a node without that state has none.
pub(crate) fn state_answer<T>(
    answer: Result<Option<T>, StepError>,
) -> Result<Option<T>, StepError> {
    match answer {
        Err(StepError::Read(L1Error::UnknownBlock { .. } | L1Error::Unavailable { .. })) => {
            Ok(None)
        }
        answer => answer,
    }
}
