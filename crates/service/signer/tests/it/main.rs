//! Signers as the node meets them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod http;
mod metrics;
mod open;
mod scripted;
mod service;
