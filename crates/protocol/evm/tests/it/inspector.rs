//! An inspector sees every step and changes nothing.

use crate::support::{
    CHAIN_ID, CONTRACT, Chain, Code, HISTORY_CODE, MemoryDb, NOBODY, OTHER, SENDER, block_header,
    deploy, l1_message, legacy, rich_sender, set_oracle, signed, transfer,
};
use alloy_consensus::transaction::Recovered;
use alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS;
use alloy_evm::{Evm, block::BlockExecutor};
use alloy_primitives::{TxKind, U256};
use revm::{bytecode::opcode, precompile::u64_to_address};
use revm_inspectors::tracing::{TracingInspector, TracingInspectorConfig};
use rollup_chainspec::{ScrollChainSpec, ScrollHardfork};
use rollup_primitives::{ScrollTxEnvelope, TxL1Message};

fn db() -> MemoryDb {
    let mut db = rich_sender();
    deploy(&mut db, HISTORY_STORAGE_ADDRESS, HISTORY_CODE);
    // Whatever differs between the forks and from Ethereum, each in a frame of its own.
    let mut caller = Code::new();
    for (index, code) in [
        Code::new().push(U256::from(block_header().number - 1)).op(opcode::BLOCKHASH).return_top(),
        Code::new().op(opcode::BASEFEE).return_top(),
        Code::new().push(U256::ONE).op(opcode::CLZ).return_top(),
        Code::new().push(U256::ONE).op(opcode::SELFDESTRUCT),
        Code::new().op(opcode::DIFFICULTY).return_top(),
        Code::new().sstore(0, 1).sstore(0, 0),
    ]
    .into_iter()
    .enumerate()
    {
        let address = u64_to_address(0x1000 + index as u64);
        deploy(&mut db, address, code.into_bytes());
        caller = caller.static_call(address, 5_000);
    }
    for precompile in 1..=9 {
        caller = caller.static_call(u64_to_address(precompile), 5_000);
    }
    deploy(&mut db, CONTRACT, caller.into_bytes());
    set_oracle(&mut db);
    db
}

fn transactions(fork: ScrollHardfork) -> Vec<Recovered<ScrollTxEnvelope>> {
    let mut txs = vec![l1_message(NOBODY, 300_000)];
    if fork >= ScrollHardfork::Euclid {
        let unfunded = TxL1Message {
            gas_limit: 50_000,
            to: CONTRACT,
            value: U256::ONE,
            sender: NOBODY,
            ..Default::default()
        };
        txs.push(Recovered::new_unchecked(unfunded.into(), NOBODY));
    }
    let mut call = legacy(0, CONTRACT, U256::ZERO);
    call.gas_limit = 300_000;
    call.input = vec![1; 2_000].into();
    let mut create = legacy(1, OTHER, U256::ONE);
    create.to = TxKind::Create;
    create.input = Code::new().sstore(1, 2).into_bytes();
    txs.extend([signed(call, SENDER), signed(create, SENDER), transfer(2, U256::from(3))]);
    txs
}

#[test]
fn results_are_the_same_with_a_tracer() {
    for fork in ScrollHardfork::ALL {
        let chain_spec = || ScrollChainSpec::with_forced_fork(CHAIN_ID, fork);
        let (header, txs) = (block_header(), transactions(fork));
        let mut plain = Chain::new(chain_spec(), db());
        let expected = plain.execute(&header, &txs).unwrap();

        let mut traced = Chain::new(chain_spec(), db());
        let config = traced.config.clone();
        let tracer = TracingInspector::new(TracingInspectorConfig::all());
        let mut executor = config.executor_with_inspector(
            &mut traced.state,
            &header,
            header.timestamp - 1,
            tracer,
        );
        executor.apply_pre_execution_changes().unwrap();
        for tx in &txs {
            executor.evm_mut().inspector_mut().fuse();
            executor.execute_transaction(tx).unwrap();
            let traces = executor.evm().inspector().traces();
            assert_eq!(traces.nodes()[0].trace.caller, tx.signer(), "{fork}");
        }
        let result = executor.apply_post_execution_changes().unwrap();
        assert_eq!(result.receipts, expected.receipts, "{fork}");
        assert_eq!(result.gas_used, expected.gas_used, "{fork}");
        assert_eq!(traced.bundle(), plain.bundle(), "{fork}");
    }
}

#[test]
fn the_tracer_sees_every_frame() {
    for fork in ScrollHardfork::ALL {
        let mut chain = Chain::new(ScrollChainSpec::with_forced_fork(CHAIN_ID, fork), db());
        let config = chain.config.clone();
        let tracer = TracingInspector::new(TracingInspectorConfig::all());
        let header = block_header();
        let mut executor =
            config.executor_with_inspector(&mut chain.state, &header, header.timestamp, tracer);
        executor.execute_transaction(&l1_message(NOBODY, 300_000)).unwrap();
        let traces = executor.evm().inspector().traces();
        assert_eq!(traces.nodes().len(), 1 + 6 + 9, "{fork}");
        let opcodes: Vec<u8> =
            traces.nodes()[1].trace.steps.iter().map(|step| step.op.get()).collect();
        assert_eq!(opcodes[..2], [opcode::PUSH32, opcode::BLOCKHASH], "{fork}");
    }
}
