//! Blocks that are full.

use crate::support::{Chain, ListSource, Sender, Tx, assert_valid, attributes, hashes, wait};
use alloy_eips::Encodable2718;
use alloy_primitives::Bytes;
use rollup_payload::{BuiltPayload, StopReason};
use rollup_primitives::PayloadAttributes;
use rollup_txpool::PoolTransaction;
use std::sync::Arc;

/// The block that is built of these, without being told to seal.
fn fill(chain: &Chain, transactions: &[Arc<PoolTransaction>]) -> BuiltPayload {
    let source = ListSource::new(transactions.iter().cloned());
    let payload = wait(&mut chain.start(&source, attributes(chain))).unwrap();
    assert_valid(chain, &payload);
    payload
}

fn included(payload: &BuiltPayload, transactions: &[Arc<PoolTransaction>]) -> Vec<usize> {
    let position = |hash| transactions.iter().position(|tx| tx.hash() == hash).unwrap();
    hashes(payload).into_iter().map(position).collect()
}

fn chain_with_gas_limit(gas_limit: u64) -> Chain {
    Chain::with(|genesis, _| genesis.gas_limit = gas_limit)
}

#[test]
fn s9_a_block_ends_when_no_transfer_fits() {
    let chain = Chain::new();
    let sender = Sender::funded(0);
    let transactions: Vec<_> = (0..1_000).map(|nonce| sender.pooled(Tx::transfer(nonce))).collect();
    let payload = fill(&chain, &transactions[..]);
    assert_eq!(payload.stop, StopReason::GasLimit);
    assert_eq!(payload.transactions, 20_000_000 / 21_000);
    let left = payload.block.block.gas_limit - payload.block.block.gas_used;
    assert!(left < 21_000, "{left} gas left");
    chain.append(payload);

    let rest = ListSource::new(transactions[20_000_000 / 21_000..].iter().cloned());
    let second = chain.build(&rest, attributes(&chain));
    assert_eq!(second.transactions, 1_000 - 20_000_000 / 21_000);
    assert_eq!(second.stop, StopReason::Sealed);
}

#[test]
fn the_last_21000_gas_are_a_transfer() {
    for (gas_limit, count) in [(62_999, 2), (63_000, 3), (63_001, 3)] {
        // The configured limit is far above, so the step is part of it.
        let chain = chain_with_gas_limit(gas_limit - 60);
        let sender = Sender::funded(0);
        let transactions: Vec<_> = (0..4).map(|nonce| sender.pooled(Tx::transfer(nonce))).collect();
        let payload = fill(&chain, &transactions);
        assert_eq!(payload.block.block.gas_limit, gas_limit);
        assert_eq!(payload.transactions, count, "{gas_limit}");
        assert_eq!(payload.stop, StopReason::GasLimit);
    }
}

#[test]
fn a_gas_limit_without_room_skips_the_sender_and_smaller_ones_go_on() {
    let chain = Chain::with(|genesis, _| genesis.gas_limit = 100_000);
    let (a, b) = (Sender::funded(0), Sender::funded(1));
    let transactions = [
        a.pooled(Tx::transfer(0)),
        a.pooled(Tx { gas_limit: 90_000, ..Tx::transfer(1) }),
        b.pooled(Tx::transfer(0)),
        a.pooled(Tx::transfer(1)),
        a.pooled(Tx::transfer(2)),
    ];
    let source = ListSource::new(transactions.iter().cloned());
    let payload = chain.build(&source, attributes(&chain));
    assert_eq!(included(&payload, &transactions), [0, 2]);
    assert_eq!(source.skipped(), [a.address()]);
}

/// A call with input of such a length that its encoding has `bytes` bytes.
fn of_size(sender: &Sender, nonce: u64, bytes: usize) -> Arc<PoolTransaction> {
    let of_input = |length| {
        let input = Bytes::from(vec![1; length]);
        sender.pooled(Tx { input, gas_limit: 500_000, ..Tx::transfer(nonce) })
    };
    let overhead = of_input(bytes - 200).transaction.network_len() - (bytes - 200);
    let lengths = (bytes - overhead - 3)..=(bytes - overhead + 3);
    lengths.map(of_input).find(|tx| tx.transaction.network_len() == bytes).unwrap()
}

fn chain_with_max_bytes(max_bytes: u64) -> Chain {
    Chain::with(|_, config| config.max_tx_payload_bytes_per_block = max_bytes)
}

#[test]
fn a_transaction_that_reaches_the_byte_limit_fits_and_one_above_does_not() {
    let (a, b) = (Sender::funded(0), Sender::funded(1));
    let chain = chain_with_max_bytes(5_000);
    let transactions = [of_size(&a, 0, 3_000), of_size(&b, 0, 2_001), of_size(&a, 1, 2_000)];
    let payload = fill(&chain, &transactions);
    assert_eq!(included(&payload, &transactions), [0, 2]);
    assert_eq!((payload.transaction_bytes, payload.stop), (5_000, StopReason::ByteLimit));
}

#[test]
fn a_block_ends_when_less_than_a_transaction_is_left_of_its_bytes() {
    let a = Sender::funded(0);
    let chain = chain_with_max_bytes(5_000);
    // 114 bytes left.
    let payload = fill(&chain, &[of_size(&a, 0, 4_886)]);
    assert_eq!((payload.transaction_bytes, payload.stop), (4_886, StopReason::ByteLimit));
    // 115 bytes left.
    let source = ListSource::new([of_size(&a, 0, 4_885)]);
    let payload = chain.build(&source, attributes(&chain));
    assert_eq!((payload.transaction_bytes, payload.stop), (4_885, StopReason::Sealed));
}

#[test]
fn bytes_are_counted_as_a_body_encodes_them() {
    let chain = Chain::new();
    let sender = Sender::funded(0);
    let transactions =
        [sender.pooled(Tx::transfer(0)), sender.pooled(Tx { is_legacy: true, ..Tx::transfer(1) })];
    let bytes: usize =
        transactions.iter().map(|tx| alloy_rlp::encode(tx.transaction.inner()).len()).sum();
    let payload = chain.build(&ListSource::new(transactions), attributes(&chain));
    assert_eq!(payload.transaction_bytes, bytes);
}

#[test]
fn the_gas_limit_moves_towards_the_wanted_one() {
    let chain = chain_with_gas_limit(10_000_000);
    let payload = chain.build(&ListSource::default(), attributes(&chain));
    assert_eq!(payload.block.block.gas_limit, 10_000_000 + 9_765 - 1);
    for (wanted, expected) in [(10_000_000, 10_000_000), (0, 10_000_000 - 9_765)] {
        let attributes = PayloadAttributes { gas_limit: Some(wanted), ..attributes(&chain) };
        let payload = chain.build(&ListSource::default(), attributes);
        assert_eq!(payload.block.block.gas_limit, expected);
    }
}
