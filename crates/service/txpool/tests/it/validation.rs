//! What the pool takes and what not.

use crate::support::{
    CHAIN_ID, Chain, GWEI, RECIPIENT, address_of, decoded, external, hash_of, local, nonces,
    settled, signed, signer, storage_config, transfer,
};
use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEip7702, TxLegacy};
use alloy_eips::{
    eip2718::Encodable2718,
    eip2930::{AccessList, AccessListItem},
    eip7702::{Authorization, SignedAuthorization},
};
use alloy_hardforks::ForkCondition;
use alloy_primitives::{B256, Bytes, Signature, TxKind, U256, hex, uint};
use alloy_signer::SignerSync;
use rollup_chainspec::{ForkSchedule, L1_GAS_PRICE_ORACLE, ScrollChainSpec, ScrollHardfork, dev};
use rollup_primitives::{ScrollTxEnvelope, TxL1Message};
use rollup_txpool::{PoolError, PoolErrorKind, Txpool, TxpoolConfig};
use rstest::rstest;
use std::sync::Arc;

const CURVE_ORDER: U256 =
    uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);
/// The longest transaction that a block holds.
const MAX_BYTES: usize = 122_880;

fn legacy(nonce: u64) -> TxLegacy {
    TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce,
        gas_price: GWEI,
        gas_limit: 21_000,
        to: TxKind::Call(RECIPIENT),
        ..Default::default()
    }
}

fn delegation(nonce: u64, authorizations: usize) -> TxEip7702 {
    let authorization = Authorization { chain_id: U256::ZERO, address: RECIPIENT, nonce: 7 };
    let signature = signer(3).sign_hash_sync(&authorization.signature_hash()).unwrap();
    let authorization: SignedAuthorization = authorization.into_signed(signature);
    TxEip7702 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 21_000 + 25_000 * authorizations as u64,
        max_fee_per_gas: GWEI,
        max_priority_fee_per_gas: 100,
        to: RECIPIENT,
        authorization_list: vec![authorization; authorizations],
        ..Default::default()
    }
}

fn access_list(nonce: u64, keys: usize) -> TxEip2930 {
    let item = AccessListItem { address: RECIPIENT, storage_keys: vec![B256::ZERO; keys] };
    TxEip2930 {
        chain_id: CHAIN_ID,
        nonce,
        gas_price: GWEI,
        gas_limit: 21_000 + 2_400 + 1_900 * keys as u64,
        to: TxKind::Call(RECIPIENT),
        access_list: AccessList(vec![item]),
        ..Default::default()
    }
}

/// A transaction whose signed bytes have this length.
fn of_length(bytes: usize) -> Bytes {
    let with_input = |length: usize| {
        let input = vec![0; length].into();
        signed(0, TxEip1559 { input, gas_limit: 2_000_000, ..transfer(0) })
    };
    let overhead = with_input(bytes - 200).len() - (bytes - 200);
    with_input(bytes - overhead)
}

/// Bytes of a transaction under another signature.
fn resigned(raw: &Bytes, change: impl Fn(Signature) -> Signature) -> Bytes {
    let ScrollTxEnvelope::Eip1559(transaction) = decoded(raw) else { panic!("another type") };
    let (transaction, signature, _) = transaction.into_parts();
    ScrollTxEnvelope::from(transaction.into_signed(change(signature))).encoded_2718().into()
}

#[tokio::test]
async fn takes_every_type_that_a_user_may_send() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig::default());
    let unprotected = TxLegacy { chain_id: None, ..legacy(1) };
    for (nonce, raw) in [
        signed(0, legacy(0)),
        signed(0, unprotected),
        signed(0, access_list(2, 3)),
        signed(0, transfer(3)),
        signed(0, delegation(4, 2)),
        signed(0, TxEip1559 { to: TxKind::Create, gas_limit: 100_000, ..transfer(5) }),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(external(&pool, &raw).await.unwrap(), hash_of(&raw));
        let pooled = pool.get(&hash_of(&raw)).unwrap();
        assert_eq!(pooled.transaction.encoded_2718(), raw);
        assert_eq!((pooled.sender(), pooled.nonce()), (address_of(0), nonce as u64));
        assert_eq!(pooled.encoded_bytes, raw.len());
        assert_eq!(pooled.l1_data_fee, chain.l1_data_fee(&raw));
    }
    assert_eq!(nonces(&pool, 0), ((0..6).collect(), vec![]));
    // The decoded form is the same transaction.
    let again = decoded(&signed(0, transfer(3))).try_into_pooled().unwrap();
    let outcome = pool.add(again, rollup_txpool::TransactionOrigin::Local).await;
    assert_eq!(outcome.unwrap_err().to_string(), "already known");
}

