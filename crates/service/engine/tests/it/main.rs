//! Blocks made by the builder, imported into another store.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod chain;
mod damaged;
mod engine;
mod import;
mod invalid;
mod l1;
mod l1_schedules;
mod proposals;
mod reorgs;
mod transactions;
