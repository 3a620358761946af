//! The life of a job.

use crate::support::{
    Chain, EndlessSource, ListSource, Sender, Tx, assert_valid, attributes, hashes, l1_message,
    wait,
};
use rollup_chainspec::ScrollHardfork;
use rollup_payload::{PayloadError, StopReason};
use rollup_primitives::PayloadAttributes;
use rollup_txpool::{BestTransactions, PendingListener, TransactionSource};
use std::{
    sync::{
        Arc, Weak,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn a_transaction_that_comes_while_the_job_waits_is_included() {
    let chain = Chain::new();
    let (a, b) = (Sender::funded(0), Sender::funded(1));
    let source = ListSource::new([a.pooled(Tx::transfer(0))]);
    let mut job = chain.start(&source, attributes(&chain));
    source.wait_until_drained();
    for late in [b.pooled(Tx::transfer(0)), a.pooled(Tx::transfer(1))] {
        source.add(late);
        source.wait_until_drained();
    }
    job.seal();
    let payload = wait(&mut job).unwrap();
    assert_eq!(payload.transactions, 3);
    assert_valid(&chain, &payload);
}

#[test]
fn what_comes_after_sealing_is_not_included() {
    let chain = Chain::new();
    let sender = Sender::funded(0);
    let source = ListSource::default();
    let mut job = chain.start(&source, attributes(&chain));
    source.wait_until_drained();
    job.seal();
    job.seal();
    let payload = wait(&mut job).unwrap();
    source.add(sender.pooled(Tx::transfer(0)));
    assert_eq!(payload.transactions, 0);
    assert_valid(&chain, &payload);
}

/// A chain on which blocks are never full.
fn endless_chain() -> Chain {
    Chain::with(|genesis, config| {
        genesis.gas_limit = 1 << 50;
        config.max_tx_payload_bytes_per_block = 1 << 50;
    })
}

fn endless_source(at: u64) -> (EndlessSource, Receiver<()>) {
    let (given, is_given) = sync_channel(1);
    (EndlessSource { sender: Sender::funded(0), at, given }, is_given)
}

#[test]
fn s10_sealing_ends_an_endless_list() {
    let chain = endless_chain();
    let (source, is_given) = endless_source(40);
    let mut job = chain.builder(Arc::new(source)).start(chain.view(), attributes(&chain)).unwrap();
    is_given.recv_timeout(LIMIT).unwrap();
    job.seal();
    let payload = wait(&mut job).unwrap();
    assert!(payload.transactions >= 40, "{}", payload.transactions);
    assert_eq!(payload.stop, StopReason::Sealed);
    assert_valid(&chain, &payload);
}

/// A source that says when nobody has it any more.
#[derive(Debug)]
struct Watched<S> {
    source: S,
    dropped: SyncSender<()>,
}

impl<S> Watched<S> {
    fn new(source: S) -> (Self, Receiver<()>) {
        let (dropped, is_dropped) = sync_channel(1);
        (Self { source, dropped }, is_dropped)
    }
}

impl<S: TransactionSource> TransactionSource for Watched<S> {
    fn best_transactions(&self, base_fee: u64) -> Box<dyn BestTransactions> {
        self.source.best_transactions(base_fee)
    }

    fn listen(&self, listener: Weak<dyn PendingListener>) {
        self.source.listen(listener);
    }
}

impl<S> Drop for Watched<S> {
    fn drop(&mut self) {
        self.dropped.send(()).ok();
    }
}

fn open_readers(chain: &Chain) -> usize {
    chain.storage.stored_chain().database().stats().unwrap().open_readers
}

#[test]
fn dropping_a_job_that_executes_ends_its_thread() {
    let chain = endless_chain();
    let before = open_readers(&chain);
    let (source, is_given) = endless_source(5);
    let (source, is_dropped) = Watched::new(source);
    let job = chain.builder(Arc::new(source)).start(chain.view(), attributes(&chain)).unwrap();
    is_given.recv_timeout(LIMIT).unwrap();
    drop(job);
    is_dropped.recv_timeout(LIMIT).unwrap();
    assert_eq!(open_readers(&chain), before, "the view is still there");
}

#[test]
fn dropping_a_job_that_waits_ends_its_thread() {
    let chain = Chain::new();
    let before = open_readers(&chain);
    let list = ListSource::default();
    let (source, is_dropped) = Watched::new(list.clone());
    let job = chain.builder(Arc::new(source)).start(chain.view(), attributes(&chain)).unwrap();
    list.wait_until_drained();
    assert_eq!((list.listeners(), open_readers(&chain)), (1, before + 1));
    drop(job);
    is_dropped.recv_timeout(LIMIT).unwrap();
    assert_eq!((list.listeners(), open_readers(&chain)), (0, before));
}

#[test]
fn a_payload_is_given_once() {
    let chain = Chain::new();
    let attributes = PayloadAttributes { no_tx_pool: true, ..attributes(&chain) };
    let mut job = chain.start(&ListSource::default(), attributes);
    wait(&mut job).unwrap();
    assert!(matches!(wait(&mut job), Err(PayloadError::Taken)));
}

#[test]
fn a_wait_that_is_given_up_loses_nothing() {
    let chain = Chain::new();
    let source = ListSource::new([Sender::funded(0).pooled(Tx::transfer(0))]);
    let mut job = chain.start(&source, attributes(&chain));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        tokio::select! {
            biased;
            _ = job.wait() => panic!("nobody has sealed it"),
            () = std::future::ready(()) => {}
        }
    });
    source.wait_until_drained();
    job.seal();
    assert_eq!(wait(&mut job).unwrap().transactions, 1);
}

