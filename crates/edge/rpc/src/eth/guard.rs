//! Bounds on an execution that an inspector sees.

use super::call::CallStateError;
use alloy_primitives::{Address, Log, U256};
use revm::{
    Database, Inspector,
    context_interface::{ContextTr, context::ContextError},
    interpreter::{
        CallInputs, CallOutcome, CreateInputs, CreateOutcome, Gas, InstructionResult, Interpreter,
        InterpreterResult, interpreter_types::LoopControl as _,
    },
};
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// Steps after which it is looked whether anybody still waits.
const STEPS_BETWEEN_CHECKS: u32 = 1_000;
/// What an inspector and its answer keep of a call besides input and output, in bytes.
const CALL_BYTES: usize = 1_024;
/// What they keep of a log besides its data, in bytes.
const LOG_BYTES: usize = 512;

/// How long an execution that is traced may take, and how much may be kept of it.
#[derive(Clone, Debug)]
pub(crate) struct TraceLimits {
    /// Cancelled when nobody waits for the answer any more.
    pub(crate) cancelled: CancellationToken,
    /// When the time that the caller gave is over.
    pub(crate) deadline: Option<Instant>,
    /// Bytes that the traces of a call may take.
    pub(crate) max_bytes: usize,
    /// Bytes of those that the traces of other transactions take.
    pub(crate) used_bytes: usize,
}

impl TraceLimits {
    /// # Errors
    /// [`CallStateError::Cancelled`] and [`CallStateError::TimedOut`].
    pub(crate) fn check_time(&self) -> Result<(), CallStateError> {
        if self.cancelled.is_cancelled() {
            return Err(CallStateError::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(CallStateError::TimedOut),
            _ => Ok(()),
        }
    }

    /// The limits of the time alone.
    pub(crate) fn of_time(&self) -> Self {
        Self { max_bytes: usize::MAX, ..self.clone() }
    }

    /// # Errors
    /// [`CallStateError::TraceTooLarge`] if `bytes` are more than a trace may take.
    pub(crate) const fn check_size(&self, bytes: usize) -> Result<(), CallStateError> {
        let max_bytes = self.max_bytes;
        let bytes = bytes.saturating_add(self.used_bytes);
        if bytes > max_bytes { Err(CallStateError::TraceTooLarge { max_bytes }) } else { Ok(()) }
    }
}

/// An inspector, and the end of the execution when it takes too long or keeps too much.
///
/// Inputs, outputs and logs of calls are counted before the inspector sees them. An inspector that
/// keeps something of each step says how much by [`Self::with_step_bytes`], or counts itself.
#[derive(Debug)]
pub(crate) struct TraceGuard<I> {
    inner: I,
    limits: TraceLimits,
    step_bytes: usize,
    steps: u32,
    bytes: usize,
    /// Then the inspector sees no more: a call that it saw begin may not end for it.
    is_stopped: bool,
}

impl<I> TraceGuard<I> {
    /// Around `inner`, for one transaction.
    pub(crate) fn new(inner: I, limits: &TraceLimits) -> Self {
        let limits = limits.clone();
        let guard = Self { inner, limits, step_bytes: 0, steps: 0, bytes: 0, is_stopped: false };
        guard.with_step_bytes(0)
    }

    /// With this many bytes that the inspector keeps of each step; none if nothing is said.
    pub(crate) const fn with_step_bytes(mut self, bytes: usize) -> Self {
        self.step_bytes = bytes;
        self
    }

    /// The inspector.
    pub(crate) fn into_inner(self) -> I {
        self.inner
    }

    /// Counts what is kept; `None` if it is too much or takes too long.
    fn keep<CTX>(&mut self, context: &mut CTX, bytes: usize) -> Option<()>
    where
        CTX: ContextTr<Db: Database<Error = CallStateError>>,
    {
        self.bytes = self.bytes.saturating_add(bytes);
        self.proceed(context, self.limits.check_size(self.bytes))
    }

    fn check_time<CTX>(&mut self, context: &mut CTX) -> Option<()>
    where
        CTX: ContextTr<Db: Database<Error = CallStateError>>,
    {
        self.proceed(context, self.limits.check_time())
    }

