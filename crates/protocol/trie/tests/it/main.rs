//! Tries against roots computed from scratch by `alloy-trie`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod state;
mod support;
mod trie;
