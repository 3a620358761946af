//! One rule each.

use super::*;
use crate::error::PoolError;

#[test]
fn what_follows_a_gap_waits_until_it_is_filled() {
    let mut pool = pool(WIDE);
    for nonce in [2, 1, 4] {
        add(&mut pool, Spec::of(1, nonce));
    }
    assert_eq!(nonces(&pool, 1), (vec![], vec![1, 2, 4]));
    assert!(!pool.take_effects().has_more);
    add(&mut pool, Spec::of(1, 0));
    assert_eq!(nonces(&pool, 1), (vec![0, 1, 2], vec![4]));
    let effects = pool.take_effects();
    let announced: Vec<_> = effects.pending.iter().map(|tx| tx.nonce()).collect();
    assert!(effects.has_more);
    assert_eq!(announced, [0, 1, 2]);
}

#[test]
fn what_the_balance_does_not_cover_together_waits() {
    let mut pool = pool(WIDE);
    let account = AccountState { nonce: 0, balance: U256::from(25) };
    for nonce in 0..4 {
        let spec = Spec { cost: 10, ..Spec::of(1, nonce) };
        pool.insert(spec.candidate(), account, NOW).unwrap();
    }
    assert_eq!(nonces(&pool, 1), (vec![0, 1], vec![2, 3]));
    pool.set_account(address(1), AccountState { balance: U256::from(30), ..account }, NOW);
    assert_eq!(nonces(&pool, 1), (vec![0, 1, 2], vec![3]));
    pool.set_account(address(1), AccountState { balance: U256::from(9), ..account }, NOW);
    assert_eq!(nonces(&pool, 1), (vec![], vec![0, 1, 2, 3]));
}

#[test]
fn what_does_not_pay_the_base_fee_waits_with_its_successors() {
    let mut pool = pool(WIDE);
    add(&mut pool, Spec::of(1, 0));
    add(&mut pool, Spec::of(1, 1).fees(49, 1));
    add(&mut pool, Spec::of(1, 2));
    assert_eq!(nonces(&pool, 1), (vec![0], vec![1, 2]));
    pool.set_head(Conditions { base_fee: 49, ..pool.conditions }, None, NOW);
    assert_eq!(nonces(&pool, 1), (vec![0, 1, 2], vec![]));
    pool.set_head(Conditions { base_fee: 101, ..pool.conditions }, None, NOW);
    assert_eq!(nonces(&pool, 1), (vec![], vec![0, 1, 2]));
}

#[test]
fn what_no_block_has_room_for_waits() {
    let mut pool = pool(WIDE);
    add(&mut pool, Spec { gas_limit: 30_000_000, ..Spec::of(1, 0) });
    assert_eq!(nonces(&pool, 1), (vec![0], vec![]));
    pool.set_head(Conditions { gas_limit: 29_999_999, ..pool.conditions }, None, NOW);
    assert_eq!(nonces(&pool, 1), (vec![], vec![0]));
}

#[test]
fn a_new_price_counts_for_what_is_in_the_pool() {
    let mut pool = pool(WIDE);
    let account = AccountState { nonce: 0, balance: U256::from(25) };
    for nonce in 0..2 {
        let spec = Spec { cost: 10, ..Spec::of(1, nonce) };
        pool.insert(spec.candidate(), account, NOW).unwrap();
    }
    let dearer = |_: &PoolTransaction, basis| (basis, U256::from(13));
    pool.set_head(pool.conditions, Some(&dearer), NOW);
    assert_eq!(nonces(&pool, 1), (vec![0], vec![1]));
    let cheaper = |_: &PoolTransaction, basis| (basis, U256::from(12));
    pool.set_head(pool.conditions, Some(&cheaper), NOW);
    assert_eq!(nonces(&pool, 1), (vec![0, 1], vec![]));
}

