//! Log, memory and database together.

use crate::{
    chain::chain_spec,
    synthetic::{build, replay},
};
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_db::DatabaseConfig;
use rollup_primitives::SealedBlock;
use rollup_storage::{
    ChainView, Durability, ExecutedBlock, LogConfig, PruneConfig, PruneMode, Recovery, ReplayError,
    RollupChange, Storage, StorageConfig, StorageError, log_path,
};
use std::{fs, num::NonZeroU64, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;

pub(crate) fn config() -> StorageConfig {
    StorageConfig {
        database: DatabaseConfig {
            max_size_bytes: 1 << 30,
            growth_step_bytes: 1 << 20,
            ..Default::default()
        },
        log: LogConfig { segment_bytes: 16 * 1024 },
        max_unpersisted_blocks: 4,
        commit_interval: Duration::ZERO,
        ..Default::default()
    }
}

fn open(directory: &Path) -> (Storage, Recovery) {
    Storage::open(directory, config(), chain_spec(), &replay).unwrap()
}

fn append(storage: &Storage, seed: u64) -> Arc<ExecutedBlock> {
    let block = Arc::new(build(&storage.view().unwrap(), seed));
    storage.append(Arc::clone(&block)).unwrap();
    block
}

/// Copies the files of a directory, as they are, into one that exists or not.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_block_is_seen_as_soon_as_it_is_appended_and_after_reopening() {
    let directory = TempDir::new().unwrap();
    let (storage, recovery) = open(directory.path());
    assert_eq!(recovery, Recovery::default());
    for seed in 0..20 {
        let block = append(&storage, seed);
        let view = storage.view().unwrap();
        assert_eq!(view.head().unwrap(), block.id());
        assert_eq!(storage.head(), block.id());
        assert_eq!(view.block(block.block.number).unwrap().as_ref(), Some(&block.block));
        assert_eq!(view.state_root().unwrap(), block.block.state_root);
    }
    let head = storage.head();
    drop(storage);
    let (storage, recovery) = open(directory.path());
    assert_eq!(storage.head(), head);
    // An orderly stop leaves nothing to execute again.
    assert_eq!(recovery.replayed_blocks, 0);
}

#[test]
fn a_database_behind_the_log_is_brought_up_to_it() {
    let directory = TempDir::new().unwrap();
    let old = TempDir::new().unwrap();
    let (storage, _) = open(directory.path());
    (0..5).for_each(|seed| drop(append(&storage, seed)));
    storage.flush().unwrap();
    drop(storage);
    copy(&directory.path().join("db"), &old.path().join("db"));

    // Goes back behind what the old database has, then on along another branch.
    let (storage, _) = open(directory.path());
    (5..8).for_each(|seed| drop(append(&storage, seed)));
    storage.unwind(3).unwrap();
    (8..12).for_each(|seed| drop(append(&storage, seed)));
    storage.unwind(6).unwrap();
    append(&storage, 12);
    let head = storage.head();
    drop(storage);
    copy(&log_path(directory.path()), &log_path(old.path()));

    let (storage, recovery) = open(old.path());
    assert_eq!(storage.head(), head);
    assert_eq!((recovery.unwound_to, recovery.replayed_blocks), (Some(3), 4));
    assert_eq!(storage.stored_chain().view().unwrap().head().unwrap(), head);
    append(&storage, 13);
    drop(storage);
    assert_eq!(open(old.path()).1.replayed_blocks, 0);
}

#[test]
fn unwinding_takes_blocks_from_memory_and_database() {
    let directory = TempDir::new().unwrap();
    let (storage, _) = open(directory.path());
    let blocks: Vec<_> = (0..9).map(|seed| append(&storage, seed)).collect();
    for to in [8, 5, 5, 0] {
        storage.unwind(to).unwrap();
        let view = storage.view().unwrap();
        assert_eq!(view.head().unwrap().number, to);
        assert_eq!(view.hash_of(to + 1).unwrap(), None);
        let above = &blocks[usize::try_from(to).unwrap().min(8)];
        assert_eq!(view.number_of(above.block.hash()).unwrap(), None);
        if let Some(at) = to.checked_sub(1) {
            let head = &blocks[usize::try_from(at).unwrap()];
            assert_eq!(view.head().unwrap(), head.id());
            assert_eq!(view.state_root().unwrap(), head.block.state_root);
        }
        storage.flush().unwrap();
    }
    let err = storage.unwind(1).unwrap_err();
    assert!(matches!(err, StorageError::AboveHead { to: 1, head: 0 }), "{err}");
    append(&storage, 77);
    let head = storage.head();
    drop(storage);
    assert_eq!(open(directory.path()).0.head(), head);
}

