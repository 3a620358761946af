//! Reading L1 over real connections, from servers that do what a real node cannot be made to do,
//! while time stands still until it is moved.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod chain;
mod limits;
mod logs;
mod property;
mod server;
mod whom;
mod world;
