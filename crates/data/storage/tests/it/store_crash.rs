//! The whole store, killed again and again.

use crate::{
    chain::chain_spec,
    check::fixture::assert_sound,
    process::{child, is_child, mix, next_line},
    storage::config,
    synthetic::{build, message, replay},
};
use alloy_eips::BlockNumHash;
use alloy_primitives::{B256, keccak256};
use rollup_storage::{
    ChainStore, ChainView, EnqueuedMessage, L1Block, L1Event, PruneConfig, PruneMode, Recovery,
    RollupChange, Storage, StorageConfig, database_path, next_queue_hash,
};
use rustix::process::{Signal, getpid, kill_process};
use std::{
    fmt, fs,
    io::{BufRead, BufReader},
    num::NonZeroU64,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tracing_subscriber::{Layer, layer::SubscriberExt, registry::LookupSpan};

/// Kills per run at a moment that chance chooses.
const RANDOM_KILLS: u64 = 140;
/// Kills per run at each of the points below, and as many before each of them.
const KILLS_AT_POINT: u64 = 8;
/// Where the storage says what it does: the text of its log lines, before or after a step.
const POINTS: [&str; 8] = [
    "appended",
    "unwinding",
    "committing",
    "committed",
    "unwound",
    "trimmed",
    "pruned",
    "executing a logged block again",
];
/// Blocks above the finalized one. The chain is kept short, so that all of it can be checked after
/// each kill.
const MAX_HEIGHT: u64 = 60;
/// One step of pruning ends within the history of a block, so that kills meet what it leaves.
const PRUNE: PruneConfig = PruneConfig {
    mode: PruneMode::Full { distance_blocks: 3 },
    blocks_per_step: NonZeroU64::MIN,
    entries_per_step: NonZeroU64::new(20).expect("20 is not zero, checked when compiling"),
};
/// Lines of a child that passes no point after which it is killed all the same.
const MAX_LINES: u64 = 300;
const CHILD: &str = "store_crash::child_changes_the_chain_until_it_is_killed";
/// A file that names the point, and how often it is passed before the kill.
const KILL_AT: &str = "kill-at";

/// Kills the process when it passes a point for the n-th time.
struct KillAt {
    point: String,
    left: AtomicU64,
}

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for KillAt {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let mut message = Message::default();
        event.record(&mut message);
        if message.0 == self.point && self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            kill_process(getpid(), Signal::KILL).unwrap();
        }
    }
}

#[derive(Default)]
struct Message(String);

impl tracing::field::Visit for Message {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

#[test]
fn child_changes_the_chain_until_it_is_killed() {
    if !is_child() {
        return;
    }
    if let Ok(kill_at) = fs::read_to_string(KILL_AT) {
        let (times, point) = kill_at.split_once(' ').unwrap();
        let left = AtomicU64::new(times.parse().unwrap());
        let layer = KillAt { point: point.to_owned(), left };
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))
            .unwrap();
    }
    // Ends the line that the test harness has begun.
    println!();
    let (storage, recovery) = open(Path::new("."));
    let head = storage.head();
    let finalized = finalized_in(&storage.view().unwrap());
    let replayed = recovery.replayed_blocks;
    println!("opened {} {} {replayed} {finalized}", head.number, head.hash);
    for step in 0.. {
        let head = storage.head();
        let choice = mix(u64::from_be_bytes(*head.hash.0.first_chunk().unwrap()) ^ step);
        let finalized = finalized_in(&storage.view().unwrap());
        if choice % 9 == 1 {
            let view = storage.view().unwrap();
            let finalized = head.number.min(finalized + choice / 9 % 2);
            println!("finalize {finalized}");
            storage.apply_rollup(rollup_changes(&view, finalized, choice)).unwrap();
            println!("finalized {finalized}");
        } else if choice.is_multiple_of(9) || head.number > finalized + MAX_HEIGHT {
            let depth = if choice.is_multiple_of(2) { 7 } else { MAX_HEIGHT };
            let to = head.number.saturating_sub(choice / 9 % depth).max(finalized);
            println!("unwind {to}");
            storage.unwind(to).unwrap();
            println!("done {to} {}", storage.head().hash);
        } else {
            println!("append {}", head.number + 1);
            let block = Arc::new(build(&storage.view().unwrap(), choice));
            storage.append(Arc::clone(&block)).unwrap();
            println!("done {} {}", block.block.number, block.block.hash());
        }
    }
}

