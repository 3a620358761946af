//! Encodings, JSON forms and signatures, through the public interface.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod envelope;
mod malformed;
mod pooled;
mod receipt;
mod rpc;
mod signature;
mod support;
