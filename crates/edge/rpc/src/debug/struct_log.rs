//! The tracer that lists every step, as `debug_traceTransaction` does without another.
//!
//! Each step is written as JSON when it is executed, so that a trace takes no more memory than its
//! text.

use crate::eth::{
    call::CallStateError,
    guard::{self, TraceLimits},
};
use alloy_primitives::{Address, Bytes, U256, hex};
use alloy_rpc_types_trace::geth::GethDefaultTracingOptions;
use revm::{
    Database, Inspector,
    bytecode::opcode::{self, OpCode},
    context_interface::{ContextTr, result::ExecutionResult},
    interpreter::{
        CallInputs, CallOutcome, CreateInputs, CreateOutcome, InstructionResult, Interpreter,
        interpreter_types::{InputsTr as _, Jumps as _, LoopControl as _, ReturnData as _},
    },
};
use std::{
    collections::{BTreeMap, HashMap},
    fmt::{self, Write as _},
};

const WORD_BYTES: usize = 32;

/// Writes the steps of one transaction.
#[derive(Debug)]
pub(super) struct StructLogger {
    options: GethDefaultTracingOptions,
    limits: TraceLimits,
    json: String,
    steps: u64,
    /// Frames that have begun and not ended.
    depth: u64,
    /// Slots that were read or written so far, as they are now.
    storage: HashMap<Address, BTreeMap<U256, U256>>,
    /// The step that is being executed, if it is listed.
    step: Option<Step>,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    opcode: u8,
    gas: u64,
    /// The slot that it is about.
    slot: Option<U256>,
}

impl StructLogger {
    pub(super) fn new(options: GethDefaultTracingOptions, limits: &TraceLimits) -> Self {
        Self {
            options,
            limits: limits.clone(),
            json: r#"{"structLogs":["#.to_owned(),
            steps: 0,
            depth: 0,
            storage: HashMap::new(),
            step: None,
        }
    }

