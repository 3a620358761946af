//! `admin`.

use crate::admin::NodeInfo;
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use serde_json::Value;

/// The node and its peers. As long as it has no network, peers are neither there nor taken: code
/// -32004.
#[rpc(server, namespace = "admin")]
pub trait AdminApi {
    /// Name and chain of the node.
    #[method(name = "nodeInfo")]
    fn node_info(&self) -> RpcResult<NodeInfo>;

    /// The peers that are connected.
    #[method(name = "peers")]
    fn peers(&self) -> RpcResult<Vec<Value>>;

    /// Connects to a peer.
    #[method(name = "addPeer")]
    fn add_peer(&self, enode: String) -> RpcResult<bool>;

    /// Ends the connection to a peer.
    #[method(name = "removePeer")]
    fn remove_peer(&self, enode: String) -> RpcResult<bool>;

    /// Lets a peer in whatever the limits say.
    #[method(name = "addTrustedPeer")]
    fn add_trusted_peer(&self, enode: String) -> RpcResult<bool>;

    /// Lets a peer in as any other.
    #[method(name = "removeTrustedPeer")]
    fn remove_trusted_peer(&self, enode: String) -> RpcResult<bool>;
}
