//! A node with a namespace of its own.

use example_rpc_method::{ChainStats, ChainStatsApiServer};
use std::process::ExitCode;

fn main() -> ExitCode {
    rollup_cli::run_with(|builder| {
        builder.extend_rpc_modules(|node, modules| modules.extend(ChainStats::new(node).into_rpc()))
    })
}
