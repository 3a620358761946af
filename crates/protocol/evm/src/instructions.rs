//! Opcodes that differ from Ethereum's (spec/execution 3.2).

use crate::spec::ScrollSpecId;
use alloy_eips::eip2935::{HISTORY_SERVE_WINDOW, HISTORY_STORAGE_ADDRESS};
use alloy_primitives::{U256, keccak256};
use revm::{
    bytecode::opcode,
    context_interface::{Host, host::LoadError},
    handler::instructions::EthInstructions,
    interpreter::{
        Instruction, InstructionContext, InstructionResult,
        instructions::{gas_table_spec, instruction_table},
        interpreter::EthInterpreter,
        interpreter_types::{InterpreterTypes, StackTr},
    },
    primitives::hardfork::SpecId,
};

const BLOCKHASH_GAS: u16 = 20;
const CLZ_GAS: u16 = 5;
const DIFFICULTY_GAS: u16 = 2;
/// Blocks that BLOCKHASH looks back.
const BLOCKHASH_WINDOW: u64 = 256;

type Ctx<'a, H, IT> = InstructionContext<'a, H, IT>;
type InstructionOutcome = Result<(), InstructionResult>;

/// The instruction table of a rule set.
pub(crate) fn instructions<H: Host>(spec: ScrollSpecId) -> EthInstructions<EthInterpreter, H> {
    let eth_spec = SpecId::from(spec);
    let mut table = EthInstructions::new(instruction_table(), gas_table_spec(eth_spec), eth_spec);

    let blockhash = if spec.is_enabled_in(ScrollSpecId::Feynman) {
        Instruction::new(blockhash_from_history)
    } else {
        Instruction::new(blockhash_synthetic)
    };
    table.insert_instruction(opcode::BLOCKHASH, blockhash, BLOCKHASH_GAS);
    table.insert_instruction(opcode::DIFFICULTY, Instruction::new(zero), DIFFICULTY_GAS);
    if !spec.is_enabled_in(ScrollSpecId::Curie) {
        table.insert_instruction(opcode::BASEFEE, Instruction::new(not_activated), 0);
    }
    if spec.is_enabled_in(ScrollSpecId::Galileo) {
        table.insert_instruction(opcode::CLZ, Instruction::new(count_leading_zeros), CLZ_GAS);
    }
    for never in [opcode::SELFDESTRUCT, opcode::BLOBHASH, opcode::BLOBBASEFEE] {
        table.insert_instruction(never, Instruction::new(not_activated), 0);
    }
    table
}

const fn not_activated<H: ?Sized, IT: InterpreterTypes>(_: Ctx<'_, H, IT>) -> InstructionOutcome {
    Err(InstructionResult::NotActivated)
}

fn zero<H: ?Sized, IT: InterpreterTypes>(ctx: Ctx<'_, H, IT>) -> InstructionOutcome {
    if ctx.interpreter.stack.push(U256::ZERO) {
        Ok(())
    } else {
        Err(InstructionResult::StackOverflow)
    }
}

fn count_leading_zeros<H: ?Sized, IT: InterpreterTypes>(ctx: Ctx<'_, H, IT>) -> InstructionOutcome {
    let Some(([], top)) = ctx.interpreter.stack.popn_top::<0>() else {
        return Err(InstructionResult::StackUnderflow);
    };
    *top = U256::from(top.leading_zeros());
    Ok(())
}

/// Before Feynman: a hash of chain id and number, not of a block.
fn blockhash_synthetic<H: Host + ?Sized, IT: InterpreterTypes>(
    ctx: Ctx<'_, H, IT>,
) -> InstructionOutcome {
    let Some(([], top)) = ctx.interpreter.stack.popn_top::<0>() else {
        return Err(InstructionResult::StackUnderflow);
    };
    *top = number_in_window(ctx.host, *top).map_or(U256::ZERO, |number| {
        let mut preimage = [0u8; 16];
        preimage[..8].copy_from_slice(&ctx.host.chain_id().to::<u64>().to_be_bytes());
        preimage[8..].copy_from_slice(&number.to_be_bytes());
        keccak256(preimage).into()
    });
    Ok(())
}

/// From Feynman: what the EIP-2935 contract holds. The read warms the contract and the slot.
fn blockhash_from_history<H: Host + ?Sized, IT: InterpreterTypes>(
    ctx: Ctx<'_, H, IT>,
) -> InstructionOutcome {
    let Some(([], top)) = ctx.interpreter.stack.popn_top::<0>() else {
        return Err(InstructionResult::StackUnderflow);
    };
    let Some(number) = number_in_window(ctx.host, *top) else {
        *top = U256::ZERO;
        return Ok(());
    };
    let slot = U256::from(number % HISTORY_SERVE_WINDOW as u64);
    let fatal = |_: LoadError| InstructionResult::FatalExternalError;
    ctx.host
        .load_account_info_skip_cold_load(HISTORY_STORAGE_ADDRESS, false, false)
        .map_err(fatal)?;
    *top = ctx.host.sload_skip_cold_load(HISTORY_STORAGE_ADDRESS, slot, false).map_err(fatal)?.data;
    Ok(())
}

/// The requested block number, if it is one of the last 256 before the current block.
fn number_in_window<H: Host + ?Sized>(host: &H, requested: U256) -> Option<u64> {
    let distance = host.block_number().checked_sub(requested)?;
    let in_window = !distance.is_zero() && distance <= U256::from(BLOCKHASH_WINDOW);
    in_window.then(|| u64::try_from(requested).ok()).flatten()
}