#[test]
fn a_replacement_pays_more_in_both_fees() {
    let mut pool = pool(WIDE);
    let old = Spec::of(1, 0).fees(1_001, 10);
    add(&mut pool, old);
    for (fee_cap, tip) in [(1_101, 11), (1_102, 10), (5_000, 10), (1_101, 1_000)] {
        let candidate = Spec::of(1, 0).fees(fee_cap, tip).candidate();
        let err = pool.insert(candidate, RICH, NOW).unwrap_err();
        let expected = "replacement transaction underpriced: needs a max fee per gas of 1102 and a max \
             priority fee per gas of 11";
        assert_eq!(err.to_string(), expected);
    }
    assert!(pool.get(&old.hash()).is_some());
    let new = Spec::of(1, 0).fees(1_102, 11);
    add(&mut pool, new);
    assert_eq!(removed(&mut pool), [(old.hash(), Removal::Replaced { by: new.hash() })]);
    assert!(pool.get(&old.hash()).is_none() && pool.get(&new.hash()).is_some());
    assert_eq!((pool.size().pending, pool.size().queued), (1, 0));
}

#[test]
fn a_replacement_that_costs_more_makes_its_successors_wait() {
    let mut pool = pool(WIDE);
    let account = AccountState { nonce: 0, balance: U256::from(30) };
    for nonce in 0..3 {
        let spec = Spec { cost: 10, ..Spec::of(1, nonce) };
        pool.insert(spec.candidate(), account, NOW).unwrap();
    }
    let dear = Spec { cost: 11, ..Spec::of(1, 0).fees(200, 20) };
    pool.insert(dear.candidate(), account, NOW).unwrap();
    assert_eq!(nonces(&pool, 1), (vec![0, 1], vec![2]));
}

#[test]
fn the_same_transaction_is_known() {
    let mut pool = pool(WIDE);
    add(&mut pool, Spec::of(1, 0));
    let err = pool.insert(Spec::of(1, 0).candidate(), RICH, NOW).unwrap_err();
    assert!(matches!(err, PoolError::AlreadyKnown));
}

#[test]
fn of_a_sender_with_too_many_the_lower_nonces_stay() {
    let mut pool = pool(Limits { max_account_slots: 2, ..WIDE });
    add(&mut pool, Spec::of(1, 5));
    add(&mut pool, Spec::of(1, 7));
    let err = pool.insert(Spec::of(1, 8).candidate(), RICH, NOW).unwrap_err();
    assert_eq!(err.to_string(), "account limit exceeded: pooled 2 txs");
    add(&mut pool, Spec::of(1, 0));
    assert_eq!(nonces(&pool, 1), (vec![0], vec![5]));
    assert_eq!(removed(&mut pool), [(Spec::of(1, 7).hash(), Removal::AccountLimit)]);
    // Another one with a nonce that is taken is no more than before.
    add(&mut pool, Spec::of(1, 5).fees(200, 20));
    assert_eq!(nonces(&pool, 1), (vec![0], vec![5]));
}

#[test]
fn neither_local_nor_returned_transactions_are_limited_by_sender() {
    let mut pool = pool(Limits { max_account_slots: 1, ..WIDE });
    for nonce in 0..5 {
        add(&mut pool, Spec::of(1, nonce).local());
        add(&mut pool, Spec { is_returned: true, ..Spec::of(2, nonce) });
    }
    assert_eq!(pool.size().pending, 10);
    // The local ones of a sender leave room for one that is not.
    add(&mut pool, Spec::of(1, 5));
    pool.insert(Spec::of(1, 6).candidate(), RICH, NOW).unwrap_err();
}

#[test]
fn a_full_pool_loses_the_lowest_tip_and_refuses_lower_ones() {
    let mut pool = pool(Limits { max_pending: 3, ..WIDE });
    for (sender, tip) in [(1, 30), (2, 10), (3, 20)] {
        add(&mut pool, Spec::of(sender, 0).fees(100, tip));
    }
    for tip in [9, 10] {
        let err = pool.insert(Spec::of(4, 0).fees(100, tip).candidate(), RICH, NOW).unwrap_err();
        assert_eq!(err.to_string(), "txpool is full", "{tip}");
        assert!(pool.sender(address(4)).is_none());
    }
    removed(&mut pool);
    add(&mut pool, Spec::of(4, 0).fees(100, 11));
    assert_eq!(removed(&mut pool), [(Spec::of(2, 0).fees(100, 10).hash(), Removal::Full)]);
}

