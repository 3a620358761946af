#![doc = include_str!("../README.md")]

mod error;
mod import;

pub use error::{ImportError, InternalError, InvalidBlock, InvalidReason};
pub use import::execute_block;