#[test]
fn a_view_keeps_its_chain_while_the_storage_goes_on() {
    let directory = TempDir::new().unwrap();
    let (storage, _) = open(directory.path());
    let blocks: Vec<_> = (0..6).map(|seed| append(&storage, seed)).collect();
    let view = storage.view().unwrap();
    storage.unwind(2).unwrap();
    (10..16).for_each(|seed| drop(append(&storage, seed)));
    storage.flush().unwrap();
    assert_eq!(view.head().unwrap(), blocks[5].id());
    for block in &blocks {
        assert_eq!(view.block(block.block.number).unwrap().as_ref(), Some(&block.block));
        assert!(view.state_after(block.block.number).unwrap().is_some());
    }
}

#[test]
fn a_block_that_does_not_follow_is_refused_and_not_logged() {
    let directory = TempDir::new().unwrap();
    let (storage, _) = open(directory.path());
    let view = storage.view().unwrap();
    let (first, second) = (build(&view, 1), build(&view, 2));
    storage.append(Arc::new(first)).unwrap();
    let err = storage.append(Arc::new(second)).unwrap_err();
    assert!(matches!(err, StorageError::NotAChild { .. }), "{err}");
    drop((view, storage));
    assert_eq!(open(directory.path()).0.head().number, 1);
}

#[test]
fn a_logged_block_that_executes_to_another_one_is_an_error_and_stays_logged() {
    let directory = TempDir::new().unwrap();
    let old = TempDir::new().unwrap();
    drop(open(old.path()));
    let (storage, _) = open(directory.path());
    append(&storage, 1);
    drop(storage);
    copy(&log_path(directory.path()), &log_path(old.path()));

    let fails = |_: &ChainView, _: SealedBlock| Err::<ExecutedBlock, ReplayError>("no".into());
    let err = Storage::open(old.path(), config(), chain_spec(), &fails).unwrap_err();
    assert!(matches!(err, StorageError::Replay { number: 1, .. }), "{err}");
    let other = |view: &ChainView, _: SealedBlock| Ok::<_, ReplayError>(build(view, 2));
    let err = Storage::open(old.path(), config(), chain_spec(), &other).unwrap_err();
    assert!(matches!(err, StorageError::ReplayDiffers { number: 1, .. }), "{err}");
    assert_eq!(open(old.path()).0.head().number, 1);
}

#[test]
fn a_log_that_does_not_fit_the_database_is_refused_with_its_path() {
    let (ahead, behind) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (storage, _) = open(ahead.path());
    append(&storage, 0);
    drop(storage);
    copy(&log_path(ahead.path()), &log_path(behind.path()));
    let (storage, _) = open(ahead.path());
    (1..200).for_each(|seed| drop(append(&storage, seed)));
    drop(storage);

    // The log of one block ago beside the database.
    let mixed = TempDir::new().unwrap();
    copy(&ahead.path().join("db"), &mixed.path().join("db"));
    copy(&log_path(behind.path()), &log_path(mixed.path()));
    let err = Storage::open(mixed.path(), config(), chain_spec(), &replay).unwrap_err();
    assert!(matches!(err, StorageError::LogBehind { .. }), "{err}");
    assert!(err.to_string().contains(log_path(mixed.path()).to_str().unwrap()), "{err}");

    // A log whose start is gone beside a new database.
    let mixed = TempDir::new().unwrap();
    copy(&log_path(ahead.path()), &log_path(mixed.path()));
    let err = Storage::open(mixed.path(), config(), chain_spec(), &replay).unwrap_err();
    assert!(matches!(err, StorageError::LogGap { .. }), "{err}");
    assert!(err.to_string().contains(log_path(mixed.path()).to_str().unwrap()), "{err}");
}

