//! The pool and the chain.

use crate::support::{
    BASE_FEE, CHAIN_ID, Chain, address_of, external, hash_of, local, nonces, settled, signed,
    storage_config, tipped, transfer, with_accounts,
};
use alloy_consensus::TxEip1559;
use alloy_hardforks::ForkCondition;
use alloy_primitives::{Address, Bytes, TxKind, U256, address, hex};
use rollup_chainspec::{ForkSchedule, ScrollChainSpec, ScrollConfig, ScrollHardfork, dev};
use rollup_storage::CanonicalChange;
use rollup_txpool::{TransactionOrigin, TransactionSource, Txpool, TxpoolConfig};
use std::{sync::Arc, time::Duration};

/// Stores the second word of its input in the slot of the first.
const STORE_CODE: &[u8] = &hex!("6020355f3555005f");
const SYSTEM_CONFIG: Address = address!("00000000000000000000000000000000000000c0");
const OVERHEAD_SLOT: u64 = 101;

/// Sender and nonce of everything that a builder is given at a base fee.
fn best(pool: &Txpool, base_fee: u64) -> Vec<(Address, u64)> {
    let mut best = pool.best_transactions(base_fee);
    std::iter::from_fn(|| best.next()).map(|tx| (tx.sender(), tx.nonce())).collect()
}

#[tokio::test]
async fn a_block_takes_its_transactions_out() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig::default());
    let raws: Vec<_> = (0..4).map(|nonce| signed(0, transfer(nonce))).collect();
    for raw in &raws {
        external(&pool, raw).await.unwrap();
    }
    let other = signed(1, transfer(0));
    external(&pool, &other).await.unwrap();
    pool.on_canonical_change(&chain.append(&raws[..2]));
    settled(&pool).await;
    assert_eq!(nonces(&pool, 0), (vec![2, 3], vec![]));
    assert_eq!(nonces(&pool, 1), (vec![0], vec![]));
    assert_eq!(pool.next_nonce(address_of(0)), Some(4));
    assert!(!pool.contains(&hash_of(&raws[0])) && pool.contains(&hash_of(&raws[2])));
    assert_eq!(pool.size().pending, 3);
}

#[tokio::test]
async fn a_block_with_another_transaction_of_the_nonce_counts_too() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig::default());
    external(&pool, &signed(0, transfer(0))).await.unwrap();
    external(&pool, &signed(0, transfer(1))).await.unwrap();
    pool.on_canonical_change(&chain.append(&[tipped(0, 0, 7)]));
    settled(&pool).await;
    assert_eq!(nonces(&pool, 0), (vec![1], vec![]));
}

#[tokio::test]
async fn money_that_a_block_takes_away_is_missed() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig { ignore_l1_data_fee: true, ..Default::default() });
    let balance = chain.view().latest_state().account(address_of(0)).unwrap().unwrap().balance;
    let half = TxEip1559 { value: balance / U256::from(2), ..transfer(1) };
    external(&pool, &signed(0, transfer(0))).await.unwrap();
    external(&pool, &signed(0, half)).await.unwrap();
    assert_eq!(nonces(&pool, 0), (vec![0, 1], vec![]));
    let most = TxEip1559 { value: balance / U256::from(3) * U256::from(2), ..transfer(0) };
    let payment = chain.append(&[signed(0, most)]);
    pool.on_canonical_change(&payment);
    settled(&pool).await;
    assert_eq!(nonces(&pool, 0), (vec![], vec![1]));
    assert_eq!(pool.next_nonce(address_of(0)), None);
}

#[tokio::test]
async fn transactions_of_removed_blocks_come_back() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig { max_account_slots: 2, ..Default::default() });
    let raws: Vec<_> = (0..5).map(|nonce| signed(0, transfer(nonce))).collect();
    let other = signed(1, transfer(0));
    for raw in &raws {
        local(&pool, raw).await.unwrap();
    }
    pool.on_canonical_change(&chain.append(&[&raws[..2], std::slice::from_ref(&other)].concat()));
    pool.on_canonical_change(&chain.append(&raws[2..4]));
    settled(&pool).await;
    assert_eq!(nonces(&pool, 0), (vec![4], vec![]));

    pool.on_canonical_change(&chain.reorg(0, None));
    settled(&pool).await;
    assert_eq!(nonces(&pool, 0), ((0..5).collect(), vec![]));
    assert_eq!(nonces(&pool, 1), (vec![0], vec![]));
    let returned = pool.get(&hash_of(&raws[0])).unwrap();
    assert_eq!(returned.origin, TransactionOrigin::Returned);
    assert_eq!(returned.sender(), address_of(0));
}

