//! Building blocks (spec/execution 7.2).

use crate::support::{
    CHAIN_ID, CONTRACT, Chain, Code, ETHER, Forbidden, HISTORY_CODE, MemoryDb, NOBODY, OTHER,
    SENDER, deploy, execute_on, l1_message, legacy, rich_sender, set_oracle, signed, transfer,
};
use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, transaction::Recovered};
use alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS;
use alloy_evm::block::BlockValidationError;
use alloy_primitives::{Address, B64, B256, TxKind, U256};
use revm::{
    bytecode::opcode,
    database::{State, states::bundle_state::BundleRetention},
    state::AccountInfo,
};
use rollup_chainspec::{ScrollChainSpec, ScrollHardfork};
use rollup_evm::{BlockBuilder, BuildError, NextBlockAttributes, ScrollEvmConfig, ScrollTxError};
use rollup_primitives::{ScrollHeader, ScrollReceipt, ScrollTxEnvelope, SealedHeader, TxL1Message};
use std::sync::Arc;

const RICHER: Address = Address::repeat_byte(0x99);

/// A state with a history contract, contracts that succeed and fail, and an oracle with fees.
fn db() -> MemoryDb {
    let mut db = rich_sender();
    deploy(&mut db, HISTORY_STORAGE_ADDRESS, HISTORY_CODE);
    let code = Code::new().sstore(0, 1).op(opcode::PUSH0).op(opcode::PUSH0).op(opcode::LOG0);
    deploy(&mut db, CONTRACT, code.into_bytes());
    set_oracle(&mut db);
    db
}

fn config(fork: ScrollHardfork) -> ScrollEvmConfig {
    ScrollEvmConfig::new(Arc::new(ScrollChainSpec::with_forced_fork(CHAIN_ID, fork)))
}

fn parent() -> SealedHeader {
    SealedHeader::seal_slow(ScrollHeader {
        number: 19_999,
        timestamp: 1_699_999_999,
        ..Default::default()
    })
}

fn attributes(fork: ScrollHardfork, gas_limit: u64) -> NextBlockAttributes {
    let base_fee_per_gas = (fork >= ScrollHardfork::Curie).then_some(100);
    NextBlockAttributes { timestamp: 1_700_000_000, gas_limit, base_fee_per_gas }
}

fn state(db: MemoryDb) -> State<MemoryDb> {
    State::builder().with_database(db).with_bundle_update().build()
}

fn creation(nonce: u64) -> Recovered<ScrollTxEnvelope> {
    let mut tx = legacy(nonce, OTHER, U256::ZERO);
    tx.to = TxKind::Create;
    tx.input = Code::new().sstore(1, 2).into_bytes();
    signed(tx, SENDER)
}

fn reverting(nonce: u64) -> Recovered<ScrollTxEnvelope> {
    let mut tx = legacy(nonce, OTHER, U256::ZERO);
    tx.to = TxKind::Create;
    tx.input = Code::new().revert().into_bytes();
    signed(tx, SENDER)
}

/// A message that sends what its sender does not have.
fn unfunded_message() -> Recovered<ScrollTxEnvelope> {
    let message = TxL1Message {
        queue_index: 8,
        gas_limit: 50_000,
        to: CONTRACT,
        value: U256::ONE,
        sender: NOBODY,
        ..Default::default()
    };
    Recovered::new_unchecked(message.into(), NOBODY)
}