fn open(directory: &Path) -> (Storage, Recovery) {
    let config = StorageConfig { prune: PRUNE, ..config() };
    Storage::open(directory, config, chain_spec(), &replay).unwrap()
}

fn finalized_in(view: &ChainView) -> u64 {
    view.forkchoice().unwrap().finalized.number
}

/// L1 goes on by a block with messages, after some blocks were reorganized away or not, and
/// safe and finalized follow.
fn rollup_changes(view: &ChainView, finalized: u64, choice: u64) -> Vec<RollupChange> {
    let id = |number| Some(BlockNumHash::new(number, view.hash_of(number).unwrap().unwrap()));
    let safe = finalized.midpoint(view.head().unwrap().number);
    let forkchoice = RollupChange::Forkchoice { safe: id(safe), finalized: id(finalized) };
    let processed = view.l1_progress().unwrap().processed.unwrap_or_default();
    if choice.is_multiple_of(4) {
        let to = processed.saturating_sub(choice / 9 % 5);
        return vec![RollupChange::UnwindL1 { to }, forkchoice];
    }
    let number = processed + 1;
    let hash = keccak256(number.to_be_bytes());
    let events = enqueued(view, choice / 9 % 9).collect();
    let block = L1Block { number, hash, timestamp: number, events };
    vec![RollupChange::L1Latest { number }, RollupChange::L1Block(block), forkchoice]
}

/// The next messages of the queue.
fn enqueued(view: &ChainView, count: u64) -> impl Iterator<Item = L1Event> {
    let first = view.queue_length().unwrap();
    let last = first.checked_sub(1).map(|last| view.l1_message(last).unwrap().unwrap());
    let mut queue_hash = last.and_then(|last| last.queue_hash);
    (first..first + count).map(move |queue_index| {
        let message = message(queue_index);
        queue_hash = Some(next_queue_hash(queue_hash, message.tx_hash()));
        L1Event::MessageEnqueued(EnqueuedMessage { message, queue_hash })
    })
}

/// What the children have said, and so what must be found.
#[derive(Debug, Default)]
struct Acknowledged {
    /// Hashes of the chain, from block 1 on.
    chain: Vec<B256>,
    /// The number that the head will have after the step that was begun and not acknowledged.
    begun: Option<u64>,
    /// The finalized block.
    finalized: u64,
    /// The finalized block that a change has which was begun and not acknowledged.
    finalizing: Option<u64>,
    operations: u64,
    replayed: u64,
}

impl Acknowledged {
    fn read(&mut self, line: &str) -> bool {
        let words: Vec<_> = line.split(' ').collect();
        let number = |i: usize| words[i].parse::<u64>().unwrap();
        match words[0] {
            "append" | "unwind" => self.begun = Some(number(1)),
            "done" => {
                self.done(number(1), words[2]);
                self.operations += 1;
            }
            "finalize" => self.finalizing = Some(number(1)),
            "finalized" => {
                self.has_finalized(number(1));
                self.operations += 1;
            }
            "opened" => {
                assert!(self.is_possible(number(1)), "{line}, {self:?}");
                self.done(number(1), words[2]);
                self.replayed += number(3);
                self.has_finalized(number(4));
            }
            // Those of the test harness.
            _ => return false,
        }
        true
    }

    /// The head is this block.
    fn done(&mut self, number: u64, hash: &str) {
        self.chain.truncate(usize::try_from(number.saturating_sub(1)).unwrap());
        if number > 0 {
            self.chain.push(hash.parse().unwrap());
        }
        self.begun = None;
    }

