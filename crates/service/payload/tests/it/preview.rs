//! Previews of the next block, compared with the block.

use crate::support::{Chain, ListSource, Sender, Tx, attributes, hashes, l1_message, wait};
use alloy_primitives::TxHash;
use rollup_payload::{BlockPreview, BuiltPayload, PayloadBuilder, PayloadError};
use rollup_primitives::PayloadAttributes;
use std::sync::Arc;

/// The preview after `last`, with everything that is there by now.
fn preview(chain: &Chain, builder: &PayloadBuilder, last: Option<BlockPreview>) -> BlockPreview {
    let view = chain.view();
    let timestamp = attributes(chain).timestamp;
    let mut preview = builder.preview(&view, timestamp, last).unwrap();
    preview.advance(&chain.evm, view.latest_state()).unwrap();
    preview
}

fn hashes_of(preview: &BlockPreview) -> Vec<TxHash> {
    preview.progress().unwrap().transactions().iter().map(|tx| *tx.hash()).collect()
}

/// That the preview is the block but for what is computed at its end.
fn assert_same(chain: &Chain, preview: &BlockPreview, payload: &BuiltPayload) {
    let progress = preview.progress().unwrap().clone();
    let block = progress.into_block(&chain.evm, preview.parent(), preview.attributes());
    let mut block = block.with_roots(());
    block.block.header.state_root = payload.block.block.state_root;
    assert_eq!(block.block.header.hash_slow(), payload.block.block.hash());
    assert_eq!(block.receipts, payload.block.receipts);
    assert_eq!(block.senders, payload.block.block.senders());
    for (address, account) in &payload.block.changes.diff().accounts {
        let seen = preview.state().accounts.get(address).and_then(|account| account.info());
        let seen = seen.map(|info| (info.nonce, info.balance, info.code_hash));
        let built =
            account.after.map(|account| (account.nonce, account.balance, account.code_hash));
        assert_eq!(seen, built, "{address}");
    }
}

#[test]
fn follows_the_running_job_transaction_by_transaction() {
    let chain = Chain::new();
    let (a, b) = (Sender::funded(0), Sender::funded(1));
    let gap = Sender::funded(2).pooled(Tx::transfer(5));
    let source = ListSource::new([a.pooled(Tx::store(0, 1, 7)), gap]);
    let builder = chain.builder(Arc::new(source.clone()));
    let messages = vec![l1_message(0, |_| {}), l1_message(2, |_| {})];
    let attributes = PayloadAttributes { transactions: messages, ..attributes(&chain) };
    let mut job = builder.start(chain.view(), attributes).unwrap();
    source.wait_until_drained();

    let first = preview(&chain, &builder, None);
    assert!(first.is_of_job());
    assert_eq!(hashes_of(&first).len(), 2, "a message and a transaction can be in the block");
    let state = Arc::clone(first.state());
    let last = preview(&chain, &builder, Some(first));
    assert!(Arc::ptr_eq(last.state(), &state), "nothing is executed if nothing came");

    for late in [
        b.pooled(Tx::create(0)),
        a.pooled(Tx::store(1, 1, 0)),
        a.pooled(Tx::delegation(2, b.address())),
    ] {
        source.add(late);
        source.wait_until_drained();
    }
    let last = preview(&chain, &builder, Some(last));
    job.seal();
    let payload = wait(&mut job).unwrap();
    assert_eq!(payload.transactions, 5);
    assert_eq!(hashes_of(&last), hashes(&payload));
    assert_same(&chain, &last, &payload);
    // Until it is the head.
    let built = preview(&chain, &builder, None);
    assert!(built.is_of_job());
    assert_same(&chain, &built, &payload);

    chain.append(payload);
    let next = preview(&chain, &builder, Some(built));
    assert!(!next.is_of_job());
    assert_eq!(next.parent().number, 1);
}

#[test]
fn without_a_job_it_is_what_one_would_build() {
    let chain = Chain::new();
    let (a, b) = (Sender::funded(0), Sender::funded(1));
    let source = ListSource::new([a.pooled(Tx::store(0, 1, 7)), b.pooled(Tx::transfer(9))]);
    let builder = chain.builder(Arc::new(source.clone()));
    let first = preview(&chain, &builder, None);
    assert!(!first.is_of_job());
    assert_eq!(hashes_of(&first).len(), 1);
    source.add(a.pooled(Tx::transfer(1)));
    let last = preview(&chain, &builder, Some(first));
    assert_eq!(hashes_of(&last).len(), 2);
    // The first source says that it was drained before a job asks.
    let same = [a.pooled(Tx::store(0, 1, 7)), b.pooled(Tx::transfer(9)), a.pooled(Tx::transfer(1))];
    let payload = chain.build(&ListSource::new(same), attributes(&chain));
    assert_same(&chain, &last, &payload);
}

#[test]
fn is_bounded_as_the_block_is() {
    let chain = Chain::with(|_, config| config.max_tx_payload_bytes_per_block = 500);
    let sender = Sender::funded(0);
    let source = ListSource::new((0..20).map(|nonce| sender.pooled(Tx::transfer(nonce))));
    let builder = chain.builder(Arc::new(source.clone()));
    let preview = preview(&chain, &builder, None);
    let payload = chain.build_or_fill(&source, attributes(&chain));
    assert!(payload.transactions < 10);
    assert_same(&chain, &preview, &payload);
}

#[test]
fn a_job_that_comes_to_nothing_leaves_nothing() {
    let chain = Chain::new();
    let source = ListSource::new([Sender::funded(0).pooled(Tx::transfer(0))]);
    let builder = chain.builder(Arc::new(source.clone()));
    let job = builder.start(chain.view(), attributes(&chain)).unwrap();
    source.wait_until_drained();
    drop(job);
    assert!(builder.wait_until_idle(std::time::Duration::from_secs(60)));
    assert!(!preview(&chain, &builder, None).is_of_job());

    let nothing = PayloadAttributes { no_tx_pool: true, ..attributes(&chain) };
    let mut empty = builder.start(chain.view(), nothing).unwrap();
    assert_eq!(wait(&mut empty).unwrap().transactions, 0);
    let preview = preview(&chain, &builder, None);
    assert!(!preview.is_of_job());
    assert_eq!(hashes_of(&preview).len(), 1);
}

#[test]
fn there_is_none_of_a_block_that_cannot_be_built() {
    let chain = Chain::forked(rollup_chainspec::ScrollHardfork::Euclid, |_, _| {});
    let builder = chain.builder(Arc::new(ListSource::default()));
    let err = builder.preview(&chain.view(), u64::MAX / 2, None).unwrap_err();
    assert!(matches!(err, PayloadError::BeforeEuclidV2 { .. }), "{err}");
}
