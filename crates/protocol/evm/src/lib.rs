#![doc = include_str!("../README.md")]

mod block;
mod code;
mod config;
mod error;
mod evm;
mod handler;
mod instructions;
mod l1_fee;
mod precompiles;
mod spec;
mod tx;

pub use block::{
    BlockBuilder, BlockExecution, BlockProgress, BuildError, BuiltBlock, ExecuteError,
    NextBlockAttributes, RootlessBlock, ScrollBlockExecutionCtx, ScrollBlockExecutor,
    ScrollBlockExecutorFactory, ScrollTxResult,
};
pub use code::executable_code;
pub use config::ScrollEvmConfig;
pub use error::ScrollTxError;
pub use evm::{L1DataFee, ScrollContext, ScrollEvm, ScrollEvmFactory};
pub use handler::ScrollEvmError;
pub use l1_fee::{
    GasPriceOracle, L1DataFeeBasis, LIBZSTD_VERSION, compressed_size, compression_ratio,
};
pub use precompiles::precompiles;
pub use spec::ScrollSpecId;
pub use tx::ScrollTxEnv;
