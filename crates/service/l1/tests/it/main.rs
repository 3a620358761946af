//! The watcher over a real storage, and an L1 that is a model of a chain.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::cast_possible_truncation, reason = "the numbers of a model are small")]

mod endpoint;
mod logs;
mod model;
mod scenarios;
mod schedules;
mod sim;
mod store;
