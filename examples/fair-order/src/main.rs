//! A node whose blocks take the oldest transactions first.

use example_fair_order::FairOrder;
use std::{process::ExitCode, sync::Arc};

fn main() -> ExitCode {
    rollup_cli::run_with(|builder| {
        builder.with_transaction_source(|pool| Arc::new(FairOrder::new(pool)))
    })
}
