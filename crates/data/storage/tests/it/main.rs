//! The stored chain against a model in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod block_log;
mod cache;
mod chain;
mod check;
mod clear;
mod l1_reorg;
mod logs;
mod model;
mod process;
mod prune;
mod reader;
mod rollup;
mod storage;
mod store_crash;
mod synthetic;
