//! EIP-7623 from Feynman (spec/execution 3.4).

use crate::support::{CONTRACT, Code, ETHER, NOBODY, SENDER, Sandbox, tx_error};
use alloy_primitives::{Bytes, U256};
use revm::context_interface::result::InvalidTransaction;
use rollup_chainspec::{FEE_VAULT, ScrollHardfork};
use rollup_evm::{ScrollSpecId::Feynman, ScrollTxEnv, ScrollTxError};
use rstest::rstest;

/// A transaction with calldata to an account that does not exist.
fn tx_with(sandbox: &mut Sandbox, data: &Bytes, gas_limit: u64) -> ScrollTxEnv {
    let mut tx = sandbox.tx();
    tx.base.kind = NOBODY.into();
    tx.base.data = data.clone();
    tx.base.gas_limit = gas_limit;
    tx
}

#[rstest]
#[case::zeros(vec![0; 1000], 25_000, 31_000)]
#[case::others(vec![1; 1000], 37_000, 61_000)]
#[case::mixed([vec![0; 10], vec![255; 3]].concat(), 21_088, 21_220)]
#[case::nothing(Vec::new(), 21_000, 21_000)]
fn limit_and_use_reach_the_floor(
    #[case] data: Vec<u8>,
    #[case] intrinsic: u64,
    #[case] floor: u64,
) {
    let data = Bytes::from(data);
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        let least = if sandbox.is_at_least(Feynman) { floor } else { intrinsic };
        for gas_limit in [least, 100_000] {
            let tx = tx_with(&mut sandbox, &data, gas_limit);
            assert_eq!(sandbox.run(tx).unwrap().gas_used(), least, "{fork} {gas_limit}");
        }

        let tx = tx_with(&mut sandbox, &data, least - 1);
        let error = if least > intrinsic {
            InvalidTransaction::GasFloorMoreThanGasLimit { gas_floor: floor, gas_limit: least - 1 }
        } else {
            InvalidTransaction::CallGasCostMoreThanGasLimit {
                initial_gas: intrinsic,
                gas_limit: least - 1,
            }
        };
        assert_eq!(tx_error(sandbox.run(tx)), ScrollTxError::Ethereum(error), "{fork}");
    }
}

#[test]
fn does_not_add_to_execution_above_it() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        sandbox.deploy(CONTRACT, Code::new().sstore(0, 1).into_bytes());
        let mut tx = sandbox.tx();
        tx.base.data = vec![1; 100].into();
        let gas_used = sandbox.run(tx).unwrap().gas_used();
        assert_eq!(gas_used, 21_000 + 1_600 + 22_106, "{fork}");
    }
}

#[test]
fn binds_after_refunds() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        sandbox.set_slot(CONTRACT, 0, U256::ONE);
        sandbox.deploy(CONTRACT, Code::new().sstore(0, 0).into_bytes());
        let mut tx = sandbox.tx();
        tx.base.data = vec![1; 170].into();
        let after_refund = 21_000 + 2_720 + 5_006 - 4_800;
        let floor = 21_000 + 6_800;
        // Before the refund execution is above the floor.
        assert!(after_refund < floor && floor < after_refund + 4_800);
        let expected = if sandbox.is_at_least(Feynman) { floor } else { after_refund };
        assert_eq!(sandbox.run(tx).unwrap().gas_used(), expected, "{fork}");
    }
}

#[test]
fn the_floor_is_paid_for() {
    for fork in [ScrollHardfork::Feynman, ScrollHardfork::GalileoV2] {
        let mut sandbox = Sandbox::new(fork);
        let mut tx = tx_with(&mut sandbox, &vec![1; 1000].into(), 100_000);
        tx.base.gas_price = 9;
        sandbox.commit(tx).unwrap();
        let fee = U256::from(9 * 61_000);
        assert_eq!(sandbox.balance(SENDER), ETHER - fee, "{fork}");
        assert_eq!(sandbox.balance(FEE_VAULT), fee, "{fork}");
    }
}
