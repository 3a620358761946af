//! Why a node does not run.

use alloy_primitives::Address;
use rollup_engine::EngineError;
use rollup_exex::{ExExError, ExExFailure};
use rollup_forward::ForwardStartError;
use rollup_l1::L1WatcherConfigError;
use rollup_l1_client::L1ClientConfigError;
use rollup_rpc::{RpcModulesError, RpcStartError};
use rollup_sequencer::SequencerConfigError;
use rollup_signer::SignerOpenError;
use rollup_storage::StorageError;
use rollup_telemetry::{MetricsError, ServeError};
use rollup_txpool::TxpoolStartError;
use std::{fmt, io};
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
        "this key, of {signer}, is not the authorized signer {authorized} of {authority}; give its \
         key, or --sequencer.allow-unauthorized for a standby"
    )]
    NotAuthorized {
        /// Address of the signer.
        signer: Address,
        /// The authorized signer.
        authorized: Address,
        /// Who says so.
        authority: SignerAuthority,
    },
    /// The chain spec does not say where L1 is looked at.
    #[error(transparent)]
    L1Contracts(#[from] L1ContractsError),
    /// L1 cannot be read with these settings.
    #[error(transparent)]
    L1Client(#[from] L1ClientConfigError),
    /// L1 cannot be watched with these settings.
    #[error(transparent)]
    L1Watcher(#[from] L1WatcherConfigError),
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

/// A contract on L1 that the chain spec does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "this chain names no {contract} on L1, so L1 cannot be followed: add {key} to \
     config.scroll.l1Config of its genesis file, or drop --l1.url"
)]
pub struct L1ContractsError {
    /// Name of the contract.
    pub contract: &'static str,
    /// Its key in a genesis file.
    pub key: &'static str,
}

impl L1ContractsError {
    pub(crate) const NO_ROLLUP: Self =
        Self { contract: "rollup contract", key: "scrollChainAddress" };
    pub(crate) const NO_QUEUE: Self =
        Self { contract: "message queue", key: "l1MessageQueueV2Address" };
    pub(crate) const NO_SYSTEM_CONFIG: Self =
        Self { contract: "system contract", key: "systemContractAddress" };
}

/// Who says who is the authorized signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignerAuthority {
    /// The settings.
    Settings,
    /// The system contract on L1.
    SystemContract {
        /// Where it is.
        address: Address,
    },
}

impl fmt::Display for SignerAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings => f.write_str("--consensus.authorized-signer"),
            Self::SystemContract { address } => write!(f, "the L1 system contract {address}"),
        }
    }
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