#[test]
fn executing_a_built_block_gives_the_same() {
    for fork in ScrollHardfork::ALL {
        let (config, parent) = (config(fork), parent());
        let attributes = attributes(fork, 2_000_000);
        let mut builder = BlockBuilder::new(&config, state(db()), &parent, attributes).unwrap();
        let mut txs = vec![l1_message(NOBODY, 100_000), l1_message(SENDER, 40_000)];
        if fork >= ScrollHardfork::Euclid {
            txs.push(unfunded_message());
        }
        let call = signed(legacy(2, CONTRACT, U256::ZERO), SENDER);
        txs.extend([transfer(1, U256::from(9)), call, creation(3), reverting(4)]);
        let mut gas_used = Vec::new();
        for tx in &txs {
            gas_used.push(builder.push(tx.clone()).unwrap());
        }
        let mut built = builder.finish().unwrap();
        let header = &built.block.header;
        assert_eq!(header.gas_used, gas_used.iter().sum::<u64>(), "{fork}");
        assert_eq!(built.senders, txs.iter().map(Recovered::signer).collect::<Vec<_>>());

        let mut chain = Chain::new((**config.chain_spec()).clone(), db());
        let result = execute_on(&config, &mut chain.state, header, parent.timestamp, &txs).unwrap();
        assert_eq!(result.receipts, built.receipts, "{fork}");
        assert_eq!(result.gas_used, header.gas_used, "{fork}");
        assert_eq!(header.receipts_root, ScrollReceipt::receipts_root(&result.receipts));
        assert_eq!(header.logs_bloom, ScrollReceipt::logs_bloom(&result.receipts));
        built.db.merge_transitions(BundleRetention::Reverts);
        assert_eq!(built.db.take_bundle(), chain.bundle(), "{fork}");
        assert_eq!(built.block.body.transactions.len(), txs.len(), "{fork}");
    }
}

#[test]
fn the_header_is_complete_but_for_the_state_root() {
    for fork in ScrollHardfork::ALL {
        let (config, parent) = (config(fork), parent());
        let attributes = attributes(fork, 2_000_000);
        let mut builder = BlockBuilder::new(&config, state(db()), &parent, attributes).unwrap();
        builder.push(transfer(0, U256::ONE)).unwrap();
        let built = builder.finish().unwrap();
        let header = built.block.header;
        let expected = ScrollHeader {
            parent_hash: parent.hash(),
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            beneficiary: Address::ZERO,
            state_root: B256::ZERO,
            transactions_root: alloy_consensus::proofs::calculate_transaction_root(
                &built.block.body.transactions,
            ),
            receipts_root: header.receipts_root,
            difficulty: U256::ONE,
            number: 20_000,
            gas_limit: 2_000_000,
            gas_used: 21_000,
            timestamp: 1_700_000_000,
            mix_hash: B256::ZERO,
            nonce: B64::ZERO,
            base_fee_per_gas: attributes.base_fee_per_gas,
            ..Default::default()
        };
        assert_eq!(header, expected, "{fork}");
        assert!(header.extra_data.is_empty() && header.withdrawals_root.is_none());
        assert!(built.block.body.ommers.is_empty() && built.block.body.withdrawals.is_none());
    }
}

#[test]
fn l1_messages_reserve_their_whole_limit() {
    for fork in ScrollHardfork::ALL {
        let (config, parent) = (config(fork), parent());
        let attributes = attributes(fork, 300_000);
        let mut builder = BlockBuilder::new(&config, state(db()), &parent, attributes).unwrap();
        assert_eq!(builder.available_gas(), 300_000);
        // Each uses far less than its limit.
        builder.push(l1_message(NOBODY, 200_000)).unwrap();
        assert_eq!(builder.available_gas(), 100_000, "{fork}");
        builder.push(transfer(0, U256::ONE)).unwrap();
        assert_eq!(builder.available_gas(), 79_000, "{fork}");
        let error = builder.push(transfer(1, U256::ONE)).unwrap_err();
        assert!(
            matches!(error, BuildError::BlockFull { gas_limit: 100_000, available: 79_000 }),
            "{fork} {error:?}"
        );
        let mut small = legacy(1, OTHER, U256::ONE);
        small.gas_limit = 79_000;
        builder.push(signed(small, SENDER)).unwrap();
        assert_eq!(builder.finish().unwrap().block.body.transactions.len(), 3, "{fork}");
    }
}

fn invalid(error: BuildError) -> ScrollTxError {
    match error {
        BuildError::Invalid(BlockValidationError::InvalidTx { error, .. }) => {
            let error: Box<dyn std::any::Any> = error;
            *error.downcast().unwrap()
        }
        error => panic!("not an invalid transaction: {error:?}"),
    }
}

