//! Nodes that follow a real L1: anvil with the contracts, read through a proxy that fails on demand.

mod batches;
mod faults;
mod inclusion;
mod promises;
mod recovery;
mod reorgs;
mod rotation;
mod support;
