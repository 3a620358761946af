//! Every recorded block is imported, stored and unwound over the part of the state in its witness.

use crate::{
    recorded_blocks::{EXECUTABLE, EXECUTABLE_BLOCKS},
    stored_part::BRANCH_NOT_SHOWN,
    witness_store::WitnessStore,
};
use alloy_primitives::B256;
use rayon::prelude::*;
use rollup_db::{Account, Bytecodes, TABLES, Table};
use rollup_engine::{ImportError, InternalError, execute_block};
use rollup_primitives::ScrollReceipt;
use rollup_stateless::{BlockWitness, execute};
use rollup_storage::{ChainStore, StateReader, StorageError};
use rollup_trie::{AccountChange, PostState, TrieError};
use rollup_vectors::{TestData, read_block_index, read_witness};
use std::collections::BTreeMap;

/// Blocks of a devnet that are stored under another seal than they have: see [`WitnessStore`].
const RESEALED: usize = 6;

#[test]
fn every_recorded_block_is_imported_stored_and_unwound() {
    let Some(data) = TestData::find() else { return };
    let index = read_block_index(&data).unwrap();
    let executable: Vec<_> = index.iter().filter(|record| record.is_executable()).collect();

    let outcomes: Vec<_> = executable
        .par_iter()
        .map(|record| {
            let witness = read_witness(&data, &record.file).unwrap();
            store_and_unwind(&record.file, &witness)
        })
        .collect();

    let (mut imported, mut failures, mut not_shown) = (BTreeMap::new(), Vec::new(), Vec::new());
    let mut resealed = 0;
    for (record, outcome) in executable.iter().zip(outcomes) {
        *imported.entry(record.fork.as_str()).or_insert(0) += 1;
        match outcome {
            Ok(hash) => resealed += usize::from(hash != record.block_hash),
            Err(err) if is_missing_record(&err) => not_shown.push(record.file.as_str()),
            Err(err) => failures.push(format!("{}: {err:?}", record.file)),
        }
    }
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
    not_shown.sort_unstable();
    assert_eq!(not_shown, BRANCH_NOT_SHOWN);
    assert_eq!(resealed, RESEALED);
    assert_eq!(imported, BTreeMap::from(EXECUTABLE));
    assert_eq!(imported.values().sum::<usize>(), EXECUTABLE_BLOCKS);
}

/// The hash that the block is stored by. An error is one of the import.
fn store_and_unwind(file: &str, witness: &BlockWitness) -> Result<B256, ImportError> {
    let WitnessStore { config, store, block, .. } = &WitnessStore::new(witness);
    let parent = block.number - 1;
    let before = dump(store);
    let view = store.view().unwrap();
    let sealed = block.clone_sealed_block();
    let imported = execute_block(config, &view, sealed)?;
    assert_eq!(imported.block, *block, "{file}");
    store.append(&[imported]).unwrap();

    let view = store.view().unwrap();
    assert_eq!(view.head().unwrap(), block.num_hash(), "{file}");
    assert_eq!(view.state_root().unwrap(), block.state_root, "{file}");
    assert_eq!(view.block(block.number).unwrap().as_ref(), Some(block), "{file}");
    let receipts = view.receipts(block.number).unwrap().unwrap();
    assert_eq!(ScrollReceipt::receipts_root(&receipts), block.receipts_root, "{file}");
    let execution = execute(config, block, block.timestamp, &witness.state()).unwrap();
    assert_eq!(receipts, execution.receipts, "{file}");
    assert_state(file, &view.latest_state(), &execution.changes);
    drop(view);

    store.unwind(parent).unwrap();
    assert_eq!(store.view().unwrap().state_root().unwrap(), witness.parent_state_root, "{file}");
    assert!(dump(store) == before, "{file}: the tables are others than before");
    Ok(block.hash())
}

/// Found when all but the state root has been compared.
fn is_missing_record(err: &ImportError) -> bool {
    let ImportError::Internal { source, .. } = err else { return false };
    matches!(**source, InternalError::Storage(StorageError::Trie(TrieError::MissingRecord { .. })))
}

/// Every changed account and slot is as the stateless execution leaves it.
fn assert_state(file: &str, state: &StateReader<'_>, changes: &PostState) {
    for (address, AccountChange { info, storage, .. }) in &changes.accounts {
        let expected = info.as_ref().map(|info| Account {
            nonce: info.nonce,
            balance: info.balance,
            code_hash: info.code_hash,
        });
        assert_eq!(state.account(*address).unwrap(), expected, "{file} {address}");
        for (slot, value) in storage {
            assert_eq!(state.storage(*address, *slot).unwrap(), *value, "{file} {address} {slot}");
        }
    }
}

type Dump = Vec<(&'static str, Vec<(Vec<u8>, Vec<u8>)>)>;

/// Every entry of every table but codes, which stay when blocks go.
fn dump(store: &ChainStore) -> Dump {
    let tx = store.database().begin_read().unwrap();
    let tables = TABLES.iter().filter(|table| table.name != Bytecodes::NAME);
    tables
        .map(|table| {
            let mut entries = Vec::new();
            tx.visit_raw(table.name, &[], |key, value| {
                entries.push((key.to_vec(), value.to_vec()));
                true
            })
            .unwrap();
            (table.name, entries)
        })
        .collect()
}
