//! Who pays what (spec/execution 4.1).

use crate::support::{
    CONTRACT, Code, ETHER, Evaluated, NOBODY, OTHER, SENDER, Sandbox, TX_GAS, tx_error,
};
use alloy_eips::eip4788::SYSTEM_ADDRESS;
use alloy_primitives::{Bytes, TxKind, U256};
use revm::{
    bytecode::opcode,
    context_interface::result::{EVMError, HaltReason},
};
use rollup_chainspec::{FEE_VAULT, L1_GAS_PRICE_ORACLE, ScrollHardfork};
use rollup_evm::{GasPriceOracle, ScrollSpecId::Curie, ScrollTxEnv, ScrollTxError};

/// A transaction at a price of 50 wei that was signed into some 120 bytes.
fn tx(sandbox: &mut Sandbox) -> ScrollTxEnv {
    let mut tx = sandbox.tx();
    tx.base.gas_price = 50;
    tx.encoded = Some(Bytes::from_iter((0..120u8).map(|byte| byte.wrapping_mul(37) % 200)));
    tx
}

/// The fee that the oracle's formula gives.
fn l1_data_fee(sandbox: &mut Sandbox, tx: &ScrollTxEnv) -> U256 {
    let spec = sandbox.spec();
    let oracle = GasPriceOracle::read(&mut sandbox.db, spec).unwrap();
    let fee = oracle.l1_data_fee(tx.encoded.as_ref().unwrap(), &tx.base.data, spec);
    assert!(!fee.is_zero() && fee < U256::from(u64::MAX));
    fee
}

fn insufficient_for_l1_data_fee(fee: U256, balance: U256) -> ScrollTxError {
    ScrollTxError::InsufficientFundsForL1DataFee { fee: Box::new(fee), balance: Box::new(balance) }
}

#[test]
fn sender_pays_gas_and_l1_data_fee_to_the_vault() {
    let store = Code::new().sstore(0, 1);
    for fork in ScrollHardfork::ALL {
        for (code, ok) in [
            (store.clone(), true),
            (store.clone().revert(), false),
            (store.clone().op(opcode::INVALID), false),
        ] {
            for (ty, max_fee, tip, price) in
                [(0, 50, None, 50), (1, 50, None, 50), (2, 50, Some(3), 10), (2, 9, Some(9), 9)]
            {
                let mut sandbox = Sandbox::with_fees(fork);
                if !sandbox.spec().allows_tx_type(ty) {
                    continue;
                }
                sandbox.deploy(CONTRACT, code.clone().into_bytes());
                sandbox.fund(FEE_VAULT, U256::from(1_000));
                let mut tx = tx(&mut sandbox);
                tx.base.tx_type = ty;
                tx.base.gas_price = max_fee;
                tx.base.gas_priority_fee = tip;
                tx.base.value = U256::from(5);
                let fee = l1_data_fee(&mut sandbox, &tx);

                let outcome = sandbox.commit(tx).unwrap();
                assert_eq!(outcome.is_success(), ok, "{fork} {ty}");
                assert_eq!(outcome.l1_data_fee, fee, "{fork} {ty}");
                // The base fee is not burned, and the L1 data fee is due whatever the outcome.
                let paid = U256::from(outcome.gas_used() * price) + fee;
                let value = U256::from(if ok { 5 } else { 0 });
                assert_eq!(sandbox.balance(SENDER), ETHER - paid - value, "{fork} {ty}");
                assert_eq!(sandbox.balance(FEE_VAULT), paid + U256::from(1_000), "{fork} {ty}");
                assert_eq!(sandbox.balance(CONTRACT), value, "{fork} {ty}");
                assert_eq!(sandbox.nonce(SENDER), 1, "{fork} {ty}");
            }
        }
    }
}

