#![doc = include_str!("../README.md")]

mod actor;
mod circuits;
mod client;
mod config;
mod delivery;
mod error;
mod handle;
mod metrics;
mod record;
mod via;

pub use actor::{ForwardBuilder, ForwardParts};
pub use config::ForwardConfig;
pub use error::{ForwardError, ForwardStartError, SequencerRefusal, TryError};
pub use handle::{Forwarded, Forwarder, Place};
pub use record::{ForwardOutcome, ForwardRecord};
// Under the name of what it is here, so that whoever configures forwarding imports one crate.
pub use rollup_runtime::{HttpUrl as SequencerUrl, HttpUrlError as SequencerUrlError};
pub use via::{NodeId, VIA_HEADER, Via, ViaError};
