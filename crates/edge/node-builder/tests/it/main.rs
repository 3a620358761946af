//! Nodes that are built and run.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod exex;
mod l1;
mod lifecycle;
