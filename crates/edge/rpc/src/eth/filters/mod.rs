//! Filters: a client asks now and then what has come since it last asked.
//!
//! A filter of blocks or logs keeps only where its client is in the chain. What has come since is read
//! from the store, and what has left the chain is remembered for all filters together. So a filter
//! costs the same however rarely its client asks. Pending transactions are kept for all filters
//! together too. A filter whose client can no longer be told everything is gone.

mod installed;
mod poll;
mod server;

pub(crate) use installed::{FilterKind, Filters};
