//! Execution of whole blocks: one code path for importing and for building.

mod builder;
mod curie;
mod execution;
mod executor;
mod feynman;
mod galileo_v2;
mod history;
mod oracle_upgrade;

pub use builder::{
    BlockBuilder, BlockProgress, BuildError, BuiltBlock, NextBlockAttributes, RootlessBlock,
};
pub use execution::{BlockExecution, ExecuteError};
pub use executor::{
    ScrollBlockExecutionCtx, ScrollBlockExecutor, ScrollBlockExecutorFactory, ScrollTxResult,
};
