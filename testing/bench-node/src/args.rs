//! The command line.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// Measures the node under load next to anvil.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// The program `rollup-node`
    #[arg(long, value_name = "FILE")]
    pub(crate) node: PathBuf,

    /// The program `anvil` itself, not a script that starts it; without it only the node is measured
    #[arg(long, value_name = "FILE")]
    pub(crate) anvil: Option<PathBuf>,

    /// For how long transactions are sent in a measurement of throughput
    #[arg(long, value_name = "SECONDS", default_value_t = 12)]
    pub(crate) seconds: u32,

    /// For how long each kind of read is asked
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    pub(crate) read_seconds: f64,

    /// What to measure; everything if nothing is named
    measurements: Vec<Measurement>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Measurement {
    /// Transfers, as many as possible
    Transfers,
    /// Transfers of a token, as many as possible
    Tokens,
    /// Writes to new slots, as many as possible
    Storage,
    /// Times of single transactions
    Latency,
    /// Sealing of blocks of 1,000 transactions
    Sealing,
    /// Start, and doing nothing
    Idle,
    /// Requests that read
    Reads,
    /// Slots with a key in AWS KMS
    Kms,
}

impl Args {
    /// What to measure, in order.
    pub(crate) fn measurements(&self) -> &[Measurement] {
        if self.measurements.is_empty() {
            Measurement::value_variants()
        } else {
            &self.measurements
        }
    }
}
