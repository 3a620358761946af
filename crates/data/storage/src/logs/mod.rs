//! Logs of a range of blocks.
//!
//! Of most blocks the logs bloom of the header says that nothing matches, and nothing else of them
//! is read. Receipts are read of the others, and what else a log needs only if one matches.

mod error;
mod filter;
mod matches;
mod scan;
mod source;

pub use error::LogQueryError;
pub use filter::LogFilter;
pub use matches::{LogLimits, MatchedLog, MatchedLogs};
pub use source::LogSource;
