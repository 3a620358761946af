//! Execution of L1 messages (spec/execution 2.3).

use crate::support::{
    CONTRACT, Code, ETHER, NOBODY, OTHER, SENDER, Sandbox, TX_GAS, TX_GAS_LIMIT, tx_error,
};
use alloy_primitives::{Bytes, U256, hex};
use revm::{
    bytecode::opcode,
    context_interface::result::{HaltReason, InvalidTransaction},
};
use rollup_chainspec::{FEE_VAULT, L1_GAS_PRICE_ORACLE, ScrollHardfork};
use rollup_evm::{
    ScrollSpecId::{Euclid, EuclidV2, Feynman},
    ScrollTxEnv, ScrollTxError,
};

/// A message from an account that does not exist, without value.
fn message(sandbox: &Sandbox) -> ScrollTxEnv {
    let mut tx = sandbox.message();
    tx.base.caller = NOBODY;
    tx
}

#[test]
fn is_free_and_raises_the_nonce() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        sandbox.fund(FEE_VAULT, U256::from(11));
        sandbox.deploy(CONTRACT, Code::new().sstore(0, 1).into_bytes());
        for nonce in 1..=2 {
            let tx = message(&sandbox);
            let outcome = sandbox.commit(tx).unwrap();
            assert!(outcome.is_success(), "{fork}");
            assert_eq!(outcome.l1_data_fee, U256::ZERO, "{fork}");
            let sender = sandbox.account(NOBODY);
            assert_eq!((sender.nonce, sender.balance), (nonce, U256::ZERO), "{fork}");
        }
        assert_eq!(sandbox.balance(FEE_VAULT), U256::from(11), "{fork}");
        assert_eq!(sandbox.slot(CONTRACT, 0), U256::ONE, "{fork}");
    }
}

#[test]
fn reads_neither_vault_nor_oracle() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        sandbox.deploy(CONTRACT, Code::new().sstore(0, 1).into_bytes());
        for unread in [FEE_VAULT, L1_GAS_PRICE_ORACLE] {
            let result = sandbox.run_without_reading(unread, message(&sandbox));
            assert!(result.unwrap().is_success(), "{fork}");
            // The wrapper does notice: an ordinary transaction reads both.
            let tx = sandbox.tx();
            assert!(sandbox.run_without_reading(unread, tx).is_err(), "{fork}");
        }
    }
}

#[test]
fn sees_itself_as_free_and_its_sender_as_origin() {
    for fork in ScrollHardfork::ALL {
        for (code, expected) in [
            (opcode::GASPRICE, U256::ZERO),
            (opcode::ORIGIN, U256::from_be_slice(NOBODY.as_slice())),
            (opcode::CALLER, U256::from_be_slice(NOBODY.as_slice())),
        ] {
            let mut sandbox = Sandbox::with_fees(fork);
            sandbox.deploy(CONTRACT, Code::new().op(code).return_top().into_bytes());
            let outcome = sandbox.run(message(&sandbox)).unwrap();
            assert_eq!(outcome.word(0), expected, "{fork} {code:#04x}");
        }
    }
}

#[test]
fn a_failing_call_still_raises_the_nonce() {
    for fork in ScrollHardfork::ALL {
        for (code, gas_used) in [
            (Code::new().sstore(0, 1).revert(), TX_GAS + 22_106 + 4),
            (Code::new().sstore(0, 1).op(opcode::INVALID), TX_GAS_LIMIT),
        ] {
            let mut sandbox = Sandbox::with_fees(fork);
            sandbox.deploy(CONTRACT, code.into_bytes());
            let tx = message(&sandbox);
            let outcome = sandbox.commit(tx).unwrap();
            assert!(!outcome.is_success(), "{fork}");
            assert_eq!(outcome.gas_used(), gas_used, "{fork}");
            assert_eq!(sandbox.nonce(NOBODY), 1, "{fork}");
            assert_eq!(sandbox.slot(CONTRACT, 0), U256::ZERO, "{fork}");
            assert_eq!(sandbox.balance(FEE_VAULT), U256::ZERO, "{fork}");
        }
    }
}

