#![doc = include_str!("../README.md")]

mod base;
mod builder;
mod config;
mod error;
mod events;
mod handle;
mod health;
mod l1;
mod launch;
mod preflight;
mod rpc;
mod rpc_threads;
mod watchdog;

pub use builder::{NodeBuilder, NodeParts, RpcExtension, StartedHook, TransactionSourceMaker};
pub use config::{ConsensusConfig, HealthConfig, L1NodeConfig, NodeConfig};
pub use error::{ExitError, L1ContractsError, LaunchError, SignerAuthority};
pub use handle::NodeHandle;
pub use l1::NodeL1;
