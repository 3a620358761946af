//! Whole blocks on import (spec/execution appendix B).

use crate::support::{
    BLOCK_GAS_LIMIT, CHAIN_ID, CONTRACT, Chain, Code, ETHER, Forbidden, HISTORY_CODE, MemoryDb,
    NOBODY, OTHER, SENDER, block_header, deploy, execute_on, l1_message, legacy, rich_sender,
    set_oracle, signed, transfer,
};
use alloy_consensus::{Transaction, TxEip1559, Typed2718, transaction::Recovered};
use alloy_eips::{Encodable2718, eip2935::HISTORY_STORAGE_ADDRESS};
use alloy_evm::block::{BlockExecutionError, BlockValidationError};
use alloy_primitives::{Address, TxKind, U256};
use revm::{bytecode::opcode, context_interface::result::InvalidTransaction, database::State};
use rollup_chainspec::{
    FEE_VAULT, ForkSchedule, Genesis, L1_GAS_PRICE_ORACLE, ScrollChainSpec, ScrollHardfork,
};
use rollup_evm::{ScrollEvmConfig, ScrollTxError};
use rollup_primitives::{ScrollHeader, ScrollTxEnvelope, ScrollTxType};
use std::sync::Arc;

/// The error of a block's only invalid transaction.
fn invalid_tx(error: BlockExecutionError) -> ScrollTxError {
    match error {
        BlockExecutionError::Validation(BlockValidationError::InvalidTx { error, .. }) => {
            let error: Box<dyn std::any::Any> = error;
            *error.downcast().unwrap()
        }
        error => panic!("not an invalid transaction: {error:?}"),
    }
}

#[test]
fn gas_limit_must_fit_into_what_is_left() {
    for fork in ScrollHardfork::ALL {
        let header = ScrollHeader { gas_limit: 150_000, ..block_header() };
        // Each uses 21000 of 100000.
        let txs: Vec<_> = (0..4).map(|nonce| transfer(nonce, U256::ONE)).collect();
        let result = Chain::forced(fork).execute(&header, &txs[..3]).unwrap();
        assert_eq!(result.gas_used, 63_000, "{fork}");

        let error = Chain::forced(fork).execute(&header, &txs).unwrap_err();
        let BlockExecutionError::Validation(
            BlockValidationError::TransactionGasLimitMoreThanAvailableBlockGas {
                transaction_gas_limit: 100_000,
                block_available_gas: 87_000,
            },
        ) = error
        else {
            panic!("{fork} {error:?}");
        };
    }
}

#[test]
fn an_l1_message_takes_the_gas_it_uses() {
    for fork in ScrollHardfork::ALL {
        let header = ScrollHeader { gas_limit: 150_000, ..block_header() };
        let messages = vec![l1_message(NOBODY, 100_000); 3];
        let result = Chain::forced(fork).execute(&header, &messages).unwrap();
        assert_eq!(result.gas_used, 63_000, "{fork}");
        let error = Chain::forced(fork).execute(&header, &[l1_message(NOBODY, 150_001)]);
        assert!(
            matches!(
                error,
                Err(BlockExecutionError::Validation(
                    BlockValidationError::TransactionGasLimitMoreThanAvailableBlockGas { .. }
                ))
            ),
            "{fork}"
        );
    }
}

#[test]
fn receipts_tell_type_status_gas_and_l1_data_fee() {
    for fork in ScrollHardfork::ALL {
        let mut db = rich_sender();
        deploy(&mut db, CONTRACT, Code::new().revert().into_bytes());
        set_oracle(&mut db);
        let mut chain = Chain::new(ScrollChainSpec::with_forced_fork(CHAIN_ID, fork), db);
        let txs = [
            l1_message(NOBODY, 30_000),
            transfer(0, U256::ONE),
            signed(legacy(1, CONTRACT, U256::ZERO), SENDER),
        ];
        let result = chain.execute(&block_header(), &txs).unwrap();
        let receipts = &result.receipts;
        let facts: Vec<_> = receipts
            .iter()
            .map(|receipt| &receipt.inner)
            .map(|inner| (inner.tx_type, inner.success, inner.cumulative_gas_used))
            .collect();
        let expected = [
            (ScrollTxType::L1Message, false, 21_004),
            (ScrollTxType::Legacy, true, 42_004),
            (ScrollTxType::Legacy, false, 63_008),
        ];
        assert_eq!(facts, expected, "{fork}");
        assert_eq!(receipts[0].ty(), 0x7e);
        assert_eq!(result.gas_used, 63_008, "{fork}");
        assert_eq!(receipts[0].l1_fee, U256::ZERO, "{fork}");
        assert!(!receipts[1].l1_fee.is_zero() && !receipts[2].l1_fee.is_zero(), "{fork}");

        let price = U256::from(1_000_000_000);
        let paid = U256::from(42_004) * price + receipts[1].l1_fee + receipts[2].l1_fee;
        assert_eq!(chain.account(FEE_VAULT).unwrap().balance, paid, "{fork}");
        assert_eq!(chain.account(NOBODY).unwrap().nonce, 1, "{fork}");
    }
}

