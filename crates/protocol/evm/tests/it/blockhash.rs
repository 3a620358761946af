//! BLOCKHASH (spec/execution 3.2).

use crate::support::{
    BLOCK_NUMBER, COLD_ACCOUNT_GAS, CONTRACT, Code, Evaluated, HISTORY_CODE, Sandbox, WARM_GAS,
};
use alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS;
use alloy_primitives::{U256, keccak256};
use revm::bytecode::opcode;
use rollup_chainspec::ScrollHardfork;
use rollup_evm::ScrollSpecId::Feynman;
use rstest::rstest;

const GAS: u64 = Code::PUSH_GAS + 20;

fn synthetic_hash(chain_id: u64, number: u64) -> U256 {
    let preimage = [chain_id.to_be_bytes(), number.to_be_bytes()].concat();
    keccak256(preimage).into()
}

/// What a test leaves in the history contract for a block.
fn stored_hash(number: u64) -> U256 {
    U256::from(number) + (U256::ONE << 200)
}

fn blockhash(number: impl Into<U256>) -> Code {
    Code::new().push(number).op(opcode::BLOCKHASH)
}

/// A sandbox whose history contract holds something in every slot around the window.
fn sandbox(fork: ScrollHardfork, current: u64) -> Sandbox {
    let mut sandbox = Sandbox::new(fork);
    sandbox.env.block_env.number = U256::from(current);
    sandbox.deploy(HISTORY_STORAGE_ADDRESS, HISTORY_CODE);
    for number in current.saturating_sub(300)..current + 3 {
        sandbox.set_slot(HISTORY_STORAGE_ADDRESS, number % 8191, stored_hash(number));
    }
    sandbox
}

#[rstest]
#[case::parent(BLOCK_NUMBER, BLOCK_NUMBER - 1, true)]
#[case::second(BLOCK_NUMBER, BLOCK_NUMBER - 2, true)]
#[case::oldest(BLOCK_NUMBER, BLOCK_NUMBER - 256, true)]
#[case::too_old(BLOCK_NUMBER, BLOCK_NUMBER - 257, false)]
#[case::current(BLOCK_NUMBER, BLOCK_NUMBER, false)]
#[case::next(BLOCK_NUMBER, BLOCK_NUMBER + 1, false)]
#[case::largest_number(BLOCK_NUMBER, u64::MAX, false)]
#[case::genesis(5, 0, true)]
#[case::genesis_at_the_edge(256, 0, true)]
#[case::genesis_too_old(257, 0, false)]
#[case::in_genesis(0, 0, false)]
#[case::across_the_ring(8191 * 2 + 3, 8191 * 2 - 1, true)]
fn window(#[case] current: u64, #[case] requested: u64, #[case] known: bool) {
    for fork in ScrollHardfork::ALL {
        let mut sandbox = sandbox(fork, current);
        let hash = if sandbox.is_at_least(Feynman) {
            stored_hash(requested)
        } else {
            synthetic_hash(sandbox.env.cfg_env.chain_id, requested)
        };
        let expected = Evaluated::word(if known { hash } else { U256::ZERO }, GAS);
        assert_eq!(sandbox.evaluate(blockhash(U256::from(requested))), expected, "{fork}");
    }
}

#[test]
fn a_number_beyond_64_bits_is_unknown() {
    for fork in ScrollHardfork::ALL {
        // The lower 64 bits alone would be in the window.
        let parent = U256::from(BLOCK_NUMBER - 1);
        for requested in [U256::MAX, (U256::ONE << 64) + parent, (U256::ONE << 255) + parent] {
            let result = sandbox(fork, BLOCK_NUMBER).evaluate(blockhash(requested));
            assert_eq!(result, Evaluated::word(U256::ZERO, GAS), "{fork}");
        }
    }
}

#[test]
fn synthetic_hash_depends_on_the_chain() {
    let mut sandbox = sandbox(ScrollHardfork::EuclidV2, BLOCK_NUMBER);
    sandbox.env.cfg_env.chain_id = 534_351;
    let result = sandbox.evaluate(blockhash(U256::from(BLOCK_NUMBER - 1)));
    assert_eq!(result, Evaluated::word(synthetic_hash(534_351, BLOCK_NUMBER - 1), GAS));
}

#[test]
fn a_slot_that_was_never_written_is_zero() {
    for fork in [ScrollHardfork::Feynman, ScrollHardfork::GalileoV2] {
        // Neither needs there to be a contract.
        let result = Sandbox::new(fork).evaluate(blockhash(U256::from(BLOCK_NUMBER - 1)));
        assert_eq!(result, Evaluated::word(U256::ZERO, GAS), "{fork}");
    }
}

#[test]
fn reading_the_history_warms_the_contract() {
    let balance = || Code::new().balance_of(HISTORY_STORAGE_ADDRESS).op(opcode::POP);
    let after = |number: u64| blockhash(U256::from(number)).op(opcode::POP).gas_of(balance());
    for fork in ScrollHardfork::ALL {
        let mut sandbox = sandbox(fork, BLOCK_NUMBER);
        let reads_history = sandbox.is_at_least(Feynman);
        for (number, warm) in
            [(BLOCK_NUMBER - 1, reads_history), (BLOCK_NUMBER, false), (BLOCK_NUMBER - 257, false)]
        {
            sandbox.deploy(CONTRACT, after(number).into_bytes());
            let tx = sandbox.tx();
            let gas = sandbox.run(tx).unwrap().word(0);
            let access = if warm { WARM_GAS } else { COLD_ACCOUNT_GAS };
            assert_eq!(gas, U256::from(Code::PUSH_GAS + access + 2), "{fork} {number}");
        }
    }
}

#[test]
fn reading_the_history_warms_the_slot() {
    // Asks the history contract itself for the parent's hash, by a call.
    let call = || {
        Code::new()
            .push(U256::from(BLOCK_NUMBER - 1))
            .mstore(0)
            .op(opcode::PUSH0)
            .op(opcode::PUSH0)
            .push(U256::from(32))
            .op(opcode::PUSH0)
            .push_address(HISTORY_STORAGE_ADDRESS)
            .push(U256::from(100_000))
            .op(opcode::STATICCALL)
            .op(opcode::POP)
    };
    for fork in [ScrollHardfork::Feynman, ScrollHardfork::Galileo, ScrollHardfork::GalileoV2] {
        let mut sandbox = sandbox(fork, BLOCK_NUMBER);
        let gas_after = |sandbox: &mut Sandbox, number: u64| {
            let code = blockhash(U256::from(number)).op(opcode::POP).gas_of(call());
            sandbox.deploy(CONTRACT, code.into_bytes());
            let tx = sandbox.tx();
            let outcome = sandbox.run(tx).unwrap();
            assert!(outcome.is_success());
            outcome.word(0)
        };
        let same_slot = gas_after(&mut sandbox, BLOCK_NUMBER - 1);
        let other_slot = gas_after(&mut sandbox, BLOCK_NUMBER - 2);
        assert_eq!(other_slot - same_slot, U256::from(2_000), "{fork}");
    }
}