#[test]
fn without_its_log_the_database_goes_on() {
    let directory = TempDir::new().unwrap();
    let (storage, _) = open(directory.path());
    (0..5).for_each(|seed| drop(append(&storage, seed)));
    let head = storage.head();
    drop(storage);
    fs::remove_dir_all(log_path(directory.path())).unwrap();
    let (storage, _) = open(directory.path());
    assert_eq!(storage.head(), head);
    append(&storage, 5);
    drop(storage);
    let (storage, recovery) = open(directory.path());
    assert_eq!((storage.head().number, recovery.replayed_blocks), (6, 0));
}

#[test]
fn the_log_is_trimmed_behind_the_database() {
    let directory = TempDir::new().unwrap();
    let (storage, _) = open(directory.path());
    (0..300).for_each(|seed| drop(append(&storage, seed)));
    storage.flush().unwrap();
    append(&storage, 300);
    drop(storage);
    let segments = fs::read_dir(log_path(directory.path()))
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|ext| ext == "log"));
    // 300 blocks fill many segments of 16 KiB.
    assert!(segments.count() <= 4);
}

#[test]
fn what_was_signed_stays_signed() {
    let directory = TempDir::new().unwrap();
    let old = TempDir::new().unwrap();
    let (storage, _) = open(directory.path());
    assert_eq!(storage.signed_height(), None);
    drop(storage);
    copy(&log_path(directory.path()), &log_path(old.path()));

    let (storage, _) = open(directory.path());
    let BlockNumHash { number, hash } = append(&storage, 0).id();
    storage.advance_signed_height(number, hash).unwrap();
    append(&storage, 1);
    storage.unwind(0).unwrap();
    let err = storage.advance_signed_height(number, B256::ZERO).unwrap_err();
    assert!(matches!(err, StorageError::SignedHeight(_)), "{err}");
    append(&storage, 2);
    drop(storage);
    let (storage, _) = open(directory.path());
    assert_eq!(storage.signed_height().map(|signed| signed.hash), Some(hash));
    drop(storage);

    // An older record is no record.
    fs::copy(
        log_path(old.path()).join("signed-height"),
        log_path(directory.path()).join("signed-height"),
    )
    .unwrap();
    let err = Storage::open(directory.path(), config(), chain_spec(), &replay).unwrap_err();
    assert!(matches!(err, StorageError::SignedHeightBehind { stored: 1, .. }), "{err}");
    assert!(err.to_string().contains("signed-height"), "{err}");
}

#[test]
fn without_log_blocks_are_durable_after_a_flush() {
    let directory = TempDir::new().unwrap();
    let config = StorageConfig { durability: Durability::Database, ..config() };
    let (storage, _) = Storage::open(directory.path(), config, chain_spec(), &replay).unwrap();
    (0..10).for_each(|seed| drop(append(&storage, seed)));
    storage.flush().unwrap();
    let head = storage.head();
    assert_eq!(storage.stored_chain().view().unwrap().head().unwrap(), head);
    storage.unwind(7).unwrap();
    drop(storage);
    // With a log again, the chain goes on where it was.
    let (storage, recovery) = open(directory.path());
    assert_eq!((storage.head().number, recovery.replayed_blocks), (7, 0));
    append(&storage, 20);
    let head = storage.head();
    drop(storage);
    assert_eq!(open(directory.path()).0.head(), head);
}

#[test]
fn rollup_changes_come_after_the_blocks_before_them_and_with_the_unwind() {
    let directory = TempDir::new().unwrap();
    let (storage, _) = open(directory.path());
    let blocks: Vec<_> = (0..6).map(|seed| append(&storage, seed)).collect();
    let safe = blocks[4].id();
    let forkchoice = |safe| RollupChange::Forkchoice { safe: Some(safe), finalized: None };
    // The block may still be in memory when this is called.
    storage.apply_rollup(vec![RollupChange::L1Latest { number: 9 }, forkchoice(safe)]).unwrap();
    assert_eq!(storage.view().unwrap().forkchoice().unwrap().safe, safe);

    let unknown = BlockNumHash::new(5, B256::ZERO);
    let err = storage.apply_rollup(vec![forkchoice(unknown)]).unwrap_err();
    assert!(matches!(err, StorageError::Rollup(_)), "{err}");

    storage.unwind_with(3, vec![RollupChange::L1Latest { number: 10 }]).unwrap();
    let view = storage.view().unwrap();
    assert_eq!(view.forkchoice().unwrap().safe, blocks[2].id());
    assert_eq!(view.l1_progress().unwrap().latest, Some(10));

    // A refused change does not keep the chain from being unwound.
    let err = storage.unwind_with(2, vec![forkchoice(unknown)]).unwrap_err();
    assert!(matches!(err, StorageError::Rollup(_)), "{err}");
    assert_eq!(storage.head(), blocks[1].id());
    append(&storage, 20);
}

