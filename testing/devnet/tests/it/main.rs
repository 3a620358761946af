//! Scenarios of whole nodes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod clock_back;
mod control;
mod crash;
mod exex_crash;
mod export_import;
mod fee_buffer;
mod forwarding;
mod inclusion;
mod kms;
mod l1;
mod l1_messages;
mod l1_reorg;
mod load;
mod random_load;
mod reorg;
mod sequencing;
mod shutdown;
mod signer_down;
mod subscriptions;
mod support;
mod why;