#[test]
fn the_largest_nonce_stays() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        sandbox.set_nonce(NOBODY, u64::MAX);
        let tx = message(&sandbox);
        assert!(sandbox.commit(tx).unwrap().is_success(), "{fork}");
        assert_eq!(sandbox.nonce(NOBODY), u64::MAX, "{fork}");
    }
}

#[test]
fn is_granted_no_refund() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        sandbox.set_slot(CONTRACT, 0, U256::ONE);
        sandbox.deploy(CONTRACT, Code::new().sstore(0, 0).into_bytes());
        let outcome = sandbox.run(message(&sandbox)).unwrap();
        assert_eq!(outcome.gas_used(), TX_GAS + 5_006, "{fork}");
    }
}

#[test]
fn limit_must_reach_the_floor_but_use_need_not() {
    for fork in ScrollHardfork::ALL {
        let sandbox = Sandbox::with_fees(fork);
        let mut tx = message(&sandbox);
        tx.base.data = vec![1; 1000].into();
        tx.base.gas_limit = 61_000;
        assert_eq!(sandbox.run(tx.clone()).unwrap().gas_used(), 37_000, "{fork}");

        tx.base.gas_limit = 60_999;
        let result = sandbox.run(tx);
        if sandbox.is_at_least(Feynman) {
            let error = InvalidTransaction::GasFloorMoreThanGasLimit {
                gas_floor: 61_000,
                gas_limit: 60_999,
            };
            assert_eq!(tx_error(result), ScrollTxError::Ethereum(error), "{fork}");
        } else {
            assert_eq!(result.unwrap().gas_used(), 37_000, "{fork}");
        }
    }
}

#[test]
fn limit_must_reach_the_intrinsic_gas() {
    for fork in ScrollHardfork::ALL {
        let sandbox = Sandbox::with_fees(fork);
        let mut tx = message(&sandbox);
        tx.base.gas_limit = 20_999;
        let error = InvalidTransaction::CallGasCostMoreThanGasLimit {
            initial_gas: 21_000,
            gas_limit: 20_999,
        };
        assert_eq!(tx_error(sandbox.run(tx.clone())), ScrollTxError::Ethereum(error), "{fork}");
        tx.base.gas_limit = 21_000;
        assert_eq!(sandbox.run(tx).unwrap().gas_used(), 21_000, "{fork}");
    }
}

/// Calldata of 35 bytes: intrinsic gas 21428, floor 22070.
const CALLDATA: [u8; 35] =
    hex!("000000000123456789abcdef00000000123456789abcdef00000000123456789abcdef");

#[test]
fn value_without_funds_is_invalid_before_euclid_and_fails_from_then_on() {
    for fork in ScrollHardfork::ALL {
        for (data, gas_limit, gas_used) in [
            (Bytes::from_static(&CALLDATA), 200_000, 21_428),
            (Bytes::new(), 200_000, 21_000),
            (Bytes::new(), 21_000, 21_000),
        ] {
            let mut sandbox = Sandbox::with_fees(fork);
            // The recipient would have spent gas.
            sandbox.deploy(CONTRACT, Code::new().sstore(0, 1).into_bytes());
            let mut tx = message(&sandbox);
            tx.base.value = U256::ONE;
            tx.base.data = data;
            tx.base.gas_limit = gas_limit;
            let result = sandbox.commit(tx);
            if !sandbox.is_at_least(Euclid) {
                let error = InvalidTransaction::LackOfFundForMaxFee {
                    fee: Box::new(U256::ONE),
                    balance: Box::new(U256::ZERO),
                };
                assert_eq!(tx_error(result), ScrollTxError::Ethereum(error), "{fork}");
                assert_eq!(sandbox.nonce(NOBODY), 0, "{fork}");
                continue;
            }
            let outcome = result.unwrap();
            assert_eq!(*outcome.halt_reason(), HaltReason::OutOfFunds, "{fork}");
            assert_eq!(outcome.gas_used(), gas_used, "{fork}");
            assert_eq!(sandbox.nonce(NOBODY), 1, "{fork}");
            assert_eq!(sandbox.slot(CONTRACT, 0), U256::ZERO, "{fork}");
            assert_eq!(sandbox.balance(CONTRACT), U256::ZERO, "{fork}");
        }
    }
}

