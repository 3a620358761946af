#![doc = include_str!("../README.md")]

mod config;
mod error;
mod health;
mod log;
mod metrics;
mod server;

pub use config::{
    DEFAULT_LOG_FILE_BYTES, DEFAULT_LOG_FILE_FILTER, DEFAULT_LOG_FILE_NAME, DEFAULT_LOG_FILES,
    DEFAULT_LOG_FILTER, FileLogConfig, LogColor, LogConfig, LogFormat, StdoutLogConfig,
};
pub use error::{LogError, MetricsError, ServeError, UnknownLogColor, UnknownLogFormat};
pub use health::{
    BlockHealth, Health, HealthReason, HealthRoutes, HealthServer, HealthSource, L1EndpointHealth,
    L1Health, L1State, MAX_LOOP_AGE, ReadinessLimits, Role, SequencerHealth, SequencerState,
};
pub use log::{LOG_QUEUE_LINES, LogGuard, LostLogLines, install_logs};
pub use metrics::{BuildInfo, Metrics, MetricsServer, QUANTILES, install_metrics};
pub use server::{IDLE_CONNECTION, MAX_CONNECTIONS};
