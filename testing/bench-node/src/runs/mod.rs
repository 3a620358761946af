//! The measurements.

mod idle;
mod kms;
mod latency;
mod reads;
mod sealing;
mod throughput;

pub(crate) use idle::idle;
pub(crate) use kms::kms;
pub(crate) use latency::latency;
pub(crate) use reads::reads;
pub(crate) use sealing::sealing;
pub(crate) use throughput::throughput;

use crate::{args::Args, node::Program};
use std::time::Duration;

/// Slots that are measured.
const SLOTS: [Duration; 2] = [Duration::from_secs(1), Duration::from_millis(250)];
/// Slots where one length is enough.
const SLOT: Duration = SLOTS[0];

/// The programs to measure, ours first.
fn programs(args: &Args) -> Vec<Program> {
    let anvil = args.anvil.clone().map(Program::Anvil);
    std::iter::once(Program::Node(args.node.clone())).chain(anvil).collect()
}
