//! A chain whose headers say what is in it, in a database with something in every table.

pub(crate) use crate::chain::{chain_spec, genesis, open};
use crate::model::{Change, ModelState};
use alloy_consensus::{
    EthereumReceipt, SignableTransaction, TxEip1559, proofs::calculate_transaction_root,
    transaction::SignerRecoverable,
};
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, Bytes, Log, Signature, U256};
use rollup_chainspec::ScrollChainSpec;
use rollup_db::{
    BatchBlocks, BatchCommit, BatchKey, DatabaseConfig, Metadata, MetadataKey, SignedHeight,
    SingleKey, StoredBatch, WriteTx,
};
use rollup_primitives::{
    BlockSignature, RecoveredBlock, ScrollBlock, ScrollBlockBody, ScrollHeader, ScrollReceipt,
    ScrollTxEnvelope, ScrollTxType, TxL1Message,
};
use rollup_storage::{
    ChainStore, ChainView, CheckOptions, CheckReport, CommittedBatch, ConsolidatedBatch,
    EnqueuedMessage, ExecutedBlock, L1Block, L1Event, RollupChange, StateDiff, check,
    next_queue_hash,
};
use std::{collections::BTreeMap, sync::Arc};
use tempfile::TempDir;

/// The head of [`healthy`].
pub(crate) const HEAD: u64 = 6;
/// Transactions in [`healthy`].
pub(crate) const TRANSACTIONS: u64 = 12;
/// An account with slots, code and several changes.
pub(crate) const ACCOUNT: Address = Address::repeat_byte(1);
/// L1 messages in [`healthy`]; all but the last are in blocks.
const MESSAGES: u64 = 6;
/// First of them with a queue hash.
const QUEUE_V2_START: u64 = 2;
/// The batch of block 1, which is final.
const FIRST_BATCH: BatchKey =
    BatchKey { index: 1, l1_block_number: 50, hash: B256::repeat_byte(0xb1) };
/// The batch of the blocks 2 to 4.
pub(crate) const BATCH: BatchKey =
    BatchKey { index: 2, l1_block_number: 50, hash: B256::repeat_byte(0xba) };

/// What a block has besides its changes of the state.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    /// L1 messages, the first of which has this queue index.
    pub(crate) messages: std::ops::Range<u64>,
    pub(crate) signed: u64,
}

pub(crate) fn open_chain(directory: &TempDir, chain_spec: Arc<ScrollChainSpec>) -> ChainStore {
    ChainStore::open(directory.path(), DatabaseConfig::default(), chain_spec).unwrap()
}

/// A signature that some key made.
fn signature(transaction: &TxEip1559) -> Signature {
    (1..)
        .map(|r| Signature::new(U256::from(r), U256::from(1), false))
        .find(|signature| transaction.clone().into_signed(*signature).recover_signer().is_ok())
        .unwrap()
}

pub(crate) fn message(queue_index: u64) -> TxL1Message {
    TxL1Message { queue_index, gas_limit: 9, sender: Address::repeat_byte(8), ..Default::default() }
}

fn signed_transaction(nonce: u64) -> ScrollTxEnvelope {
    let transaction = TxEip1559 {
        chain_id: 1337,
        nonce,
        to: Address::repeat_byte(9).into(),
        ..Default::default()
    };
    let signature = signature(&transaction);
    transaction.into_signed(signature).into()
}

fn receipt(at: u64, transaction: &ScrollTxEnvelope) -> ScrollReceipt {
    let log = Log::new_unchecked(ACCOUNT, vec![B256::with_last_byte(1)], Bytes::from(vec![2]));
    let is_message = transaction.is_l1_message();
    ScrollReceipt {
        inner: EthereumReceipt {
            tx_type: if is_message { ScrollTxType::L1Message } else { ScrollTxType::Eip1559 },
            success: true,
            cumulative_gas_used: (at + 1) * 21_000,
            logs: if is_message { vec![log] } else { Vec::new() },
        },
        l1_fee: if is_message { U256::ZERO } else { U256::from(5) },
    }
}

/// A block on the head of `view`, which is `parent`, whose header says what is in it.
pub(crate) fn block(
    view: &ChainView,
    parent: &RecoveredBlock,
    contents: &Contents,
    diff: StateDiff,
) -> ExecutedBlock {
    let changes = view.changes(diff).unwrap();
    let number = parent.number + 1;
    let transactions: Vec<ScrollTxEnvelope> = contents
        .messages
        .clone()
        .map(|queue_index| message(queue_index).into())
        .chain((0..contents.signed).map(|nonce| signed_transaction(number * 100 + nonce)))
        .collect();
    let senders = transactions.iter().map(|tx| tx.recover_signer().unwrap()).collect();
    let receipts: Vec<_> =
        (0..).zip(&transactions).map(|(at, transaction)| receipt(at, transaction)).collect();
    let header = ScrollHeader {
        parent_hash: parent.hash(),
        number,
        timestamp: parent.timestamp + 1,
        state_root: changes.state_root(),
        transactions_root: calculate_transaction_root(&transactions),
        receipts_root: ScrollReceipt::receipts_root(&receipts),
        logs_bloom: ScrollReceipt::logs_bloom(&receipts),
        gas_used: receipts.last().map_or(0, |receipt| receipt.inner.cumulative_gas_used),
        ..Default::default()
    };
    let body = ScrollBlockBody { transactions, ..Default::default() };
    let block = RecoveredBlock::new_unhashed(ScrollBlock { header, body }, senders);
    let signature = Some(BlockSignature::new(Signature::test_signature()));
    ExecutedBlock { block, receipts, changes, signature }
}

