//! Pruning, against the model.

use crate::{
    chain::{append, assert_state, build, dump, open},
    model::{Change, ModelBlock, ModelState, addresses, changes},
};
use alloy_eips::BlockNumHash;
use proptest::{collection::vec, prelude::*};
use rollup_db::{
    AccountChangesets, AccountHistory, BlockBodyIndices, BlockList, CanonicalHeaders, Forkchoice,
    ForkchoiceKey, Receipts, StorageChangesets, StorageHistory,
};
use rollup_storage::{ChainStore, ChainView, PruneConfig, PruneMode, PruneProgress, StorageError};
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU64,
};
use tempfile::TempDir;

fn head(store: &ChainStore) -> u64 {
    store.view().unwrap().head().unwrap().number
}

fn finalize(store: &ChainStore, number: u64) {
    let tx = store.database().begin_write().unwrap();
    let hash = tx.get::<CanonicalHeaders>(&number).unwrap().unwrap();
    let block = BlockNumHash::new(number, hash);
    tx.put::<Forkchoice>(&ForkchoiceKey::Finalized, &block).unwrap();
    tx.commit().unwrap();
}

fn full(distance_blocks: u64) -> PruneConfig {
    PruneConfig { mode: PruneMode::Full { distance_blocks }, ..Default::default() }
}

const fn in_steps(config: PruneConfig, blocks: u64, entries: u64) -> PruneConfig {
    PruneConfig {
        blocks_per_step: NonZeroU64::new(blocks).unwrap(),
        entries_per_step: NonZeroU64::new(entries).unwrap(),
        ..config
    }
}

/// Steps until nothing is left to do.
fn prune_all(store: &ChainStore, config: &PruneConfig) -> PruneProgress {
    loop {
        let progress = store.prune(config).unwrap();
        if !progress.has_more {
            return progress;
        }
    }
}

/// What was asked for and what is kept, if the error is that a state is not.
const fn pruned(err: &StorageError) -> Option<(u64, u64)> {
    match err {
        StorageError::Pruned { number, first } => Some((*number, *first)),
        _ => None,
    }
}

/// As [`pruned`], of receipts.
const fn pruned_receipts(err: &StorageError) -> Option<(u64, u64)> {
    match err {
        StorageError::PrunedReceipts { number, first } => Some((*number, *first)),
        _ => None,
    }
}

/// Blocks are all there; states and receipts are from `start` on, and below are said to be pruned.
fn assert_readable(store: &ChainStore, start: u64, blocks: &[ModelBlock], states: &[ModelState]) {
    let view = store.view().unwrap();
    let head = view.head().unwrap().number;
    for (number, state) in (0..=head).zip(states) {
        if number >= start {
            assert_state(&view, number, state);
        } else {
            let err = view.state_after(number).unwrap_err();
            assert_eq!(pruned(&err), Some((number, start)), "{err}");
        }
    }
    for (number, block) in (1..=head).zip(blocks) {
        assert_eq!(view.block(number).unwrap().as_ref(), Some(&block.block));
        for tx in &block.block.body().transactions {
            assert_eq!(view.transaction(*tx.hash()).unwrap().unwrap().1, number);
        }
        if number > start {
            assert_eq!(view.receipts(number).unwrap().as_ref(), Some(&block.receipts));
        } else {
            let err = view.receipts(number).unwrap_err();
            assert_eq!(pruned_receipts(&err), Some((number, start + 1)), "{err}");
        }
    }
    assert!(view.state_after(head + 1).unwrap().is_none());
    assert_eq!(view.receipts(head + 1).unwrap(), None);
    assert_changes(&view, start, blocks);
}

