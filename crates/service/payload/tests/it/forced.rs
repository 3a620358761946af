//! Transactions of the attributes.

use crate::support::{
    Chain, ListSource, RECIPIENT, Sender, THIEF, Tx, attributes, hashes, l1_message, wait,
};
use alloy_consensus::{TxReceipt as _, transaction::Recovered};
use alloy_primitives::U256;
use rollup_payload::{BuiltPayload, StopReason};
use rollup_primitives::{PayloadAttributes, ScrollTxEnvelope};

fn with(chain: &Chain, transactions: Vec<Recovered<ScrollTxEnvelope>>) -> PayloadAttributes {
    PayloadAttributes { transactions, ..attributes(chain) }
}

fn queue_indices(payload: &BuiltPayload) -> Vec<u64> {
    let transactions = &payload.block.block.body().transactions;
    let messages = transactions.iter().filter_map(|tx| tx.as_l1_message());
    messages.map(|message| message.inner().queue_index).collect()
}

/// Builds with these and an empty pool.
fn build(chain: &Chain, transactions: Vec<Recovered<ScrollTxEnvelope>>) -> BuiltPayload {
    chain.build(&ListSource::default(), with(chain, transactions))
}

#[test]
fn s2_a_transaction_then_a_message_are_a_block_each() {
    let chain = Chain::with(|genesis, _| genesis.base_fee_per_gas = Some(1_000_000_000));
    let source = ListSource::new([Sender::funded(0).pooled(Tx::transfer(0))]);
    let first = chain.build(&source, attributes(&chain));
    assert_eq!((first.transactions, first.l1_messages), (1, 0));
    assert_eq!(first.block.block.base_fee_per_gas, Some(876_960_000));
    assert_eq!(source.base_fees(), [876_960_000]);
    chain.append(first);

    let second = build(&chain, vec![l1_message(0, |_| {})]);
    assert_eq!((second.transactions, second.l1_messages), (1, 1));
    assert_eq!(second.transaction_bytes, 0);
    assert_eq!(second.block.block.number, 2);
    assert!(second.skipped_l1_messages.is_empty());
    let congestion = (876_960_000 - 15_680_000) * 7 / 8;
    // The step down is an eighth of the part above the overhead, less what block 1 used.
    let base_fee = second.block.block.base_fee_per_gas.unwrap() - 15_680_000;
    assert!((congestion..congestion + 1_000_000).contains(&base_fee), "{base_fee}");
}

#[test]
fn messages_come_before_transactions_of_the_pool() {
    let chain = Chain::new();
    let source = ListSource::new([Sender::funded(0).pooled(Tx::transfer(0))]);
    let messages = vec![l1_message(7, |_| {}), l1_message(8, |_| {})];
    let payload = chain.build(&source, with(&chain, messages));
    assert_eq!(queue_indices(&payload), [7, 8]);
    assert_eq!((payload.transactions, payload.l1_messages), (3, 2));
}

#[test]
fn s11_messages_that_do_not_fit_wait_for_the_next_block() {
    let chain = Chain::new();
    // Each uses far less than it reserves.
    let messages = |range: std::ops::Range<u64>| {
        range.map(|at| l1_message(at, |message| message.gas_limit = 8_000_000)).collect()
    };
    let first = build(&chain, messages(3..8));
    assert_eq!(queue_indices(&first), [3, 4]);
    assert_eq!(first.skipped_l1_messages, [5, 6, 7]);
    chain.append(first);
    let second = build(&chain, messages(5..7));
    assert_eq!(queue_indices(&second), [5, 6]);
    assert!(second.skipped_l1_messages.is_empty());
}

#[test]
fn a_message_behind_one_without_room_waits_even_if_it_has_room() {
    let chain = Chain::new();
    let payload = build(
        &chain,
        vec![
            l1_message(0, |message| message.gas_limit = 19_000_000),
            l1_message(1, |message| message.gas_limit = 2_000_000),
            l1_message(2, |_| {}),
        ],
    );
    assert_eq!(queue_indices(&payload), [0]);
    assert_eq!(payload.skipped_l1_messages, [1, 2]);
}

#[test]
fn a_message_above_the_gas_limit_does_not_stop_the_pool() {
    let chain = Chain::new();
    let source = ListSource::new([Sender::funded(0).pooled(Tx::transfer(0))]);
    let message = l1_message(4, |message| message.gas_limit = 20_000_001);
    let payload = chain.build(&source, with(&chain, vec![message]));
    assert_eq!((payload.transactions, payload.l1_messages), (1, 0));
    assert_eq!(payload.skipped_l1_messages, [4]);
}

