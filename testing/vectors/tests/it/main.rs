//! Recorded blocks and vectors.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod bad_claims;
mod bad_witness;
mod fee_vectors;
mod fork_rules;
mod genesis;
mod headers;
mod l1_logs;
mod recorded_blocks;
mod signatures;
mod stored_blocks;
mod stored_part;
mod support;
mod witness_store;