    fn proceed<CTX>(&mut self, context: &mut CTX, check: Result<(), CallStateError>) -> Option<()>
    where
        CTX: ContextTr<Db: Database<Error = CallStateError>>,
    {
        if self.is_stopped {
            return None;
        }
        let Err(err) = check else { return Some(()) };
        self.is_stopped = true;
        stop(context, err);
        None
    }
}

/// Makes the execution fail with this error, if it does not fail already.
pub(crate) fn stop<CTX>(context: &mut CTX, err: CallStateError)
where
    CTX: ContextTr<Db: Database<Error = CallStateError>>,
{
    if context.error().is_ok() {
        *context.error() = Err(ContextError::Db(err));
    }
}

/// Ends a frame of an execution that was stopped.
pub(crate) fn halt(interpreter: &mut Interpreter) {
    drop(interpreter.bytecode.action().take());
    interpreter.bytecode.reset_action();
    interpreter.halt_fatal();
}

/// The result of a call that is not begun.
fn not_begun(gas_limit: u64) -> InterpreterResult {
    InterpreterResult::new(InstructionResult::Revert, Default::default(), Gas::new(gas_limit))
}

impl<I, CTX> Inspector<CTX> for TraceGuard<I>
where
    I: Inspector<CTX>,
    CTX: ContextTr<Db: Database<Error = CallStateError>>,
{
    fn initialize_interp(&mut self, interpreter: &mut Interpreter, context: &mut CTX) {
        if !self.is_stopped {
            self.inner.initialize_interp(interpreter, context);
        }
    }

    fn step(&mut self, interpreter: &mut Interpreter, context: &mut CTX) {
        self.steps += 1;
        let is_due = self.steps >= STEPS_BETWEEN_CHECKS;
        if is_due {
            self.steps = 0;
        }
        let goes_on = self.keep(context, self.step_bytes).is_some()
            && (!is_due || self.check_time(context).is_some());
        if goes_on {
            self.inner.step(interpreter, context);
        } else {
            halt(interpreter);
        }
    }

    fn step_end(&mut self, interpreter: &mut Interpreter, context: &mut CTX) {
        if !self.is_stopped {
            self.inner.step_end(interpreter, context);
        }
    }

    fn log(&mut self, context: &mut CTX, log: Log) {
        if self.keep(context, log.data.data.len().saturating_add(LOG_BYTES)).is_some() {
            self.inner.log(context, log);
        }
    }

    fn log_full(&mut self, interpreter: &mut Interpreter, context: &mut CTX, log: Log) {
        match self.keep(context, log.data.data.len().saturating_add(LOG_BYTES)) {
            Some(()) => self.inner.log_full(interpreter, context, log),
            None => halt(interpreter),
        }
    }

    fn call(&mut self, context: &mut CTX, inputs: &mut CallInputs) -> Option<CallOutcome> {
        let begins = self.check_time(context).is_some()
            && self.keep(context, inputs.input.len().saturating_add(CALL_BYTES)).is_some();
        if begins {
            return self.inner.call(context, inputs);
        }
        let range = inputs.return_memory_offset.clone();
        Some(CallOutcome::new(not_begun(inputs.gas_limit), range))
    }

    fn call_end(&mut self, context: &mut CTX, inputs: &CallInputs, outcome: &mut CallOutcome) {
        if self.keep(context, outcome.result.output.len()).is_some() {
            self.inner.call_end(context, inputs, outcome);
        }
    }

    fn create(&mut self, context: &mut CTX, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        let begins = self.check_time(context).is_some()
            && self.keep(context, inputs.init_code().len().saturating_add(CALL_BYTES)).is_some();
        if begins {
            return self.inner.create(context, inputs);
        }
        Some(CreateOutcome::new(not_begun(inputs.gas_limit()), None))
    }

    fn create_end(
        &mut self,
        context: &mut CTX,
        inputs: &CreateInputs,
        outcome: &mut CreateOutcome,
    ) {
        if self.keep(context, outcome.result.output.len()).is_some() {
            self.inner.create_end(context, inputs, outcome);
        }
    }

    fn selfdestruct(&mut self, contract: Address, target: Address, value: U256) {
        if !self.is_stopped {
            self.inner.selfdestruct(contract, target, value);
        }
    }
}
