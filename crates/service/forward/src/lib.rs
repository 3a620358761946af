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
mod url;
mod via;

pub use actor::{ForwardBuilder, ForwardParts};
pub use config::ForwardConfig;
pub use error::{ForwardError, ForwardStartError, SequencerRefusal, TryError};
pub use handle::{Forwarded, Forwarder, Place};
pub use record::{ForwardOutcome, ForwardRecord};
pub use url::{SequencerUrl, SequencerUrlError};
pub use via::{NodeId, VIA_HEADER, Via, ViaError};
