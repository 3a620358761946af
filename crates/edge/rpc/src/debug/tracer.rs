//! The tracers of geth.

use super::{limited, struct_log::StructLogger};
use crate::eth::{
    error::EthError,
    execute::Execution,
    guard::{TraceGuard, TraceLimits},
};
use alloy_rpc_types_trace::geth::{
    GethDebugBuiltInTracerType as BuiltIn, GethDebugTracerType, GethDebugTracingOptions,
    GethDefaultTracingOptions,
};
use jsonrpsee::types::ErrorObjectOwned;
use revm::{context_interface::result::ResultAndState, state::EvmState};
use revm_inspectors::tracing::{DebugInspector, DebugInspectorError, MuxError, TransactionContext};
use serde_json::json;
use std::{mem, time::Duration};
use thiserror::Error;

/// The names of those that are not the default.
const NAMES: &str =
    "callTracer, prestateTracer, 4byteTracer, flatCallTracer, muxTracer, noopTracer";

/// What a trace is made of.
#[derive(Debug)]
pub(super) struct Tracer {
    kind: Kind,
    /// How long the caller wants to wait.
    pub(super) timeout: Option<Duration>,
}

#[derive(Debug)]
enum Kind {
    StructLogs(GethDefaultTracingOptions),
    /// As it is before the first transaction.
    BuiltIn(Box<DebugInspector>),
}

/// Options that no trace can be made with.
#[derive(Debug, Error)]
pub(super) enum TracerError {
    /// A name that is not that of a tracer, or a program.
    #[error(
        "tracer not found: there is the default one without a name, {NAMES}; JavaScript is not run"
    )]
    Unknown,
    /// The settings are not those of the tracer.
    #[error("invalid config of the tracer: {0}")]
    Config(#[source] DebugInspectorError),
    /// The time is none as Go writes it.
    #[error("invalid timeout \"{0}\": it is a number and a unit, such as 5s or 300ms")]
    Timeout(String),
}

impl From<TracerError> for ErrorObjectOwned {
    fn from(err: TracerError) -> Self {
        match err {
            TracerError::Unknown => crate::error::server_error(err),
            TracerError::Config(_) | TracerError::Timeout(_) => crate::error::invalid_params(err),
        }
    }
}

impl Tracer {
    /// The tracer that the options of a call name.
    ///
    /// # Errors
    /// See [`TracerError`].
    pub(super) fn new(options: GethDebugTracingOptions) -> Result<Self, TracerError> {
        let timeout = match &options.timeout {
            Some(text) => {
                Some(go_duration(text).ok_or_else(|| TracerError::Timeout(text.clone()))?)
            }
            None => None,
        };
        let name = options.tracer.clone().filter(|tracer| !tracer.as_str().is_empty());
        let kind = match name {
            None => Kind::StructLogs(options.config),
            Some(name) => {
                let options = with_default_configs(built_in(&name)?, options)?;
                let inspector = DebugInspector::new(options).map_err(TracerError::Config)?;
                Kind::BuiltIn(Box::new(inspector))
            }
        };
        Ok(Self { kind, timeout })
    }

    /// Executes a transaction. Returns its trace, and what it changes.
    ///
    /// # Errors
    /// [`EthError::TraceTooLarge`], and those of the execution.
    pub(super) fn trace(
        &self,
        mut execution: Execution<'_, '_>,
        place: TransactionContext,
        limits: &TraceLimits,
    ) -> Result<(Vec<u8>, EvmState), EthError> {
        match &self.kind {
            Kind::StructLogs(options) => {
                let mut logger = StructLogger::new(*options, limits);
                let guard = TraceGuard::new(&mut logger, &limits.of_time());
                let done = execution.inspect(guard)?;
                let json = logger.finish(&done.result);
                limits.check_size(json.len())?;
                Ok((json.into_bytes(), done.state))
            }
            Kind::BuiltIn(inspector) => {
                let inspector = inspector.try_clone().map_err(inspector_error)?;
                let mut guard = TraceGuard::new(inspector, limits);
                let done = execution.inspect(&mut guard)?;
                let mut inspector = guard.into_inner();
                let json = frame(&mut inspector, &mut execution, place, &done, limits)?;
                Ok((json, done.state))
            }
        }
    }
}