/// Refuses a transaction with a sentence.
async fn assert_refused(pool: &Txpool, raw: &Bytes, kind: PoolErrorKind, sentence: &str) {
    let before = pool.size();
    let err = external(pool, raw).await.unwrap_err();
    assert_eq!(err.to_string(), sentence);
    assert_eq!(err.kind(), kind, "{err}");
    assert_eq!(pool.size(), before);
}

#[rstest]
#[case::nothing(&[])]
#[case::no_fields(&[0x02, 0xc0])]
#[case::garbage(&hex!("f8ff0102"))]
#[tokio::test]
async fn refuses_bytes_that_are_no_transaction(#[case] raw: &'static [u8]) {
    let pool = Chain::new().pool(TxpoolConfig::default());
    let raw = Bytes::from_static(raw);
    let sentence = "transaction could not be decoded";
    assert_refused(&pool, &raw, PoolErrorKind::Invalid, sentence).await;
}

#[tokio::test]
async fn refuses_trailing_bytes() {
    let pool = Chain::new().pool(TxpoolConfig::default());
    let raw = [signed(0, transfer(0)).as_ref(), &[0]].concat().into();
    let sentence = "transaction could not be decoded";
    assert_refused(&pool, &raw, PoolErrorKind::Invalid, sentence).await;
}

#[tokio::test]
async fn refuses_types_that_nobody_may_send() {
    let pool = Chain::new().pool(TxpoolConfig::default());
    let message = TxL1Message { sender: address_of(0), ..Default::default() };
    let message: Bytes = ScrollTxEnvelope::from(message).encoded_2718().into();
    for (raw, kind, sentence) in [
        (
            Bytes::from_static(&[0x03, 0xc0]),
            PoolErrorKind::Invalid,
            "blob transactions do not exist on this chain",
        ),
        (
            message,
            PoolErrorKind::Invalid,
            "transaction type not supported: l1 messages come from l1 only",
        ),
        (
            Bytes::from_static(&[0x05, 0xc0]),
            PoolErrorKind::Refused,
            "transaction type not supported",
        ),
    ] {
        assert_refused(&pool, &raw, kind, sentence).await;
    }
}

#[rstest]
#[case::before_curie(ScrollHardfork::Bernoulli, 1)]
#[case::before_euclid_v2(ScrollHardfork::Euclid, 3)]
#[case::since_then(ScrollHardfork::EuclidV2, 4)]
#[tokio::test]
async fn refuses_types_that_the_fork_does_not_know(
    #[case] fork: ScrollHardfork,
    #[case] known: usize,
) {
    let dev = dev();
    let (genesis, config) = (dev.genesis().clone(), dev.config().clone());
    let spec = ScrollChainSpec::new(CHAIN_ID, genesis, ForkSchedule::forced(fork), config);
    let pool = Chain::of(Arc::new(spec), storage_config()).pool(TxpoolConfig::default());
    let all = [
        signed(0, legacy(0)),
        signed(0, access_list(1, 0)),
        signed(0, transfer(2)),
        signed(0, delegation(3, 1)),
    ];
    for (at, raw) in all.iter().enumerate() {
        if at < known {
            external(&pool, raw).await.unwrap();
        } else {
            let sentence = "transaction type not supported";
            assert_refused(&pool, raw, PoolErrorKind::Refused, sentence).await;
        }
    }
}

