//! L1 reorgs that take blocks off the chain, and what this node has signed with them.

use crate::{
    chain::chain_spec,
    check::fixture::assert_sound,
    process::{child, is_child},
    storage::config,
    synthetic::{build, message, replay},
};
use alloy_eips::BlockNumHash;
use alloy_primitives::{B256, keccak256};
use rollup_storage::{
    ChainView, EnqueuedMessage, ExecutedBlock, L1Block, L1Event, RollupChange, RollupError,
    Storage, StorageError, log_path, next_queue_hash,
};
use rstest::rstest;
use rustix::process::{Signal, getpid, kill_process};
use std::{fs, os::unix::process::ExitStatusExt, path::Path, process::Stdio, sync::Arc};
use tempfile::TempDir;
use tracing_subscriber::{Layer, layer::SubscriberExt, registry::LookupSpan};

/// Blocks of the chain below.
const BLOCKS: u64 = 5;
/// A file with the point at which the child kills itself: the text of a log line.
const KILL_AT: &str = "kill-at";
const CHILD: &str = "l1_reorg::child_carries_a_reorg_out_until_it_is_killed";

fn open(directory: &Path) -> Storage {
    Storage::open(directory, config(), chain_spec(), &replay).unwrap().0
}

/// The next L1 block, with as many messages.
fn l1_block(storage: &Storage, messages: u64) -> u64 {
    let view = storage.view().unwrap();
    let number = view.l1_progress().unwrap().processed.unwrap_or_default() + 1;
    let first = view.queue_length().unwrap();
    let last = first.checked_sub(1).map(|last| view.l1_message(last).unwrap().unwrap());
    let mut queue_hash = last.and_then(|last| last.queue_hash);
    let events = (first..first + messages).map(|queue_index| {
        let message = message(queue_index);
        queue_hash = Some(next_queue_hash(queue_hash, message.tx_hash()));
        L1Event::MessageEnqueued(EnqueuedMessage { message, queue_hash })
    });
    let (events, hash) = (events.collect(), keccak256(number.to_be_bytes()));
    let block = L1Block { number, hash, timestamp: number, events };
    let changes = vec![RollupChange::L1Block(block), RollupChange::L1Latest { number }];
    storage.apply_rollup(changes).unwrap();
    number
}

/// The next block with as many messages, by the seed that makes it.
fn next(view: &ChainView, messages: usize, salt: u64) -> ExecutedBlock {
    let mut blocks = (salt * 1000..).map(|seed| build(view, seed));
    blocks.find(|block| block.block.body().transactions.len() == messages).unwrap()
}

fn sign(storage: &Storage, messages: usize, salt: u64) -> BlockNumHash {
    let block = Arc::new(next(&storage.view().unwrap(), messages, salt));
    storage.propose(block.block.sealed_block()).unwrap();
    storage.append(Arc::clone(&block)).unwrap();
    block.id()
}

/// Blocks 1 to [`BLOCKS`], all signed: block n has one message, from L1 block n.
fn signed_chain(storage: &Storage) -> Vec<BlockNumHash> {
    let signed = |number| {
        assert_eq!(l1_block(storage, 1), number);
        sign(storage, 1, 0)
    };
    (1..=BLOCKS).map(signed).collect()
}

/// Promises a block on the head.
fn promise(storage: &Storage, messages: usize, salt: u64) -> BlockNumHash {
    let block = next(&storage.view().unwrap(), messages, salt);
    storage.propose(block.block.sealed_block()).unwrap();
    block.id()
}

fn promised(storage: &Storage) -> Option<BlockNumHash> {
    storage.proposal().unwrap().map(|block| block.num_hash())
}

/// Signed height, as a block.
fn signed(storage: &Storage) -> BlockNumHash {
    let signed = storage.signed_height().unwrap();
    BlockNumHash::new(signed.number, signed.hash)
}

/// The number below the first block that has no ground when L1 goes back, or that of the head.
fn goes_to(storage: &Storage, l1_block: u64) -> u64 {
    let lost = storage.view().unwrap().first_block_lost_above(l1_block).unwrap();
    lost.map_or_else(|| storage.head().number, |lost| lost - 1)
}

fn reorg(storage: &Storage, l1_block: u64) -> Option<BlockNumHash> {
    storage.reorg_l1(l1_block, goes_to(storage, l1_block)).unwrap()
}