/// What blocks changed is known of those above `start`.
fn assert_changes(view: &ChainView, start: u64, blocks: &[ModelBlock]) {
    assert_eq!(view.history_start().unwrap(), start);
    let head = view.head().unwrap().number;
    for (number, block) in (1..=head).zip(blocks) {
        let before = view.accounts_before(number);
        if number > start {
            assert_eq!(before.unwrap().unwrap().len(), block.diff.accounts.len());
        } else {
            assert_eq!(pruned(&before.unwrap_err()), Some((number - 1, start)));
        }
    }
    for address in addresses() {
        let kept = (1..=head).zip(blocks).filter(|(number, _)| *number > start);
        let kept = kept.filter(|(_, block)| block.diff.accounts.contains_key(&address));
        let kept: Vec<u64> = kept.map(|(number, _)| number).collect();
        let first = view.next_account_change(address, 0).unwrap();
        assert_eq!(first, kept.first().copied());
        assert_eq!(view.last_account_change(address, u64::MAX).unwrap(), kept.last().copied());
        let below_first = first.and_then(|first| view.last_account_change(address, first).unwrap());
        assert_eq!(below_first, None);
    }
}

/// Blocks of a shard, of which the key says the highest.
fn blocks_of(highest: u64, shard: &BlockList) -> impl Iterator<Item = u64> {
    assert!(highest == u64::MAX || Some(highest) == shard.last(), "shard {highest}: {shard:?}");
    assert!(!shard.is_empty());
    shard.as_slice().to_vec().into_iter()
}

/// There is history of blocks above `start` only, and the index says what the changesets say.
fn assert_nothing_remains_up_to(store: &ChainStore, start: u64) {
    let tx = store.database().begin_read().unwrap();
    let mut changed = BTreeSet::new();
    for entry in tx.walk::<AccountChangesets>(..).unwrap() {
        let (number, before) = entry.unwrap();
        assert!(number > start, "accounts of block {number}");
        changed.insert((before.address, None, number));
    }
    for entry in tx.walk::<StorageChangesets>(..).unwrap() {
        let (key, before) = entry.unwrap();
        assert!(key.number > start, "slots of block {}", key.number);
        changed.insert((key.address, Some(before.slot), key.number));
    }
    let mut indexed = BTreeSet::new();
    for entry in tx.walk::<AccountHistory>(..).unwrap() {
        let (key, shard) = entry.unwrap();
        let blocks = blocks_of(key.highest_block, &shard);
        indexed.extend(blocks.map(|number| (key.address, None, number)));
    }
    for entry in tx.walk::<StorageHistory>(..).unwrap() {
        let (key, shard) = entry.unwrap();
        let blocks = blocks_of(key.highest_block, &shard);
        indexed.extend(blocks.map(|number| (key.address, Some(key.slot), number)));
    }
    assert_eq!(indexed, changed);
    let end = tx.get::<BlockBodyIndices>(&start).unwrap().unwrap().transactions().end;
    for entry in tx.walk::<Receipts>(..).unwrap() {
        let (at, _) = entry.unwrap();
        assert!(at >= end, "receipt of transaction {at}, those below {end} are pruned");
    }
}

/// A chain of blocks that each change one account and one slot, and have one transaction.
fn plain_chain(length: u64) -> (Vec<ModelBlock>, Vec<ModelState>) {
    let chain: Vec<_> = (1..=length)
        .map(|at| {
            let slots = vec![(1, u8::try_from(at % 3).unwrap())];
            let change = Change::Write { nonce: at, balance: 1, code: None, slots };
            (1, BTreeMap::from([(1, change)]))
        })
        .collect();
    build(&chain)
}

/// A store with this chain, finalized up to `finalized`.
fn store_of(directory: &TempDir, blocks: &[ModelBlock], finalized: u64) -> ChainStore {
    let store = open(directory);
    append(&store, blocks);
    finalize(&store, finalized);
    store
}

#[derive(Clone, Debug)]
enum Action {
    Append {
        blocks: u64,
    },
    /// As many blocks as can go, at most.
    Unwind {
        blocks: u64,
    },
    /// As many blocks as there are, at most.
    Finalize {
        blocks: u64,
    },
    Prune {
        config: PruneConfig,
        steps: usize,
    },
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let config = (prop::option::weighted(0.9, 0_u64..8), 1_u64..5, 1_u64..12).prop_map(
        |(distance, blocks, entries)| {
            let config = distance.map_or_else(PruneConfig::default, full);
            in_steps(config, blocks, entries)
        },
    );
    let action = prop_oneof![
        3 => (1_u64..6).prop_map(|blocks| Action::Append { blocks }),
        1 => (1_u64..6).prop_map(|blocks| Action::Unwind { blocks }),
        2 => (1_u64..6).prop_map(|blocks| Action::Finalize { blocks }),
        3 => (config, 1_usize..5).prop_map(|(config, steps)| Action::Prune { config, steps }),
    ];
    vec(action, 1..20)
}

