#![doc = include_str!("../README.md")]

mod actor;
mod adopt;
mod config;
mod core;
mod error;
mod forkchoice;
mod handle;
mod import;
mod imported;
mod l1;
mod message;
mod metrics;
mod proposal;
mod publish;
mod tree;

pub use config::EngineConfig;
pub use error::{
    EngineError, ForkchoiceError, ImportError, InternalError, InvalidBlock, InvalidReason,
};
pub use forkchoice::ForkchoiceUpdate;
pub use handle::EngineHandle;
pub use import::execute_block;
pub use imported::Imported;
pub use l1::L1Reorg;
pub use proposal::Proposal;
pub use publish::ChangeListener;