#[test]
fn heights_of_dropped_blocks_are_signed_anew_and_no_others() {
    let directory = TempDir::new().unwrap();
    let storage = open(directory.path());
    let blocks = signed_chain(&storage);
    let promise = promise(&storage, 0, 0);
    assert_eq!(reorg(&storage, 3), Some(promise));
    assert_eq!((storage.head(), signed(&storage)), (blocks[2], blocks[2]));
    assert_eq!(promised(&storage), None);
    let view = storage.view().unwrap();
    assert_eq!(view.l1_progress().unwrap().processed, Some(3));
    assert_eq!(view.queue_length().unwrap(), 3);
    storage.advance_signed_height(3, B256::ZERO).unwrap_err();
    let other = sign(&storage, 0, 1);
    assert_ne!(other, blocks[3]);
    storage.advance_signed_height(4, blocks[3].hash).unwrap_err();
    drop((view, storage));
    let storage = open(directory.path());
    assert_eq!((storage.head(), signed(&storage)), (other, other));
    drop(storage);
    assert_sound(open(directory.path()).stored_chain());
}

#[test]
fn a_block_that_was_appended_is_not_promised_again_when_it_is_dropped() {
    let directory = TempDir::new().unwrap();
    let storage = open(directory.path());
    let blocks = signed_chain(&storage);
    assert_eq!(promised(&storage), Some(blocks[4]));
    assert_eq!(reorg(&storage, 4), None, "it was in the chain");
    assert_eq!((storage.head(), promised(&storage)), (blocks[3], None));
    assert_eq!(signed(&storage), blocks[3]);
}

#[rstest]
#[case::its_message_goes(1, 5, true)]
#[case::its_message_stays(1, 6, false)]
#[case::it_has_none(0, 5, false)]
fn a_promised_block_on_a_head_that_stays(
    #[case] messages: usize,
    #[case] to: u64,
    #[case] is_withdrawn: bool,
) {
    let directory = TempDir::new().unwrap();
    let storage = open(directory.path());
    let blocks = signed_chain(&storage);
    l1_block(&storage, 1);
    l1_block(&storage, 0);
    let promise = promise(&storage, messages, 0);
    assert_eq!(reorg(&storage, to), is_withdrawn.then_some(promise));
    assert_eq!(storage.head(), blocks[4]);
    assert_eq!(storage.view().unwrap().l1_progress().unwrap().processed, Some(to));
    let expected = (!is_withdrawn).then_some(promise);
    assert_eq!(promised(&storage), expected);
    assert_eq!(signed(&storage), expected.unwrap_or(blocks[4]));
    drop(storage);
    let storage = open(directory.path());
    assert_eq!(promised(&storage), expected);
    assert_eq!(signed(&storage), expected.unwrap_or(blocks[4]));
    // Only one that was withdrawn leaves its height to another.
    let other = next(&storage.view().unwrap(), 0, 7);
    assert_eq!(storage.propose(other.block.sealed_block()).is_ok(), is_withdrawn);
}

#[test]
fn a_promised_block_on_the_new_head_stays_promised() {
    let directory = TempDir::new().unwrap();
    let storage = open(directory.path());
    let blocks = signed_chain(&storage);
    let promise = promise(&storage, 0, 0);
    // Another node's blocks take its place, and L1 takes them back.
    l1_block(&storage, 1);
    for _ in 0..2 {
        let block = next(&storage.view().unwrap(), 1, 3);
        storage.append(Arc::new(block)).unwrap();
    }
    assert_eq!(reorg(&storage, 5), None);
    assert_eq!(storage.head(), blocks[4]);
    assert_eq!((promised(&storage), signed(&storage)), (Some(promise), promise));
}

#[test]
fn what_must_not_go_back_refuses_and_changes_nothing() {
    let directory = TempDir::new().unwrap();
    let storage = open(directory.path());
    let blocks = signed_chain(&storage);
    let promise = promise(&storage, 0, 0);
    let finalized = RollupChange::Forkchoice { safe: Some(blocks[3]), finalized: Some(blocks[3]) };
    storage.apply_rollup(vec![finalized, RollupChange::L1Finalized { number: 2 }]).unwrap();
    let refused = storage.reorg_l1(2, goes_to(&storage, 2)).unwrap_err();
    assert!(matches!(refused, StorageError::BelowFinalized { to: 2, finalized: 4 }), "{refused}");
    let refused = storage.reorg_l1(1, 4).unwrap_err();
    let below = RollupError::BelowL1Finalized { to: 1, finalized: 2 };
    assert!(matches!(refused, StorageError::Rollup(err) if err == below), "{refused}");
    assert_eq!((storage.head(), signed(&storage)), (blocks[4], promise));
    assert_eq!(promised(&storage), Some(promise));
    assert_eq!(storage.view().unwrap().l1_progress().unwrap().processed, Some(5));
}

