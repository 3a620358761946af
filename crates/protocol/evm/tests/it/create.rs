//! Contract creation (spec/execution 3.1: EIP-170, 3541, 3860).

use crate::support::{Sandbox, tx_error};
use alloy_primitives::{TxKind, U256};
use revm::{
    bytecode::opcode,
    context_interface::result::{HaltReason, InvalidTransaction},
};
use rollup_chainspec::ScrollHardfork;
use rollup_evm::{ScrollSpecId::Feynman, ScrollTxEnv, ScrollTxError};

const MAX_INITCODE_BYTES: usize = 49_152;
const MAX_CODE_BYTES: u64 = 24_576;
const CREATE_GAS: u64 = 53_000;

fn creation(sandbox: &mut Sandbox, initcode: Vec<u8>) -> ScrollTxEnv {
    let mut tx = sandbox.tx();
    tx.base.kind = TxKind::Create;
    tx.base.data = initcode.into();
    tx.base.gas_limit = 10_000_000;
    tx
}

/// Initcode that deploys zeros, the first byte of which is replaced.
fn deploying(first_byte: u8, length: u64) -> Vec<u8> {
    let mut code = vec![opcode::PUSH1, first_byte, opcode::PUSH0, opcode::MSTORE8, opcode::PUSH32];
    code.extend(U256::from(length).to_be_bytes::<32>());
    code.extend([opcode::PUSH0, opcode::RETURN]);
    code
}

#[test]
fn code_that_starts_with_ef_is_rejected() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        let tx = creation(&mut sandbox, deploying(0xef, 1));
        let outcome = sandbox.run(tx).unwrap();
        assert_eq!(*outcome.halt_reason(), HaltReason::CreateContractStartingWithEF, "{fork}");
        let tx = creation(&mut sandbox, deploying(0xee, 1));
        assert!(sandbox.run(tx).unwrap().is_success(), "{fork}");
    }
}

#[test]
fn code_is_at_most_24576_bytes() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        let tx = creation(&mut sandbox, deploying(0, MAX_CODE_BYTES));
        assert!(sandbox.run(tx).unwrap().is_success(), "{fork}");
        let tx = creation(&mut sandbox, deploying(0, MAX_CODE_BYTES + 1));
        let outcome = sandbox.run(tx).unwrap();
        assert_eq!(*outcome.halt_reason(), HaltReason::CreateContractSizeLimit, "{fork}");
    }
}

#[test]
fn initcode_is_at_most_49152_bytes_and_paid_by_the_word() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        let tx = creation(&mut sandbox, vec![opcode::STOP; MAX_INITCODE_BYTES]);
        let standard = CREATE_GAS + 4 * 49_152 + 2 * 49_152 / 32;
        let gas = if sandbox.is_at_least(Feynman) { 21_000 + 10 * 49_152 } else { standard };
        assert_eq!(sandbox.run(tx).unwrap().gas_used(), gas, "{fork}");

        let tx = creation(&mut sandbox, vec![opcode::STOP; MAX_INITCODE_BYTES + 1]);
        let error = ScrollTxError::Ethereum(InvalidTransaction::CreateInitCodeSizeLimit);
        assert_eq!(tx_error(sandbox.run(tx)), error, "{fork}");
    }
}
