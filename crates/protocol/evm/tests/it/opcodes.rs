//! Which opcodes exist, and those that differ from Ethereum's (spec/execution 3.1, 3.2).

use crate::support::{
    BLOCK_NUMBER, CHAIN_ID, CONTRACT, Code, Evaluated, OTHER, Sandbox, TX_GAS_LIMIT, WARM_GAS,
};
use alloy_primitives::{B256, U256};
use revm::{bytecode::opcode, context_interface::result::HaltReason};
use rollup_chainspec::{FEE_VAULT, ScrollHardfork};
use rollup_evm::ScrollSpecId::{Curie, Galileo};

/// Opcodes from genesis on.
const OPCODES: [std::ops::RangeInclusive<u8>; 12] = [
    opcode::STOP..=opcode::SIGNEXTEND,
    opcode::LT..=opcode::SAR,
    opcode::KECCAK256..=opcode::KECCAK256,
    opcode::ADDRESS..=opcode::SELFBALANCE,
    opcode::POP..=opcode::JUMPDEST,
    opcode::PUSH0..=opcode::PUSH32,
    opcode::DUP1..=opcode::DUP16,
    opcode::SWAP1..=opcode::SWAP16,
    opcode::LOG0..=opcode::LOG4,
    opcode::CREATE..=opcode::CREATE2,
    opcode::STATICCALL..=opcode::STATICCALL,
    opcode::REVERT..=opcode::REVERT,
];

#[test]
fn every_other_opcode_is_invalid() {
    for fork in ScrollHardfork::ALL {
        let sandbox = Sandbox::new(fork);
        for code in 0..=u8::MAX {
            let exists = match code {
                opcode::BASEFEE | opcode::TLOAD | opcode::TSTORE | opcode::MCOPY => {
                    sandbox.is_at_least(Curie)
                }
                opcode::CLZ => sandbox.is_at_least(Galileo),
                _ => OPCODES.iter().any(|range| range.contains(&code)),
            };
            assert_eq!(is_defined(sandbox.clone(), code), exists, "{fork} opcode {code:#04x}");
        }
    }
}

/// Whether an opcode does anything with 17 zeros on the stack.
fn is_defined(mut sandbox: Sandbox, code: u8) -> bool {
    let program = (0..17).fold(Code::new(), |program, _| program.op(opcode::PUSH0)).op(code);
    sandbox.deploy(CONTRACT, program.into_bytes());
    let tx = sandbox.tx();
    let outcome = sandbox.run(tx).unwrap();
    if !outcome.result.is_halt() {
        return true;
    }
    assert_eq!(outcome.gas_used(), TX_GAS_LIMIT);
    !matches!(
        outcome.halt_reason(),
        HaltReason::OpcodeNotFound | HaltReason::NotActivated | HaltReason::InvalidFEOpcode
    )
}

#[test]
fn block_and_transaction_values() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        sandbox.env.block_env.basefee = 7;
        sandbox.env.block_env.prevrandao = Some(B256::repeat_byte(0x33));
        let base_fee = if sandbox.is_at_least(Curie) {
            Evaluated::word(U256::from(7), 2)
        } else {
            Evaluated::Halted(HaltReason::NotActivated)
        };
        let gas_limit = sandbox.env.block_env.gas_limit;
        let timestamp = sandbox.env.block_env.timestamp;
        for (code, expected) in [
            (opcode::BASEFEE, base_fee),
            // Neither the difficulty nor the mix hash is zero.
            (opcode::DIFFICULTY, Evaluated::word(U256::ZERO, 2)),
            (opcode::COINBASE, Evaluated::word(FEE_VAULT.into_word(), 2)),
            (opcode::NUMBER, Evaluated::word(U256::from(BLOCK_NUMBER), 2)),
            (opcode::TIMESTAMP, Evaluated::word(timestamp, 2)),
            (opcode::GASLIMIT, Evaluated::word(U256::from(gas_limit), 2)),
            (opcode::CHAINID, Evaluated::word(U256::from(CHAIN_ID), 2)),
            (opcode::GASPRICE, Evaluated::word(U256::from(7), 2)),
            (opcode::PUSH0, Evaluated::word(U256::ZERO, 2)),
        ] {
            assert_eq!(sandbox.evaluate(Code::new().op(code)), expected, "{fork} {code:#04x}");
        }
    }
}

