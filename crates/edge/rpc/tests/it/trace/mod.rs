//! The `trace` namespace, and that of `reth`.

mod balances;
mod calls;
pub(crate) mod contracts;
mod diff;
mod filter;
mod frames;
mod vm;
