//! Failures of the node. None is the fault of a transaction.

use crate::support::{Chain, ListSource, STORING, Sender, Tx, attributes, l1_message, wait};
use rollup_db::{Accounts, AccountsTrie, Bytecodes, Headers, WriteTx};
use rollup_payload::{BuiltPayload, PayloadError};
use rollup_primitives::PayloadAttributes;
use rollup_storage::StorageError;
use std::sync::Arc;

/// What comes of a block with a call of a contract after `damage`, from the pool and forced.
fn build_after(damage: fn(&WriteTx)) -> [Result<BuiltPayload, PayloadError>; 2] {
    let chain = Chain::new();
    let tx = chain.storage.stored_chain().database().begin_write().unwrap();
    damage(&tx);
    tx.commit().unwrap();
    let chain = chain.reopened();

    let source = ListSource::new([Sender::funded(0).pooled(Tx::store(0, 1, 2))]);
    let mut job = chain.start(&source, attributes(&chain));
    source.wait_until_drained_or_left();
    job.seal();
    let pooled = wait(&mut job);
    assert!(source.skipped().is_empty(), "a transaction was blamed");

    let transactions = vec![l1_message(0, |message| message.to = STORING)];
    let forced = PayloadAttributes { transactions, no_tx_pool: true, ..attributes(&chain) };
    let mut job = chain.start(&ListSource::default(), forced);
    [pooled, wait(&mut job)]
}

#[test]
fn a_lost_code_ends_the_job_and_blames_no_transaction() {
    for result in build_after(|tx| {
        let contract = tx.get::<Accounts>(&STORING).unwrap().unwrap();
        assert!(tx.delete::<Bytecodes>(&contract.code_hash).unwrap());
    }) {
        let err = result.unwrap_err();
        assert!(matches!(err, PayloadError::Execution(_)), "{err:?}");
        let text = format!("{err:?}");
        assert!(text.contains("MissingCode"), "{text}");
    }
}

#[test]
fn a_lost_trie_ends_the_job() {
    for result in build_after(|tx| tx.clear::<AccountsTrie>().unwrap()) {
        let err = result.unwrap_err();
        assert!(matches!(err, PayloadError::Storage(StorageError::Trie(_))), "{err:?}");
    }
}

#[test]
fn a_lost_header_of_the_parent_is_told_at_once() {
    let chain = Chain::new();
    let attributes = attributes(&chain);
    let tx = chain.storage.stored_chain().database().begin_write().unwrap();
    assert!(tx.delete::<Headers>(&0).unwrap());
    tx.commit().unwrap();
    let builder = chain.builder(Arc::new(ListSource::default()));
    let err = builder.start(chain.view(), attributes).unwrap_err();
    assert!(
        matches!(err, PayloadError::Storage(StorageError::Missing { table: "Headers", number: 0 })),
        "{err:?}"
    );
}
