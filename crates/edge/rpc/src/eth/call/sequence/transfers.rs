//! Transfers of the native coin as logs, among those of the contracts.

use alloy_primitives::{Address, B256, Log, LogData, U256};
use revm::{
    Inspector,
    context_interface::{ContextTr, JournalTr as _},
    interpreter::{
        CallInputs, CallOutcome, CreateInputs, CreateOutcome, interpreter::EthInterpreter,
    },
};
use revm_inspectors::transfer::{TRANSFER_EVENT_TOPIC, TRANSFER_LOG_EMITTER};

/// The logs of a call in their order, with one for each transfer. What is reverted leaves none.
#[derive(Debug, Default)]
pub(super) struct TransferLogs {
    logs: Vec<Log>,
    /// How many logs there were at the start of each frame that has not ended.
    frames: Vec<usize>,
}

impl TransferLogs {
    pub(super) fn into_logs(self) -> Vec<Log> {
        self.logs
    }

    fn begin(&mut self, from: Address, to: Address, value: U256) {
        self.frames.push(self.logs.len());
        if value.is_zero() {
            return;
        }
        let topics = vec![TRANSFER_EVENT_TOPIC, from.into_word(), to.into_word()];
        let data = LogData::new_unchecked(topics, B256::from(value).into());
        self.logs.push(Log { address: TRANSFER_LOG_EMITTER, data });
    }

    fn end(&mut self, is_ok: bool) {
        let before = self.frames.pop().unwrap_or_default();
        if !is_ok {
            self.logs.truncate(before);
        }
    }
}

impl<CTX: ContextTr> Inspector<CTX, EthInterpreter> for TransferLogs {
    fn log(&mut self, _context: &mut CTX, log: Log) {
        self.logs.push(log);
    }

    fn call(&mut self, _context: &mut CTX, inputs: &mut CallInputs) -> Option<CallOutcome> {
        let value = inputs.transfer_value().unwrap_or_default();
        self.begin(inputs.transfer_from(), inputs.transfer_to(), value);
        None
    }

    fn call_end(&mut self, _: &mut CTX, _: &CallInputs, outcome: &mut CallOutcome) {
        self.end(outcome.result.result.is_ok());
    }

    fn create(&mut self, context: &mut CTX, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        // The nonce is that before the creation; an account that cannot be read ends the call soon.
        let nonce = context.journal_mut().load_account(inputs.caller());
        let nonce = nonce.map(|account| account.data.info.nonce).unwrap_or_default();
        self.begin(inputs.caller(), inputs.created_address(nonce), inputs.value());
        None
    }

    fn create_end(&mut self, _: &mut CTX, _: &CreateInputs, outcome: &mut CreateOutcome) {
        self.end(outcome.result.result.is_ok());
    }
}
