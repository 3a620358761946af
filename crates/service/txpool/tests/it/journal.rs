//! Local transactions over a restart.

use crate::support::{
    Chain, GWEI, external, hash_of, local, nonces, settled, signed, tipped, transfer,
};
use alloy_consensus::TxEip1559;
use alloy_primitives::Bytes;
use rollup_txpool::{TransactionOrigin, Txpool, TxpoolConfig};
use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

fn path(chain: &Chain) -> PathBuf {
    chain.directory.path().join("transactions.rlp")
}

fn config(path: &Path) -> TxpoolConfig {
    TxpoolConfig { journal: Some(path.into()), ..Default::default() }
}

/// A copy of the journal as a kill would leave it, and a pool that starts from it.
fn after_a_kill(chain: &Chain, torn: impl FnOnce(&Path)) -> Txpool {
    let copy = chain.directory.path().join("copy.rlp");
    fs::copy(path(chain), &copy).unwrap();
    torn(&copy);
    chain.pool(config(&copy))
}

#[tokio::test]
async fn local_transactions_survive_and_others_do_not() {
    let chain = Chain::new();
    let pool = chain.pool(config(&path(&chain)));
    let mine: Vec<_> = [0, 1, 5].map(|nonce| signed(0, transfer(nonce))).into();
    for raw in &mine {
        local(&pool, raw).await.unwrap();
    }
    external(&pool, &signed(1, transfer(0))).await.unwrap();
    for pool in [after_a_kill(&chain, |_| {}), {
        pool.shutdown();
        chain.pool(config(&path(&chain)))
    }] {
        assert_eq!(nonces(&pool, 0), (vec![0, 1], vec![5]));
        assert_eq!(pool.size().pending + pool.size().queued, 3);
        let restored = pool.get(&hash_of(&mine[0])).unwrap();
        assert_eq!(restored.origin, TransactionOrigin::Local);
    }
}

#[tokio::test]
async fn what_removed_blocks_give_back_survives() {
    let chain = Chain::new();
    let pool = chain.pool(config(&path(&chain)));
    let raws = [signed(0, transfer(0)), signed(1, transfer(0))];
    local(&pool, &raws[0]).await.unwrap();
    pool.on_canonical_change(&chain.append(&raws));
    settled(&pool).await;
    // Written anew without what is in a block.
    pool.shutdown();
    let pool = chain.pool(config(&path(&chain)));
    pool.on_canonical_change(&chain.reorg(0, None));
    settled(&pool).await;
    for pool in [after_a_kill(&chain, |_| {}), {
        pool.shutdown();
        chain.pool(config(&path(&chain)))
    }] {
        assert_eq!((nonces(&pool, 0), nonces(&pool, 1)), ((vec![0], vec![]), (vec![0], vec![])));
    }
}

#[tokio::test]
async fn a_torn_or_damaged_tail_never_prevents_the_start() {
    let chain = Chain::new();
    let pool = chain.pool(config(&path(&chain)));
    for nonce in 0..3 {
        local(&pool, &signed(0, transfer(nonce))).await.unwrap();
    }
    let torn = after_a_kill(&chain, |copy| {
        let length = fs::metadata(copy).unwrap().len();
        OpenOptions::new().write(true).open(copy).unwrap().set_len(length - 1).unwrap();
    });
    assert_eq!(nonces(&torn, 0), (vec![0, 1], vec![]));
    // It goes on behind what was sound.
    local(&torn, &signed(0, transfer(2))).await.unwrap();
    torn.shutdown();
    let again = chain.pool(config(&chain.directory.path().join("copy.rlp")));
    assert_eq!(nonces(&again, 0), (vec![0, 1, 2], vec![]));
    again.shutdown();

    for garbage in [&[0; 64][..], b"\xb8\xff", b"\xf8\xff", &[0x83, 1, 2, 3], &[0xbb; 9]] {
        let damaged = after_a_kill(&chain, |copy| {
            OpenOptions::new().append(true).open(copy).unwrap().write_all(garbage).unwrap();
        });
        assert_eq!(nonces(&damaged, 0), (vec![0, 1, 2], vec![]), "{garbage:x?}");
    }
    let nothing_left = after_a_kill(&chain, |copy| fs::write(copy, [0xff; 1000]).unwrap());
    assert_eq!(nothing_left.size().pending, 0);
}