#[test]
fn the_fee_vault_is_warm() {
    for fork in ScrollHardfork::ALL {
        let code = Code::new().balance_of(FEE_VAULT);
        let expected = Evaluated::word(U256::ZERO, Code::PUSH_GAS + WARM_GAS);
        assert_eq!(Sandbox::new(fork).evaluate(code), expected, "{fork}");
    }
}

#[test]
fn transient_storage_lasts_for_one_transaction() {
    let store = |code: Code| code.push(U256::from(5)).push(U256::from(1)).op(opcode::TSTORE);
    let load = |code: Code| code.push(U256::from(1)).op(opcode::TLOAD);
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        let (stored, later) =
            (sandbox.evaluate(load(store(Code::new()))), sandbox.evaluate(load(Code::new())));
        if sandbox.is_at_least(Curie) {
            let gas = 3 * Code::PUSH_GAS + 200;
            assert_eq!(stored, Evaluated::word(U256::from(5), gas), "{fork}");
            assert_eq!(later, Evaluated::word(U256::ZERO, Code::PUSH_GAS + 100), "{fork}");
        } else {
            assert_eq!(stored, Evaluated::Halted(HaltReason::NotActivated), "{fork}");
            assert_eq!(later, Evaluated::Halted(HaltReason::NotActivated), "{fork}");
        }
    }
}

#[test]
fn transient_storage_is_cleared_on_one_evm() {
    use alloy_evm::{Evm, EvmFactory};
    let mut sandbox = Sandbox::new(ScrollHardfork::Curie);
    // Adds 1 to a transient slot and returns it.
    let code = Code::new()
        .op(opcode::PUSH0)
        .op(opcode::TLOAD)
        .push(U256::ONE)
        .op(opcode::ADD)
        .op(opcode::DUP1)
        .op(opcode::PUSH0)
        .op(opcode::TSTORE);
    sandbox.deploy(CONTRACT, code.return_top().into_bytes());
    let mut tx = sandbox.tx();
    let mut evm =
        rollup_evm::ScrollEvmFactory::default().create_evm(sandbox.db.clone(), sandbox.env.clone());
    for nonce in 0..2 {
        tx.base.nonce = nonce;
        let output = evm.transact_commit(tx.clone()).unwrap().into_output().unwrap();
        assert_eq!(U256::from_be_slice(&output), U256::ONE);
    }
}

#[test]
fn transient_storage_is_read_only_in_a_static_call() {
    let store = Code::new().op(opcode::PUSH0).op(opcode::PUSH0).op(opcode::TSTORE);
    let load = Code::new().op(opcode::PUSH0).op(opcode::TLOAD);
    for (callee, succeeds) in [(store, false), (load, true)] {
        let mut sandbox = Sandbox::new(ScrollHardfork::GalileoV2);
        sandbox.deploy(OTHER, callee.into_bytes());
        let Evaluated::Word { value, gas } =
            sandbox.evaluate(Code::new().static_call(OTHER, 50_000))
        else {
            panic!("the caller goes on");
        };
        assert_eq!(value, U256::from(succeeds));
        let spent = if succeeds { 102 } else { 50_000 };
        assert_eq!(gas, 4 * 2 + 2 * Code::PUSH_GAS + 2_600 + spent);
    }
}

#[test]
fn mcopy_copies_memory_from_curie() {
    let code = Code::new()
        .push(U256::from(9))
        .mstore(0)
        .push(U256::from(33))
        .op(opcode::PUSH0)
        .push(U256::from(64))
        .op(opcode::MCOPY)
        .push(U256::from(64))
        .op(opcode::MLOAD);
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        let expected = if sandbox.is_at_least(Curie) {
            let mstore = 2 * Code::PUSH_GAS + 3 + 3;
            // 33 bytes are two words, and memory grows from one word to four.
            let mcopy = 2 * Code::PUSH_GAS + 2 + 3 + 2 * 3 + 3 * 3;
            let mload = Code::PUSH_GAS + 3;
            // Returning finds the memory that it was counted with.
            Evaluated::word(U256::from(9), mstore + mcopy + mload - 3)
        } else {
            Evaluated::Halted(HaltReason::NotActivated)
        };
        assert_eq!(sandbox.evaluate(code.clone()), expected, "{fork}");
    }
}

