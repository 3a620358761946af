//! `admin`: the node and its peers.

mod info;

pub use info::{NodeInfo, NodeProtocols, ScrollProtocol};

use crate::{api::AdminApiServer, error::not_supported};
use jsonrpsee::core::RpcResult;
use rollup_chainspec::ScrollChainSpec;
use rollup_storage::Storage;
use serde_json::Value;
use std::sync::Arc;

/// Methods of `admin`.
#[derive(Clone, Debug)]
pub struct AdminRpc {
    storage: Storage,
    chain_spec: Arc<ScrollChainSpec>,
    name: String,
}

impl AdminRpc {
    /// The methods of a node of this name (version and platform with it) and chain.
    pub const fn new(storage: Storage, chain_spec: Arc<ScrollChainSpec>, name: String) -> Self {
        Self { storage, chain_spec, name }
    }
}

fn no_network() -> RpcResult<bool> {
    Err(not_supported("this node has no network"))
}

impl AdminApiServer for AdminRpc {
    fn node_info(&self) -> RpcResult<NodeInfo> {
        let scroll = ScrollProtocol::new(&self.chain_spec, self.storage.head());
        Ok(NodeInfo { name: self.name.clone(), protocols: NodeProtocols { scroll } })
    }

    fn peers(&self) -> RpcResult<Vec<Value>> {
        Ok(Vec::new())
    }

    fn add_peer(&self, _enode: String) -> RpcResult<bool> {
        no_network()
    }

    fn remove_peer(&self, _enode: String) -> RpcResult<bool> {
        no_network()
    }

    fn add_trusted_peer(&self, _enode: String) -> RpcResult<bool> {
        no_network()
    }

    fn remove_trusted_peer(&self, _enode: String) -> RpcResult<bool> {
        no_network()
    }
}
