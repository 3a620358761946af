//! Random lists of transactions, valid and not.

use crate::support::{
    Chain, ENDLESS, LOGGING, ListSource, REVERTING, STORING, Sender, Tx, attributes, l1_message,
};
use alloy_primitives::{TxKind, U256};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    test_runner::{Config, TestRunner},
};
use rollup_primitives::{PayloadAttributes, TxL1Message};
use std::{array, cell::Cell};

/// How the nonce of a transaction relates to the one that its sender has.
#[derive(Clone, Copy, Debug)]
enum Nonce {
    Next,
    Used,
    Gap,
}

#[derive(Clone, Debug)]
struct Random {
    sender: usize,
    nonce: Nonce,
    tx: Tx,
}

fn tx() -> impl Strategy<Value = Tx> {
    let target = prop_oneof![Just(REVERTING), Just(ENDLESS), Just(LOGGING), Just(STORING)];
    prop_oneof![
        3 => any::<u64>().prop_map(|wei| Tx { value: U256::from(wei), ..Tx::transfer(0) }),
        3 => (0..4_u64, 0..3_u64).prop_map(|(slot, value)| Tx::store(0, slot, value)),
        2 => target.prop_map(|to| Tx::call(0, to)),
        1 => Just(Tx::create(0)),
        1 => Just(Tx::delegation(0, STORING)),
        1 => (0..3_usize).prop_map(|at| {
            let to = TxKind::Call(Sender::funded(at).address());
            Tx { to, ..Tx::store(0, 9, 1) }
        }),
        1 => (20_000..700_000_u64).prop_map(|gas_limit| Tx { gas_limit, ..Tx::store(0, 1, 1) }),
        1 => Just(Tx { value: U256::MAX >> 128, ..Tx::transfer(0) }),
    ]
}

fn transactions() -> impl Strategy<Value = Vec<Random>> {
    let nonce = prop_oneof![8 => Just(Nonce::Next), 1 => Just(Nonce::Used), 1 => Just(Nonce::Gap)];
    let one =
        (0..3_usize, nonce, tx(), any::<bool>()).prop_map(|(sender, nonce, tx, is_legacy)| {
            let is_legacy = is_legacy && tx.delegate.is_none();
            Random { sender, nonce, tx: Tx { is_legacy, ..tx } }
        });
    vec(one, 0..24)
}

fn messages() -> impl Strategy<Value = Vec<TxL1Message>> {
    let to = prop_oneof![Just(STORING), Just(REVERTING), Just(ENDLESS), Just(LOGGING)];
    let one = (to, 18_000..900_000_u64, 0..2_u64).prop_map(|(to, gas_limit, wei)| TxL1Message {
        to,
        gas_limit,
        value: U256::from(wei),
        ..Default::default()
    });
    vec(one, 0..5)
}

#[test]
fn a_built_block_is_what_executing_it_gives() {
    // Small enough to be full at times.
    let chain = Chain::with(|genesis, config| {
        genesis.gas_limit = 1_000_000;
        config.max_tx_payload_bytes_per_block = 2_000;
    });
    let config = Config { cases: 96, failure_persistence: None, ..Config::default() };
    let included = [Cell::new(0_usize), Cell::new(0)];
    TestRunner::new(config)
        .run(&(messages(), transactions()), |(messages, transactions)| {
            let mut nonces = [0_u64; 3];
            let senders: [Sender; 3] = array::from_fn(Sender::funded);
            let pooled: Vec<_> = transactions
                .into_iter()
                .map(|Random { sender, nonce, tx }| {
                    let next = &mut nonces[sender];
                    let nonce = match nonce {
                        Nonce::Next => *next,
                        Nonce::Used => next.saturating_sub(1),
                        Nonce::Gap => *next + 1,
                    };
                    *next = (*next).max(nonce + 1);
                    let delegate = tx.delegate.map(|(to, _)| (to, nonce + 1));
                    // A delegation takes a nonce of its own.
                    *next += u64::from(delegate.is_some());
                    senders[sender].pooled(Tx { nonce, delegate, ..tx })
                })
                .collect();
            let count = (messages.len(), pooled.len());
            let transactions: Vec<_> = (0..)
                .zip(messages)
                .map(|(at, TxL1Message { to, gas_limit, value, .. })| {
                    l1_message(at, |message| {
                        (message.to, message.gas_limit, message.value) = (to, gas_limit, value);
                    })
                })
                .collect();
            let attributes = PayloadAttributes { transactions, ..attributes(&chain) };
            // Compares with what executing it gives.
            let payload = chain.build_or_fill(&ListSource::new(pooled), attributes);
            let l2 = payload.transactions - payload.l1_messages;
            assert_eq!(payload.l1_messages + payload.skipped_l1_messages.len(), count.0);
            assert!(l2 <= count.1 && payload.transaction_bytes <= 2_000);
            included[0].set(included[0].get() + l2);
            included[1].set(included[1].get() + payload.l1_messages);
            Ok(())
        })
        .unwrap();
    assert!(included.iter().all(|count| count.get() > 96), "{included:?}");
}