/// A store, and where its finalized block and its history are.
struct Pruned<'chain> {
    store: ChainStore,
    blocks: &'chain [ModelBlock],
    finalized: u64,
    start: u64,
}

impl Pruned<'_> {
    fn act(&mut self, action: &Action) {
        let head = head(&self.store);
        match action {
            Action::Append { blocks } => self.append_to(head + blocks),
            Action::Unwind { blocks } => {
                let to = head.saturating_sub(*blocks).max(self.finalized);
                self.store.unwind(to).unwrap();
            }
            Action::Finalize { blocks } => {
                self.finalized = head.min(self.finalized + blocks);
                finalize(&self.store, self.finalized);
            }
            Action::Prune { config, steps } => {
                (0..*steps).for_each(|_| self.step(head, config));
            }
        }
    }

    fn append_to(&self, number: u64) {
        let at = |number| usize::try_from(number).unwrap().min(self.blocks.len());
        append(&self.store, &self.blocks[at(head(&self.store))..at(number)]);
    }

    /// One step, which keeps its bounds and says what is left.
    fn step(&mut self, head: u64, config: &PruneConfig) {
        let target = match config.mode {
            PruneMode::Archive => 0,
            PruneMode::Full { distance_blocks } => {
                head.saturating_sub(distance_blocks).min(self.finalized)
            }
        };
        let PruneProgress { history_start, removed_entries, has_more } =
            self.store.prune(config).unwrap();
        let furthest = target.max(self.start).min(self.start + config.blocks_per_step.get());
        assert!((self.start..=furthest).contains(&history_start), "{history_start} of {furthest}");
        assert!(removed_entries <= config.entries_per_step.get());
        self.start = history_start;
        if !has_more {
            assert_eq!(self.start, self.start.max(target));
            assert_nothing_remains_up_to(&self.store, self.start);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..Default::default() })]

    #[test]
    fn what_is_kept_is_readable_and_as_if_pruned_at_once(
        chain in vec((0_u64..3, changes()), 20),
        actions in actions(),
        last_distance in 0_u64..8,
    ) {
        let directory = TempDir::new().unwrap();
        let (blocks, states) = build(&chain);
        let mut history = Pruned { store: open(&directory), blocks: &blocks, finalized: 0, start: 0 };
        for action in &actions {
            history.act(action);
            assert_readable(&history.store, history.start, &blocks, &states);
        }
        let progress = prune_all(&history.store, &in_steps(full(last_distance), 2, 5));
        let Pruned { store, finalized, .. } = history;
        let (head, start) = (head(&store), progress.history_start);
        let up_to = |number| &blocks[..usize::try_from(number).unwrap()];
        assert_readable(&store, start, &blocks, &states);
        assert_nothing_remains_up_to(&store, start);

        // At once, with the same boundary.
        let directory = TempDir::new().unwrap();
        let at_once = store_of(&directory, up_to(head), finalized);
        prop_assert_eq!(prune_all(&at_once, &full(head - start)).history_start, start);
        prop_assert_eq!(&dump(&store), &dump(&at_once));

        // Down to the boundary, where the finalized block would forbid it, and up again.
        finalize(&store, 0);
        if let Some(to) = start.checked_sub(1) {
            let err = store.unwind(to).unwrap_err();
            prop_assert_eq!(pruned(&err), Some((to, start)), "{}", err);
        }
        store.unwind(start).unwrap();
        assert_readable(&store, start, &blocks, &states);
        append(&store, &up_to(head)[usize::try_from(start).unwrap()..]);
        finalize(&store, finalized);
        prop_assert_eq!(&dump(&store), &dump(&at_once));
    }
}