#[test]
fn clz_counts_leading_zeros_from_galileo() {
    for fork in ScrollHardfork::ALL {
        for (word, zeros) in [
            (U256::ZERO, 256),
            (U256::ONE, 255),
            (U256::from(u64::MAX), 192),
            (U256::ONE << 254, 1),
            (U256::ONE << 255, 0),
            (U256::MAX, 0),
        ] {
            let mut sandbox = Sandbox::new(fork);
            let expected = if sandbox.is_at_least(Galileo) {
                Evaluated::word(U256::from(zeros), Code::PUSH_GAS + 5)
            } else {
                Evaluated::Halted(HaltReason::NotActivated)
            };
            let code = Code::new().push(word).op(opcode::CLZ);
            assert_eq!(sandbox.evaluate(code), expected, "{fork} {word}");
        }
    }
    let mut sandbox = Sandbox::new(ScrollHardfork::Galileo);
    let underflow = sandbox.evaluate(Code::new().op(opcode::CLZ));
    assert_eq!(underflow, Evaluated::Halted(HaltReason::StackUnderflow));
}

#[test]
fn a_full_stack_overflows_on_difficulty() {
    for (depth, overflows) in [(1023, false), (1024, true)] {
        let mut code = (0..depth).fold(Code::new(), |code, _| code.op(opcode::PUSH0));
        code = code.op(opcode::DIFFICULTY);
        let mut sandbox = Sandbox::new(ScrollHardfork::GalileoV2);
        sandbox.deploy(CONTRACT, code.into_bytes());
        let tx = sandbox.tx();
        let outcome = sandbox.run(tx).unwrap();
        assert_eq!(outcome.is_success(), !overflows);
        if overflows {
            assert_eq!(*outcome.halt_reason(), HaltReason::StackOverflow);
        }
    }
}

#[test]
fn a_halting_opcode_consumes_the_gas_of_its_frame_only() {
    for fork in ScrollHardfork::ALL {
        for halting in [opcode::SELFDESTRUCT, opcode::BLOBHASH, opcode::BLOBBASEFEE] {
            let mut sandbox = Sandbox::new(fork);
            sandbox.deploy(OTHER, Code::new().op(opcode::PUSH0).op(halting).into_bytes());
            sandbox.fund(OTHER, U256::from(5));
            sandbox.deploy(CONTRACT, Code::probe_call(OTHER, 50_000, 0).into_bytes());
            let tx = sandbox.tx();
            let outcome = sandbox.commit(tx).unwrap();
            assert_eq!(outcome.word(0), U256::ZERO, "{fork} {halting:#04x}");
            assert_eq!(outcome.word(1), U256::ZERO, "{fork} {halting:#04x}");
            assert_eq!(outcome.word(2), U256::from(2_600 + 50_000), "{fork} {halting:#04x}");
            assert_eq!(sandbox.balance(OTHER), U256::from(5));
            assert!(!sandbox.account(OTHER).is_empty_code_hash());
        }
    }
}

#[test]
fn refund_is_at_most_a_fifth() {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = Sandbox::new(fork);
        let mut code = Code::new();
        for slot in 0..10 {
            sandbox.set_slot(CONTRACT, slot, U256::ONE);
            code = code.sstore(slot, 0);
        }
        sandbox.deploy(CONTRACT, code.into_bytes());
        let tx = sandbox.tx();
        let spent = 21_000 + 10 * (2 * Code::PUSH_GAS + 5_000);
        assert_eq!(sandbox.run(tx.clone()).unwrap().gas_used(), spent - spent / 5, "{fork}");

        // One cleared slot stays below the fifth.
        sandbox.deploy(CONTRACT, Code::new().sstore(0, 0).into_bytes());
        assert_eq!(sandbox.run(tx).unwrap().gas_used(), 21_000 + 6 + 5_000 - 4_800, "{fork}");
    }
}
