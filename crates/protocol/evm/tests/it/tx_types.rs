//! Which transactions a block may hold (spec/execution 2.1 and step 1 of 4.1).

use crate::support::{CHAIN_ID, Code, ETHER, Evaluated, NOBODY, OTHER, SENDER, Sandbox, tx_error};
use alloy_eips::{
    eip2930::{AccessList, AccessListItem},
    eip7702::{Authorization, RecoveredAuthority, RecoveredAuthorization},
};
use alloy_primitives::{B256, U256};
use revm::{
    bytecode::opcode,
    context_interface::{either::Either, result::InvalidTransaction},
};
use rollup_chainspec::ScrollHardfork;
use rollup_evm::{
    ScrollSpecId::{self, Archimedes, Curie, EuclidV2},
    ScrollTxEnv, ScrollTxError,
};
use rstest::rstest;

/// A well-formed transaction of a type.
fn of_type(sandbox: &mut Sandbox, ty: u8) -> ScrollTxEnv {
    if ty == 0x7e {
        return sandbox.message();
    }
    let mut tx = sandbox.tx();
    tx.base.tx_type = ty;
    if ty >= 2 {
        tx.base.gas_priority_fee = Some(0);
    }
    if ty == 3 {
        tx.base.max_fee_per_blob_gas = 1;
        tx.base.blob_hashes = vec![B256::with_last_byte(1) | B256::from(U256::ONE << 248)];
    }
    if ty == 4 {
        let authorization = Authorization { chain_id: U256::ZERO, address: OTHER, nonce: 0 };
        let authority = RecoveredAuthority::Valid(NOBODY);
        let recovered = RecoveredAuthorization::new_unchecked(authorization, authority);
        tx.base.authorization_list = vec![Either::Right(recovered)];
    }
    tx
}

#[rstest]
#[case(0x00, Some(Archimedes))]
#[case(0x01, Some(Curie))]
#[case(0x02, Some(Curie))]
#[case(0x03, None)]
#[case(0x04, Some(EuclidV2))]
#[case(0x05, None)]
#[case(0x06, None)]
#[case(0x7d, None)]
#[case(0x7e, Some(Archimedes))]
#[case(0x7f, None)]
#[case(0xff, None)]
fn types_of_each_fork(#[case] ty: u8, #[case] since: Option<ScrollSpecId>) {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        let tx = of_type(&mut sandbox, ty);
        let result = sandbox.run(tx);
        let spec = sandbox.spec();
        if since.is_some_and(|since| sandbox.is_at_least(since)) {
            assert!(result.unwrap().is_success(), "{fork}");
        } else {
            let error = ScrollTxError::TypeNotAllowed { ty, spec };
            assert_eq!(tx_error(result), error, "{fork}");
        }
    }
}

#[test]
fn chain_id() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        for (ty, chain_id, expected) in [
            (0, None, None),
            (0, Some(CHAIN_ID), None),
            (0, Some(CHAIN_ID + 1), Some(InvalidTransaction::InvalidChainId)),
            (1, Some(CHAIN_ID), None),
            (1, Some(1), Some(InvalidTransaction::InvalidChainId)),
            (1, None, Some(InvalidTransaction::MissingChainId)),
            (2, Some(1), Some(InvalidTransaction::InvalidChainId)),
            (2, None, Some(InvalidTransaction::MissingChainId)),
        ] {
            if !sandbox.spec().allows_tx_type(ty) {
                continue;
            }
            let mut tx = of_type(&mut sandbox, ty);
            tx.base.chain_id = chain_id;
            let result = sandbox.run(tx);
            match expected {
                None => assert!(result.unwrap().is_success(), "{fork} {ty} {chain_id:?}"),
                Some(err) => assert_eq!(
                    tx_error(result),
                    ScrollTxError::Ethereum(err),
                    "{fork} {ty} {chain_id:?}"
                ),
            }
        }
    }
}

#[test]
fn nonce_must_be_the_senders() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        sandbox.set_nonce(SENDER, 5);
        for (nonce, expected) in [
            (4, Some(InvalidTransaction::NonceTooLow { tx: 4, state: 5 })),
            (5, None),
            (6, Some(InvalidTransaction::NonceTooHigh { tx: 6, state: 5 })),
        ] {
            let mut tx = sandbox.tx();
            tx.base.nonce = nonce;
            let result = sandbox.run(tx);
            match expected {
                None => assert!(result.unwrap().is_success(), "{fork}"),
                Some(err) => assert_eq!(tx_error(result), ScrollTxError::Ethereum(err), "{fork}"),
            }
        }
    }
}