#[test]
fn the_default_keeps_everything() {
    let directory = TempDir::new().unwrap();
    let (blocks, states) = plain_chain(6);
    let store = store_of(&directory, &blocks, 6);
    let before = dump(&store);
    let progress = store.prune(&PruneConfig::default()).unwrap();
    assert_eq!(progress, PruneProgress { history_start: 0, removed_entries: 0, has_more: false });
    assert_eq!(dump(&store), before);
    assert_readable(&store, 0, &blocks, &states);
    assert_eq!(store.view().unwrap().receipts(0).unwrap(), Some(Vec::new()));
}

#[test]
fn state_receipts_and_unwinding_end_at_the_boundary() {
    let directory = TempDir::new().unwrap();
    let (blocks, states) = plain_chain(10);
    let store = store_of(&directory, &blocks, 8);
    // Head − 3 is below the finalized block.
    prune_all(&store, &full(3));
    let view = store.view().unwrap();
    assert_state(&view, 7, &states[7]);
    let err = view.state_after(6).map(drop).unwrap_err();
    assert_eq!(
        err.to_string(),
        "state after block 6 is pruned, the first one kept is 7; ask an archive node, or sync anew \
         as one"
    );
    assert_eq!(view.receipts(8).unwrap().as_ref(), Some(&blocks[7].receipts));
    let err = view.receipts(7).unwrap_err();
    assert_eq!(
        err.to_string(),
        "receipts of block 7 are pruned, the first ones kept are of block 8; ask an archive node, \
         or sync anew as one"
    );
    assert_eq!(view.receipts(11).unwrap(), None);
    drop(view);

    finalize(&store, 0);
    let before = dump(&store);
    let err = store.unwind(6).unwrap_err();
    assert!(matches!(err, StorageError::Pruned { number: 6, first: 7 }), "{err}");
    assert_eq!(dump(&store), before);
    store.unwind(7).unwrap();
    assert_readable(&store, 7, &blocks, &states);
    append(&store, &blocks[7..]);
    assert_readable(&store, 7, &blocks, &states);
}

#[test]
fn blocks_above_the_finalized_one_can_always_be_unwound() {
    let directory = TempDir::new().unwrap();
    let (blocks, states) = plain_chain(10);
    let store = store_of(&directory, &blocks, 4);
    assert_eq!(prune_all(&store, &full(0)).history_start, 4);
    assert_readable(&store, 4, &blocks, &states);
    store.unwind(4).unwrap();
    assert_readable(&store, 4, &blocks, &states);
}

#[test]
fn the_state_after_the_head_stays_when_all_history_goes() {
    let directory = TempDir::new().unwrap();
    let (blocks, states) = plain_chain(5);
    let store = store_of(&directory, &blocks, 5);
    assert_eq!(prune_all(&store, &full(0)).history_start, 5);
    assert_readable(&store, 5, &blocks, &states);
    assert_nothing_remains_up_to(&store, 5);
}

#[test]
fn the_mode_may_change_at_any_time() {
    let directory = TempDir::new().unwrap();
    let (blocks, states) = plain_chain(12);
    let store = store_of(&directory, &blocks[..8], 8);
    // From archive to full.
    prune_all(&store, &PruneConfig::default());
    assert_readable(&store, 0, &blocks, &states);
    assert_eq!(prune_all(&store, &full(4)).history_start, 4);
    // A greater distance brings nothing back, and is no error.
    let before = dump(&store);
    let progress = store.prune(&full(6)).unwrap();
    assert_eq!(progress, PruneProgress { history_start: 4, removed_entries: 0, has_more: false });
    assert_eq!(dump(&store), before);
    // Back to archive: what is there stays.
    append(&store, &blocks[8..]);
    finalize(&store, 12);
    let before = dump(&store);
    assert_eq!(prune_all(&store, &PruneConfig::default()).history_start, 4);
    assert_eq!(dump(&store), before);
    assert_readable(&store, 4, &blocks, &states);
    // The greater distance again, now that the head is far enough above.
    assert_eq!(prune_all(&store, &full(6)).history_start, 6);
    assert_readable(&store, 6, &blocks, &states);
}

