//! Why a node does not run.

use alloy_primitives::Address;
use rollup_engine::EngineError;
use rollup_exex::{ExExError, ExExFailure};
use rollup_forward::ForwardStartError;
use rollup_rpc::{RpcModulesError, RpcStartError};
use rollup_sequencer::SequencerConfigError;
use rollup_signer::SignerOpenError;
use rollup_storage::StorageError;
use rollup_telemetry::{MetricsError, ServeError};
use rollup_txpool::TxpoolStartError;
use std::io;
use thiserror::Error;

/// Why a node does not start.
#[derive(Debug, Error)]
pub enum LaunchError {
    /// The data directory cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The pool cannot start.
    #[error(transparent)]
    Txpool(#[from] TxpoolStartError),
    /// The engine cannot start.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The ExExes cannot start.
    #[error(transparent)]
    ExEx(#[from] ExExError),
    /// The key cannot be used.
    #[error(transparent)]
    Signer(#[from] SignerOpenError),
    /// There is a sequencer, and nothing to sign its blocks with.
    #[error(
        "a sequencer needs a signer: give --signer.key-file, --signer.keystore, \
         --signer.aws-kms-key-id or --signer.http-url, or --test for a random key"
    )]
    NoSigner,
    /// The sequencer would never make a block.
    #[error(
        "the signer {signer} is not the authorized signer {authorized}; give its key, or \
         --sequencer.allow-unauthorized for a standby"
    )]
    NotAuthorized {
        /// Address of the signer.
        signer: Address,
        /// The authorized signer.
        authorized: Address,
    },
    /// A setting of the sequencer cannot work.
    #[error(transparent)]
    Sequencer(#[from] SequencerConfigError),
    /// Transactions cannot be forwarded.
    #[error(transparent)]
    Forward(#[from] ForwardStartError),
    /// The RPC servers cannot start.
    #[error(transparent)]
    Rpc(#[from] RpcStartError),
    /// An RPC method cannot be added.
    #[error(transparent)]
    RpcModules(#[from] RpcModulesError),
    /// The threads of the RPC methods cannot start.
    #[error("the threads of the RPC methods cannot start")]
    RpcThreads(#[source] io::Error),
    /// The threads of the RPC servers cannot start.
    #[error("the threads of the RPC servers cannot start")]
    ServerThreads(#[source] io::Error),
    /// Metrics cannot be collected.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// Metrics or probes cannot be served.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A part of the start-up panicked.
    #[error("the start-up was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
}

/// Why a node ended that was not told to.
#[derive(Clone, Copy, Debug, Error)]
pub enum ExitError {
    /// A task that the node needs ended.
    #[error(transparent)]
    Task(#[from] rollup_runtime::TaskFailure),
    /// An ExEx ended.
    #[error(transparent)]
    ExEx(#[from] ExExFailure),
    /// The engine ended.
    #[error("the engine ended; the reason is in the log")]
    Engine,
}