#[test]
fn messages_reserve_their_limit_but_the_header_tells_what_was_used() {
    let chain = Chain::new();
    let message = l1_message(0, |message| message.gas_limit = 20_000_000 - 20_999);
    let attributes = with(&chain, vec![message]);
    let mut job = chain.start(&ListSource::default(), attributes);
    // Not told to seal: no transaction fits any more.
    let payload = wait(&mut job).unwrap();
    assert_eq!(payload.stop, StopReason::GasLimit);
    assert!(payload.block.block.gas_used < 100_000);
}

#[test]
fn an_invalid_message_is_left_out_with_those_behind_it() {
    let chain = Chain::new();
    let payload = build(
        &chain,
        vec![
            l1_message(0, |_| {}),
            l1_message(1, |message| message.gas_limit = 20_000),
            l1_message(2, |_| {}),
            l1_message(3, |_| {}),
        ],
    );
    assert_eq!(queue_indices(&payload), [0]);
    assert_eq!(payload.skipped_l1_messages, [1, 2, 3]);

    let from_contract = build(&chain, vec![l1_message(0, |message| message.sender = THIEF)]);
    assert_eq!(from_contract.skipped_l1_messages, [0]);
    assert_eq!(from_contract.transactions, 0);
}

#[test]
fn messages_with_a_gap_between_them_are_not_in_one_block() {
    let chain = Chain::new();
    for (indices, included) in
        [(vec![5, 7, 6], vec![5]), (vec![5, 5], vec![5]), (vec![u64::MAX, 0], vec![u64::MAX])]
    {
        let messages = indices.iter().map(|at| l1_message(*at, |_| {})).collect();
        let payload = build(&chain, messages);
        assert_eq!(queue_indices(&payload), included);
        assert_eq!(payload.skipped_l1_messages, indices[1..]);
    }
}

#[test]
fn a_message_behind_a_transaction_is_left_out() {
    let chain = Chain::new();
    let transfer = Sender::funded(0).signed(Tx::transfer(0));
    let payload = build(&chain, vec![transfer, l1_message(0, |_| {})]);
    assert_eq!((payload.transactions, payload.l1_messages), (1, 0));
    assert_eq!(payload.skipped_l1_messages, [0]);
}

#[test]
fn a_message_without_funds_for_its_value_is_included_and_fails() {
    let chain = Chain::new();
    let message = l1_message(0, |message| {
        message.value = U256::ONE;
        message.to = RECIPIENT;
    });
    let payload = build(&chain, vec![message]);
    assert_eq!(payload.l1_messages, 1);
    let receipt = &payload.block.receipts[0];
    assert!(!receipt.status());
    assert_eq!(receipt.cumulative_gas_used(), 21_000 + 3 * 16);
    assert!(receipt.l1_fee.is_zero());
}

#[test]
fn without_the_pool_a_block_seals_by_itself() {
    let chain = Chain::new();
    let sender = Sender::funded(0);
    let source = ListSource::new([Sender::funded(1).pooled(Tx::transfer(0))]);
    let transactions = vec![
        l1_message(0, |_| {}),
        sender.signed(Tx::store(0, 1, 2)),
        // Left out: the nonce is used up.
        sender.signed(Tx::transfer(0)),
        sender.signed(Tx::transfer(1)),
    ];
    let expected: Vec<_> = [0, 1, 3].map(|at: usize| *transactions[at].hash()).into();
    let attributes = PayloadAttributes { no_tx_pool: true, ..with(&chain, transactions) };
    let payload = wait(&mut chain.start(&source, attributes)).unwrap();
    assert_eq!(payload.stop, StopReason::NoTxPool);
    assert_eq!(hashes(&payload), expected);
    assert!(source.base_fees().is_empty(), "the pool was asked");
    crate::support::assert_valid(&chain, &payload);
}

#[test]
fn sealing_does_not_cut_off_transactions_of_the_attributes() {
    let chain = Chain::new();
    let messages: Vec<_> = (0..150).map(|at| l1_message(at, |_| {})).collect();
    let mut job = chain.start(&ListSource::default(), with(&chain, messages));
    job.seal();
    let payload = wait(&mut job).unwrap();
    assert_eq!(payload.l1_messages, 150);
    crate::support::assert_valid(&chain, &payload);
}