#[test]
fn an_oracle_update_counts_for_later_transactions() {
    let update =
        Code::new().op(opcode::PUSH0).op(opcode::CALLDATALOAD).push(U256::ONE).op(opcode::SSTORE);
    for fork in ScrollHardfork::ALL {
        let mut db = rich_sender();
        deploy(&mut db, L1_GAS_PRICE_ORACLE, update.clone().into_bytes());
        for (slot, value) in [(1, 10), (3, 1_000_000_000), (6, 1_000_000_000_u64), (9, 0)] {
            let value = U256::from(value);
            db.insert_account_storage(L1_GAS_PRICE_ORACLE, U256::from(slot), value).unwrap();
        }
        let mut chain = Chain::new(ScrollChainSpec::with_forced_fork(CHAIN_ID, fork), db);
        let mut set = legacy(1, L1_GAS_PRICE_ORACLE, U256::ZERO);
        set.input = U256::from(1_000).to_be_bytes::<32>().into();
        let before = transfer(0, U256::ONE);
        let after = transfer(2, U256::ONE);
        let result = chain.execute(&block_header(), &[before, signed(set, SENDER), after]).unwrap();
        let fees: Vec<_> = result.receipts.iter().map(|receipt| receipt.l1_fee).collect();
        assert!(fees[1] >= fees[0], "{fork}: the update itself pays by the old value");
        assert!(fees[1] < fees[0] * U256::from(10), "{fork}");
        // Nonces 0 and 2 differ in a byte that formulas before Curie count.
        let ratio = fees[2] / fees[0];
        assert!((99..=101).contains(&ratio.to::<u64>()), "{fork} {fees:?}");
    }
}

#[test]
fn a_type_that_the_fork_lacks_makes_the_block_invalid() {
    let typed = TxEip1559 {
        chain_id: CHAIN_ID,
        gas_limit: 30_000,
        to: TxKind::Call(OTHER),
        max_fee_per_gas: 100,
        ..Default::default()
    };
    for fork in ScrollHardfork::ALL {
        let result = Chain::forced(fork).execute(&block_header(), &[signed(typed.clone(), SENDER)]);
        if fork >= ScrollHardfork::Curie {
            let receipts = result.unwrap().receipts;
            assert_eq!(receipts[0].inner.tx_type, ScrollTxType::Eip1559, "{fork}");
        } else {
            let error = invalid_tx(result.unwrap_err());
            assert!(matches!(error, ScrollTxError::TypeNotAllowed { ty: 2, .. }), "{fork}");
        }
    }
}

#[test]
fn an_invalid_transaction_is_named() {
    for fork in ScrollHardfork::ALL {
        let tx = transfer(5, U256::ONE);
        let hash = *tx.hash();
        let error = Chain::forced(fork).execute(&block_header(), &[tx]).unwrap_err();
        assert!(
            matches!(
                &error,
                BlockExecutionError::Validation(BlockValidationError::InvalidTx { hash: named, error })
                    if *named == hash && error.as_invalid_tx_err().is_some()
            ),
            "{fork}"
        );
        let too_high = InvalidTransaction::NonceTooHigh { tx: 5, state: 0 };
        assert_eq!(invalid_tx(error), ScrollTxError::Ethereum(too_high), "{fork}");
    }
}

#[test]
fn an_uncovered_value_is_included_as_failed() {
    for fork in ScrollHardfork::ALL {
        let mut db = rich_sender();
        set_oracle(&mut db);
        let mut chain = Chain::new(ScrollChainSpec::with_forced_fork(CHAIN_ID, fork), db);
        let gas_fee = U256::from(100_000) * U256::from(1_000_000_000);
        let result = chain.execute(&block_header(), &[transfer(0, ETHER - gas_fee)]).unwrap();
        let receipt = &result.receipts[0];
        assert!(!receipt.inner.success, "{fork}");
        assert_eq!(receipt.inner.cumulative_gas_used, 21_000, "{fork}");
    }
}

#[test]
fn an_empty_account_that_is_touched_does_not_come_into_being() {
    for fork in ScrollHardfork::ALL {
        let mut chain = Chain::forced(fork);
        let tx = signed(legacy(0, OTHER, U256::ZERO), SENDER);
        chain.execute(&block_header(), &[tx]).unwrap();
        let bundle = chain.bundle();
        let exists = bundle.account(&OTHER).is_some_and(|account| account.info.is_some());
        assert!(!exists, "{fork}");
    }
}

