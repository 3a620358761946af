#![doc = include_str!("../README.md")]

mod admin;
mod api;
mod config;
mod debug;
mod error;
mod eth;
mod feed;
mod metrics;
mod namespace;
mod net;
mod ots;
mod reth;
mod rollup_node;
mod rpc;
mod scroll;
mod server;
mod subscription;
mod trace;
mod txpool;
mod web3;

pub use admin::{AdminRpc, NodeInfo, NodeProtocols, ScrollProtocol};
pub use api::{
    AdminApiServer, DebugApiServer, EthApiServer, EthExtraApiServer, EthFilterApiServer,
    EthPubSubApiServer, EthSimulateApiServer, NetApiServer, OtsApiServer, RethApiServer,
    RollupNodeAdminApiServer, RollupNodeApiServer, RollupNodeEventsApiServer, RpcApiServer,
    ScrollApiServer, ServedModules, TraceApiServer, TxpoolApiServer, Web3ApiServer,
};
pub use config::{
    AdminConfig, DEFAULT_ADMIN_PORT, DEFAULT_HTTP_PORT, DEFAULT_WS_PORT, IpcConfig, ListenerConfig,
    RpcConfig, RpcLimits,
};
pub use debug::{DebugRpc, ExecutionWitness};
pub use error::{
    RpcErrorCode, busy, failed_to, internal, invalid_params, limit_exceeded, not_supported,
    resource_not_found, reverted, server_error, timed_out, transaction_rejected,
};
pub use eth::{
    EthChanges, EthConfig, EthNews, EthParts, EthPubSubRpc, EthRpc, EthSubscriptionKind,
    EthSyncProgress, EthSyncStatus, EthThreads, Json, Logs, Number, StorageValues,
};
pub use feed::FeedLimits;
pub use namespace::{RpcModuleSelection, RpcNamespace, UnknownModuleError};
pub use net::NetRpc;
pub use ots::OtsRpc;
pub use reth::RethRpc;
pub use rollup_node::{
    BatchRef, BlockLevel, BlockRef, ChainBlock, ChainSync, ForwardReport, InBlock, L1Control,
    L1EndpointReport, L1EndpointState, L1Failure, L1MessageBlock, L1MessageId, L1MessageKey,
    L1MessageName, L1MessageStatus, L1Status, L2Status, NamedSlot, NextReport, NodeEvent,
    NodeEventReceiver, NodeEventStream, NodeEvents, NodeHealth, NodeRole, NotIncludedKey,
    NumberedEvent, PhasesReport, ReorgReport, RollupL1Message, RollupNodeAdminRpc,
    RollupNodeEventsRpc, RollupNodeRpc, RollupStatus, SequencerControl, SequencerFailure,
    SequencerReport, SequencerState, SlotAnswer, SlotBlockReport, SlotExplanation, SlotKey,
    SlotL1Report, SlotReport, TxState, TxStatus, WaitReport,
};
pub use scroll::{ScrollRpc, ScrollSyncStatus};
pub use server::{
    AllowedOrigins, BlockingPool, JWT_MAX_AGE, JwtSecret, JwtSecretError, OriginsError, RpcModules,
    RpcModulesError, RpcServers, RpcStartError,
};
pub use trace::{TraceFilterRequest, TraceRpc};
pub use txpool::TxpoolRpc;
pub use web3::Web3Rpc;