#[tokio::test]
async fn a_damaged_entry_costs_itself_alone() {
    let chain = Chain::new();
    let pool = chain.pool(config(&path(&chain)));
    let raws = [0, 1, 2].map(|nonce| signed(0, transfer(nonce)));
    for raw in &raws {
        local(&pool, raw).await.unwrap();
    }
    let restored = after_a_kill(&chain, |copy| {
        let mut bytes = fs::read(copy).unwrap();
        let second = alloy_rlp::encode(&raws[0]).len() + 2;
        // The type of the transaction.
        bytes[second] = 0x05;
        fs::write(copy, bytes).unwrap();
    });
    assert_eq!(nonces(&restored, 0), (vec![0], vec![2]));
}

#[tokio::test]
async fn what_a_block_holds_by_then_is_dropped() {
    let chain = Chain::new();
    let pool = chain.pool(config(&path(&chain)));
    let raws = [0, 1, 2].map(|nonce| signed(0, transfer(nonce)));
    for raw in &raws {
        local(&pool, raw).await.unwrap();
    }
    pool.shutdown();
    let before = fs::metadata(path(&chain)).unwrap().len();
    chain.append(&raws[..2]);
    let restored = chain.pool(config(&path(&chain)));
    assert_eq!(nonces(&restored, 0), (vec![2], vec![]));
    assert_eq!(fs::metadata(path(&chain)).unwrap().len(), before / 3);
}

#[tokio::test]
async fn it_does_not_grow_without_bound() {
    let chain = Chain::new();
    let pool = chain.pool(config(&path(&chain)));
    let mut longest = 0;
    let mut last = Bytes::new();
    let (mut fee_cap, mut tip) = (GWEI, 100);
    for _ in 0..40 {
        let transaction = TxEip1559 {
            max_fee_per_gas: fee_cap,
            max_priority_fee_per_gas: tip,
            gas_limit: 2_000_000,
            input: vec![0; 100_000].into(),
            ..transfer(0)
        };
        last = signed(0, transaction);
        local(&pool, &last).await.unwrap();
        longest = longest.max(fs::metadata(path(&chain)).unwrap().len());
        (fee_cap, tip) = (fee_cap * 6 / 5, tip * 6 / 5);
    }
    settled(&pool).await;
    assert_eq!(pool.size().pending, 1);
    assert!(longest > 1 << 20, "{longest}");
    assert!(longest < 3 << 19, "{longest}");
    assert!(after_a_kill(&chain, |_| {}).contains(&hash_of(&last)));
}

#[tokio::test]
async fn without_local_users_there_is_no_journal() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig { no_locals: true, ..config(&path(&chain)) });
    local(&pool, &tipped(0, 0, 5)).await.unwrap();
    pool.shutdown();
    assert!(!path(&chain).exists());
}

#[test]
fn a_journal_that_cannot_be_used_is_told_with_its_path() {
    let chain = Chain::new();
    let missing = chain.directory.path().join("missing").join("transactions.rlp");
    for path in [missing, chain.directory.path().to_owned()] {
        let (storage, clock) = (chain.storage.clone(), Arc::clone(&chain.clock));
        let err = Txpool::start(config(&path), storage, chain.evm.clone(), clock).unwrap_err();
        let source = std::error::Error::source(&err).unwrap().to_string();
        assert!(source.contains(&path.display().to_string()), "{source}");
        assert!(err.to_string().contains("--txpool.transactions-backup"), "{err}");
    }
}