#[tokio::test]
async fn what_the_next_block_knows_can_wait_for_it() {
    let dev = dev();
    let (genesis, config) = (dev.genesis().clone(), dev.config().clone());
    let schedule = ForkSchedule::forced(ScrollHardfork::Bernoulli)
        .with(ScrollHardfork::Curie, ForkCondition::Block(1));
    let spec = ScrollChainSpec::new(CHAIN_ID, genesis, schedule, config);
    let pool = Chain::of(Arc::new(spec), storage_config()).pool(TxpoolConfig::default());
    external(&pool, &signed(0, transfer(0))).await.unwrap();
    assert_eq!(nonces(&pool, 0), (vec![0], vec![]));
}

#[tokio::test]
async fn takes_what_just_fits_into_a_block_and_nothing_longer() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig::default());
    let longest = of_length(MAX_BYTES);
    assert_eq!(longest.len(), MAX_BYTES);
    let longer = of_length(MAX_BYTES + 1);
    let sentence = "oversized data: transaction size 122881, limit 122880";
    assert_refused(&pool, &longer, PoolErrorKind::Refused, sentence).await;
    let decoded = decoded(&longer).try_into_pooled().unwrap();
    let outcome = pool.add(decoded, rollup_txpool::TransactionOrigin::Local).await;
    assert_eq!(outcome.unwrap_err().to_string(), sentence);
    external(&pool, &longest).await.unwrap();
}

#[tokio::test]
async fn refuses_what_breaks_a_rule_by_itself() {
    let pool = Chain::new().pool(TxpoolConfig {
        max_tx_gas: Some(10_000_000),
        min_priority_fee_wei: 50,
        ..Default::default()
    });
    let invalid = PoolErrorKind::Invalid;
    let refused = PoolErrorKind::Refused;
    let tx = transfer(0);
    let creation = |length: usize| {
        let input = vec![0; length].into();
        TxEip1559 { to: TxKind::Create, input, gas_limit: 2_000_000, ..transfer(0) }
    };
    for (raw, kind, sentence) in [
        (
            signed(0, TxEip1559 { chain_id: 1, ..tx.clone() }),
            invalid,
            "invalid chain id for signer: have 1 want 1337",
        ),
        (
            signed(0, TxEip1559 { max_priority_fee_per_gas: GWEI + 1, ..tx.clone() }),
            invalid,
            "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: \
             1000000001, maxFeePerGas: 1000000000",
        ),
        (
            signed(0, TxEip1559 { max_fee_per_gas: 6, max_priority_fee_per_gas: 0, ..tx.clone() }),
            refused,
            "transaction underpriced: gas fee cap 6, minimum needed 7",
        ),
        (
            signed(0, TxEip1559 { max_priority_fee_per_gas: 49, ..tx.clone() }),
            refused,
            "transaction underpriced: gas tip cap 49, minimum needed 50",
        ),
        (
            signed(0, TxEip1559 { gas_limit: 20_000_001, ..tx.clone() }),
            refused,
            "exceeds block gas limit",
        ),
        (
            signed(0, TxEip1559 { gas_limit: 10_000_001, ..tx.clone() }),
            refused,
            "exceeds max transaction gas limit: gas limit 10000001, limit 10000000",
        ),
        (
            signed(0, TxEip1559 { gas_limit: 20_999, ..tx.clone() }),
            refused,
            "intrinsic gas too low: gas 20999, minimum needed 21000",
        ),
        (
            signed(0, TxEip2930 { gas_limit: 29_099, ..access_list(0, 3) }),
            refused,
            "intrinsic gas too low: gas 29099, minimum needed 29100",
        ),
        (
            signed(0, TxEip7702 { gas_limit: 70_999, ..delegation(0, 2) }),
            refused,
            "intrinsic gas too low: gas 70999, minimum needed 71000",
        ),
        (
            // 100 bytes that are not zero: 16 gas each, but 40 at least.
            signed(0, TxEip1559 { input: vec![1; 100].into(), gas_limit: 24_999, ..tx.clone() }),
            refused,
            "insufficient gas for floor data gas cost: gas 24999, minimum needed 25000",
        ),
        (
            signed(0, creation(49_153)),
            invalid,
            "max initcode size exceeded: code size 49153, limit 49152",
        ),
        (signed(0, delegation(0, 0)), invalid, "EIP-7702 transaction with empty auth list"),
        (signed(0, transfer(u64::MAX)), invalid, "nonce has max value"),
    ] {
        assert_refused(&pool, &raw, kind, sentence).await;
    }
    for raw in [
        signed(0, TxEip1559 { max_priority_fee_per_gas: 50, ..tx }),
        signed(1, TxEip1559 { input: vec![1; 100].into(), gas_limit: 25_000, ..transfer(0) }),
        signed(2, creation(49_152)),
        signed(3, TxEip1559 { gas_limit: 10_000_000, ..transfer(0) }),
    ] {
        external(&pool, &raw).await.unwrap();
    }
}

