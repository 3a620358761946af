//! A real L1, and what the proxy before it makes of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batches;
mod chain;
mod contracts;
mod faults;
mod lag;
mod queue;

use rollup_l1_devnet::{L1Chain, L1Options};

/// An L1 that is mined by hand.
async fn l1() -> L1Chain {
    L1Chain::start(L1Options::default()).await.unwrap()
}
