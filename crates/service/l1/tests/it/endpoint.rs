//! An L1 endpoint over the model, which lags, fails and lies when it is told to.

use crate::model::{Block, FIRST_V2, Model, contracts};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolEvent, SolValue};
use futures::{FutureExt as _, future::BoxFuture};
use rollup_l1::abi::{L1MessageQueue, ScrollChain};
use rollup_l1_client::{L1Error, L1Header, L1Log, L1LogFilter, L1Reader, L1Tag, L1Transaction};
use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard},
    task::Poll,
};

/// Logs of a range that are too many for one answer.
const TOO_MANY: usize = 12;

/// Which logs are left out of ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeftOut {
    Messages,
    Commits,
}

/// What is wrong with the endpoint.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Blocks that it does not have yet.
    pub(crate) lag: u64,
    /// Answers that are errors.
    pub(crate) errors: u32,
    /// Every answer is an error.
    pub(crate) is_down: bool,
    /// Logs that ranges leave out, and how often it must be distrusted until they do not.
    pub(crate) left_out: Option<(LeftOut, u32)>,
    /// The branch that it takes for the chain.
    pub(crate) fork: Option<Vec<B256>>,
    /// Another hash as that of the final block.
    pub(crate) wrong_final: bool,
    /// Contracts have no state.
    pub(crate) is_without_state: bool,
    /// How many times it was distrusted.
    pub(crate) distrusted: u32,
    /// Ranges that were asked for.
    pub(crate) ranges: u32,
    /// Headers that were asked for.
    pub(crate) headers: u32,
}

/// The model, and the endpoint that shows it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) model: Model,
    pub(crate) faults: Faults,
}

impl World {
    /// The chain as the endpoint shows it.
    fn view(&self) -> &[B256] {
        let chain = self.faults.fork.as_ref().unwrap_or(&self.model.chain);
        let length = chain.len().saturating_sub(self.faults.lag as usize).max(1);
        &chain[..length]
    }

    fn shown(&self, number: u64) -> Option<&Block> {
        self.view().get(number as usize).map(|hash| &self.model.blocks[hash])
    }

    fn tagged(&self, tag: L1Tag) -> Option<L1Header> {
        let latest = self.view().len() as u64 - 1;
        let number = match tag {
            L1Tag::Latest => latest,
            L1Tag::Safe | L1Tag::Finalized => self.model.finalized.min(latest),
        };
        let mut header = self.shown(number)?.header;
        if self.faults.wrong_final && tag == L1Tag::Finalized {
            header.hash = B256::repeat_byte(0xba);
        }
        Some(header)
    }

    fn range(&mut self, from: u64, to: u64, filter: &L1LogFilter) -> Result<Vec<L1Log>, L1Error> {
        self.faults.ranges += 1;
        assert!(from <= to, "a range goes backwards");
        let blocks = (from..=to).map(|number| self.shown(number).expect("beyond the latest block"));
        let logs = blocks.flat_map(|block| &block.logs).filter(|log| filter.matches(&log.log));
        let left_out = self.faults.left_out.map(|(kind, _)| match kind {
            LeftOut::Messages => L1MessageQueue::QueueTransaction::SIGNATURE_HASH,
            LeftOut::Commits => ScrollChain::CommitBatch::SIGNATURE_HASH,
        });
        let logs = logs.filter(|log| log.log.data.topics().first().copied() != left_out);
        let logs: Vec<_> = logs.cloned().collect();
        if logs.len() > TOO_MANY { Err(L1Error::TooManyLogs { from, to }) } else { Ok(logs) }
    }

    fn call(&self, to: Address, input: &[u8], at: B256) -> Result<Bytes, L1Error> {
        let block = self.model.blocks.get(&at).ok_or(L1Error::UnknownBlock { hash: at })?;
        if self.faults.is_without_state {
            return Err(unavailable());
        }
        let state = &block.state;
        if Some(to) == contracts().system_config {
            // One that is too old to have the function.
            let is_old = block.header.number.is_multiple_of(2);
            return if is_old {
                Err(L1Error::Reverted)
            } else {
                Ok(state.signer.abi_encode().into())
            };
        }
        assert_eq!(Some(to), contracts().queue_v2);
        let (first, next) =
            if state.is_v2() { (FIRST_V2, state.next_queue_index()) } else { (0, 0) };
        let selector: [u8; 4] = input[..4].try_into().unwrap();
        Ok(match selector {
            L1MessageQueue::firstCrossDomainMessageIndexCall::SELECTOR => {
                U256::from(first).abi_encode()
            }
            L1MessageQueue::nextCrossDomainMessageIndexCall::SELECTOR => {
                U256::from(next).abi_encode()
            }
            L1MessageQueue::getMessageRollingHashCall::SELECTOR => {
                let index = L1MessageQueue::getMessageRollingHashCall::abi_decode(input).unwrap();
                let index = index.queueIndex.to::<usize>();
                state.queue.get(index).copied().unwrap_or_default().abi_encode()
            }
            _ => return Err(L1Error::Reverted),
        }
        .into())
    }
}

