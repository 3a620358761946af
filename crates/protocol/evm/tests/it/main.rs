//! The rules of `spec/execution` sections 2 to 5, fork by fork, where recorded blocks do not show
//! them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

mod block;
mod blockhash;
mod builder;
mod calldata_floor;
mod create;
mod fees;
mod history;
mod inspector;
mod l1_messages;
mod opcodes;
mod oracle_upgrades;
mod precompiles;
mod set_code;
mod simulation;
mod tx_types;
