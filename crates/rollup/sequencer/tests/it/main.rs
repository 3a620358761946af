//! The sequencer with a real chain, a real key and time that the tests move.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod commands;
mod history;
mod l1;
mod logs;
mod pool;
mod recovery;
mod scripted;
mod signer_latency;
mod signing;
mod slots;
mod world;
