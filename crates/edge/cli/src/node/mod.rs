//! `rollup-node node`, and what looks at its settings.

mod args;
mod commands;
mod dev_accounts;
mod launch;
mod layers;
mod notice;
mod redact;
mod settings;
mod signals;
#[cfg(test)]
mod tests;

pub(crate) use commands::ConfigArgs;
pub(crate) use layers::{CommandLine, ConfigFileError};
pub use notice::Notice;
pub use settings::{ConsensusSettings, HealthSettings, JwtSource, NodeSettings, RpcSecrets};
