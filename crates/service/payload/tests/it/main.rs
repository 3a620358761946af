//! Blocks built on a stored development chain, compared with what executing them gives.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod failures;
mod forced;
mod job;
mod limits;
mod pool;
mod preview;
mod random;
mod support;
