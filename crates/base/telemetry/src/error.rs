//! What keeps logs, metrics or probes from starting.

use std::{io, net::SocketAddr, path::PathBuf};
use thiserror::Error;

/// Logs cannot be installed.
#[derive(Debug, Error)]
pub enum LogError {
    /// A filter that is not one.
    #[error("`{filter}` is not a log filter; write it as in `info,rollup_sequencer=debug`")]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The log file or its directory cannot be made or written to.
    #[error("cannot open the log file {path}; give another directory with --log.file.directory")]
    File {
        /// The file or the directory.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Logs were installed in this process before.
    #[error("cannot install the logs")]
    Installed(#[from] tracing_subscriber::util::TryInitError),
}

/// Metrics cannot be installed.
#[derive(Debug, Error)]
pub enum MetricsError {
    /// Metrics were installed in this process before.
    #[error("cannot install the metrics")]
    Install(#[from] metrics_exporter_prometheus::BuildError),
}

/// A listener cannot be started.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Another program listens there.
    #[error("{address} is in use by another program; give another address with {flag}")]
    InUse {
        /// The address.
        address: SocketAddr,
        /// The flag that sets it.
        flag: &'static str,
        /// What the operating system says.
        source: io::Error,
    },
    /// The operating system does not give the address.
    #[error("cannot listen on {address}; give another address with {flag}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The flag that sets it.
        flag: &'static str,
        /// What the operating system says.
        source: io::Error,
    },
}

/// Not the name of a format.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is not a log format: terminal, json or log-fmt")]
pub struct UnknownLogFormat {
    /// What was given.
    pub text: String,
}

/// Not a choice of colours.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is neither always, auto nor never")]
pub struct UnknownLogColor {
    /// What was given.
    pub text: String,
}