#[test]
fn a_block_larger_than_a_step_takes_several_also_in_another_mode() {
    let write = |byte| {
        let slots = (0..5).map(|slot| (slot, 1 + byte)).collect();
        Change::Write { nonce: 1, balance: 1, code: None, slots }
    };
    let large: BTreeMap<u8, Change> = (0..6).map(|byte| (byte, write(byte))).collect();
    let (blocks, states) = build(&[(3, large), (1, BTreeMap::new()), (0, BTreeMap::new())]);
    let directory = TempDir::new().unwrap();
    let store = store_of(&directory, &blocks, 3);
    let config = in_steps(full(1), 1, 5);
    let mut steps = Vec::new();
    loop {
        // The second step is of a node that was restarted with another mode.
        let archive = PruneConfig { mode: PruneMode::Archive, ..config };
        let config = if steps.len() == 1 { archive } else { config };
        let progress = store.prune(&config).unwrap();
        assert_readable(&store, progress.history_start, &blocks, &states);
        steps.push((progress.history_start, progress.removed_entries));
        if !progress.has_more {
            break;
        }
    }
    // 6 accounts, 30 slots and 3 receipts, and no further block before they are gone; then the
    // receipt of the second one.
    let mut expected = vec![(1, 5); 7];
    expected.extend([(2, 5), (2, 0)]);
    assert_eq!(steps, expected);
    assert_nothing_remains_up_to(&store, 2);
}

#[test]
fn shards_are_trimmed_and_removed_where_the_history_of_a_key_has_several() {
    let directory = TempDir::new().unwrap();
    let (blocks, states) = plain_chain(4_100);
    let store = store_of(&directory, &blocks, 4_100);
    let shards = |store: &ChainStore| {
        let tx = store.database().begin_read().unwrap();
        tx.walk::<AccountHistory>(..)
            .unwrap()
            .map(|entry| entry.map(|(key, shard)| (key.highest_block, shard.len())).unwrap())
            .collect::<Vec<_>>()
    };
    let at_once = |distance| in_steps(full(distance), 10_000, 100_000);
    for (boundary, expected) in [
        (1_999, vec![(2_000, 1), (4_000, 2_000), (u64::MAX, 100)]),
        // One goes, and the next one is trimmed.
        (2_001, vec![(4_000, 1_999), (u64::MAX, 100)]),
        (3_990, vec![(4_000, 10), (u64::MAX, 100)]),
    ] {
        let progress = store.prune(&at_once(4_100 - boundary)).unwrap();
        assert!(!progress.has_more);
        assert_eq!(shards(&store), expected, "pruned up to {boundary}");
        assert_nothing_remains_up_to(&store, boundary);
        let view = store.view().unwrap();
        let last = [boundary, boundary + 1, 3_999, 4_000, 4_001, 4_099, 4_100];
        for number in last.into_iter().filter(|number| *number >= boundary) {
            assert_state(&view, number, &states[usize::try_from(number).unwrap()]);
        }
    }

    // Unwinding empties the last shard; the trimmed one before it takes its place and grows on.
    finalize(&store, 0);
    store.unwind(3_995).unwrap();
    assert_eq!(shards(&store), [(u64::MAX, 5)]);
    append(&store, &blocks[3_995..]);
    assert_eq!(shards(&store), [(u64::MAX, 110)]);
    assert_nothing_remains_up_to(&store, 3_990);
    let view = store.view().unwrap();
    for number in [3_990, 3_995, 4_000, 4_001, 4_100] {
        assert_state(&view, number, &states[usize::try_from(number).unwrap()]);
    }
    drop(view);

    // No shard is left when all blocks are pruned.
    finalize(&store, 4_100);
    prune_all(&store, &full(0));
    assert_eq!(shards(&store), []);
    assert_nothing_remains_up_to(&store, 4_100);

    // Many go at once, or block after block.
    for config in [at_once(50), in_steps(full(50), 100, 30)] {
        let directory = TempDir::new().unwrap();
        let store = store_of(&directory, &blocks, 4_100);
        prune_all(&store, &config);
        assert_eq!(shards(&store), [(u64::MAX, 50)]);
        assert_nothing_remains_up_to(&store, 4_050);
    }
}
