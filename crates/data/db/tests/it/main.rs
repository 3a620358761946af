//! Tests over real files, one temporary directory each.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests stop a test as a test does"
)]

mod corruption;
mod cursors;
mod key_text;
mod lifecycle;
mod model;
mod other_process;
mod support;
mod transactions;
