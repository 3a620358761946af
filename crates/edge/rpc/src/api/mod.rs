//! The methods, namespace by namespace.
//!
//! Any of them may fail with what the server says of every call, see `RpcErrorCode`. Beyond that a
//! method fails as its text says.

#![expect(clippy::missing_errors_doc, reason = "said above for all of them")]

mod admin;
mod debug;
mod eth;
mod eth_extra;
mod eth_filter;
mod eth_pub_sub;
mod eth_simulate;
mod net;
mod ots;
mod reth;
mod rollup_node;
mod rollup_node_admin;
mod rollup_node_events;
mod rpc;
mod scroll;
mod trace;
mod txpool;
mod web3;

pub use admin::AdminApiServer;
pub use debug::DebugApiServer;
pub use eth::EthApiServer;
pub use eth_extra::EthExtraApiServer;
pub use eth_filter::EthFilterApiServer;
pub use eth_pub_sub::EthPubSubApiServer;
pub use eth_simulate::EthSimulateApiServer;
pub use net::NetApiServer;
pub use ots::OtsApiServer;
pub use reth::RethApiServer;
pub use rollup_node::RollupNodeApiServer;
pub use rollup_node_admin::RollupNodeAdminApiServer;
pub use rollup_node_events::RollupNodeEventsApiServer;
pub use rpc::{RpcApiServer, ServedModules};
pub use scroll::ScrollApiServer;
pub use trace::TraceApiServer;
pub use txpool::TxpoolApiServer;
pub use web3::Web3ApiServer;