#[test]
fn value_without_funds_leaves_the_recipient_unread() {
    for fork in ScrollHardfork::ALL {
        let sandbox = Sandbox::with_fees(fork);
        if !sandbox.is_at_least(Euclid) {
            continue;
        }
        let mut tx = message(&sandbox);
        tx.base.value = U256::ONE;
        let result = sandbox.run_without_reading(CONTRACT, tx.clone()).unwrap();
        assert!(result.is_halt(), "{fork}");
        tx.base.value = U256::ZERO;
        assert!(sandbox.run_without_reading(CONTRACT, tx).is_err(), "{fork}");
    }
}

#[test]
fn value_may_be_the_whole_balance() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        let mut tx = sandbox.message();
        tx.base.value = ETHER;
        assert!(sandbox.commit(tx).unwrap().is_success(), "{fork}");
        assert_eq!(sandbox.balance(CONTRACT), ETHER, "{fork}");
        assert_eq!(sandbox.balance(SENDER), U256::ZERO, "{fork}");
        assert_eq!(sandbox.nonce(SENDER), 1, "{fork}");
    }
}

#[test]
fn value_returns_when_the_call_fails() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        sandbox.deploy(CONTRACT, Code::new().revert().into_bytes());
        let mut tx = sandbox.message();
        tx.base.value = ETHER;
        assert!(!sandbox.commit(tx).unwrap().is_success(), "{fork}");
        assert_eq!(sandbox.balance(SENDER), ETHER, "{fork}");
    }
}

#[test]
fn sender_with_code_is_invalid_from_euclid_v2() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        sandbox.deploy(SENDER, Code::new().op(opcode::STOP).into_bytes());
        let result = sandbox.run(sandbox.message());
        if sandbox.is_at_least(EuclidV2) {
            let error = ScrollTxError::Ethereum(InvalidTransaction::RejectCallerWithCode);
            assert_eq!(tx_error(result), error, "{fork}");
        } else {
            assert!(result.unwrap().is_success(), "{fork}");
        }
    }
}

#[test]
fn sender_may_have_delegated() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        if !sandbox.is_at_least(EuclidV2) {
            continue;
        }
        sandbox.delegate(SENDER, OTHER);
        assert!(sandbox.run(sandbox.message()).unwrap().is_success(), "{fork}");
    }
}

#[test]
fn recipient_may_have_delegated() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::with_fees(fork);
        if !sandbox.is_at_least(EuclidV2) {
            continue;
        }
        sandbox.deploy(OTHER, Code::new().sstore(0, 1).into_bytes());
        sandbox.delegate(CONTRACT, OTHER);
        let tx = message(&sandbox);
        let outcome = sandbox.commit(tx).unwrap();
        assert_eq!(outcome.gas_used(), TX_GAS + 22_106, "{fork}");
        assert_eq!(sandbox.slot(CONTRACT, 0), U256::ONE, "{fork}");
    }
}

#[test]
fn warm_at_the_start_are_sender_recipient_and_vault() {
    for fork in ScrollHardfork::ALL {
        for (address, access) in
            [(NOBODY, 100), (CONTRACT, 100), (FEE_VAULT, 100), (OTHER, 2_600), (SENDER, 2_600)]
        {
            let mut sandbox = Sandbox::with_fees(fork);
            let code = Code::new().gas_of(Code::new().balance_of(address).op(opcode::POP));
            sandbox.deploy(CONTRACT, code.into_bytes());
            let outcome = sandbox.run(message(&sandbox)).unwrap();
            let gas = Code::PUSH_GAS + access + 2;
            assert_eq!(outcome.word(0), U256::from(gas), "{fork} {address}");
        }
    }
}
