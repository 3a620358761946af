//! What a builder is given.

use super::*;
use crate::pool::BestState;

const BASE_FEE: u64 = 50;

/// Sender and nonce of the next transaction.
fn next(best: &mut BestState, pool: &Pool) -> Option<(u8, u64)> {
    best.next(pool).map(|transaction| (transaction.sender()[0], transaction.nonce()))
}

fn rest(best: &mut BestState, pool: &Pool) -> Vec<(u8, u64)> {
    std::iter::from_fn(|| next(best, pool)).collect()
}

#[test]
fn gives_the_highest_tip_first_and_of_equals_the_first_to_come() {
    let mut pool = pool(WIDE);
    for (sender, nonce, tip) in [(1, 0, 5), (1, 1, 40), (2, 0, 10), (3, 0, 10), (3, 1, 20)] {
        add(&mut pool, Spec::of(sender, nonce).fees(100, tip));
    }
    // The cap leaves it a tip of 1.
    add(&mut pool, Spec::of(4, 0).fees(51, 50));
    let expected = [(2, 0), (3, 0), (3, 1), (1, 0), (1, 1), (4, 0)];
    assert_eq!(rest(&mut BestState::new(BASE_FEE), &pool), expected);
    // Another order at another base fee.
    let at_one = [(4, 0), (2, 0), (3, 0), (3, 1), (1, 0), (1, 1)];
    assert_eq!(rest(&mut BestState::new(1), &pool), at_one);
    // Those that do not pay it are left out.
    assert_eq!(rest(&mut BestState::new(52), &pool), expected[..5]);
}

#[test]
fn gives_what_comes_while_it_lives() {
    let mut pool = pool(WIDE);
    add(&mut pool, Spec::of(1, 0));
    let mut best = BestState::new(BASE_FEE);
    assert_eq!(next(&mut best, &pool), Some((1, 0)));
    assert_eq!(next(&mut best, &pool), None);
    // Better than what was given, worse, a successor, and the successor of a successor.
    add(&mut pool, Spec::of(2, 0).fees(100, 30));
    add(&mut pool, Spec::of(3, 0).fees(100, 1));
    add(&mut pool, Spec::of(1, 2));
    assert_eq!(rest(&mut best, &pool), [(2, 0), (3, 0)]);
    add(&mut pool, Spec::of(1, 1));
    assert_eq!(rest(&mut best, &pool), [(1, 1), (1, 2)]);
    assert_eq!(next(&mut best, &pool), None);
}

#[test]
fn does_not_give_what_left_the_pool() {
    let mut pool = pool(WIDE);
    for sender in 1..=3 {
        add(&mut pool, Spec::of(sender, 0));
        add(&mut pool, Spec::of(sender, 1));
    }
    let mut best = BestState::new(BASE_FEE);
    assert_eq!(next(&mut best, &pool), Some((1, 0)));
    pool.set_account(address(2), AccountState { nonce: 2, ..RICH }, NOW);
    pool.set_account(address(3), AccountState { nonce: 1, ..RICH }, NOW);
    assert_eq!(rest(&mut best, &pool), [(1, 1), (3, 1)]);
}

#[test]
fn gives_a_replacement_instead_but_not_of_what_was_given() {
    let mut pool = pool(WIDE);
    for sender in 1..=2 {
        add(&mut pool, Spec::of(sender, 0));
    }
    let mut best = BestState::new(BASE_FEE);
    assert_eq!(next(&mut best, &pool), Some((1, 0)));
    for sender in 1..=2 {
        add(&mut pool, Spec::of(sender, 0).fees(200, 20));
    }
    let given = best.next(&pool).unwrap();
    assert_eq!(given.hash(), Spec::of(2, 0).fees(200, 20).hash());
    assert_eq!(next(&mut best, &pool), None);
}

#[test]
fn gives_nothing_more_of_a_sender_that_is_skipped() {
    let mut pool = pool(WIDE);
    for nonce in 0..3 {
        add(&mut pool, Spec::of(1, nonce).fees(100, 40));
        add(&mut pool, Spec::of(2, nonce));
    }
    let mut best = BestState::new(BASE_FEE);
    best.skip_sender();
    assert_eq!(next(&mut best, &pool), Some((1, 0)));
    best.skip_sender();
    add(&mut pool, Spec::of(1, 3));
    assert_eq!(rest(&mut best, &pool), [(2, 0), (2, 1), (2, 2)]);
}

#[test]
fn gives_again_what_could_not_be_executed_for_a_while() {
    let mut pool = pool(WIDE);
    add(&mut pool, Spec::of(1, 0));
    add(&mut pool, Spec::of(1, 1));
    let mut best = BestState::new(BASE_FEE);
    assert_eq!(next(&mut best, &pool), Some((1, 0)));
    pool.set_account(address(1), AccountState { balance: U256::ZERO, ..RICH }, NOW);
    assert_eq!(next(&mut best, &pool), None);
    pool.set_account(address(1), RICH, NOW);
    assert_eq!(rest(&mut best, &pool), [(1, 1)]);
}

#[test]
fn goes_on_when_the_base_fee_changes() {
    let mut pool = pool(WIDE);
    for sender in 1..=4 {
        add(&mut pool, Spec::of(sender, 0).fees(100, sender.into()));
        add(&mut pool, Spec::of(sender, 1).fees(100, 1));
    }
    let mut best = BestState::new(BASE_FEE);
    assert_eq!(next(&mut best, &pool), Some((4, 0)));
    pool.set_head(Conditions { base_fee: 60, ..pool.conditions }, None, NOW);
    let expected = [(3, 0), (2, 0), (1, 0), (1, 1), (2, 1), (3, 1), (4, 1)];
    assert_eq!(rest(&mut best, &pool), expected);
}

#[test]
fn what_comes_in_the_place_of_another_one_has_its_own_rank() {
    let mut pool = pool(WIDE);
    add(&mut pool, Spec::of(1, 0).fees(100, 40));
    add(&mut pool, Spec::of(1, 1).fees(100, 40));
    add(&mut pool, Spec::of(2, 0).fees(100, 20));
    let mut best = BestState::new(BASE_FEE);
    assert_eq!(next(&mut best, &pool), Some((1, 0)));
    // A block takes both, and leaves the chain again; a poorer one comes instead.
    pool.set_account(address(1), AccountState { nonce: 2, ..RICH }, NOW);
    let account = AccountState { nonce: 1, ..RICH };
    pool.insert(Spec::of(1, 1).fees(100, 5).candidate(), account, NOW).unwrap();
    assert_eq!(rest(&mut best, &pool), [(2, 0), (1, 1)]);
}