    /// The finalized block is this one: the last acknowledged one, or that of the change after it.
    fn has_finalized(&mut self, number: u64) {
        assert!(number == self.finalized || Some(number) == self.finalizing, "{number}, {self:?}");
        self.finalized = number;
        self.finalizing = None;
    }

    /// Whether a store that has lost nothing may have a head with this number.
    fn is_possible(&self, head: u64) -> bool {
        head == self.chain.len() as u64 || Some(head) == self.begun
    }

    /// Checks the database as the kill has left it, with what the recovery from the kill before has
    /// written. Compares with what is recovered, and goes on from there.
    fn compare(&mut self, directory: &Path) {
        assert_stored_is_sound(directory);
        let (storage, recovery) = open(directory);
        self.replayed += recovery.replayed_blocks;
        let view = storage.view().unwrap();
        let head = view.head().unwrap().number;
        assert!(self.is_possible(head), "{head}, {self:?}");
        for (number, hash) in (1..=head).zip(&self.chain) {
            assert_eq!(view.hash_of(number).unwrap(), Some(*hash), "block {number}");
        }
        self.chain = (1..=head).map(|number| view.hash_of(number).unwrap().unwrap()).collect();
        self.begun = None;
        self.has_finalized(finalized_in(&view));
    }
}

/// Checks the database without recovering anything.
fn assert_stored_is_sound(directory: &Path) {
    let path = database_path(directory);
    assert_sound(&ChainStore::open(&path, config().database, chain_spec()).unwrap());
}

#[test]
fn a_killed_store_needs_no_repair() {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut acknowledged = Acknowledged::default();
    for round in 0..RANDOM_KILLS {
        kill_at_random(directory.path(), round, &mut acknowledged);
        acknowledged.compare(directory.path());
    }
    for point in POINTS {
        let mut kills = 0;
        let mut round = 0;
        // A child that recovers passes only some of the points, and then ends by a random kill.
        while kills < KILLS_AT_POINT {
            round += 1;
            assert!(round < 20 * KILLS_AT_POINT, "no child passes {point:?}");
            // So that there is something to execute again.
            kill_at(directory.path(), "committing", round, &mut acknowledged);
            kills += u64::from(kill_at(directory.path(), point, round, &mut acknowledged));
            acknowledged.compare(directory.path());
        }
    }
    assert_stored_is_sound(directory.path());
    let Acknowledged { operations, replayed, finalized, .. } = acknowledged;
    println!(
        "{operations} operations, {replayed} blocks executed again, {finalized} blocks finalized"
    );
    assert!(replayed > 0, "no block had to be executed again");
    assert!(finalized > 0, "no block was finalized");
    assert!(operations > RANDOM_KILLS, "the children did something");
}

/// Kills a child after some lines and some moments.
fn kill_at_random(directory: &Path, round: u64, acknowledged: &mut Acknowledged) {
    let mut child = child(&[], CHILD, directory).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut wanted = mix(round) % 41;
    while wanted > 0 {
        let line = next_line(&mut child, &mut lines);
        wanted -= u64::from(acknowledged.read(&line));
    }
    for _ in 0..mix(round + RANDOM_KILLS) % 400_000 {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before the kill and was not read yet; a line is in the pipe as a whole.
    for line in lines {
        acknowledged.read(&line.unwrap());
    }
}

/// Lets a child kill itself at a point. Gives whether it did, and not the time limit of the test.
fn kill_at(directory: &Path, point: &str, round: u64, acknowledged: &mut Acknowledged) -> bool {
    fs::write(directory.join(KILL_AT), format!("{} {point}", 1 + mix(round) % 5)).unwrap();
    let mut child = child(&[], CHILD, directory).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut operations = 0;
    for line in lines {
        operations += u64::from(acknowledged.read(&line.unwrap()));
        if operations == MAX_LINES {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(9), "{status:?}");
    operations < MAX_LINES
}