#[tokio::test]
async fn transactions_that_the_new_blocks_hold_do_not_come_back() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig::default());
    let raws: Vec<_> = (0..3).map(|nonce| signed(0, transfer(nonce))).collect();
    pool.on_canonical_change(&chain.append(&raws));
    pool.on_canonical_change(&chain.reorg(0, Some(&raws[..1])));
    settled(&pool).await;
    assert_eq!(nonces(&pool, 0), (vec![1, 2], vec![]));

    // Both changes at once: what counts is the chain in the end.
    let removal = chain.reorg(0, None);
    let addition = chain.append(&raws[..2]);
    pool.on_canonical_change(&removal);
    pool.on_canonical_change(&addition);
    settled(&pool).await;
    assert_eq!(nonces(&pool, 0), (vec![2], vec![]));
}

#[tokio::test]
async fn money_that_a_removed_block_had_given_is_missed() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig { ignore_l1_data_fee: true, ..Default::default() });
    let gift = TxEip1559 {
        to: TxKind::Call(address_of(20)),
        value: U256::from(10).pow(U256::from(18)),
        ..transfer(0)
    };
    pool.on_canonical_change(&chain.append(&[signed(0, gift)]));
    external(&pool, &signed(20, transfer(0))).await.unwrap();
    assert_eq!(nonces(&pool, 20), (vec![0], vec![]));
    pool.on_canonical_change(&chain.reorg(0, Some(&[])));
    settled(&pool).await;
    assert_eq!(nonces(&pool, 20), (vec![], vec![0]));
    assert_eq!(nonces(&pool, 0), (vec![0], vec![]));
}

#[tokio::test]
async fn a_change_that_could_not_be_followed_is_made_up_for() {
    let mut config = storage_config();
    config.database.max_readers = 1;
    let chain = Chain::of(dev(), config);
    let pool = chain.pool(TxpoolConfig::default());
    let raw = signed(0, transfer(0));
    external(&pool, &raw).await.unwrap();
    let change = chain.append(std::slice::from_ref(&raw));
    let views = chain.all_views();
    pool.on_canonical_change(&change);
    settled(&pool).await;
    assert!(pool.contains(&hash_of(&raw)));
    drop(views);
    let head = chain.storage.head();
    let nothing = Arc::new(CanonicalChange { removed: vec![], added: vec![], head });
    pool.on_canonical_change(&nothing);
    settled(&pool).await;
    assert!(!pool.contains(&hash_of(&raw)));
}

#[tokio::test]
async fn a_new_price_of_the_l1_data_counts_for_what_waits() {
    // The first block of the development chain sets a parameter that makes the fee a fraction.
    let raws: Vec<Bytes> = (0..3).map(|nonce| signed(20, transfer(nonce))).collect();
    let fee = Chain::new().l1_data_fee(&raws[2]);
    let gas = U256::from(21_000_u128 * 1_000_000_000 + 1);
    let balance = gas * U256::from(3) + fee + fee / U256::from(2);
    let spec = with_accounts(&[(address_of(20), balance, &[])]);
    let chain = Chain::of(Arc::new(spec), storage_config());
    let pool = chain.pool(TxpoolConfig::default());
    for raw in &raws {
        external(&pool, raw).await.unwrap();
    }
    assert_eq!(nonces(&pool, 20), (vec![0], vec![1, 2]));
    pool.on_canonical_change(&chain.append(&[]));
    settled(&pool).await;
    assert!(chain.l1_data_fee(&raws[0]) * U256::from(10) < fee);
    assert_eq!(nonces(&pool, 20), (vec![0, 1, 2], vec![]));
}