#[test]
fn a_record_from_before_a_release_is_no_record() {
    let directory = TempDir::new().unwrap();
    let storage = open(directory.path());
    signed_chain(&storage);
    let record = log_path(directory.path()).join("signed-height");
    drop(storage);
    let before = fs::read(&record).unwrap();
    let storage = open(directory.path());
    reorg(&storage, 3);
    let other = sign(&storage, 0, 1);
    storage.flush().unwrap();
    drop(storage);
    // Its number is the higher one.
    let now = fs::read(&record).unwrap();
    fs::write(&record, before).unwrap();
    let refused = Storage::open(directory.path(), config(), chain_spec(), &replay).unwrap_err();
    assert!(
        matches!(refused, StorageError::SignedHeightBehind { stored: 4, .. }),
        "{refused} instead of {other:?}"
    );
    fs::write(&record, now).unwrap();
    assert_eq!(signed(&open(directory.path())), other);
}

/// Kills the process at a point.
struct KillAt(String);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for KillAt {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        if text.0 == self.0 {
            kill_process(getpid(), Signal::KILL).unwrap();
        }
    }
}

#[derive(Default)]
struct Text(String);

impl tracing::field::Visit for Text {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

#[test]
fn child_carries_a_reorg_out_until_it_is_killed() {
    if !is_child() {
        return;
    }
    let storage = open(Path::new("."));
    let point = KillAt(fs::read_to_string(KILL_AT).unwrap());
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(point)).unwrap();
    reorg(&storage, 3);
}

/// L1 goes back to block 3. Blocks 4 and 5 are lost and block 6 is promised, or block 4 is promised
/// and no block is lost.
#[rstest]
#[case::blocks_released("released signed heights", true)]
#[case::blocks_withdrawn("withdrew the proposal", true)]
#[case::blocks_logged("unwinding", true)]
#[case::blocks_unwound("unwound", true)]
#[case::blocks_done("unwound L1", true)]
#[case::promise_released("released signed heights", false)]
#[case::promise_withdrawn("withdrew the proposal", false)]
#[case::promise_done("unwound L1", false)]
fn a_reorg_that_is_killed_is_carried_out_again(#[case] point: &str, #[case] has_blocks: bool) {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let storage = open(directory.path());
    let count = if has_blocks { BLOCKS } else { 3 };
    let chain = (1..=count).map(|_| {
        l1_block(&storage, 1);
        sign(&storage, 1, 0)
    });
    let chain: Vec<_> = chain.collect();
    l1_block(&storage, 1);
    let promise = promise(&storage, 1, 0);
    storage.flush().unwrap();
    drop(storage);
    fs::write(directory.path().join(KILL_AT), point).unwrap();
    let status = child(&[], CHILD, directory.path()).stdout(Stdio::null()).status().unwrap();
    assert_eq!(status.signal(), Some(9), "{status:?}");

    let storage = open(directory.path());
    let head = storage.head();
    assert!(chain.contains(&head), "{head:?}");
    assert!(promised(&storage).is_none_or(|block| block == promise));
    // Nothing in the chain may be signed with another hash.
    for number in 1..=head.number {
        storage.advance_signed_height(number, B256::ZERO).unwrap_err();
    }
    let is_kept = promised(&storage).is_some();
    assert_eq!(is_kept, point == "released signed heights", "it goes with its file");
    reorg(&storage, 3);
    assert_eq!((storage.head(), signed(&storage)), (chain[2], chain[2]));
    assert_eq!(promised(&storage), None);
    assert_eq!(storage.view().unwrap().queue_length().unwrap(), 3);
    // A block of other content takes the height.
    let other = sign(&storage, 0, 9);
    assert_eq!(storage.head(), other);
    drop(storage);
    let storage = open(directory.path());
    assert_eq!((storage.head(), signed(&storage)), (other, other));
    assert_sound(storage.stored_chain());
}
