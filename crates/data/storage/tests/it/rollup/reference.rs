//! What the tables have to hold, computed anew from the L1 blocks, the chain and the consolidated
//! batches there are.

use super::{World, calldata};
use alloy_eips::BlockNumHash;
use alloy_primitives::{B256, Bytes};
use rollup_db::{
    BatchCalldata, BatchKey, Batches, BlockBatches, L1Blocks, L1MessageIndices, L1Messages,
    NextQueueIndices, ReadTx, Table,
};
use rollup_primitives::TxL1Message;
use rollup_storage::{
    BatchBlocks, BatchCommit, BatchId, ConsolidatedBatch, ForkchoiceState, L1Block, L1Event,
    L1Progress, StoredBatch, StoredL1Message,
};
use std::{
    cmp::{max, min},
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

/// Everything that happened and was not undone.
#[derive(Debug, Default)]
pub(super) struct Reference {
    pub(super) l1: Vec<L1Block>,
    pub(super) progress: L1Progress,
    /// L1 messages of the blocks above genesis.
    pub(super) chain: Vec<Vec<TxL1Message>>,
    pub(super) batches: Vec<ConsolidatedBatch>,
    /// Commits whose calldata is there.
    pub(super) calldata: BTreeSet<BatchKey>,
    pub(super) safe: u64,
    pub(super) finalized: u64,
}

impl Reference {
    pub(super) const fn head(&self) -> u64 {
        self.chain.len() as u64
    }

    pub(super) fn messages(&self) -> BTreeMap<u64, StoredL1Message> {
        let skipped: BTreeSet<u64> =
            self.batches.iter().flat_map(|batch| batch.skipped_messages.clone()).collect();
        let mut messages = BTreeMap::new();
        for block in &self.l1 {
            for event in &block.events {
                let L1Event::MessageEnqueued(enqueued) = event else { continue };
                let message = enqueued.message.clone();
                let includes = |messages: &Vec<TxL1Message>| messages.contains(&message);
                let l2_block_number = self.chain.iter().position(includes).map(|at| at as u64 + 1);
                let stored = StoredL1Message {
                    hash: message.tx_hash(),
                    l1_block_number: block.number,
                    queue_hash: enqueued.queue_hash,
                    l2_block_number,
                    skipped: skipped.contains(&message.queue_index),
                    message,
                };
                messages.insert(stored.message.queue_index, stored);
            }
        }
        messages
    }

    pub(super) fn commits(&self) -> BTreeMap<BatchKey, StoredBatch> {
        let mut commits = BTreeMap::new();
        for block in &self.l1 {
            for event in &block.events {
                apply(&mut commits, block, event);
            }
        }
        for batch in &self.batches {
            let (_, stored) =
                commits.iter_mut().find(|(key, stored)| is(key, stored, batch.batch)).unwrap();
            let blocks = BatchBlocks { first: batch.first_block, last: batch.last_block.number };
            (stored.blocks, stored.consolidated) = (Some(blocks), true);
        }
        commits
    }

    /// Batches that are not reverted, by index.
    pub(super) fn live(&self) -> BTreeMap<u64, (BatchKey, StoredBatch)> {
        let commits = self.commits().into_iter();
        let live = commits.filter(|(_, stored)| stored.reverted_l1_block.is_none());
        live.map(|entry| (entry.0.index, entry)).collect()
    }

    fn links(&self) -> BTreeMap<u64, BatchId> {
        let links = self.batches.iter().flat_map(|batch| {
            (batch.first_block..=batch.last_block.number).map(|number| (number, batch.batch))
        });
        links.collect()
    }

    fn next_indices(&self) -> BTreeMap<u64, u64> {
        let blocks = (1..).zip(&self.chain);
        blocks.filter_map(|(at, messages)| Some((at, messages.last()?.queue_index + 1))).collect()
    }

    /// Queue index after a block.
    pub(super) fn next_index(&self, number: u64) -> u64 {
        self.next_indices().range(..=number).next_back().map_or(0, |(_, next)| *next)
    }

    /// Keeps the first `count` consolidated batches.
    pub(super) fn release(&mut self, count: usize) {
        if count < self.batches.len() {
            self.batches.truncate(count);
            let last = self.batches.last().map_or(0, |batch| batch.last_block.number);
            self.safe = min(self.safe, max(last, self.finalized));
        }
    }

    pub(super) fn prune_calldata(&mut self) {
        let final_batches =
            self.batches.iter().filter(|batch| batch.last_block.number <= self.finalized);
        let last = final_batches.map(|batch| batch.batch.index).max().unwrap_or(0);
        self.calldata.retain(|key| key.index > last);
    }

    /// Compares every table.
    pub(super) fn check(&self, world: &World) {
        let tx = world.store.database().begin_read().unwrap();
        let messages = self.messages();
        let mut indices = BTreeMap::new();
        for (index, message) in &messages {
            indices.insert(message.hash, *index);
            indices.extend(message.queue_hash.map(|hash| (hash, *index)));
        }
        let l1_finalized = self.progress.finalized;
        let l1_blocks: BTreeMap<u64, B256> = self
            .l1
            .iter()
            .filter(|block| !block.events.is_empty() && Some(block.number) > l1_finalized)
            .map(|block| (block.number, block.hash))
            .collect();
        let calldata: BTreeMap<BatchKey, Bytes> = self
            .calldata
            .iter()
            .map(|key| (*key, calldata((*key).into(), key.l1_block_number)))
            .collect();
        check_table::<L1Blocks>(&tx, &l1_blocks);
        check_table::<L1Messages>(&tx, &messages);
        check_table::<L1MessageIndices>(&tx, &indices);
        check_table::<NextQueueIndices>(&tx, &self.next_indices());
        check_table::<Batches>(&tx, &self.commits());
        check_table::<BatchCalldata>(&tx, &calldata);
        check_table::<BlockBatches>(&tx, &self.links());
        let view = world.view();
        assert_eq!(view.l1_progress().unwrap(), self.progress);
        let [head, safe, finalized] =
            [self.head(), self.safe, self.finalized].map(|number| world.id(number));
        assert_eq!(view.forkchoice().unwrap(), ForkchoiceState { head, safe, finalized });
        self.check_queries(world);
    }

    fn check_queries(&self, world: &World) {
        let view = world.view();
        for number in 0..=self.head() + 1 {
            assert_eq!(view.next_queue_index(number).unwrap(), self.next_index(number));
        }
        let messages = self.messages();
        let top = self.l1.last().map_or(0, |block| block.number) + 1;
        for l1_block in 0..=top {
            let from = messages.values().find(|message| message.l1_block_number >= l1_block);
            assert_eq!(view.first_l1_message_from(l1_block).unwrap().as_ref(), from);
            let lost = messages.values().find(|message| message.l1_block_number > l1_block);
            let lost = lost.and_then(|message| {
                let from = message.message.queue_index;
                let lost = |block: &Vec<TxL1Message>| block.iter().any(|m| m.queue_index >= from);
                self.chain.iter().position(lost).map(|at| at as u64 + 1)
            });
            assert_eq!(view.first_block_lost_above(l1_block).unwrap(), lost);
        }
        let live = self.live();
        let last = live.last_key_value().map(|(_, (key, batch))| ((*key).into(), *batch));
        assert_eq!(view.last_committed_batch().unwrap(), last);
        let consolidated = self.batches.last().map_or(0, |batch| batch.batch.index);
        let waiting: Vec<(BatchId, StoredBatch)> = live
            .range(consolidated + 1..)
            .map(|(_, (key, batch))| ((*key).into(), *batch))
            .take(3)
            .collect();
        assert_eq!(view.batches_to_derive(3).unwrap(), waiting);
        let last: Option<BlockNumHash> = self.batches.last().map(|batch| batch.last_block);
        let found = view.last_consolidated_batch().unwrap();
        let found = found.map(|(_, batch)| world.id(batch.blocks.unwrap().last));
        assert_eq!(found, last);
        for l1_block in [top / 2, u64::MAX] {
            let covered = |entry: &&(BatchKey, StoredBatch)| {
                entry.1.finalized_l1_block.is_some_and(|number| number <= l1_block)
            };
            let expected = live.range(..=consolidated).map(|(_, entry)| entry);
            let expected = expected.rev().find(covered).map(|(key, batch)| ((*key).into(), *batch));
            assert_eq!(view.last_finalized_batch(consolidated, l1_block).unwrap(), expected);
        }
    }
}

fn is(key: &BatchKey, stored: &StoredBatch, id: BatchId) -> bool {
    BatchId::from(*key) == id && stored.reverted_l1_block.is_none()
}

fn apply(commits: &mut BTreeMap<BatchKey, StoredBatch>, block: &L1Block, event: &L1Event) {
    let l1_block_number = block.number;
    let open = |stored: &&mut StoredBatch| stored.reverted_l1_block.is_none();
    match event {
        L1Event::MessageEnqueued(_) => {}
        L1Event::BatchCommitted(committed) => {
            let BatchId { index, hash } = committed.batch;
            let commit = BatchCommit {
                l1_block_number,
                l1_timestamp: block.timestamp,
                l1_transaction_hash: committed.l1_transaction_hash,
                blob_hash: committed.blob_hash,
            };
            let stored = StoredBatch {
                commit,
                blocks: None,
                finalized_l1_block: None,
                finalized_roots: None,
                reverted_l1_block: None,
                consolidated: false,
            };
            commits.insert(BatchKey { index, l1_block_number, hash }, stored);
        }
        L1Event::BatchReverted(id) => {
            let (_, stored) =
                commits.iter_mut().find(|(key, stored)| is(key, stored, *id)).unwrap();
            stored.reverted_l1_block = Some(l1_block_number);
        }
        L1Event::BatchesReverted { first, last } => {
            let reverted =
                commits.iter_mut().filter(|(key, _)| (*first..=*last).contains(&key.index));
            for stored in reverted.map(|(_, stored)| stored).filter(open) {
                stored.reverted_l1_block = Some(l1_block_number);
            }
        }
        L1Event::BatchFinalized { batch, roots } => {
            for (key, stored) in commits.iter_mut().filter(|(key, _)| key.index <= batch.index) {
                if stored.reverted_l1_block.is_none() && stored.finalized_l1_block.is_none() {
                    stored.finalized_l1_block = Some(l1_block_number);
                    stored.finalized_roots = (key.index == batch.index).then_some(*roots);
                }
            }
        }
    }
}

fn check_table<T: Table>(tx: &ReadTx, expected: &BTreeMap<T::Key, T::Value>)
where
    T::Value: PartialEq,
    T::Key: Debug,
{
    let found: BTreeMap<_, _> = tx.walk::<T>(..).unwrap().map(Result::unwrap).collect();
    assert_eq!(&found, expected, "{}", T::NAME);
}
