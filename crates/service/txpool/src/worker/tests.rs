//! What only the thread itself can be made to do.

use super::{
    intake::{Durability, Item},
    *,
};
use crate::{error::PoolError, transaction::TransactionOrigin};
use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_primitives::{Address, Bytes, TxHash, TxKind, b256};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use rollup_chainspec::{DEV_CHAIN_ID, dev};
use rollup_primitives::{ScrollTxEnvelope, SealedBlock};
use rollup_runtime::SimulatedClock;
use rollup_storage::{ChainView, ExecutedBlock, ReplayError, StorageConfig};
use std::{fs, path::PathBuf};
use tempfile::TempDir;

fn transfer(nonce: u64) -> Bytes {
    let key = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    let transaction = TxEip1559 {
        chain_id: DEV_CHAIN_ID,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(Address::ZERO),
        ..Default::default()
    };
    let signer = PrivateKeySigner::from_bytes(&key).unwrap();
    let signature = signer.sign_hash_sync(&transaction.signature_hash()).unwrap();
    ScrollTxEnvelope::from(transaction.into_signed(signature)).encoded_2718().into()
}

fn no_replay(_: &ChainView, _: SealedBlock) -> Result<ExecutedBlock, ReplayError> {
    Err("nothing was logged".into())
}

fn worker(directory: &TempDir) -> Worker {
    let mut storage_config = StorageConfig::default();
    storage_config.database.max_size_bytes = 1 << 30;
    let (storage, _) = Storage::open(directory.path(), storage_config, dev(), &no_replay).unwrap();
    fs::create_dir(directory.path().join("of-journal")).unwrap();
    let journal = Some(journal_path(directory));
    let config = TxpoolConfig { journal, ..Default::default() };
    let clock = Arc::new(SimulatedClock::new(Duration::ZERO));
    Worker::new(config, storage, ScrollEvmConfig::new(dev()), clock).unwrap()
}

fn journal_path(directory: &TempDir) -> PathBuf {
    directory.path().join("of-journal").join("journal")
}

fn admit(worker: &mut Worker, nonce: u64, origin: TransactionOrigin) -> Result<TxHash, PoolError> {
    let submission = Submission::Raw(transfer(nonce));
    let item = Item { submission, sender: None, origin, is_returned: false };
    worker.admit(vec![item], Durability::Wanted).remove(0)
}

#[test]
fn a_local_transaction_that_cannot_be_made_durable_is_refused() {
    let directory = TempDir::new().unwrap();
    let mut worker = worker(&directory);
    admit(&mut worker, 0, TransactionOrigin::Local).unwrap();
    worker.journal.as_mut().unwrap().make_read_only();

    let err = admit(&mut worker, 1, TransactionOrigin::Local).unwrap_err();
    assert!(matches!(err, PoolError::Journal { .. }), "{err}");
    assert_eq!(worker.shared.pool.read().size().pending, 1);
    // Others need no journal.
    admit(&mut worker, 2, TransactionOrigin::External).unwrap();

    // The next one finds it written anew.
    admit(&mut worker, 1, TransactionOrigin::Local).unwrap();
    let content = Journal::read(&journal_path(&directory)).unwrap();
    assert_eq!(content.transactions, [0, 1].map(|nonce| transfer(nonce).to_vec()));
    assert_eq!(worker.shared.pool.read().size().pending, 3);
}

#[test]
fn nothing_is_appended_behind_a_tear() {
    let directory = TempDir::new().unwrap();
    let mut worker = worker(&directory);
    worker.journal.as_mut().unwrap().make_read_only();
    admit(&mut worker, 0, TransactionOrigin::Local).unwrap_err();
    // It cannot be written anew either.
    fs::remove_dir_all(directory.path().join("of-journal")).unwrap();
    for _ in 0..2 {
        let err = admit(&mut worker, 0, TransactionOrigin::Local).unwrap_err();
        assert!(matches!(err, PoolError::Journal { .. }), "{err}");
    }
    fs::create_dir(directory.path().join("of-journal")).unwrap();
    admit(&mut worker, 0, TransactionOrigin::Local).unwrap();
    let content = Journal::read(&journal_path(&directory)).unwrap();
    assert_eq!(content.transactions, [transfer(0).to_vec()]);
}

#[test]
fn what_is_refused_beforehand_is_not_journaled() {
    let directory = TempDir::new().unwrap();
    let mut worker = worker(&directory);
    admit(&mut worker, 0, TransactionOrigin::Local).unwrap();
    let length = worker.journal.as_ref().unwrap().bytes();
    for _ in 0..5 {
        let err = admit(&mut worker, 0, TransactionOrigin::Local).unwrap_err();
        assert!(matches!(err, PoolError::AlreadyKnown), "{err}");
    }
    assert_eq!(worker.journal.as_ref().unwrap().bytes(), length);
}