#[test]
fn a_full_node_prunes_in_the_background() {
    let directory = TempDir::new().unwrap();
    let prune = PruneConfig {
        mode: PruneMode::Full { distance_blocks: 10 },
        blocks_per_step: NonZeroU64::MIN,
        ..Default::default()
    };
    let config = StorageConfig { prune, ..config() };
    let (storage, _) = Storage::open(directory.path(), config, chain_spec(), &replay).unwrap();
    let blocks: Vec<_> = (0..60).map(|seed| append(&storage, seed)).collect();
    let finalized = Some(blocks[29].id());
    let change = RollupChange::Forkchoice { safe: finalized, finalized };
    storage.apply_rollup(vec![change]).unwrap();
    // However busy the writer is, it prunes after some commits.
    for seed in 60..100 {
        append(&storage, seed);
        storage.flush().unwrap();
    }
    drop(storage);
    // The mode of another start prunes nothing more.
    let (storage, _) = open(directory.path());
    let view = storage.view().unwrap();
    let err = view.state_after(0).unwrap_err();
    let StorageError::Pruned { first, .. } = err else { panic!("{err}") };
    assert!((1..=30).contains(&first), "{first}");
    assert!(view.state_after(30).unwrap().is_some());
}

#[test]
fn blocks_wait_for_others_to_be_committed_with_them() {
    let directory = TempDir::new().unwrap();
    let config =
        StorageConfig { commit_interval: Duration::MAX, max_unpersisted_blocks: 8, ..config() };
    let (storage, _) = Storage::open(directory.path(), config, chain_spec(), &replay).unwrap();
    let stored = || storage.stored_chain().view().unwrap().head().unwrap().number;
    for seed in 0..3 {
        append(&storage, seed);
    }
    // A commit would have to be asked for.
    assert_eq!(stored(), 0);
    storage.flush().unwrap();
    assert_eq!(stored(), 3);

    append(&storage, 3);
    storage.apply_rollup(vec![RollupChange::L1Latest { number: 1 }]).unwrap();
    assert_eq!(stored(), 4);
    // Four are a batch: the ninth block has to wait for it.
    for seed in 4..20 {
        append(&storage, seed);
    }
    assert!(stored() >= 12);
}

#[test]
fn a_full_database_stops_the_writer_and_loses_nothing() {
    let directory = TempDir::new().unwrap();
    let database = DatabaseConfig { max_size_bytes: 1 << 20, ..config().database };
    let small = StorageConfig { database, ..config() };
    let (storage, _) = Storage::open(directory.path(), small, chain_spec(), &replay).unwrap();
    let mut last = storage.head();
    let err = (0..10_000)
        .find_map(|seed| {
            let block = Arc::new(build(&storage.view().unwrap(), seed));
            let appended = storage.append(Arc::clone(&block));
            last = if appended.is_ok() { block.id() } else { last };
            appended.err()
        })
        .unwrap();
    let StorageError::WriterStopped { source } = err else { panic!("{err}") };
    assert!(source.to_string().contains(directory.path().to_str().unwrap()), "{source}");
    for err in [
        storage.flush().unwrap_err(),
        storage.unwind(0).unwrap_err(),
        storage.apply_rollup(vec![RollupChange::L1Latest { number: 1 }]).unwrap_err(),
    ] {
        assert!(matches!(err, StorageError::WriterStopped { .. }), "{err}");
    }
    // What was acknowledged is still seen.
    assert_eq!(storage.view().unwrap().head().unwrap(), last);
    drop(storage);

    let (storage, recovery) = open(directory.path());
    assert_eq!(storage.head(), last);
    assert!(recovery.replayed_blocks > 0);
}