#[test]
fn a_creation_pays_alike() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        let mut tx = tx(&mut sandbox);
        tx.base.kind = TxKind::Create;
        tx.base.data = Code::new().op(opcode::STOP).into_bytes();
        let fee = l1_data_fee(&mut sandbox, &tx);
        let outcome = sandbox.commit(tx).unwrap();
        let paid = U256::from(outcome.gas_used() * 50) + fee;
        assert_eq!(sandbox.balance(SENDER), ETHER - paid, "{fork}");
        assert_eq!(sandbox.balance(FEE_VAULT), paid, "{fork}");
        assert_eq!(sandbox.nonce(SENDER), 1, "{fork}");
    }
}

#[test]
fn l1_data_fee_must_be_covered_after_gas() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        let tx = tx(&mut sandbox);
        let fee = l1_data_fee(&mut sandbox, &tx);
        let gas_fee = U256::from(50 * tx.base.gas_limit);

        sandbox.fund(SENDER, gas_fee + fee);
        assert!(sandbox.run(tx.clone()).unwrap().is_success(), "{fork}");

        for left in [fee - U256::ONE, U256::ZERO] {
            sandbox.fund(SENDER, gas_fee + left);
            let error = insufficient_for_l1_data_fee(fee, left);
            assert_eq!(tx_error(sandbox.run(tx.clone())), error, "{fork}");
        }
    }
}

#[test]
fn an_uncovered_value_fails_but_is_included() {
    for fork in ScrollHardfork::ALL {
        for kind in [TxKind::Call(CONTRACT), TxKind::Create] {
            let mut sandbox = Sandbox::with_fees(fork);
            sandbox.deploy(CONTRACT, Code::new().sstore(0, 1).into_bytes());
            let mut tx = tx(&mut sandbox);
            tx.base.kind = kind;
            tx.base.value = ETHER;
            let fee = l1_data_fee(&mut sandbox, &tx);
            let gas_fee = U256::from(50 * tx.base.gas_limit);
            // The value may be touched for the fee, which takes it below what is to be sent.
            sandbox.fund(SENDER, gas_fee + ETHER);

            let outcome = sandbox.commit(tx.clone()).unwrap();
            assert_eq!(*outcome.halt_reason(), HaltReason::OutOfFunds, "{fork}");
            let intrinsic = if kind.is_create() { 53_000 } else { TX_GAS };
            assert_eq!(outcome.gas_used(), intrinsic, "{fork}");
            let paid = U256::from(50 * intrinsic) + fee;
            assert_eq!(sandbox.balance(SENDER), gas_fee + ETHER - paid, "{fork}");
            assert_eq!(sandbox.balance(FEE_VAULT), paid, "{fork}");
            assert_eq!(sandbox.slot(CONTRACT, 0), U256::ZERO, "{fork}");
        }
    }
}

#[test]
fn value_is_covered_to_the_wei() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        let mut tx = tx(&mut sandbox);
        tx.base.value = ETHER;
        let fee = l1_data_fee(&mut sandbox, &tx);
        let due = U256::from(50 * tx.base.gas_limit) + ETHER + fee;
        for (balance, ok) in [(due, true), (due - U256::ONE, false)] {
            sandbox.fund(SENDER, balance);
            assert_eq!(sandbox.run(tx.clone()).unwrap().is_success(), ok, "{fork}");
        }
    }
}

#[test]
fn reading_the_oracle_warms_nothing() {
    for fork in ScrollHardfork::ALL {
        let code = Code::new().balance_of(L1_GAS_PRICE_ORACLE);
        let cold = Evaluated::word(U256::ZERO, Code::PUSH_GAS + 2_600);
        assert_eq!(Sandbox::with_fees(fork).evaluate(code), cold, "{fork}");

        // A call of the oracle pays for a cold account, and its code for a cold slot.
        let mut sandbox = Sandbox::with_fees(fork);
        let load = Code::new().push(U256::ONE).op(opcode::SLOAD);
        sandbox.deploy(L1_GAS_PRICE_ORACLE, load.into_bytes());
        sandbox.deploy(CONTRACT, Code::probe_call(L1_GAS_PRICE_ORACLE, 50_000, 0).into_bytes());
        let tx = sandbox.tx();
        let gas = sandbox.run(tx).unwrap().word(2);
        assert_eq!(gas, U256::from(2_600 + 2_100 + Code::PUSH_GAS), "{fork}");
    }
}

