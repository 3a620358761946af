//! Transactions of the pool.

use crate::support::{
    Chain, ENDLESS, LOGGING, ListSource, REVERTING, STORING, Sender, Tx, assert_valid, attributes,
    hashes, l1_message, pooled,
};
use alloy_consensus::TxReceipt as _;
use alloy_primitives::{Address, B256, U256};
use rollup_payload::{BuiltPayload, StopReason};
use rollup_primitives::PayloadAttributes;
use rollup_txpool::PoolTransaction;
use std::sync::Arc;

fn statuses(payload: &BuiltPayload) -> Vec<bool> {
    payload.block.receipts.iter().map(|receipt| receipt.status()).collect()
}

/// Which of `transactions` are in the block built of them, by position, and the senders skipped.
fn included(chain: &Chain, transactions: &[Arc<PoolTransaction>]) -> (Vec<usize>, Vec<Address>) {
    let source = ListSource::new(transactions.iter().cloned());
    let payload = chain.build(&source, attributes(chain));
    let position = |hash| transactions.iter().position(|tx| tx.hash() == hash).unwrap();
    (hashes(&payload).into_iter().map(position).collect(), source.skipped())
}

#[test]
fn s1_a_block_without_transactions() {
    let chain = Chain::new();
    let payload = chain.build(&ListSource::default(), attributes(&chain));
    assert_eq!((payload.transactions, payload.transaction_bytes), (0, 0));
    assert_eq!(payload.stop, StopReason::Sealed);
    assert_eq!(payload.block.block.gas_used, 0);
    chain.append(payload);
    assert_eq!(chain.head().number, 1, "whether it is kept is up to the caller");
}

#[test]
fn transactions_are_in_the_order_in_which_they_are_given() {
    let chain = Chain::new();
    let (a, b) = (Sender::funded(0), Sender::funded(1));
    let transactions = [
        b.pooled(Tx::transfer(0)),
        a.pooled(Tx { is_legacy: true, ..Tx::transfer(0) }),
        b.pooled(Tx::transfer(1)),
        a.pooled(Tx::transfer(1)),
    ];
    assert_eq!(included(&chain, &transactions), (vec![0, 1, 2, 3], vec![]));
}

#[test]
fn a_used_nonce_skips_that_transaction_alone() {
    let chain = Chain::new();
    let sender = Sender::funded(0);
    let transactions = [
        sender.pooled(Tx::transfer(0)),
        sender.pooled(Tx::call(0, LOGGING)),
        sender.pooled(Tx::transfer(1)),
    ];
    assert_eq!(included(&chain, &transactions), (vec![0, 2], vec![]));
}

#[test]
fn an_invalid_transaction_skips_its_sender() {
    let poor = Sender::of(B256::repeat_byte(7));
    let chain = Chain::with(|genesis, _| {
        let account = genesis.alloc.entry(poor.address()).or_default();
        // Gas for one transfer, and not the L1 data fee.
        account.balance = U256::from(21_000) * U256::from(2_000_000_000);
    });
    let (a, b) = (Sender::funded(0), Sender::funded(1));
    let nonce_gap = [a.pooled(Tx::transfer(1)), a.pooled(Tx::transfer(0))];
    let too_little_gas = [a.pooled(Tx { gas_limit: 20_999, ..Tx::transfer(0) })];
    let value = U256::from(1) << 100;
    let too_much_value = [a.pooled(Tx { value, ..Tx::transfer(0) })];
    let no_l1_fee = [poor.pooled(Tx { value: U256::ZERO, ..Tx::transfer(0) })];
    for invalid in [&nonce_gap[..], &too_little_gas, &too_much_value, &no_l1_fee] {
        let sender = invalid[0].sender();
        let mut transactions = invalid.to_vec();
        let rest = invalid.len();
        transactions.extend([b.pooled(Tx::transfer(0)), a.pooled(Tx::transfer(7))]);
        let (block, skipped) = included(&chain, &transactions);
        assert_eq!(block, [rest], "{invalid:?}");
        assert_eq!(skipped[0], sender, "{invalid:?}");
    }
}