    /// The trace of the transaction, which ended like this.
    pub(super) fn finish(mut self, result: &ExecutionResult) -> String {
        let failed = !result.is_success();
        let gas = result.tx_gas_used();
        let output = hex::encode_prefixed(result.output().unwrap_or(&Bytes::new()));
        // Writing to a string does not fail.
        let end = format!(r#"],"gas":{gas},"failed":{failed},"returnValue":"{output}"}}"#);
        self.json.push_str(&end);
        self.json
    }

    fn is_full(&self) -> bool {
        self.options.limit.is_some_and(|limit| limit != 0 && self.steps >= limit)
    }

    fn write_step(&mut self, interpreter: &Interpreter, step: Step) -> fmt::Result {
        let Self { options, json, depth, .. } = self;
        if self.steps > 0 {
            json.push(',');
        }
        let (pc, gas) = (interpreter.bytecode.pc(), step.gas);
        let name = OpCode::new(step.opcode).map_or("Unknown", |opcode| opcode.as_str());
        write!(json, r#"{{"pc":{pc},"op":"{name}","gas":{gas},"depth":{depth}"#)?;
        write!(json, r#","refund":{}"#, interpreter.gas.refunded().max(0))?;
        if options.is_stack_enabled() {
            write_list(json, "stack", interpreter.stack.data(), |json, word| {
                write!(json, "{word:#x}")
            })?;
        }
        if options.is_memory_enabled() {
            let memory = interpreter.memory.context_memory();
            let words: Vec<_> = memory.chunks(WORD_BYTES).collect();
            write_list(json, "memory", &words, |json, word| {
                json.push_str(&hex::encode_prefixed(word));
                Ok(())
            })?;
        }
        if options.is_return_data_enabled() {
            write!(json, r#","returnData":"{}""#, interpreter.return_data.buffer())?;
        }
        Ok(())
    }

    fn write_end(&mut self, interpreter: &mut Interpreter, step: Step) -> fmt::Result {
        let cost = step.gas.saturating_sub(interpreter.gas.remaining());
        write!(self.json, r#","gasCost":{cost}"#)?;
        let action = interpreter.bytecode.action().as_ref();
        let failure =
            action.and_then(|action| action.instruction_result()).filter(|result| result.is_halt());
        if let Some(failure) = failure {
            write!(self.json, r#","error":"{}""#, Failure(failure))?;
        }
        if let Some(slot) = step.slot {
            let storage = self.storage.entry(interpreter.input.target_address()).or_default();
            if step.opcode == opcode::SLOAD && failure.is_none() {
                storage.insert(slot, interpreter.stack.data().last().copied().unwrap_or_default());
            }
            self.json.push_str(r#","storage":{"#);
            for (index, (slot, value)) in storage.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                write!(self.json, r#"{comma}"{slot:#066x}":"{value:#066x}""#)?;
            }
            self.json.push('}');
        }
        self.json.push('}');
        Ok(())
    }

    /// The slot of a step that reads or writes one.
    fn slot_of(&mut self, interpreter: &Interpreter, opcode: u8) -> Option<U256> {
        let is_about_storage = matches!(opcode, opcode::SLOAD | opcode::SSTORE);
        if !is_about_storage || !self.options.is_storage_enabled() {
            return None;
        }
        match (opcode, interpreter.stack.data().as_slice()) {
            (opcode::SSTORE, [.., value, slot]) => {
                let storage = self.storage.entry(interpreter.input.target_address()).or_default();
                storage.insert(*slot, *value);
                Some(*slot)
            }
            (opcode::SLOAD, [.., slot]) => Some(*slot),
            _ => None,
        }
    }

    /// Ends the execution if too much is written, or if a value has no text, which all have.
    fn proceed<CTX>(&self, written: fmt::Result, interpreter: &mut Interpreter, context: &mut CTX)
    where
        CTX: ContextTr<Db: Database<Error = CallStateError>>,
    {
        let too_large = CallStateError::TraceTooLarge { max_bytes: self.limits.max_bytes };
        let written = written.map_err(|fmt::Error| too_large);
        if let Err(err) = written.and_then(|()| self.limits.check_size(self.json.len())) {
            guard::stop(context, err);
            guard::halt(interpreter);
        }
    }
}

/// How a step fails, in the words of geth where it has some.
struct Failure(InstructionResult);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            InstructionResult::OutOfGas
            | InstructionResult::MemoryOOG
            | InstructionResult::MemoryLimitOOG
            | InstructionResult::InvalidOperandOOG
            | InstructionResult::ReentrancySentryOOG => "out of gas",
            InstructionResult::OpcodeNotFound
            | InstructionResult::NotActivated
            | InstructionResult::InvalidFEOpcode => "invalid opcode",
            InstructionResult::StackUnderflow => "stack underflow",
            InstructionResult::StackOverflow => "stack limit reached",
            InstructionResult::InvalidJump => "invalid jump destination",
            InstructionResult::StateChangeDuringStaticCall
            | InstructionResult::CallNotAllowedInsideStatic => "write protection",
            InstructionResult::OutOfOffset => "return data out of bounds",
            other => return write!(f, "{other:?}"),
        })
    }
}

/// Writes a list of strings under a key that is not the first one.
fn write_list<T>(
    json: &mut String,
    key: &str,
    items: &[T],
    write_item: impl Fn(&mut String, &T) -> fmt::Result,
) -> fmt::Result {
    write!(json, r#","{key}":["#)?;
    for (index, item) in items.iter().enumerate() {
        json.push_str(if index == 0 { "\"" } else { ",\"" });
        write_item(json, item)?;
        json.push('"');
    }
    json.push(']');
    Ok(())
}

impl<CTX> Inspector<CTX> for StructLogger
where
    CTX: ContextTr<Db: Database<Error = CallStateError>>,
{
    fn step(&mut self, interpreter: &mut Interpreter, context: &mut CTX) {
        if self.is_full() {
            return;
        }
        let opcode = interpreter.bytecode.opcode();
        let slot = self.slot_of(interpreter, opcode);
        let step = Step { opcode, gas: interpreter.gas.remaining(), slot };
        let written = self.write_step(interpreter, step);
        self.steps += 1;
        self.step = Some(step);
        self.proceed(written, interpreter, context);
    }

    fn step_end(&mut self, interpreter: &mut Interpreter, context: &mut CTX) {
        let Some(step) = self.step.take() else { return };
        let written = self.write_end(interpreter, step);
        self.proceed(written, interpreter, context);
    }

    fn call(&mut self, _context: &mut CTX, _inputs: &mut CallInputs) -> Option<CallOutcome> {
        self.depth += 1;
        None
    }

    fn call_end(&mut self, _context: &mut CTX, _inputs: &CallInputs, _outcome: &mut CallOutcome) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn create(&mut self, _context: &mut CTX, _inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        self.depth += 1;
        None
    }

    fn create_end(
        &mut self,
        _context: &mut CTX,
        _inputs: &CreateInputs,
        _outcome: &mut CreateOutcome,
    ) {
        self.depth = self.depth.saturating_sub(1);
    }
}
