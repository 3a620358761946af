//! The front of the pool.

use crate::support::{
    BASE_FEE, Chain, address_of, external, hash_of, local, nonces, settled, signed, tipped,
    transfer,
};
use rollup_storage::CanonicalChange;
use rollup_txpool::{
    PendingListener, PoolError, PoolErrorKind, TransactionSource, Txpool, TxpoolConfig,
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
};

#[derive(Debug, Default)]
struct Listener {
    calls: AtomicUsize,
}

impl PendingListener for Listener {
    fn on_pending(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
    }
}

/// Keeps the thread of the pool until it is told to let go.
#[derive(Debug)]
struct Blocker {
    entered: mpsc::SyncSender<()>,
    release: Mutex<mpsc::Receiver<()>>,
}

impl PendingListener for Blocker {
    fn on_pending(&self) {
        // Whoever waited is gone when the test is over.
        self.entered.send(()).ok();
        self.release.lock().unwrap().recv().ok();
    }
}

/// Keeps the thread of the pool until the sender is dropped.
fn block(pool: &Txpool) -> (Arc<Blocker>, mpsc::SyncSender<()>) {
    let (entered, has_entered) = mpsc::sync_channel(0);
    let (release, released) = mpsc::sync_channel(0);
    let blocker = Arc::new(Blocker { entered, release: Mutex::new(released) });
    let weak: Weak<Blocker> = Arc::downgrade(&blocker);
    pool.listen(weak);
    let trigger = pool.clone();
    tokio::spawn(async move { external(&trigger, &signed(0, transfer(0))).await });
    tokio::task::block_in_place(|| has_entered.recv().unwrap());
    (blocker, release)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuses_when_too_many_wait() {
    let pool = Chain::new().pool(TxpoolConfig { max_waiting_validations: 2, ..Default::default() });
    let (_blocker, release) = block(&pool);
    let tasks: Vec<_> = (1..4_u64)
        .map(|nonce| {
            let pool = pool.clone();
            tokio::spawn(async move { external(&pool, &signed(0, transfer(nonce))).await })
        })
        .collect();
    // Reading does not wait, and one of the three is refused at once.
    assert_eq!(nonces(&pool, 0), (vec![0], vec![]));
    let mut outcomes = Vec::new();
    let mut waiting = tasks;
    while outcomes.is_empty() {
        let (refused, others): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|task| task.is_finished());
        waiting = others;
        for task in refused {
            outcomes.push(task.await.unwrap().unwrap_err());
        }
        tokio::task::yield_now().await;
    }
    assert!(matches!(outcomes.as_slice(), [PoolError::Busy]), "{outcomes:?}");
    assert_eq!(outcomes[0].kind(), PoolErrorKind::Internal);
    drop(release);
    for task in waiting {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_that_were_dropped_are_made_up_for() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig::default());
    let raws = [1, 2].map(|account| signed(account, transfer(0)));
    for raw in &raws {
        external(&pool, raw).await.unwrap();
    }
    let (_blocker, release) = block(&pool);
    pool.on_canonical_change(&chain.append(&raws));
    let nothing =
        Arc::new(CanonicalChange { removed: vec![], added: vec![], head: chain.storage.head() });
    for _ in 0..100 {
        pool.on_canonical_change(&nothing);
    }
    drop(release);
    settled(&pool).await;
    assert_eq!(pool.size().pending, 1);
    assert!(raws.iter().all(|raw| !pool.contains(&hash_of(raw))));
}

#[tokio::test]
async fn after_the_shutdown_it_can_be_read_but_takes_nothing() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig::default());
    let raw = signed(0, transfer(0));
    external(&pool, &raw).await.unwrap();
    let other = pool.clone();
    pool.shutdown();
    pool.shutdown();
    let err = external(&other, &signed(0, transfer(1))).await.unwrap_err();
    assert!(matches!(err, PoolError::Stopped), "{err}");
    other.on_canonical_change(&chain.append(&[]));
    assert!(other.contains(&hash_of(&raw)));
}

#[tokio::test]
async fn tells_of_executable_transactions_once() {
    let pool = Chain::new().pool(TxpoolConfig::default());
    let mut new = pool.subscribe();
    let listener = Arc::new(Listener::default());
    let gone: Weak<Listener> = Arc::downgrade(&Arc::new(Listener::default()));
    pool.listen(gone);
    let weak: Weak<Listener> = Arc::downgrade(&listener);
    pool.listen(weak);

    let raws = [1, 0].map(|nonce| signed(0, transfer(nonce)));
    external(&pool, &raws[0]).await.unwrap();
    assert_eq!(listener.calls.load(Ordering::SeqCst), 0);
    assert!(new.try_recv().is_err());
    external(&pool, &raws[1]).await.unwrap();
    assert_eq!(listener.calls.load(Ordering::SeqCst), 1);
    let told = [new.try_recv().unwrap().hash(), new.try_recv().unwrap().hash()];
    assert_eq!(told, [hash_of(&raws[1]), hash_of(&raws[0])]);
    external(&pool, &raws[0]).await.unwrap_err();
    settled(&pool).await;
    assert!(new.try_recv().is_err());
}