#[tokio::test]
async fn a_fork_prices_what_waits_by_its_own_formula() {
    // Feynman charges for all bytes, Galileo for what they compress to.
    let raws: Vec<Bytes> = (0..2)
        .map(|nonce| {
            let input = vec![0; 10_000].into();
            signed(20, TxEip1559 { input, gas_limit: 200_000, ..transfer(nonce) })
        })
        .collect();
    let chain = |balance: U256| {
        let dev = with_accounts(&[(address_of(20), balance, &[])]);
        let (genesis, config) = (dev.genesis().clone(), dev.config().clone());
        let first_block = ForkCondition::Timestamp(genesis.timestamp + 1);
        let schedule = ForkSchedule::forced(ScrollHardfork::Feynman)
            .with(ScrollHardfork::Galileo, first_block)
            .with(ScrollHardfork::GalileoV2, first_block);
        let spec = ScrollChainSpec::new(CHAIN_ID, genesis, schedule, config);
        Chain::of(Arc::new(spec), storage_config())
    };
    let fee = chain(U256::ZERO).l1_data_fee(&raws[0]);
    let gas = U256::from(200_000_u128 * 1_000_000_000 + 1);
    let chain = chain(gas * U256::from(2) + fee + fee / U256::from(2));
    let pool = chain.pool(TxpoolConfig::default());
    for raw in &raws {
        external(&pool, raw).await.unwrap();
    }
    assert_eq!(nonces(&pool, 20), (vec![0], vec![1]));
    pool.on_canonical_change(&chain.append(&[]));
    settled(&pool).await;
    assert!(chain.l1_data_fee(&raws[0]) * U256::from(10) < fee);
    assert_eq!(nonces(&pool, 20), (vec![0, 1], vec![]));
}

#[tokio::test]
async fn the_base_fee_of_the_next_block_decides_what_waits() {
    let plain = with_accounts(&[(SYSTEM_CONFIG, U256::ZERO, STORE_CODE)]);
    let config = ScrollConfig { l2_system_config_address: SYSTEM_CONFIG, ..plain.config().clone() };
    let (genesis, schedule) = (plain.genesis().clone(), plain.schedule().clone());
    let spec = ScrollChainSpec::new(CHAIN_ID, genesis, schedule, config);
    let chain = Chain::of(Arc::new(spec), storage_config());
    let pool = chain.pool(TxpoolConfig::default());
    let capped = |account: u8, fee_cap: u64| {
        let max_fee_per_gas = fee_cap.into();
        signed(account, TxEip1559 { max_fee_per_gas, ..transfer(0) })
    };
    external(&pool, &capped(1, BASE_FEE)).await.unwrap();
    external(&pool, &capped(2, 20_000_000)).await.unwrap();
    external(&pool, &capped(3, 40_000_000)).await.unwrap();
    let all = [1, 2, 3].map(|account| (address_of(account), 0));
    assert_eq!(best(&pool, BASE_FEE).len(), 3);

    for (nonce, (overhead, executable)) in
        [(30_000_000_u64, &all[2..]), (20_000_000, &all[1..]), (50_000_000, &[])]
            .into_iter()
            .enumerate()
    {
        let words = [OVERHEAD_SLOT, overhead].map(|word| U256::from(word).to_be_bytes::<32>());
        let set = TxEip1559 {
            to: TxKind::Call(SYSTEM_CONFIG),
            value: U256::ZERO,
            input: words.concat().into(),
            gas_limit: 200_000,
            ..transfer(nonce as u64)
        };
        let change = chain.append(&[signed(0, set)]);
        pool.on_canonical_change(&change);
        settled(&pool).await;
        let mut found = best(&pool, overhead);
        found.sort();
        let mut expected = executable.to_vec();
        expected.sort();
        assert_eq!(found, expected, "{overhead}");
        assert_eq!((pool.size().pending, pool.size().queued), (expected.len(), 3 - expected.len()));
    }
}

#[tokio::test]
async fn what_waits_too_long_goes() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig { lifetime: Duration::from_secs(60), ..Default::default() });
    let gap = signed(0, transfer(1));
    external(&pool, &gap).await.unwrap();
    external(&pool, &signed(1, transfer(0))).await.unwrap();
    chain.clock.advance(Duration::from_secs(60));
    settled(&pool).await;
    assert!(pool.contains(&hash_of(&gap)));
    chain.clock.advance(Duration::from_secs(5));
    settled(&pool).await;
    // Once more: the answer comes before the pool looks at what waits.
    settled(&pool).await;
    assert_eq!((pool.size().pending, pool.size().queued), (1, 0));
}
