//! Blocks that break a rule.

use crate::{
    chain::Chain,
    transactions::{RECIPIENT, transfer, with_high_s},
};
use alloy_consensus::proofs::calculate_transaction_root;
use alloy_primitives::{Address, B256, Signature, U256};
use rollup_engine::{ImportError, InvalidBlock};
use rollup_primitives::{
    RecoveredBlock, ScrollBlock, ScrollHeader, ScrollTxEnvelope, ScrollTypedTransaction,
    SealedBlock,
};
use std::error::Error;
use std::sync::Arc;

/// Blocks of the chain before the one under test.
const PARENT: usize = 1;

/// `block` after `change`, with the hash that it has then.
fn forged(block: &RecoveredBlock, change: impl FnOnce(&mut ScrollBlock)) -> SealedBlock {
    let mut block = block.sealed_block().clone_block();
    change(&mut block);
    SealedBlock::seal_slow(block)
}

fn with_transactions(
    block: &RecoveredBlock,
    change: impl FnOnce(&mut Vec<ScrollTxEnvelope>),
) -> SealedBlock {
    forged(block, |block| {
        change(&mut block.body.transactions);
        block.header.transactions_root = calculate_transaction_root(&block.body.transactions);
    })
}

/// The verdict on a block, whole: with all sources.
fn verdict(chain: &Chain, block: &SealedBlock) -> (Arc<InvalidBlock>, String) {
    match chain.import(block.clone()) {
        Err(ImportError::Invalid(invalid)) => {
            let mut text = invalid.to_string();
            let mut source = invalid.source();
            while let Some(err) = source {
                text = format!("{text}: {err}");
                source = err.source();
            }
            (invalid, text)
        }
        other => panic!("no verdict, but {other:?}"),
    }
}

fn assert_invalid(chain: &Chain, block: &SealedBlock, reason: &str) {
    let (invalid, text) = verdict(chain, block);
    assert_eq!(invalid.block, block.num_hash());
    let expected = format!("block {} ({}) is invalid: {reason}", block.number, block.hash());
    assert!(text.starts_with(&expected), "{text}\ninstead of\n{expected}");
}

type HeaderCase = (fn(&mut ScrollHeader), &'static str);

#[test]
fn names_the_first_thing_that_is_wrong_with_a_header() {
    let (chain, blocks) = Chain::with_blocks(PARENT);
    let valid = &blocks[PARENT];
    let one = B256::with_last_byte(1);
    let cases: [HeaderCase; 13] = [
        (|header| header.state_root = B256::with_last_byte(1), "state root is 0x"),
        (|header| header.receipts_root = B256::with_last_byte(1), "receipts root is 0x"),
        (|header| header.transactions_root = B256::with_last_byte(1), "transactions root is 0x"),
        (|header| header.gas_used += 1, "gas used is "),
        (|header| header.logs_bloom.0[0] ^= 1, "logs bloom is 0x"),
        (
            |header| header.timestamp -= 2,
            "timestamp 1687223762 is before parent timestamp 1687223763",
        ),
        (|header| header.number += 1, "block number 3 does not follow parent number 1"),
        (|header| header.gas_limit += 20_000, "gas limit 20020000 differs from parent gas limit"),
        (|header| header.base_fee_per_gas = Some(10_000_000_001), "base fee 10000000001 exceeds"),
        (|header| header.base_fee_per_gas = None, "base fee is missing"),
        (|header| header.difficulty = U256::ZERO, "difficulty 0 is not 1"),
        // Allowed, but more than the transactions offer.
        (
            |header| header.base_fee_per_gas = Some(2_000_000_000),
            "EVM reported invalid transaction",
        ),
        // Allowed, but more than was paid.
        (|header| header.base_fee_per_gas = Some(16_000_000), "state root is 0x"),
    ];
    for (change, reason) in cases {
        let block = forged(&valid.block, |block| change(&mut block.header));
        assert_invalid(&chain, &block, reason);
    }
    let block = forged(&valid.block, |block| block.header.state_root = one);
    let (got, expected) = (valid.block.state_root, one);
    assert_invalid(&chain, &block, &format!("state root is {got}, expected {expected}"));
}

#[test]
fn names_the_first_thing_that_is_wrong_with_a_body() {
    let (chain, blocks) = Chain::with_blocks(PARENT);
    let valid = &blocks[PARENT].block;
    let resigned = |sign: fn(&Signature) -> Signature| {
        with_transactions(valid, |transactions| {
            let tx = transactions.remove(1);
            let signature = sign(tx.signature().unwrap());
            transactions.insert(1, ScrollTypedTransaction::from(tx).into_signed(signature));
        })
    };
    let no_sender = "transaction 1: no sender can be recovered from its signature";
    assert_invalid(&chain, &resigned(with_high_s), no_sender);
    let other_sender = resigned(|old| Signature::new(old.r(), old.s(), !old.v()));
    assert_invalid(&chain, &other_sender, "EVM reported invalid transaction");

    let swapped = with_transactions(valid, |transactions| transactions.swap(0, 1));
    assert_invalid(&chain, &swapped, "EVM reported invalid transaction");
    let shortened = with_transactions(valid, |transactions| drop(transactions.pop()));
    assert_invalid(&chain, &shortened, "gas used is ");
    let longer = with_transactions(valid, |transactions| {
        transactions.push(transfer(6, RECIPIENT, 1));
    });
    assert_invalid(&chain, &longer, "gas used is ");
    let late_message = with_transactions(valid, |transactions| {
        transactions.push(crate::transactions::l1_message(2));
    });
    assert_invalid(&chain, &late_message, "l1 message at position 3 follows an l2 transaction");
}

#[test]
fn a_block_of_another_parent_is_not_judged() {
    let (chain, blocks) = Chain::with_blocks(PARENT);
    let orphan = forged(&blocks[PARENT].block, |block| block.header.parent_hash = B256::ZERO);
    let (known, later) = (&blocks[PARENT - 1].block, &blocks[PARENT + 1].block);
    for block in [orphan, known.clone_sealed_block(), later.clone_sealed_block()] {
        let id = block.num_hash();
        let err = chain.import(block).unwrap_err();
        let ImportError::NotAChild { block, head } = &err else { panic!("{err:?}") };
        assert_eq!((*block, *head), (id, blocks[PARENT - 1].id()));
        assert!(
            err.to_string()
                .starts_with(&format!("block {} ({}) does not follow", id.number, id.hash))
        );
    }
}

#[test]
fn a_refused_block_does_not_stand_in_the_way_of_a_valid_one() {
    let (chain, blocks) = Chain::with_blocks(PARENT);
    let valid = &blocks[PARENT];
    let before = chain.view().state_root().unwrap();
    for refused in [
        forged(&valid.block, |block| block.header.state_root = B256::ZERO),
        forged(&valid.block, |block| block.header.base_fee_per_gas = Some(16_000_000)),
    ] {
        chain.import(refused).unwrap_err();
        assert_eq!(chain.view().state_root().unwrap(), before);
        let imported = chain.import(valid.block.clone_sealed_block()).unwrap();
        assert_eq!(imported.changes, valid.changes);
    }
    assert_eq!(chain.view().latest_state().account(Address::ZERO).unwrap(), None);
}