/// Blocks of these contents and changes on genesis.
pub(crate) fn build(chain: &[(Contents, BTreeMap<u8, Change>)]) -> Vec<ExecutedBlock> {
    let mut blocks = Vec::<ExecutedBlock>::new();
    let mut state = ModelState::default();
    let directory = TempDir::new().unwrap();
    let mut view = open(&directory).view().unwrap();
    for (contents, changes) in chain {
        let diff = state.apply(changes);
        let genesis = genesis();
        let parent = blocks.last().map_or(&genesis, |executed| &executed.block);
        let executed = block(&view, parent, contents, diff);
        assert_eq!(executed.changes.state_root(), state.root());
        view.push(Arc::new(executed.clone())).unwrap();
        blocks.push(executed);
    }
    blocks
}

fn write(nonce: u64, code: Option<u8>, slots: impl IntoIterator<Item = (u8, u8)>) -> Change {
    Change::Write { nonce, balance: nonce + 1, code, slots: slots.into_iter().collect() }
}

/// What the blocks of [`healthy`] are made of: creations, changes and removals of accounts and
/// slots, and blocks with and without transactions.
pub(crate) fn chain() -> Vec<(Contents, BTreeMap<u8, Change>)> {
    let contents = |messages, signed| Contents { messages, signed };
    let many: BTreeMap<_, _> = (2..24).map(|account| (account, write(0, None, []))).collect();
    vec![
        (contents(0..2, 1), BTreeMap::from([(1, write(1, Some(1), (0..20).map(|at| (at, 1))))])),
        (contents(2..3, 2), many),
        (contents(3..3, 0), BTreeMap::from([(3, Change::Remove), (4, write(1, None, [(1, 1)]))])),
        (contents(3..4, 1), BTreeMap::from([(1, write(2, Some(1), [(1, 2), (2, 0)]))])),
        (
            contents(4..5, 2),
            BTreeMap::from([(1, write(3, Some(1), [(1, 3)])), (3, write(9, Some(2), []))]),
        ),
        (contents(5..5, 1), BTreeMap::from([(5, Change::Remove), (4, write(2, None, [(2, 2)]))])),
    ]
}

/// Changes a database in one transaction.
pub(crate) fn change<T>(store: &ChainStore, change: impl FnOnce(&WriteTx) -> T) -> T {
    let tx = store.database().begin_write().unwrap();
    let result = change(&tx);
    tx.commit().unwrap();
    result
}

/// A sound database with something in every table.
pub(crate) fn healthy() -> (TempDir, ChainStore) {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let blocks = build(&chain());
    store.append(&blocks).unwrap();
    let id = |number: usize| blocks[number - 1].id();
    store
        .apply_rollup(&[
            RollupChange::L1Latest { number: 70 },
            RollupChange::L1Finalized { number: 45 },
            RollupChange::L1Block(l1_block()),
            consolidated(FIRST_BATCH, 1, id(1)),
            consolidated(BATCH, 2, id(4)),
            RollupChange::Forkchoice { safe: Some(id(5)), finalized: Some(id(3)) },
        ])
        .unwrap();
    change(&store, |tx| {
        tx.put::<SignedHeight>(&SingleKey::Single, &id(6)).unwrap();
        tx.put::<Metadata>(&MetadataKey::LogSequence, &5_u64.to_be_bytes().into()).unwrap();
        tx.put::<Metadata>(&MetadataKey::SignedSequence, &6_u64.to_be_bytes().into()).unwrap();
    });
    (directory, store)
}

/// Enqueues the messages and commits the batches.
fn l1_block() -> L1Block {
    let mut queue_hash = None;
    let messages = (0..MESSAGES).map(message).map(|message| {
        if message.queue_index >= QUEUE_V2_START {
            queue_hash = Some(next_queue_hash(queue_hash, message.tx_hash()));
        }
        L1Event::MessageEnqueued(EnqueuedMessage { message, queue_hash })
    });
    let commits = [FIRST_BATCH, BATCH].map(|key| {
        L1Event::BatchCommitted(CommittedBatch {
            batch: key.into(),
            l1_transaction_hash: B256::repeat_byte(2),
            blob_hash: None,
            calldata: Bytes::from(vec![1, 2]),
        })
    });
    let events = messages.chain(commits).collect();
    L1Block { number: BATCH.l1_block_number, hash: B256::repeat_byte(1), timestamp: 1, events }
}

fn consolidated(key: BatchKey, first_block: u64, last_block: BlockNumHash) -> RollupChange {
    RollupChange::BatchConsolidated(ConsolidatedBatch {
        batch: key.into(),
        first_block,
        last_block,
        skipped_messages: Vec::new(),
    })
}

/// A consolidated batch.
pub(crate) const fn batch() -> StoredBatch {
    StoredBatch {
        finalized_roots: None,
        commit: BatchCommit {
            l1_block_number: BATCH.l1_block_number,
            l1_timestamp: 1,
            l1_transaction_hash: B256::repeat_byte(2),
            blob_hash: None,
        },
        blocks: Some(BatchBlocks { first: 2, last: 4 }),
        finalized_l1_block: None,
        reverted_l1_block: None,
        consolidated: true,
    }
}

pub(crate) fn report(store: &ChainStore) -> CheckReport {
    check(store.database(), store.chain_spec(), CheckOptions::default(), &mut |_| {}).unwrap()
}

/// The findings as sentences.
pub(crate) fn findings(report: &CheckReport) -> Vec<String> {
    report.findings.iter().map(ToString::to_string).collect()
}

#[track_caller]
pub(crate) fn assert_sound(store: &ChainStore) {
    let report = report(store);
    assert_eq!(findings(&report), [""; 0]);
    assert!(report.is_sound());
}