#[test]
fn a_builder_is_idle_when_the_jobs_that_were_given_up_have_ended() {
    let chain = Chain::new();
    let builder = chain.builder(Arc::new(ListSource::default()));
    assert!(builder.wait_until_idle(Duration::ZERO));
    let jobs = [(); 2].map(|()| builder.start(chain.view(), attributes(&chain)).unwrap());
    assert!(!builder.wait_until_idle(Duration::ZERO), "nobody has given them up");
    drop(jobs);
    assert!(builder.wait_until_idle(LIMIT));
}

#[test]
fn jobs_on_one_parent_are_independent() {
    let chain = Chain::new();
    let source = ListSource::new([Sender::funded(0).pooled(Tx::transfer(0))]);
    let builder = chain.builder(Arc::new(source.clone()));
    let mut first = builder.start(chain.view(), attributes(&chain)).unwrap();
    let message = PayloadAttributes {
        transactions: vec![l1_message(0, |_| {})],
        no_tx_pool: true,
        ..attributes(&chain)
    };
    let mut second = builder.start(chain.view(), message).unwrap();
    assert_ne!(first.id(), second.id());
    assert_eq!(first.parent(), chain.head().num_hash());
    let second = wait(&mut second).unwrap();
    assert_eq!((second.transactions, second.l1_messages), (1, 1));
    // The head moves; the job stays on its parent.
    chain.append(second);
    source.wait_until_drained();
    first.seal();
    let id = first.id();
    let first = wait(&mut first).unwrap();
    assert_eq!((first.id, first.block.block.number), (id, 1));
    assert_eq!(hashes(&first).len(), 1);
}

#[test]
fn a_block_that_is_older_than_its_parent_is_refused() {
    let chain = Chain::new();
    let timestamp = chain.head().timestamp - 1;
    let attributes = PayloadAttributes { timestamp, ..attributes(&chain) };
    let err = chain.builder(Arc::new(ListSource::default())).start(chain.view(), attributes);
    assert!(matches!(err.unwrap_err(), PayloadError::Timestamp { .. }));
}

#[test]
fn blocks_before_euclid_v2_are_refused() {
    let chain = Chain::forked(ScrollHardfork::Euclid, |_, _| {});
    let builder = chain.builder(Arc::new(ListSource::default()));
    let err = builder.start(chain.view(), attributes(&chain)).unwrap_err();
    assert!(matches!(err, PayloadError::BeforeEuclidV2 { .. }), "{err}");
    let chain = Chain::forked(ScrollHardfork::EuclidV2, |_, _| {});
    let payload = chain.build(&ListSource::default(), attributes(&chain));
    assert_eq!(payload.transactions, 0);
}
