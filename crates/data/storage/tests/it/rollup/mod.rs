//! Rollup records: L1 blocks, messages, batches and the forkchoice.
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod idempotence;
mod properties;
mod queries;
mod reference;
mod refusals;
mod reorgs;

use crate::{
    chain::{Dump, append, dump, genesis, open},
    model::{ModelBlock, block_of},
};
use alloy_eips::BlockNumHash;
use alloy_primitives::{B256, Bytes, U256, keccak256};
use alloy_trie::EMPTY_ROOT_HASH;
use rollup_primitives::TxL1Message;
use rollup_storage::{
    BatchId, BatchRoots, ChainStore, ChainView, CommittedBatch, ConsolidatedBatch, EnqueuedMessage,
    L1Block, L1Event, RollupChange, RollupError, StateDiff, StorageError, next_queue_hash,
};
use tempfile::TempDir;

/// First message with a queue hash.
const QUEUE_V2_START: u64 = 2;

/// A store, and the blocks that were appended to it.
struct World {
    store: ChainStore,
    blocks: Vec<ModelBlock>,
    _directory: TempDir,
}

impl World {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        Self { store: open(&directory), blocks: Vec::new(), _directory: directory }
    }

    /// A store with as many empty blocks above genesis.
    fn with_blocks(count: u64) -> Self {
        let mut world = Self::new();
        for _ in 0..count {
            world.append(Vec::new());
        }
        world
    }

    fn view(&self) -> ChainView {
        self.store.view().unwrap()
    }

    fn dump(&self) -> Dump {
        dump(&self.store)
    }

    fn apply(&self, changes: &[RollupChange]) {
        self.store.apply_rollup(changes).unwrap();
    }

    /// Why a change is refused; it must change nothing.
    fn refusal(&self, changes: &[RollupChange]) -> RollupError {
        let before = self.dump();
        let err = self.store.apply_rollup(changes).unwrap_err();
        assert_eq!(self.dump(), before);
        let StorageError::Rollup(err) = err else { panic!("{err}") };
        err
    }

    fn append(&mut self, messages: Vec<TxL1Message>) {
        let genesis = genesis();
        let parent = self.blocks.last().map_or(&genesis, |executed| &executed.block);
        let block = block_of(parent, messages, StateDiff::default(), EMPTY_ROOT_HASH);
        append(&self.store, std::slice::from_ref(&block));
        self.blocks.push(block);
    }

    fn unwind(&mut self, to: u64) {
        self.store.unwind(to).unwrap();
        self.blocks.truncate(usize::try_from(to).unwrap());
    }

    fn id(&self, number: u64) -> BlockNumHash {
        let at = usize::try_from(number).unwrap();
        let block = at.checked_sub(1).map_or_else(genesis, |at| self.blocks[at].block.clone());
        BlockNumHash::new(number, block.hash())
    }

    /// The change that consolidates a batch with these blocks.
    fn consolidated(&self, index: u64, first: u64, last: u64) -> RollupChange {
        consolidated(batch_id(index, 0), first, self.id(last), &[])
    }

    /// Numbers of head, safe and finalized block.
    fn forkchoice(&self) -> [u64; 3] {
        let state = self.view().forkchoice().unwrap();
        for point in [state.head, state.safe, state.finalized] {
            assert_eq!(point, self.id(point.number));
        }
        [state.head.number, state.safe.number, state.finalized.number]
    }
}

fn consolidated(
    batch: BatchId,
    first_block: u64,
    last_block: BlockNumHash,
    skipped: &[u64],
) -> RollupChange {
    let skipped_messages = skipped.to_vec();
    let batch = ConsolidatedBatch { batch, first_block, last_block, skipped_messages };
    RollupChange::BatchConsolidated(batch)
}

/// A message; with another salt, another one of the same index.
fn message(queue_index: u64, salt: u64) -> TxL1Message {
    TxL1Message { queue_index, value: U256::from(salt), ..Default::default() }
}

fn messages(indices: impl IntoIterator<Item = u64>) -> Vec<TxL1Message> {
    indices.into_iter().map(|index| message(index, 0)).collect()
}

/// Messages as they are enqueued behind a queue with this hash.
fn enqueued(messages: Vec<TxL1Message>, mut queue_hash: Option<B256>) -> Vec<L1Event> {
    let enqueued = messages.into_iter().map(|message| {
        if message.queue_index >= QUEUE_V2_START {
            queue_hash = Some(next_queue_hash(queue_hash, message.tx_hash()));
        }
        L1Event::MessageEnqueued(EnqueuedMessage { message, queue_hash })
    });
    enqueued.collect()
}

/// A batch; with another salt, another one of the same index.
fn batch_id(index: u64, salt: u64) -> BatchId {
    BatchId { index, hash: keccak256([index.to_be_bytes(), salt.to_be_bytes()].concat()) }
}

/// The commit of a batch, by a transaction of this L1 block.
fn committed(batch: BatchId, l1_block_number: u64) -> L1Event {
    L1Event::BatchCommitted(CommittedBatch {
        batch,
        l1_transaction_hash: keccak256(l1_block_number.to_be_bytes()),
        blob_hash: Some(keccak256(batch.hash)),
        calldata: calldata(batch, l1_block_number),
    })
}

fn calldata(batch: BatchId, l1_block_number: u64) -> Bytes {
    [batch.hash.as_slice(), &l1_block_number.to_be_bytes()].concat().into()
}

fn roots(batch: BatchId) -> BatchRoots {
    BatchRoots { state: keccak256(batch.hash), withdraw: batch.hash }
}

fn finalized(batch: BatchId) -> L1Event {
    L1Event::BatchFinalized { batch, roots: roots(batch) }
}

/// An L1 block; with another salt, another one of the same number.
fn l1_block(number: u64, salt: u64, events: Vec<L1Event>) -> L1Block {
    let hash = keccak256([number.to_be_bytes(), salt.to_be_bytes()].concat());
    L1Block { number, hash, timestamp: 12 * number, events }
}

/// What an L1 block did.
fn l1(number: u64, events: Vec<L1Event>) -> RollupChange {
    RollupChange::L1Block(l1_block(number, 0, events))
}

/// L1 blocks from 10 on, which commit a batch each, from the first one on.
fn commits(count: u64) -> Vec<RollupChange> {
    (1..=count).map(|at| l1(9 + at, vec![committed(batch_id(at, 0), 9 + at)])).collect()
}
