//! What is made of L1, with a real chain.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod follow;
mod index;
mod world;
