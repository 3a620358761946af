//! The pool on a stored chain.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod crash;
mod explain;
mod follow;
mod handle;
mod journal;
mod support;
mod validation;