#[test]
fn an_error_leaves_the_block_as_it_was() {
    let gas_fee = U256::from(100_000) * U256::from(1_000_000_000);
    for fork in ScrollHardfork::ALL {
        let (config, parent) = (config(fork), parent());
        let attributes = attributes(fork, 400_000);
        let build = |refused: Vec<Recovered<ScrollTxEnvelope>>| {
            let mut db = db();
            db.insert_account_info(OTHER, AccountInfo::from_balance(gas_fee));
            db.insert_account_info(RICHER, AccountInfo::from_balance(gas_fee + ETHER));
            let mut builder = BlockBuilder::new(&config, state(db), &parent, attributes).unwrap();
            builder.push(transfer(0, U256::from(9))).unwrap();
            let available = builder.available_gas();
            let errors: Vec<_> =
                refused.into_iter().map(|tx| builder.push(tx).unwrap_err()).collect();
            assert_eq!(builder.available_gas(), available);
            builder.push(creation(1)).unwrap();
            (builder.finish().unwrap(), errors)
        };

        let mut too_big = legacy(1, CONTRACT, U256::ZERO);
        too_big.gas_limit = 400_000;
        let (mut with, errors) = build(vec![
            signed(too_big, SENDER),
            transfer(7, U256::ONE),
            // Enough for gas only, then for gas and value, but not for the L1 data fee on top.
            signed(legacy(0, CONTRACT, U256::ZERO), OTHER),
            signed(legacy(0, CONTRACT, ETHER), RICHER),
            l1_message(NOBODY, 20_000),
        ]);
        let (mut without, _) = build(Vec::new());
        assert_eq!(with.block, without.block, "{fork}");
        assert_eq!(with.receipts, without.receipts, "{fork}");
        with.db.merge_transitions(BundleRetention::Reverts);
        without.db.merge_transitions(BundleRetention::Reverts);
        assert_eq!(with.db.take_bundle(), without.db.take_bundle(), "{fork}");

        let mut errors = errors.into_iter();
        let mut next = || errors.next().unwrap();
        assert!(matches!(next(), BuildError::BlockFull { .. }), "{fork}");
        assert!(matches!(invalid(next()), ScrollTxError::Ethereum(_)), "{fork}");
        let error = invalid(next());
        assert!(matches!(error, ScrollTxError::InsufficientFundsForL1DataFee { .. }), "{fork}");
        assert_eq!(invalid(next()), ScrollTxError::InsufficientFundsForValue, "{fork}");
        assert!(matches!(invalid(next()), ScrollTxError::Ethereum(_)), "{fork}");
    }
}

#[test]
fn a_failing_database_is_an_internal_error() {
    for fork in ScrollHardfork::ALL {
        let (config, parent) = (config(fork), parent());
        let attributes = attributes(fork, 400_000);
        let forbidden = Forbidden { db: db(), account: OTHER };
        let state = State::builder().with_database(forbidden).build();
        let mut builder = BlockBuilder::new(&config, state, &parent, attributes).unwrap();
        let error = builder.push(transfer(0, U256::ONE)).unwrap_err();
        assert!(matches!(error, BuildError::Internal(_)), "{fork} {error:?}");
    }
    let fork = ScrollHardfork::Feynman;
    let forbidden = Forbidden { db: db(), account: HISTORY_STORAGE_ADDRESS };
    let state = State::builder().with_database(forbidden).build();
    let (config, parent) = (config(fork), parent());
    assert!(BlockBuilder::new(&config, state, &parent, attributes(fork, 400_000)).is_err());
}

#[test]
fn a_block_starts_with_the_hash_of_its_parent() {
    let fork = ScrollHardfork::GalileoV2;
    let (config, parent) = (config(fork), parent());
    let builder =
        BlockBuilder::new(&config, state(db()), &parent, attributes(fork, 400_000)).unwrap();
    let mut chain = Chain::new((**config.chain_spec()).clone(), db());
    chain.state = builder.finish().unwrap().db;
    let stored = chain.slot(HISTORY_STORAGE_ADDRESS, 19_999 % 8_191);
    assert_eq!(B256::from(stored), parent.hash());
}
