//! EIP-7702 from EuclidV2 (spec/execution 3.4).

use crate::support::{CHAIN_ID, CONTRACT, Code, NOBODY, OTHER, SENDER, Sandbox, TX_GAS, tx_error};
use alloy_eips::eip7702::{Authorization, RecoveredAuthority, RecoveredAuthorization};
use alloy_primitives::{Address, U256, address, keccak256};
use revm::{
    bytecode::opcode,
    context_interface::{either::Either, result::InvalidTransaction},
};
use rollup_chainspec::ScrollHardfork::{self, EuclidV2, Feynman, Galileo, GalileoV2};
use rollup_evm::{ScrollTxEnv, ScrollTxError};
use rstest::rstest;
use std::slice;

const FORKS: [ScrollHardfork; 4] = [EuclidV2, Feynman, Galileo, GalileoV2];
const AUTHORITY: Address = address!("0x0000000000000000000000000000000000a47401");
const PER_AUTHORIZATION_GAS: u64 = 25_000;
const REFUND_GAS: u64 = 12_500;
/// A cold SSTORE of a new value, with its operands.
const STORE_GAS: u64 = 22_100 + 2 * Code::PUSH_GAS;

const fn authorization(chain_id: u64, address: Address, nonce: u64) -> Authorization {
    Authorization { chain_id: U256::from_limbs([chain_id, 0, 0, 0]), address, nonce }
}

/// Delegates [`AUTHORITY`] and calls `to`.
fn set_code(sandbox: &mut Sandbox, authorizations: &[Authorization], to: Address) -> ScrollTxEnv {
    let mut tx = sandbox.tx();
    tx.base.tx_type = 4;
    tx.base.gas_priority_fee = Some(0);
    tx.base.kind = to.into();
    tx.base.authorization_list = authorizations
        .iter()
        .map(|authorization| {
            let authority = RecoveredAuthority::Valid(AUTHORITY);
            Either::Right(RecoveredAuthorization::new_unchecked(authorization.clone(), authority))
        })
        .collect();
    tx
}

/// A sandbox in which [`OTHER`] stores 7 in slot 1.
fn sandbox(fork: ScrollHardfork) -> Sandbox {
    let mut sandbox = Sandbox::new(fork);
    sandbox.deploy(OTHER, Code::new().sstore(1, 7).into_bytes());
    sandbox
}

#[rstest]
#[case::own_chain(CHAIN_ID)]
#[case::any_chain(0)]
fn delegates_and_runs_code_of_the_target(#[case] chain_id: u64) {
    for fork in FORKS {
        let mut sandbox = sandbox(fork);
        let authorizations = [authorization(chain_id, OTHER, 0)];
        let tx = set_code(&mut sandbox, &authorizations, AUTHORITY);
        let outcome = sandbox.commit(tx).unwrap();
        assert!(outcome.is_success(), "{fork}");

        let designator = [&[0xef, 0x01, 0x00], OTHER.as_slice()].concat();
        let account = sandbox.account(AUTHORITY);
        assert_eq!((account.nonce, account.code_hash), (1, keccak256(designator)), "{fork}");
        assert_eq!(sandbox.slot(AUTHORITY, 1), U256::from(7), "{fork}");
        assert_eq!(sandbox.slot(OTHER, 1), U256::ZERO, "{fork}");
        // Following the delegation of its recipient costs a transaction nothing.
        let gas = TX_GAS + PER_AUTHORIZATION_GAS + STORE_GAS;
        assert_eq!(outcome.gas_used(), gas, "{fork}");
    }
}

#[test]
fn refunds_an_authority_that_exists() {
    for fork in FORKS {
        let mut sandbox = sandbox(fork);
        sandbox.fund(AUTHORITY, U256::ONE);
        let tx = set_code(&mut sandbox, &[authorization(CHAIN_ID, OTHER, 0)], AUTHORITY);
        let spent = TX_GAS + PER_AUTHORIZATION_GAS + STORE_GAS;
        assert!(spent / 5 > REFUND_GAS);
        assert_eq!(sandbox.run(tx).unwrap().gas_used(), spent - REFUND_GAS, "{fork}");

        // Without much execution the cap of a fifth binds.
        let tx = set_code(&mut sandbox, &[authorization(CHAIN_ID, OTHER, 0)], NOBODY);
        let spent = TX_GAS + PER_AUTHORIZATION_GAS;
        assert_eq!(sandbox.run(tx).unwrap().gas_used(), spent - spent / 5, "{fork}");
    }
}

#[test]
fn a_later_call_from_code_follows_the_delegation() {
    for fork in FORKS {
        let mut sandbox = sandbox(fork);
        sandbox.delegate(AUTHORITY, OTHER);
        let probe = Code::probe_call(AUTHORITY, 100_000, 0);
        sandbox.deploy(CONTRACT, probe.into_bytes());
        let tx = sandbox.tx();
        let outcome = sandbox.commit(tx).unwrap();
        assert_eq!(outcome.word(0), U256::ONE, "{fork}");
        // Both accounts are cold.
        assert_eq!(outcome.word(2), U256::from(2_600 + 2_600 + STORE_GAS), "{fork}");
        assert_eq!(sandbox.slot(AUTHORITY, 1), U256::from(7), "{fork}");
    }
}