/// One that there is, and that a mux may hold.
const fn built_in(name: &GethDebugTracerType) -> Result<BuiltIn, TracerError> {
    match name {
        GethDebugTracerType::BuiltInTracer(
            name @ (BuiltIn::CallTracer
            | BuiltIn::PreStateTracer
            | BuiltIn::FourByteTracer
            | BuiltIn::FlatCallTracer
            | BuiltIn::MuxTracer
            | BuiltIn::NoopTracer),
        ) => Ok(*name),
        _ => Err(TracerError::Unknown),
    }
}

/// The tracers in a mux may have settings or not, as in geth.
fn with_default_configs(
    name: BuiltIn,
    mut options: GethDebugTracingOptions,
) -> Result<GethDebugTracingOptions, TracerError> {
    if name != BuiltIn::MuxTracer {
        return Ok(options);
    }
    let config = mem::take(&mut options.tracer_config).into_mux_config();
    let mut config = config.map_err(|err| TracerError::Config(MuxError::from(err).into()))?;
    for (name, own) in &mut config.0 {
        let takes_config = match built_in(name)? {
            BuiltIn::MuxTracer => return Err(TracerError::Unknown),
            name => !matches!(name, BuiltIn::FourByteTracer | BuiltIn::NoopTracer),
        };
        let config = own.take().filter(|config| !config.is_null());
        *own = takes_config.then(|| config.unwrap_or_else(|| json!({}).into()));
    }
    options.tracer_config = config.into();
    Ok(options)
}

fn inspector_error(err: DebugInspectorError) -> EthError {
    EthError::Inspector(Box::new(err))
}

fn frame(
    inspector: &mut DebugInspector,
    execution: &mut Execution<'_, '_>,
    place: TransactionContext,
    done: &ResultAndState,
    limits: &TraceLimits,
) -> Result<Vec<u8>, EthError> {
    let (tx, block) = (&execution.tx, &execution.env.block_env);
    let trace = inspector.get_result(Some(place), tx, block, done, &mut *execution.state).map_err(
        |err| match err {
            DebugInspectorError::Database(err) => EthError::from(err),
            DebugInspectorError::InvalidTracerConfig => {
                inspector_error(DebugInspectorError::InvalidTracerConfig)
            }
            DebugInspectorError::UnsupportedTracer | DebugInspectorError::JsTracerNotEnabled => {
                inspector_error(DebugInspectorError::UnsupportedTracer)
            }
            DebugInspectorError::MuxInspector(err) => inspector_error(err.into()),
        },
    )?;
    limited::to_json(&trace, limits)
}

/// A time as Go writes it: numbers with units, such as `1m30s` or `1.5h`.
fn go_duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 8] = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("μs", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3_600.0),
    ];
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let (mut rest, mut seconds) = (text, 0.0);
    while !rest.is_empty() || text.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit_and_rest) = rest.split_at(number);
        let unit = unit_and_rest.find(|c: char| c.is_ascii_digit() || c == '.');
        let (unit, next) = unit_and_rest.split_at(unit.unwrap_or(unit_and_rest.len()));
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        seconds += number.parse::<f64>().ok()? * factor;
        rest = next;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_as_go_writes_them() {
        for (text, milliseconds) in
            [("5s", 5_000), ("300ms", 300), ("1m30s", 90_000), ("1.5h", 5_400_000), ("0", 0)]
        {
            assert_eq!(go_duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(go_duration("10us"), Some(Duration::from_micros(10)));
        for text in ["", "5", "s", "-5s", "5 s", "5x", "1.2.3s", "5s3", "."] {
            assert_eq!(go_duration(text), None, "{text}");
        }
    }
}