#[test]
fn of_a_sender_the_highest_nonces_go_first() {
    let mut pool = pool(Limits { max_pending: 3, ..WIDE });
    for nonce in 0..3 {
        add(&mut pool, Spec::of(1, nonce));
    }
    add(&mut pool, Spec::of(2, 0).fees(100, 11));
    assert_eq!(nonces(&pool, 1), (vec![0, 1], vec![]));
}

#[test]
fn local_ones_go_last() {
    let mut pool = pool(Limits { max_pending: 2, ..WIDE });
    add(&mut pool, Spec::of(1, 0).fees(100, 1).local());
    add(&mut pool, Spec::of(2, 0).fees(100, 20));
    add(&mut pool, Spec::of(3, 0).fees(100, 2).local());
    assert_eq!(pool.sender(address(2)).map(|_| ()), None);
    pool.insert(Spec::of(4, 0).fees(100, 50).candidate(), RICH, NOW).unwrap_err();
    add(&mut pool, Spec::of(5, 0).fees(100, 3).local());
    assert_eq!(pool.sender(address(1)).map(|_| ()), None);
    assert_eq!(pool.size().pending, 2);
}

#[test]
fn waiting_and_executable_ones_have_limits_of_their_own() {
    let limits = Limits { max_pending: 2, max_queued: 2, ..WIDE };
    let mut pool = pool(limits);
    for sender in 1..=4 {
        let gap = Spec::of(sender, 1).fees(100, sender.into());
        let outcome = pool.insert(gap.candidate(), RICH, NOW);
        assert!(outcome.is_ok(), "{sender}");
    }
    assert_eq!((pool.size().pending, pool.size().queued), (0, 2));
    for sender in 5..=6 {
        add(&mut pool, Spec::of(sender, 0));
    }
    assert_eq!((pool.size().pending, pool.size().queued), (2, 2));
    // What does not pay the base fee is worth less than what does.
    let unpaid = Spec::of(7, 0).fees(49, 49);
    pool.insert(unpaid.candidate(), RICH, NOW).unwrap_err();
}

#[test]
fn bytes_are_limited_too() {
    let limits = Limits { max_pending_bytes: 1_000, max_queued_bytes: 500, ..WIDE };
    let mut pool = pool(limits);
    for sender in 1..=20 {
        let tip = sender.into();
        add(&mut pool, Spec { bytes: 300, ..Spec::of(sender, 0) }.fees(100, tip));
        add(&mut pool, Spec { bytes: 200, ..Spec::of(sender, 2) }.fees(100, tip));
    }
    assert_eq!((pool.size().pending_bytes, pool.size().queued_bytes), (900, 400));
}

#[test]
fn a_block_takes_its_transactions_out_of_the_pool() {
    let mut pool = pool(WIDE);
    for nonce in 0..4 {
        add(&mut pool, Spec::of(1, nonce));
    }
    pool.set_account(address(1), AccountState { nonce: 3, ..RICH }, NOW);
    assert_eq!(nonces(&pool, 1), (vec![3], vec![]));
    let used: Vec<_> = (0..3).map(|n| (Spec::of(1, n).hash(), Removal::NonceUsed)).collect();
    assert_eq!(removed(&mut pool), used);
    let err = pool.insert(Spec::of(1, 2).candidate(), AccountState { nonce: 3, ..RICH }, NOW);
    assert_eq!(err.unwrap_err().to_string(), "nonce too low: next nonce 3, tx nonce 2");
    pool.set_account(address(1), AccountState { nonce: 4, ..RICH }, NOW);
    assert!(pool.sender(address(1)).is_none());
}