#[test]
fn code_of_an_authority_is_its_designator() {
    for fork in FORKS {
        let mut sandbox = sandbox(fork);
        sandbox.delegate(AUTHORITY, OTHER);
        let code = Code::new().push_address(AUTHORITY).op(opcode::EXTCODESIZE);
        let expected = crate::support::Evaluated::word(U256::from(23), Code::PUSH_GAS + 2_600);
        assert_eq!(sandbox.evaluate(code), expected, "{fork}");
    }
}

#[rstest]
#[case::other_chain(authorization(1, OTHER, 0))]
#[case::nonce_too_high(authorization(CHAIN_ID, OTHER, 1))]
#[case::largest_nonce(authorization(CHAIN_ID, OTHER, u64::MAX))]
fn skips_an_invalid_authorization(#[case] invalid: Authorization) {
    for fork in FORKS {
        let mut sandbox = sandbox(fork);
        let tx = set_code(&mut sandbox, slice::from_ref(&invalid), AUTHORITY);
        let outcome = sandbox.commit(tx).unwrap();
        assert!(outcome.is_success(), "{fork}");
        assert_eq!(outcome.gas_used(), TX_GAS + PER_AUTHORIZATION_GAS, "{fork}");
        let account = sandbox.account(AUTHORITY);
        assert!(account.is_empty_code_hash(), "{fork}");
        assert_eq!(account.nonce, 0, "{fork}");

        // The one behind it still counts.
        let both = [invalid.clone(), authorization(CHAIN_ID, OTHER, 0)];
        let tx = set_code(&mut sandbox, &both, AUTHORITY);
        sandbox.commit(tx).unwrap();
        assert_eq!(sandbox.nonce(AUTHORITY), 1, "{fork}");
    }
}

#[test]
fn skips_a_contract_and_an_unrecoverable_authority() {
    for fork in FORKS {
        let mut sandbox = sandbox(fork);
        sandbox.deploy(AUTHORITY, Code::new().op(opcode::STOP).into_bytes());
        let code_hash = sandbox.account(AUTHORITY).code_hash;
        let tx = set_code(&mut sandbox, &[authorization(CHAIN_ID, OTHER, 0)], NOBODY);
        let outcome = sandbox.commit(tx).unwrap();
        assert_eq!(outcome.gas_used(), TX_GAS + PER_AUTHORIZATION_GAS, "{fork}");
        assert_eq!(sandbox.account(AUTHORITY).code_hash, code_hash, "{fork}");

        let mut tx = set_code(&mut sandbox, &[], NOBODY);
        tx.base.authorization_list = vec![Either::Right(RecoveredAuthorization::new_unchecked(
            authorization(CHAIN_ID, OTHER, 0),
            RecoveredAuthority::Invalid,
        ))];
        let gas_used = sandbox.run(tx).unwrap().gas_used();
        assert_eq!(gas_used, TX_GAS + PER_AUTHORIZATION_GAS, "{fork}");
    }
}

#[test]
fn the_zero_address_ends_a_delegation() {
    for fork in FORKS {
        let mut sandbox = sandbox(fork);
        sandbox.delegate(AUTHORITY, OTHER);
        let clear = authorization(CHAIN_ID, Address::ZERO, 0);
        let tx = set_code(&mut sandbox, &[clear], AUTHORITY);
        assert!(sandbox.commit(tx).unwrap().is_success(), "{fork}");
        assert!(sandbox.account(AUTHORITY).is_empty_code_hash(), "{fork}");
        assert_eq!(sandbox.slot(AUTHORITY, 1), U256::ZERO, "{fork}");
    }
}

#[test]
fn a_reverted_call_keeps_the_delegation() {
    for fork in FORKS {
        let mut sandbox = sandbox(fork);
        sandbox.deploy(CONTRACT, Code::new().revert().into_bytes());
        let tx = set_code(&mut sandbox, &[authorization(CHAIN_ID, OTHER, 0)], CONTRACT);
        assert!(!sandbox.commit(tx).unwrap().is_success(), "{fork}");
        assert_eq!(sandbox.nonce(AUTHORITY), 1, "{fork}");
        assert!(!sandbox.account(AUTHORITY).is_empty_code_hash(), "{fork}");
    }
}

#[test]
fn the_sender_may_delegate_itself() {
    for fork in FORKS {
        let mut sandbox = sandbox(fork);
        // Its nonce was raised before the authorization is looked at.
        let mut tx = set_code(&mut sandbox, &[], SENDER);
        tx.base.authorization_list = vec![Either::Right(RecoveredAuthorization::new_unchecked(
            authorization(CHAIN_ID, OTHER, 1),
            RecoveredAuthority::Valid(SENDER),
        ))];
        assert!(sandbox.commit(tx).unwrap().is_success(), "{fork}");
        assert_eq!(sandbox.nonce(SENDER), 2, "{fork}");
        assert_eq!(sandbox.slot(SENDER, 1), U256::from(7), "{fork}");
    }
}

#[test]
fn refuses_an_empty_list() {
    for fork in FORKS {
        let mut sandbox = sandbox(fork);
        let tx = set_code(&mut sandbox, &[], AUTHORITY);
        let error = ScrollTxError::Ethereum(InvalidTransaction::EmptyAuthorizationList);
        assert_eq!(tx_error(sandbox.run(tx)), error, "{fork}");
    }
}