#[test]
fn price_must_reach_the_base_fee() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        if !sandbox.is_at_least(Curie) {
            continue;
        }
        sandbox.env.block_env.basefee = 100;
        for (ty, max_fee, tip, expected) in [
            (0, 99, None, Some(InvalidTransaction::GasPriceLessThanBasefee)),
            (0, 100, None, None),
            (1, 99, None, Some(InvalidTransaction::GasPriceLessThanBasefee)),
            (2, 99, Some(1), Some(InvalidTransaction::GasPriceLessThanBasefee)),
            (2, 100, Some(100), None),
            (2, 100, Some(101), Some(InvalidTransaction::PriorityFeeGreaterThanMaxFee)),
        ] {
            let mut tx = of_type(&mut sandbox, ty);
            tx.base.gas_price = max_fee;
            tx.base.gas_priority_fee = tip;
            let result = sandbox.run(tx);
            match expected {
                None => assert!(result.unwrap().is_success(), "{fork} {ty}"),
                Some(err) => {
                    assert_eq!(tx_error(result), ScrollTxError::Ethereum(err), "{fork} {ty}");
                }
            }
        }
    }
}

#[test]
fn sender_must_not_be_a_contract() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        sandbox.deploy(SENDER, Code::new().op(opcode::STOP).into_bytes());
        let tx = sandbox.tx();
        let error = ScrollTxError::Ethereum(InvalidTransaction::RejectCallerWithCode);
        assert_eq!(tx_error(sandbox.run(tx)), error, "{fork}");
    }
}

#[test]
fn sender_may_have_delegated() {
    for fork in [ScrollHardfork::EuclidV2, ScrollHardfork::Feynman, ScrollHardfork::GalileoV2] {
        let mut sandbox = Sandbox::new(fork);
        sandbox.delegate(SENDER, OTHER);
        let tx = sandbox.tx();
        assert!(sandbox.run(tx).unwrap().is_success(), "{fork}");
    }
}

#[test]
fn gas_limit_is_capped_by_the_block_only() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        let limit = sandbox.env.block_env.gas_limit;
        // Far above the cap of EIP-7825.
        let mut tx = sandbox.tx();
        tx.base.gas_limit = limit;
        assert!(sandbox.run(tx.clone()).unwrap().is_success(), "{fork}");
        tx.base.gas_limit = limit + 1;
        let error = ScrollTxError::Ethereum(InvalidTransaction::CallerGasLimitMoreThanBlock);
        assert_eq!(tx_error(sandbox.run(tx)), error, "{fork}");
    }
}

#[test]
fn access_list_is_paid_for_and_warm() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        if !sandbox.is_at_least(Curie) {
            continue;
        }
        sandbox.fund(OTHER, ETHER);
        let code = Code::new().balance_of(OTHER);
        let cold = Evaluated::word(ETHER, Code::PUSH_GAS + 2_600);
        assert_eq!(sandbox.evaluate(code), cold, "{fork}");

        for (ty, keys) in [(1, 0), (1, 3), (2, 2)] {
            let mut tx = of_type(&mut sandbox, ty);
            tx.base.access_list = AccessList(vec![AccessListItem {
                address: OTHER,
                storage_keys: (0..keys).map(B256::with_last_byte).collect(),
            }]);
            let access = 2_400 + 1_900 * u64::from(keys);
            let execution = Code::PUSH_GAS + 100 + Code::RETURN_TOP_GAS;
            let gas_used = sandbox.run(tx).unwrap().gas_used();
            assert_eq!(gas_used, 21_000 + access + execution, "{fork} {ty}");
        }
    }
}

#[test]
fn balance_must_cover_the_highest_price_and_the_value() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        if !sandbox.is_at_least(Curie) {
            continue;
        }
        // The effective price is 2, the highest 10.
        sandbox.env.block_env.basefee = 1;
        let mut tx = of_type(&mut sandbox, 2);
        tx.base.gas_price = 10;
        tx.base.gas_priority_fee = Some(1);
        tx.base.value = U256::from(3);
        let fee = U256::from(10 * tx.base.gas_limit + 3);
        sandbox.fund(SENDER, fee);
        assert!(sandbox.run(tx.clone()).unwrap().is_success(), "{fork}");

        let balance = fee - U256::ONE;
        sandbox.fund(SENDER, balance);
        let error = InvalidTransaction::LackOfFundForMaxFee {
            fee: Box::new(fee),
            balance: Box::new(balance),
        };
        assert_eq!(tx_error(sandbox.run(tx)), ScrollTxError::Ethereum(error), "{fork}");
    }
}