#[tokio::test]
async fn the_least_tip_binds_others_than_local_users() {
    let config = TxpoolConfig { min_priority_fee_wei: 101, ..Default::default() };
    let chain = Chain::new();
    let pool = chain.pool(config.clone());
    let raw = signed(0, transfer(0));
    external(&pool, &raw).await.unwrap_err();
    local(&pool, &raw).await.unwrap();
    let without_locals = chain.pool(TxpoolConfig { no_locals: true, ..config });
    local(&without_locals, &raw).await.unwrap_err();
}

#[tokio::test]
async fn refuses_signatures_of_nobody() {
    let pool = Chain::new().pool(TxpoolConfig::default());
    let raw = signed(0, transfer(0));
    // The other signature that an ECDSA signature implies, which EIP-2 forbids.
    let high_s = resigned(&raw, |s| Signature::new(s.r(), CURVE_ORDER - s.s(), !s.v()));
    let zero = resigned(&raw, |_| Signature::new(U256::ZERO, U256::ZERO, false));
    for raw in [high_s, zero] {
        assert_refused(&pool, &raw, PoolErrorKind::Invalid, "invalid sender").await;
    }
    external(&pool, &raw).await.unwrap();
}

#[tokio::test]
async fn refuses_contracts_but_not_accounts_that_delegate() {
    let delegating = hex!("ef01001111111111111111111111111111111111111111").as_slice();
    let rich = U256::from(10).pow(U256::from(20));
    let chain = Chain::with_accounts(&[
        (address_of(10), rich, &[0x00]),
        (address_of(11), rich, Box::leak(delegating.to_vec().into_boxed_slice())),
    ]);
    let pool = chain.pool(TxpoolConfig::default());
    let err = external(&pool, &signed(10, transfer(0))).await.unwrap_err();
    let sender = address_of(10);
    assert!(matches!(err, PoolError::SenderIsContract { sender: found, .. } if found == sender));
    let start = format!("sender not an eoa: address {sender}, codehash: 0x");
    assert!(err.to_string().starts_with(&start), "{err}");
    external(&pool, &signed(11, transfer(0))).await.unwrap();
}

#[tokio::test]
async fn a_nonce_is_used_once() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig::default());
    let used = [0, 1].map(|nonce| signed(0, transfer(nonce)));
    chain.append(&used);
    // The pool was told nothing: the state counts.
    let sentence = "nonce too low: next nonce 2, tx nonce 1";
    assert_refused(&pool, &used[1], PoolErrorKind::Refused, sentence).await;
    external(&pool, &signed(0, transfer(2))).await.unwrap();
    assert_eq!(nonces(&pool, 0), (vec![2], vec![]));
}

#[rstest]
#[case::once(TxpoolConfig::default(), 1)]
#[case::twice(TxpoolConfig { require_l1_data_fee_buffer: true, ..Default::default() }, 2)]
#[case::not_at_all(TxpoolConfig { ignore_l1_data_fee: true, ..Default::default() }, 0)]
#[tokio::test]
async fn the_balance_covers_gas_value_and_l1_data_fee(
    #[case] config: TxpoolConfig,
    #[case] fees: u64,
) {
    let raw = signed(20, transfer(0));
    let fee = Chain::new().l1_data_fee(&raw);
    assert!(!fee.is_zero());
    let cost = U256::from(21_000 * GWEI + 1) + fee * U256::from(fees);
    let enough = Chain::with_accounts(&[(address_of(20), cost, &[])]);
    external(&enough.pool(config.clone()), &raw).await.unwrap();

    let too_little = Chain::with_accounts(&[(address_of(20), cost - U256::ONE, &[])]);
    let pool = too_little.pool(config);
    let sentence = format!(
        "insufficient funds for gas * price + value: balance {}, tx cost {cost}, overshot 1",
        cost - U256::ONE
    );
    assert_refused(&pool, &raw, PoolErrorKind::Refused, &sentence).await;
}

