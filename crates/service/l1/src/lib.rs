#![doc = include_str!("../README.md")]

mod sink;

pub use sink::{L1Resume, L1Sink, L1SinkError};
