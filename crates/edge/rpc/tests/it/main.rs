//! The servers over real sockets, and the namespaces over a real store.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod admin;
mod browsers;
mod debug;
mod eth;
mod ipc;
mod lifecycle;
mod limits;
mod namespaces;
mod ots;
mod protocol;
mod rollup;
mod support;
mod trace;