#[test]
fn value_gas_and_l1_data_fee_must_be_there_together() {
    let sender = Sender::of(B256::repeat_byte(7));
    let balance = U256::from(10).pow(U256::from(18));
    let chain = Chain::with(|genesis, _| {
        genesis.alloc.entry(sender.address()).or_default().balance = balance;
    });
    let gas = U256::from(21_000) * U256::from(2_000_000_000);
    // Executed, it would fail and yet be charged for.
    let transactions = [sender.pooled(Tx { value: balance - gas, ..Tx::transfer(0) })];
    assert_eq!(included(&chain, &transactions), (vec![], vec![sender.address()]));
}

#[test]
fn a_message_from_the_pool_is_never_included() {
    let chain = Chain::new();
    let message = l1_message(0, |_| {});
    let sender = message.signer();
    let transactions = [pooled(message), Sender::funded(0).pooled(Tx::transfer(0))];
    assert_eq!(included(&chain, &transactions), (vec![1], vec![sender]));
}

#[test]
fn failing_transactions_are_included_and_pay() {
    let chain = Chain::new();
    let sender = Sender::funded(0);
    let transactions = [
        sender.pooled(Tx::call(0, REVERTING)),
        sender.pooled(Tx::call(1, ENDLESS)),
        sender.pooled(Tx::create(2)),
        sender.pooled(Tx { input: vec![0xfe].into(), ..Tx::create(3) }),
        sender.pooled(Tx::store(4, 1, 2)),
        sender.pooled(Tx::call(5, LOGGING)),
    ];
    let source = ListSource::new(transactions);
    let payload = chain.build(&source, attributes(&chain));
    assert_eq!(statuses(&payload), [false, false, true, false, true, true]);
    assert!(payload.block.receipts.iter().all(|receipt| !receipt.l1_fee.is_zero()));
    assert_eq!(payload.block.receipts[5].logs().len(), 1);
    chain.append(payload);

    let view = chain.view();
    let state = view.latest_state();
    let created = state.account(sender.address().create(2)).unwrap().unwrap();
    assert_eq!(
        state.code(created.code_hash).unwrap().unwrap().as_ref(),
        [0x60, 0x20, 0x35, 0x5f, 0x35, 0x55, 0x00]
    );
    assert_eq!(state.storage(STORING, U256::from(1)).unwrap(), U256::from(2));
    assert_eq!(state.account(sender.address()).unwrap().unwrap().nonce, 6);
}

#[test]
fn a_delegation_works_in_the_same_block() {
    let chain = Chain::new();
    let (authority, caller) = (Sender::funded(0), Sender::funded(1));
    let call = Tx { to: authority.address().into(), ..Tx::store(0, 5, 9) };
    let source =
        ListSource::new([authority.pooled(Tx::delegation(0, STORING)), caller.pooled(call)]);
    let payload = chain.build(&source, attributes(&chain));
    assert_eq!(statuses(&payload), [true, true]);
    chain.append(payload);
    let view = chain.view();
    let slot = view.latest_state().storage(authority.address(), U256::from(5)).unwrap();
    assert_eq!(slot, U256::from(9));
}

#[test]
fn a_chain_grows_by_built_blocks() {
    let chain = Chain::new();
    let sender = Sender::funded(0);
    for number in 0..5 {
        let (first, second) =
            (Tx::store(2 * number, number, 1), Tx::store(2 * number + 1, 0, number));
        let source = ListSource::new([sender.pooled(first), sender.pooled(second)]);
        let payload = chain.build(&source, attributes(&chain));
        assert_eq!(payload.transactions, 2);
        chain.append(payload);
    }
    // Durable, and the same for a node that starts anew.
    let head = chain.head();
    chain.storage.flush().unwrap();
    let chain = chain.reopened();
    assert_eq!(chain.head(), head);
    let payload = chain.build(&ListSource::default(), attributes(&chain));
    assert_valid(&chain, &payload);
    assert_eq!(payload.block.block.parent_hash, head.hash());
}

#[test]
fn a_block_may_have_the_timestamp_of_its_parent() {
    let chain = Chain::new();
    let timestamp = chain.head().timestamp;
    let attributes = PayloadAttributes { timestamp, ..attributes(&chain) };
    let payload = chain.build(&ListSource::default(), attributes);
    assert_eq!(payload.block.block.timestamp, timestamp);
}
