//! The signer of blocks with keys in AWS KMS.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod failures;
mod retries;
mod signatures;
mod world;