#[tokio::test]
async fn shows_what_is_in_it() {
    let pool = Chain::new().pool(TxpoolConfig::default());
    let raws = [(0, 0), (0, 1), (0, 3), (1, 5)];
    let mut bytes = HashMap::<bool, usize>::new();
    for (account, nonce) in raws {
        let raw = signed(account, transfer(nonce));
        *bytes.entry(nonce < 2).or_default() += raw.len();
        external(&pool, &raw).await.unwrap();
    }
    let size = pool.size();
    assert_eq!((size.pending, size.queued), (2, 2));
    assert_eq!((size.pending_bytes, size.queued_bytes), (bytes[&true], bytes[&false]));
    let content = pool.content();
    assert_eq!(content.pending.keys().collect::<Vec<_>>(), [&address_of(0)]);
    assert_eq!(content.queued[&address_of(0)].keys().collect::<Vec<_>>(), [&3]);
    assert_eq!(content.queued[&address_of(1)].keys().collect::<Vec<_>>(), [&5]);
    assert_eq!(nonces(&pool, 0), (vec![0, 1], vec![3]));
    assert_eq!(pool.next_nonce(address_of(0)), Some(2));
    assert_eq!(pool.next_nonce(address_of(1)), None);
    assert!(pool.content_of(address_of(2)).pending.is_empty());
}

#[tokio::test]
async fn a_builder_is_given_what_comes_while_it_works() {
    let pool = Chain::new().pool(TxpoolConfig::default());
    let mut best = pool.best_transactions(BASE_FEE);
    assert!(best.next().is_none());
    for (account, tip) in [(0, 10), (1, 30), (2, 20)] {
        external(&pool, &tipped(account, 0, tip)).await.unwrap();
        external(&pool, &tipped(account, 1, tip)).await.unwrap();
    }
    let mut given = || best.next().map(|tx| (tx.sender(), tx.nonce()));
    let key = |account, nonce| Some((address_of(account), nonce));
    assert_eq!([given(), given(), given()], [key(1, 0), key(1, 1), key(2, 0)]);
    external(&pool, &tipped(3, 0, 100)).await.unwrap();
    assert_eq!([given(), given()], [key(3, 0), key(2, 1)]);
    assert_eq!([given(), given(), given()], [key(0, 0), key(0, 1), None]);
}

async fn outcomes(pool: &Txpool, raws: Vec<alloy_primitives::Bytes>) -> Vec<bool> {
    let tasks: Vec<_> = raws
        .into_iter()
        .map(|raw| {
            let pool = pool.clone();
            tokio::spawn(async move { local(&pool, &raw).await.is_ok() })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_race_each_transaction_has_one_winner() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig::default());
    let raws: Vec<_> = (0..60).map(|at| signed(at % 3, transfer(u64::from(at / 3)))).collect();
    let racers: Vec<_> = (0..4)
        .map(|racer: usize| {
            let (pool, mut raws) = (pool.clone(), raws.clone());
            raws.rotate_left(racer * 17);
            tokio::spawn(async move { outcomes(&pool, raws).await })
        })
        .collect();
    // A builder walks over it meanwhile: each once, each after the one before it.
    let reader = {
        let (pool, count) = (pool.clone(), raws.len());
        tokio::task::spawn_blocking(move || {
            let mut best = pool.best_transactions(BASE_FEE);
            let mut next = HashMap::new();
            for _ in 0..count {
                let transaction = loop {
                    match best.next() {
                        Some(transaction) => break transaction,
                        None => std::thread::yield_now(),
                    }
                };
                let nonce: &mut u64 = next.entry(transaction.sender()).or_default();
                assert_eq!(transaction.nonce(), *nonce);
                *nonce += 1;
            }
            assert!(best.next().is_none());
        })
    };
    let mut won = 0;
    for racer in racers {
        won += racer.await.unwrap().into_iter().filter(|outcome| *outcome).count();
    }
    assert_eq!(won, raws.len());
    reader.await.unwrap();
    for account in 0..3 {
        assert_eq!(nonces(&pool, account), ((0..20).collect(), vec![]));
    }
}
