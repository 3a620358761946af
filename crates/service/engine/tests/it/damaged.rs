//! Databases that lack something: never the block's fault.

use crate::{chain::Chain, transactions::store_contract};
use alloy_primitives::{B256, Bytes};
use nybbles::Nibbles;
use rollup_db::{
    Account, Accounts, AccountsTrie, Bytecodes, HashedAccounts, Headers, Metadata, MetadataKey,
    TriePath, WriteTx,
};
use rollup_engine::{ImportError, InternalError};
use rollup_storage::StorageError;

/// Blocks of the chain before the one under test, which calls a contract.
const PARENT: usize = 1;
const ROOT: TriePath = TriePath(Nibbles::new());

/// What comes of a valid block after `damage`.
fn import_after(damage: fn(&WriteTx)) -> ImportError {
    let (chain, blocks) = Chain::with_blocks(PARENT);
    let tx = chain.store.database().begin_write().unwrap();
    damage(&tx);
    tx.commit().unwrap();
    // The top of the trie is kept in memory.
    let chain = chain.reopened();
    let valid = &blocks[PARENT];
    let err = chain.import(valid.block.clone_sealed_block()).unwrap_err();
    if let ImportError::Internal { block, .. } = &err {
        assert_eq!(*block, valid.id());
        let id = valid.id();
        assert_eq!(
            err.to_string(),
            format!("block {} ({}) cannot be executed", id.number, id.hash)
        );
    }
    err
}

fn contract(tx: &WriteTx) -> Account {
    tx.get::<Accounts>(&store_contract(1)).unwrap().unwrap()
}

/// The storage error that an import failed with.
fn storage_error(err: ImportError) -> StorageError {
    match err {
        ImportError::Internal { source, .. } => match *source {
            InternalError::Storage(err) => err,
            InternalError::Execution(err) => panic!("not a failure of the storage, but {err}"),
        },
        other => panic!("not a failure, but {other:?}"),
    }
}

#[test]
fn a_lost_code_is_an_internal_error() {
    let err = import_after(|tx| {
        assert!(tx.delete::<Bytecodes>(&contract(tx).code_hash).unwrap());
    });
    let err = storage_error(err);
    assert!(matches!(err, StorageError::MissingCode { .. }), "{err}");
}

#[test]
fn a_lost_trie_record_is_an_internal_error() {
    let err = import_after(|tx| assert!(tx.delete::<AccountsTrie>(&ROOT).unwrap()));
    let err = storage_error(err);
    assert!(matches!(err, StorageError::Trie(_)), "{err}");
}

#[test]
fn a_malformed_trie_record_is_an_internal_error() {
    let err = import_after(|tx| {
        tx.put::<AccountsTrie>(&ROOT, &Bytes::from_static(&[1, 2, 3])).unwrap();
    });
    let err = storage_error(err);
    assert!(matches!(err, StorageError::Trie(_)), "{err}");
}

#[test]
fn a_lost_leaf_is_an_internal_error() {
    let err = import_after(|tx| tx.clear::<HashedAccounts>().unwrap());
    let err = storage_error(err);
    assert!(matches!(err, StorageError::Trie(_)), "{err}");
}

#[test]
fn a_lost_header_of_the_parent_is_an_internal_error() {
    let err = import_after(|tx| assert!(tx.delete::<Headers>(&(PARENT as u64)).unwrap()));
    let err = storage_error(err);
    assert!(matches!(err, StorageError::Missing { table: "Headers", number: 1 }), "{err}");
}

#[test]
fn a_state_root_that_is_not_one_is_an_internal_error() {
    let err = import_after(|tx| {
        tx.put::<Metadata>(&MetadataKey::StateRoot, &Bytes::from_static(&[1])).unwrap();
    });
    let err = storage_error(err);
    assert!(matches!(err, StorageError::Missing { table: "Metadata", .. }), "{err}");
}

#[test]
fn a_state_root_of_another_state_is_an_internal_error() {
    let err = import_after(|tx| {
        tx.put::<Metadata>(&MetadataKey::StateRoot, &B256::ZERO.0.into()).unwrap();
    });
    storage_error(err);
}
