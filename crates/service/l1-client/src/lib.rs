#![doc = include_str!("../README.md")]

mod error;
mod reader;
mod types;

pub use error::L1Error;
pub use reader::L1Reader;
pub use types::{L1Header, L1Log, L1LogFilter, L1Tag, L1Transaction};
