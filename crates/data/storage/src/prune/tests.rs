//! A step that is not committed.

use super::{
    config::{PruneConfig, PruneMode},
    start::history_start,
    step::prune_step,
};
use crate::chain::ChainStore;
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256};
use rollup_chainspec::{ScrollChainSpec, ScrollHardfork};
use rollup_db::{
    AccountBefore, AccountChangesets, AccountHistory, AccountShard, BlockBodyIndex,
    BlockBodyIndices, BlockList, DatabaseConfig, Forkchoice, ForkchoiceKey, TABLES,
};
use std::{num::NonZeroU64, sync::Arc};
use tempfile::TempDir;

const BLOCKS: u64 = 5;
const CONFIG: PruneConfig = PruneConfig {
    mode: PruneMode::Full { distance_blocks: 1 },
    blocks_per_step: NonZeroU64::new(2).unwrap(),
    entries_per_step: NonZeroU64::new(3).unwrap(),
};

/// A store with blocks of which each changes the same two accounts, all finalized.
fn store(directory: &TempDir) -> ChainStore {
    let spec = Arc::new(ScrollChainSpec::with_forced_fork(1337, ScrollHardfork::GalileoV2));
    let store = ChainStore::open(directory.path(), DatabaseConfig::default(), spec).unwrap();
    let tx = store.database().begin_write().unwrap();
    for byte in [1, 2] {
        let address = Address::repeat_byte(byte);
        for number in 1..=BLOCKS {
            let before = AccountBefore { address, account: None };
            tx.put::<AccountChangesets>(&number, &before).unwrap();
            tx.put::<BlockBodyIndices>(&number, &BlockBodyIndex::default()).unwrap();
        }
        let shard = AccountShard { address, highest_block: u64::MAX };
        let blocks = BlockList::new((1..=BLOCKS).collect()).unwrap();
        tx.put::<AccountHistory>(&shard, &blocks).unwrap();
    }
    for point in [ForkchoiceKey::Head, ForkchoiceKey::Finalized] {
        tx.put::<Forkchoice>(&point, &BlockNumHash::new(BLOCKS, B256::ZERO)).unwrap();
    }
    tx.commit().unwrap();
    store
}

fn dump(store: &ChainStore) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let tx = store.database().begin_read().unwrap();
    let mut entries = Vec::new();
    for table in TABLES {
        tx.visit_raw(table.name, &[], |key, value| {
            entries.push((table.name, key.to_vec(), value.to_vec()));
            true
        })
        .unwrap();
    }
    entries
}

#[test]
fn a_step_that_is_not_committed_changes_nothing_and_is_done_again() {
    let (directory, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (store, uninterrupted) = (store(&directory), store(&other));
    loop {
        let before = dump(&store);
        let tx = store.database().begin_write().unwrap();
        let lost = prune_step(&tx, &CONFIG).unwrap();
        assert_ne!(lost.removed_entries, 0);
        drop(tx);
        assert_eq!(dump(&store), before);

        let tx = store.database().begin_write().unwrap();
        assert_eq!(prune_step(&tx, &CONFIG).unwrap(), lost);
        tx.commit().unwrap();
        assert_eq!(uninterrupted.prune(&CONFIG).unwrap(), lost);
        if !lost.has_more {
            break;
        }
    }
    assert_eq!(dump(&store), dump(&uninterrupted));
    let tx = store.database().begin_read().unwrap();
    assert_eq!(history_start(&tx).unwrap(), BLOCKS - 1);
    assert_eq!(tx.entry_count::<AccountChangesets>().unwrap(), 2);
}
