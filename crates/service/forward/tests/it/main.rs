//! Forwarding with a real pool and real connections, to sequencers that do as a test says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fail_over;
mod limits;
mod sequencer;
mod taking;
mod world;
