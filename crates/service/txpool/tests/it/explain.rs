//! Why a transaction waits, and what became of one that is gone.

use crate::support::{
    BASE_FEE, Chain, GWEI, RECIPIENT, address_of, external, hash_of, local, settled, signed,
    storage_config, tipped, transfer, with_accounts,
};
use alloy_consensus::TxEip1559;
use alloy_primitives::{Bytes, U256};
use rollup_txpool::{DepartureReason, PoolError, PoolPlace, Txpool, TxpoolConfig, WaitsFor};
use std::{sync::Arc, time::Duration};

fn place(pool: &Txpool, raw: &Bytes) -> PoolPlace {
    pool.explain(&hash_of(raw)).unwrap().place
}

fn waits_for(pool: &Txpool, raw: &Bytes) -> WaitsFor {
    match place(pool, raw) {
        PoolPlace::Queued { waits_for } => waits_for,
        other => panic!("{other:?}"),
    }
}

fn departure(pool: &Txpool, raw: &Bytes) -> DepartureReason {
    assert!(pool.explain(&hash_of(raw)).is_none());
    pool.history(&hash_of(raw)).departure.unwrap().reason
}

#[tokio::test]
async fn names_the_nonce_that_is_missing() {
    let pool = Chain::new().pool(TxpoolConfig::default());
    let [first, third, fourth] = [0, 2, 3].map(|nonce| signed(0, transfer(nonce)));
    for raw in [&first, &third, &fourth] {
        local(&pool, raw).await.unwrap();
    }
    assert_eq!(place(&pool, &first), PoolPlace::Pending { base_fee: BASE_FEE });
    assert_eq!(waits_for(&pool, &third), WaitsFor::Nonce { missing: 1 });
    assert_eq!(waits_for(&pool, &fourth), WaitsFor::Nonce { missing: 1 });
    assert!(pool.explain(&hash_of(&signed(0, transfer(1)))).is_none());
}

#[tokio::test]
async fn compares_the_fee_cap_with_the_base_fee_and_names_who_blocks() {
    let pool = Chain::new().pool(TxpoolConfig::default());
    let fee_cap = u128::from(BASE_FEE) - 1;
    let cheap = TxEip1559 { max_fee_per_gas: fee_cap, ..transfer(0) };
    let (cheap, next) = (signed(0, cheap), signed(0, transfer(1)));
    local(&pool, &cheap).await.unwrap();
    local(&pool, &next).await.unwrap();
    let reason = WaitsFor::BaseFee { fee_cap, base_fee: BASE_FEE };
    assert_eq!(waits_for(&pool, &cheap), reason);
    let waits = Box::new(reason);
    let expected = WaitsFor::Earlier { nonce: 0, hash: hash_of(&cheap), waits_for: waits };
    assert_eq!(waits_for(&pool, &next), expected);
}

#[tokio::test]
async fn says_how_much_balance_is_missing_with_the_transactions_before_it() {
    let balance = U256::from(60_000 * GWEI);
    let spec = Arc::new(with_accounts(&[(address_of(9), balance, &[])]));
    let chain = Chain::of(spec, storage_config());
    let pool = chain.pool(TxpoolConfig { ignore_l1_data_fee: true, ..Default::default() });
    let raws = [0, 1, 2].map(|nonce| signed(9, transfer(nonce)));
    for raw in &raws {
        external(&pool, raw).await.unwrap();
    }
    let each = U256::from(21_000 * GWEI + 1);
    let expected = WaitsFor::Balance { balance_wei: balance, needed_wei: each * U256::from(3) };
    assert_eq!(waits_for(&pool, &raws[2]), expected);
    assert!(matches!(place(&pool, &raws[1]), PoolPlace::Pending { .. }));
}

#[tokio::test]
async fn remembers_who_replaced_a_transaction() {
    let pool = Chain::new().pool(TxpoolConfig::default());
    let (old, new) = (tipped(0, 0, 100), tipped(0, 0, GWEI));
    local(&pool, &old).await.unwrap();
    local(&pool, &new).await.unwrap();
    assert_eq!(departure(&pool, &old), DepartureReason::Replaced { by: hash_of(&new) });
    assert!(pool.history(&hash_of(&new)).departure.is_none());
}