#[test]
fn the_slots_read_are_those_of_the_fork() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        let spec = sandbox.spec();
        let oracle = GasPriceOracle::read(&mut sandbox.db, spec).unwrap();
        let since = |spec, value: u64| {
            if sandbox.is_at_least(spec) { U256::from(value) } else { U256::ZERO }
        };
        let feynman = rollup_evm::ScrollSpecId::Feynman;
        let expected = GasPriceOracle {
            l1_base_fee: U256::from(3_000_000_007_u64),
            overhead: U256::from(188),
            scalar: U256::from(1_150_000_000),
            l1_blob_base_fee: since(Curie, 1_000_003),
            commit_scalar: since(Curie, 2_394_981_796),
            blob_scalar: since(Curie, 1_019_097_245),
            penalty_threshold: since(feynman, 1_500_000_000),
            penalty_factor: since(feynman, 2_500_000_000),
        };
        assert_eq!(oracle, expected, "{fork}");
    }
}

#[test]
fn the_fee_is_at_most_64_bits() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        for slot in [1, 2, 3, 5, 6, 7, 10] {
            sandbox.set_slot(L1_GAS_PRICE_ORACLE, slot, U256::MAX);
        }
        let tx = tx(&mut sandbox);
        sandbox.fund(SENDER, U256::from(u64::MAX) * U256::from(10));
        let outcome = sandbox.commit(tx).unwrap();
        // The largest divisor takes Galileo's quadratic term away, not the linear one.
        assert_eq!(outcome.l1_data_fee, U256::from(u64::MAX), "{fork}");
    }
}

#[test]
fn the_system_caller_pays_no_l1_data_fee() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        sandbox.fund(SYSTEM_ADDRESS, ETHER);
        let mut tx = tx(&mut sandbox);
        tx.base.caller = SYSTEM_ADDRESS;
        tx.encoded = None;
        let outcome = sandbox.commit(tx).unwrap();
        assert_eq!(outcome.l1_data_fee, U256::ZERO, "{fork}");
        let paid = U256::from(50 * TX_GAS);
        assert_eq!(sandbox.balance(FEE_VAULT), paid, "{fork}");
    }
}

#[test]
fn missing_bytes_are_an_internal_error() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        let mut tx = tx(&mut sandbox);
        tx.encoded = None;
        assert!(matches!(sandbox.run(tx), Err(EVMError::Custom(_))), "{fork}");
    }
}

#[test]
fn the_vault_may_be_the_sender() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        sandbox.fund(FEE_VAULT, ETHER);
        let mut tx = tx(&mut sandbox);
        tx.base.caller = FEE_VAULT;
        tx.base.kind = OTHER.into();
        tx.base.value = U256::from(3);
        assert!(sandbox.commit(tx).unwrap().is_success(), "{fork}");
        assert_eq!(sandbox.balance(FEE_VAULT), ETHER - U256::from(3), "{fork}");
    }
}

#[test]
fn the_fee_of_the_last_transaction_is_reported() {
    use alloy_evm::{Evm, EvmFactory};
    let mut sandbox = Sandbox::with_fees(ScrollHardfork::GalileoV2);
    let (charged, mut message) = (tx(&mut sandbox), sandbox.message());
    message.base.caller = NOBODY;
    let fee = l1_data_fee(&mut sandbox, &charged);
    let mut evm =
        rollup_evm::ScrollEvmFactory::default().create_evm(sandbox.db.clone(), sandbox.env.clone());
    assert_eq!(evm.l1_data_fee(), U256::ZERO);
    evm.transact(charged).unwrap();
    assert_eq!(evm.l1_data_fee(), fee);
    evm.transact(message).unwrap();
    assert_eq!(evm.l1_data_fee(), U256::ZERO);
}