/// Executes a block on a database that fails when `account` is read.
fn execute_without(
    account: Address,
    chain_spec: ScrollChainSpec,
    db: MemoryDb,
    header: &ScrollHeader,
    txs: &[Recovered<ScrollTxEnvelope>],
) -> Option<BlockExecutionError> {
    let config = ScrollEvmConfig::new(Arc::new(chain_spec));
    let db = Forbidden { db, account };
    let mut state = State::builder().with_database(db).with_bundle_update().build();
    execute_on(&config, &mut state, header, header.timestamp - 1, txs).err()
}

#[test]
fn a_failing_database_is_not_the_blocks_fault() {
    let txs = [l1_message(NOBODY, 30_000), transfer(0, U256::ONE)];
    for fork in ScrollHardfork::ALL {
        for account in [NOBODY, CONTRACT, SENDER, OTHER, L1_GAS_PRICE_ORACLE, FEE_VAULT] {
            let chain_spec = ScrollChainSpec::with_forced_fork(CHAIN_ID, fork);
            let error = execute_without(account, chain_spec, rich_sender(), &block_header(), &txs);
            assert!(
                matches!(error, Some(BlockExecutionError::Internal(_))),
                "{fork} {account} {error:?}"
            );
        }
    }
}

#[test]
fn a_database_that_fails_in_an_opcode_is_not_the_blocks_fault() {
    let balance = Code::new().balance_of(OTHER);
    let blockhash = Code::new().push(U256::from(block_header().number - 1)).op(opcode::BLOCKHASH);
    let sload = Code::new().push(U256::ONE).op(opcode::SLOAD);
    for (code, unread, forks) in [
        (balance, OTHER, &ScrollHardfork::ALL[..]),
        (blockhash, HISTORY_STORAGE_ADDRESS, &ScrollHardfork::ALL[7..]),
        (sload, CONTRACT, &ScrollHardfork::ALL[..]),
    ] {
        for fork in forks {
            let mut db = rich_sender();
            deploy(&mut db, CONTRACT, code.clone().into_bytes());
            let chain_spec = ScrollChainSpec::with_forced_fork(CHAIN_ID, *fork);
            let txs = [signed(legacy(0, CONTRACT, U256::ZERO), SENDER)];
            let error = execute_without(unread, chain_spec, db, &block_header(), &txs);
            assert!(matches!(error, Some(BlockExecutionError::Internal(_))), "{fork} {error:?}");
        }
    }
}

#[test]
fn a_database_that_fails_before_the_transactions_is_not_the_blocks_fault() {
    let mut db = rich_sender();
    deploy(&mut db, HISTORY_STORAGE_ADDRESS, HISTORY_CODE);
    for (account, fork) in [
        (HISTORY_STORAGE_ADDRESS, ScrollHardfork::Feynman),
        (L1_GAS_PRICE_ORACLE, ScrollHardfork::Curie),
        (L1_GAS_PRICE_ORACLE, ScrollHardfork::Feynman),
        (L1_GAS_PRICE_ORACLE, ScrollHardfork::GalileoV2),
    ] {
        // Block 5 is the first of all forks from Curie on.
        let mut schedule = ForkSchedule::forced(ScrollHardfork::Bernoulli);
        for later in ScrollHardfork::ALL
            .into_iter()
            .filter(|later| *later > ScrollHardfork::Bernoulli && *later <= fork)
        {
            let condition = if later.is_block_based() {
                alloy_hardforks::ForkCondition::Block(5)
            } else {
                alloy_hardforks::ForkCondition::Timestamp(100)
            };
            schedule = schedule.with(later, condition);
        }
        let chain_spec =
            ScrollChainSpec::new(CHAIN_ID, Genesis::default(), schedule, Default::default());
        let header = ScrollHeader { number: 5, timestamp: 100, ..block_header() };
        let error = execute_without(account, chain_spec, db.clone(), &header, &[]);
        assert!(matches!(error, Some(BlockExecutionError::Internal(_))), "{fork} {error:?}");
    }
}

#[test]
fn the_first_transaction_may_take_the_whole_block() {
    for fork in ScrollHardfork::ALL {
        let mut tx = legacy(0, OTHER, U256::ONE);
        tx.gas_limit = BLOCK_GAS_LIMIT;
        tx.gas_price = 1;
        let tx = signed(tx, SENDER);
        assert_eq!((tx.gas_limit(), tx.encode_2718_len() > 100), (BLOCK_GAS_LIMIT, true));
        assert!(Chain::forced(fork).execute(&block_header(), &[tx]).is_ok(), "{fork}");
    }
}