#[test]
fn after_a_reorg_the_later_ones_wait_for_those_that_come_back() {
    let mut pool = pool(WIDE);
    let account = AccountState { nonce: 2, ..RICH };
    for nonce in 2..4 {
        pool.insert(Spec::of(1, nonce).candidate(), account, NOW).unwrap();
    }
    pool.set_account(address(1), RICH, NOW);
    assert_eq!(nonces(&pool, 1), (vec![], vec![2, 3]));
    for nonce in 0..2 {
        add(&mut pool, Spec { is_returned: true, ..Spec::of(1, nonce) });
    }
    assert_eq!(nonces(&pool, 1), (vec![0, 1, 2, 3], vec![]));
    // 2 and 3 were announced before.
    let announced: Vec<_> = pool.take_effects().pending.iter().map(|tx| tx.nonce()).collect();
    assert_eq!(announced, [2, 3, 0, 1]);
}

#[test]
fn what_waits_too_long_is_removed_counted_from_when_it_began_to_wait() {
    let lifetime = Duration::from_secs(10);
    let mut pool = pool(WIDE);
    let account = AccountState { nonce: 0, balance: U256::from(1) };
    pool.insert(Spec::of(1, 0).candidate(), account, NOW).unwrap();
    pool.insert(Spec::of(1, 1).candidate(), account, NOW).unwrap();
    pool.insert(Spec::of(2, 1).local().candidate(), account, NOW).unwrap();

    pool.expire(lifetime, NOW + lifetime);
    assert_eq!(pool.size().queued, 2);
    let later = NOW + lifetime + Duration::from_nanos(1);
    pool.set_account(address(1), AccountState { nonce: 0, balance: U256::ZERO }, later);
    pool.expire(lifetime, later);
    // The first of the sender waits only since it cannot be paid for, and the local one may.
    assert_eq!(removed(&mut pool), [(Spec::of(1, 1).hash(), Removal::Expired)]);
    pool.expire(lifetime, later + lifetime * 2);
    assert_eq!(removed(&mut pool), [(Spec::of(1, 0).hash(), Removal::Expired)]);
    assert_eq!((pool.size().pending, pool.size().queued), (0, 1));
}

#[test]
fn costs_that_overflow_together_wait() {
    let mut pool = pool(WIDE);
    add(&mut pool, Spec::of(1, 0));
    let mut candidate = Spec::of(1, 1).candidate();
    candidate.cost = U256::MAX;
    pool.insert(candidate, RICH, NOW).unwrap();
    assert_eq!(nonces(&pool, 1), (vec![0], vec![1]));
}

#[test]
fn junk_takes_no_more_memory_than_the_limits_allow() {
    let limits = Limits { max_pending: 300, max_queued: 200, max_pending_bytes: 20_000, ..WIDE };
    let mut pool = pool(limits);
    for at in 0..100_000_u32 {
        let spec = Spec {
            nonce: u64::from(at % 3),
            cost: at.into(),
            bytes: 100,
            is_local: at % 7 == 0,
            ..Spec::of(1, 0).fees(100, u128::from(at * 7_919 % 101))
        };
        let mut candidate = spec.candidate();
        let transaction = Arc::get_mut(&mut candidate.transaction).unwrap();
        let sender = Address::left_padding_from(&(at / 5).to_be_bytes());
        transaction.transaction =
            Recovered::new_unchecked(transaction.transaction.inner().clone(), sender);
        pool.insert(candidate, RICH, NOW).ok();
        pool.take_effects();
        assert!(pool.size().pending <= 200 && pool.size().queued <= 200);
    }
    let count = pool.size().pending + pool.size().queued;
    assert_eq!((pool.size().pending, pool.size().queued), (200, 200));
    assert_eq!(pool.by_hash.len(), count);
    assert!(pool.senders.len() <= count);
    assert!(pool.indices.entries() <= 4 * pool.senders.len());
    assert!(pool.by_hash.capacity() + pool.senders.capacity() < 10_000);
}
