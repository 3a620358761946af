#![doc = include_str!("../README.md")]

mod cache;
mod client;
mod config;
mod endpoint;
mod error;
mod metrics;
mod pool;
mod probe;
mod query;
mod reader;
mod status;
mod types;

pub use client::L1Client;
pub use config::L1ClientConfig;
pub use error::{L1ClientConfigError, L1Error};
pub use reader::L1Reader;
// Under the name of what it is here, so that whoever configures reading imports one crate.
pub use rollup_runtime::{HttpUrl as L1Url, HttpUrlError as L1UrlError};
pub use status::{L1EndpointState, L1EndpointStatus};
pub use types::{L1Header, L1Log, L1LogFilter, L1Tag, L1Transaction};