#[tokio::test]
async fn who_has_nothing_can_send_nothing() {
    let pool = Chain::new().pool(TxpoolConfig::default());
    for transaction in [transfer(0), TxEip1559 { value: U256::MAX, ..transfer(0) }] {
        let err = external(&pool, &signed(99, transaction)).await.unwrap_err();
        assert!(matches!(err, PoolError::InsufficientFunds { .. }), "{err}");
    }
}

#[tokio::test]
async fn refuses_an_l1_data_fee_of_more_than_64_bits() {
    let dev = dev();
    let mut genesis = dev.genesis().clone();
    let oracle = genesis.alloc.get_mut(&L1_GAS_PRICE_ORACLE).unwrap();
    let slots = oracle.storage.get_or_insert_default();
    slots.insert(B256::with_last_byte(1), B256::from(U256::ONE << 128));
    let (schedule, config) = (dev.schedule().clone(), dev.config().clone());
    let spec = Arc::new(ScrollChainSpec::new(CHAIN_ID, genesis, schedule, config));
    let chain = Chain::of(spec, storage_config());
    let raw = signed(0, transfer(0));
    let pool = chain.pool(TxpoolConfig::default());
    assert_refused(&pool, &raw, PoolErrorKind::Refused, "gas uint64 overflow").await;
    let ignoring = chain.pool(TxpoolConfig { ignore_l1_data_fee: true, ..Default::default() });
    external(&ignoring, &raw).await.unwrap();
}

#[tokio::test]
async fn a_fee_cap_below_the_base_fee_waits_and_is_not_refused() {
    let pool = Chain::new().pool(TxpoolConfig::default());
    let cheap = TxEip1559 { max_fee_per_gas: 15_679_999, ..transfer(0) };
    external(&pool, &signed(0, cheap)).await.unwrap();
    assert_eq!(nonces(&pool, 0), (vec![], vec![0]));
    let enough = TxEip1559 { max_fee_per_gas: 15_680_000, ..transfer(0) };
    external(&pool, &signed(1, enough)).await.unwrap();
    assert_eq!(nonces(&pool, 1), (vec![0], vec![]));
}

#[tokio::test]
async fn a_state_that_cannot_be_read_says_nothing_about_a_transaction() {
    let mut config = storage_config();
    config.database.max_readers = 1;
    let chain = Chain::of(dev(), config);
    let pool = chain.pool(TxpoolConfig::default());
    let views = chain.all_views();
    let raw = signed(0, transfer(0));
    let err = external(&pool, &raw).await.unwrap_err();
    assert!(matches!(err, PoolError::Storage { .. }), "{err}");
    assert_eq!(err.kind(), PoolErrorKind::Internal);
    drop(views);
    settled(&pool).await;
    external(&pool, &raw).await.unwrap();
}

#[tokio::test]
async fn each_of_a_batch_gets_its_own_answer() {
    let chain = Chain::new();
    let pool = chain.pool(TxpoolConfig { max_account_slots: 100, ..Default::default() });
    // So many at once that they are shared out among threads.
    let tasks: Vec<_> = (0..200_u64)
        .map(|at| {
            let account = u8::try_from(at % 4).unwrap();
            let nonce = at / 4;
            let raw = match at % 5 {
                4 => signed(account, TxEip1559 { chain_id: at, ..transfer(nonce) }),
                _ => signed(account, transfer(nonce)),
            };
            let pool = pool.clone();
            (at, raw.clone(), tokio::spawn(async move { external(&pool, &raw).await }))
        })
        .collect();
    for (at, raw, task) in tasks {
        match task.await.unwrap() {
            Ok(hash) => assert_eq!((hash, at % 5 == 4), (hash_of(&raw), false)),
            Err(err) => {
                let sentence = format!("invalid chain id for signer: have {at} want 1337");
                assert_eq!(err.to_string(), sentence);
            }
        }
    }
    assert_eq!(pool.size().pending + pool.size().queued, 160);
}