fn unavailable() -> L1Error {
    L1Error::Unavailable { method: "eth_any", reason: "down".to_owned() }
}

/// The reader of the endpoint. Every answer comes after others had their turn, so that a watcher can
/// be stopped between any two.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint(pub(crate) Arc<Mutex<World>>);

impl Endpoint {
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    fn answer<'a, T: Send + 'a>(
        &'a self,
        answer: impl FnOnce(&mut World) -> Result<T, L1Error> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, L1Error>> {
        let mut has_waited = false;
        let turn = poll_fn(move |context| {
            if std::mem::replace(&mut has_waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        });
        let answer = move || {
            let mut world = self.world();
            if world.faults.errors > 0 {
                world.faults.errors -= 1;
                return Err(unavailable());
            }
            if world.faults.is_down { Err(unavailable()) } else { answer(&mut world) }
        };
        turn.map(move |()| answer()).boxed()
    }
}

impl L1Reader for Endpoint {
    fn tagged(&self, tag: L1Tag) -> BoxFuture<'_, Result<Option<L1Header>, L1Error>> {
        self.answer(move |world| Ok(world.tagged(tag)))
    }

    fn header(&self, number: u64) -> BoxFuture<'_, Result<Option<L1Header>, L1Error>> {
        self.answer(move |world| {
            world.faults.headers += 1;
            Ok(world.shown(number).map(|block| block.header))
        })
    }

    fn header_by_hash(&self, hash: B256) -> BoxFuture<'_, Result<Option<L1Header>, L1Error>> {
        self.answer(move |world| {
            world.faults.headers += 1;
            Ok(world.model.blocks.get(&hash).map(|block| block.header))
        })
    }

    fn block_logs<'a>(
        &'a self,
        header: &'a L1Header,
        filter: &'a L1LogFilter,
    ) -> BoxFuture<'a, Result<Vec<L1Log>, L1Error>> {
        self.answer(|world| {
            let hash = header.hash;
            let block = world.model.blocks.get(&hash).ok_or(L1Error::UnknownBlock { hash })?;
            Ok(block.logs.iter().filter(|log| filter.matches(&log.log)).cloned().collect())
        })
    }

    fn range_logs<'a>(
        &'a self,
        from: u64,
        to: u64,
        filter: &'a L1LogFilter,
    ) -> BoxFuture<'a, Result<Vec<L1Log>, L1Error>> {
        self.answer(move |world| world.range(from, to, filter))
    }

    fn transaction(&self, hash: B256) -> BoxFuture<'_, Result<Option<L1Transaction>, L1Error>> {
        self.answer(move |world| {
            let blocks = world.model.blocks.values();
            let mut all = blocks.flat_map(|block| &block.transactions);
            Ok(all.find(|transaction| transaction.hash == hash).cloned())
        })
    }

    fn call(
        &self,
        to: Address,
        input: Bytes,
        block_hash: B256,
    ) -> BoxFuture<'_, Result<Bytes, L1Error>> {
        self.answer(move |world| world.call(to, &input, block_hash))
    }

    fn storage_at(
        &self,
        address: Address,
        slot: U256,
        block_hash: B256,
    ) -> BoxFuture<'_, Result<U256, L1Error>> {
        self.answer(move |world| {
            assert_eq!((Some(address), slot), (contracts().system_config, U256::from(0x67)));
            let block = world.model.blocks.get(&block_hash);
            let block = block.ok_or(L1Error::UnknownBlock { hash: block_hash })?;
            Ok(block.state.signer.into_word().into())
        })
    }

    fn confirm(&self, number: u64, hash: B256) -> BoxFuture<'_, Result<bool, L1Error>> {
        self.answer(move |world| Ok(world.model.chain.get(number as usize) == Some(&hash)))
    }

    fn distrust(&self) {
        let faults = &mut self.world().faults;
        faults.distrusted += 1;
        if let Some((_, left)) = &mut faults.left_out {
            *left -= 1;
            if *left == 0 {
                faults.left_out = None;
            }
        }
    }
}
