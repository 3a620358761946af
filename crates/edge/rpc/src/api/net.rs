//! `net`.

use alloy_primitives::U64;
use jsonrpsee::{core::RpcResult, proc_macros::rpc};

/// The network.
#[rpc(server, namespace = "net")]
pub trait NetApi {
    /// Chain id, in decimal.
    #[method(name = "version")]
    fn version(&self) -> RpcResult<String>;

    /// Always true, as all nodes answer: clients take it for a sign of life.
    #[method(name = "listening")]
    fn listening(&self) -> RpcResult<bool>;

    /// How many peers are connected.
    #[method(name = "peerCount")]
    fn peer_count(&self) -> RpcResult<U64>;
}