#[tokio::test]
async fn remembers_which_transaction_used_the_nonce_and_nothing_of_one_in_a_block() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig::default());
    let (pooled, included) = (signed(0, transfer(0)), tipped(0, 0, 5));
    let own = signed(1, transfer(0));
    local(&pool, &pooled).await.unwrap();
    local(&pool, &own).await.unwrap();
    pool.on_canonical_change(&chain.append(&[included.clone(), own.clone()]));
    settled(&pool).await;
    let by = Some(hash_of(&included));
    assert_eq!(departure(&pool, &pooled), DepartureReason::NonceUsed { by });
    assert!(pool.history(&hash_of(&own)).departure.is_none());
}

#[tokio::test]
async fn remembers_that_the_pool_was_full_and_that_a_transaction_waited_too_long() {
    let chain = Chain::new();
    let lifetime = Duration::from_secs(16);
    let pool = chain.pool(TxpoolConfig { max_pending: 1, lifetime, ..Default::default() });
    let (poor, rich, late) = (tipped(0, 0, 1), tipped(1, 0, 2), signed(2, transfer(1)));
    for raw in [&poor, &rich, &late] {
        external(&pool, raw).await.unwrap();
    }
    assert_eq!(departure(&pool, &poor), DepartureReason::Full);
    chain.clock.advance(lifetime + Duration::from_secs(2));
    // The thread looks when it has something to do.
    settled(&pool).await;
    pool.shutdown();
    assert_eq!(departure(&pool, &late), DepartureReason::Expired);
    let at = pool.history(&hash_of(&late)).departure.unwrap().at;
    assert_eq!(at, Duration::from_secs(1_700_000_018));
}

#[tokio::test]
async fn remembers_why_a_transaction_was_not_taken() {
    let pool = Chain::new().pool(TxpoolConfig { min_fee_cap_wei: 1_000, ..Default::default() });
    let cheap = signed(0, TxEip1559 { max_fee_per_gas: 999, ..transfer(0) });
    local(&pool, &cheap).await.unwrap_err();
    let rejection = pool.history(&hash_of(&cheap)).rejection.unwrap();
    assert!(matches!(rejection.error, PoolError::FeeCapTooLow { .. }), "{rejection:?}");
    // That it is here already says nothing against it.
    let good = signed(0, transfer(0));
    local(&pool, &good).await.unwrap();
    local(&pool, &good).await.unwrap_err();
    assert!(pool.history(&hash_of(&good)).rejection.is_none());
}

#[tokio::test]
async fn remembers_the_block_that_left_the_chain() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig::default());
    let raw = signed(0, transfer(0));
    let change = chain.append(std::slice::from_ref(&raw));
    pool.on_canonical_change(&change);
    let other = signed(1, TxEip1559 { to: RECIPIENT.into(), ..transfer(0) });
    pool.on_canonical_change(&chain.reorg(0, Some(&[other])));
    settled(&pool).await;
    let reorged = pool.history(&hash_of(&raw)).reorged.unwrap();
    assert_eq!(reorged.block, change.head);
    assert!(matches!(place(&pool, &raw), PoolPlace::Pending { .. }));
}

#[tokio::test]
async fn what_the_maker_of_blocks_refuses_is_gone_and_stays_gone() {
    let chain = Chain::new();
    let journal = Some(chain.directory.path().join("journal"));
    let config = TxpoolConfig { journal, ..Default::default() };
    let pool = chain.pool(config.clone());
    let (bad, next) = (signed(0, transfer(0)), signed(0, transfer(1)));
    local(&pool, &bad).await.unwrap();
    local(&pool, &next).await.unwrap();
    pool.refuse(&hash_of(&bad));
    assert_eq!(departure(&pool, &bad), DepartureReason::Refused);
    assert_eq!(waits_for(&pool, &next), WaitsFor::Nonce { missing: 0 });
    pool.refuse(&hash_of(&bad));
    pool.shutdown();
    drop(pool);
    let pool = chain.pool(config);
    let kept: Vec<_> = pool.local_transactions().iter().map(|own| own.hash()).collect();
    assert_eq!(kept, [hash_of(&next)]);
}
