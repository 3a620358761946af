//! Calls that are not part of a block: the flags of an RPC node.

use crate::support::{CONTRACT, Code, ETHER, SENDER, Sandbox, TX_GAS, tx_error};
use alloy_primitives::{Bytes, U256};
use revm::context_interface::result::InvalidTransaction;
use rollup_chainspec::{FEE_VAULT, ScrollHardfork};
use rollup_evm::{
    ScrollSpecId::{Curie, Feynman},
    ScrollTxEnv, ScrollTxError,
};

/// A call without a signature, so with no bytes, that sends everything [`SENDER`] has.
fn sandbox_and_tx(fork: ScrollHardfork) -> (Sandbox, ScrollTxEnv) {
    let mut sandbox = Sandbox::new(fork);
    sandbox.set_oracle();
    let mut tx = sandbox.tx();
    tx.base.gas_price = 50;
    tx.base.value = ETHER;
    (sandbox, tx)
}

#[test]
fn without_fees_only_the_value_moves() {
    for fork in ScrollHardfork::ALL {
        let (mut sandbox, mut tx) = sandbox_and_tx(fork);
        sandbox.env.cfg_env.disable_fee_charge = true;
        // Even a call that forgot its bytes needs none.
        tx.encoded = None;
        let outcome = sandbox.commit(tx).unwrap();
        assert!(outcome.is_success(), "{fork}");
        assert_eq!(outcome.l1_data_fee, U256::ZERO, "{fork}");
        assert_eq!(sandbox.balance(SENDER), U256::ZERO, "{fork}");
        assert_eq!(sandbox.balance(CONTRACT), ETHER, "{fork}");
        assert_eq!(sandbox.balance(FEE_VAULT), U256::ZERO, "{fork}");
    }
}

#[test]
fn without_balance_check_a_poor_sender_succeeds() {
    for fork in ScrollHardfork::ALL {
        for balance in [U256::ZERO, U256::ONE, ETHER] {
            let (mut sandbox, tx) = sandbox_and_tx(fork);
            sandbox.fund(SENDER, balance);
            sandbox.env.cfg_env.disable_balance_check = true;
            let outcome = sandbox.commit(tx).unwrap();
            assert!(outcome.is_success(), "{fork} {balance}");
            assert_eq!(outcome.gas_used(), TX_GAS, "{fork} {balance}");
            assert_eq!(sandbox.balance(CONTRACT), ETHER, "{fork} {balance}");
        }
    }
}

#[test]
fn without_balance_check_a_rich_sender_still_pays() {
    for fork in ScrollHardfork::ALL {
        let (mut sandbox, mut tx) = sandbox_and_tx(fork);
        tx.base.value = U256::ZERO;
        tx.encoded = Some(Bytes::from_static(&[1; 100]));
        sandbox.env.cfg_env.disable_balance_check = true;
        let outcome = sandbox.commit(tx).unwrap();
        let paid = U256::from(50 * TX_GAS) + outcome.l1_data_fee;
        assert!(!outcome.l1_data_fee.is_zero(), "{fork}");
        assert_eq!(sandbox.balance(SENDER), ETHER - paid, "{fork}");
        assert_eq!(sandbox.balance(FEE_VAULT), paid, "{fork}");
    }
}

#[test]
fn without_base_fee_check_a_call_may_be_free() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        if !sandbox.is_at_least(Curie) {
            continue;
        }
        sandbox.env.block_env.basefee = 100;
        let mut tx = sandbox.tx();
        tx.base.gas_price = 0;
        let error = ScrollTxError::Ethereum(InvalidTransaction::GasPriceLessThanBasefee);
        assert_eq!(tx_error(sandbox.run(tx.clone())), error, "{fork}");

        sandbox.env.cfg_env.disable_base_fee = true;
        assert!(sandbox.commit(tx).unwrap().is_success(), "{fork}");
        assert_eq!(sandbox.balance(SENDER), ETHER, "{fork}");
        assert_eq!(sandbox.balance(FEE_VAULT), U256::ZERO, "{fork}");
    }
}

#[test]
fn without_nonce_check_any_nonce_will_do() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        sandbox.env.cfg_env.disable_nonce_check = true;
        let mut tx = sandbox.tx();
        tx.base.nonce = 77;
        assert!(sandbox.run(tx).unwrap().is_success(), "{fork}");
    }
}

#[test]
fn a_contract_may_call_if_asked_to() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        sandbox.env.cfg_env.disable_eip3607 = true;
        sandbox.deploy(SENDER, Code::new().revert().into_bytes());
        let tx = sandbox.tx();
        assert!(sandbox.run(tx).unwrap().is_success(), "{fork}");
    }
}

#[test]
fn a_call_without_bytes_pays_no_l1_data_fee_by_size() {
    for fork in ScrollHardfork::ALL {
        let (mut sandbox, mut tx) = sandbox_and_tx(fork);
        tx.base.value = U256::ZERO;
        let fee = sandbox.commit(tx).unwrap().l1_data_fee;
        let expected: u128 = if sandbox.is_at_least(Feynman) {
            0
        } else if sandbox.is_at_least(Curie) {
            // The part that does not depend on size.
            2_394_981_796 * 3_000_000_007 / 1_000_000_000
        } else {
            (188 + 64) * 3_000_000_007 * 1_150_000_000 / 1_000_000_000
        };
        assert_eq!(fee, U256::from(expected), "{fork}");
    }
}
