//! Tries against roots computed from scratch by `alloy-trie`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod database;
mod proofs;
mod state;
mod stored_part;
mod stored_state;
mod stored_trie;
mod support;
mod trie;
