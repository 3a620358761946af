//! `net`: the network.

use crate::api::NetApiServer;
use alloy_primitives::{ChainId, U64};
use jsonrpsee::core::RpcResult;
use tokio::sync::watch;

/// Methods of `net`.
#[derive(Clone, Debug)]
pub struct NetRpc {
    chain_id: ChainId,
    peers: Option<watch::Receiver<u64>>,
}

impl NetRpc {
    /// The methods of a node of this chain. `peers` is the number of connected ones; `None` if the
    /// node has no network.
    pub const fn new(chain_id: ChainId, peers: Option<watch::Receiver<u64>>) -> Self {
        Self { chain_id, peers }
    }
}

impl NetApiServer for NetRpc {
    fn version(&self) -> RpcResult<String> {
        Ok(self.chain_id.to_string())
    }

    fn listening(&self) -> RpcResult<bool> {
        Ok(true)
    }

    fn peer_count(&self) -> RpcResult<U64> {
        Ok(self.peers.as_ref().map_or(U64::ZERO, |peers| U64::from(*peers.borrow())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonrpsee::core::EmptyServerParams;

    #[tokio::test]
    async fn peers_are_counted_as_they_come() {
        let (count, peers) = watch::channel(0);
        let methods = NetRpc::new(534_352, Some(peers)).into_rpc();
        count.send(17).unwrap();
        let none = EmptyServerParams::new;
        assert_eq!(methods.call::<_, String>("net_peerCount", none()).await.unwrap(), "0x11");
        assert_eq!(methods.call::<_, String>("net_version", none()).await.unwrap(), "534352");
        assert!(methods.call::<_, bool>("net_listening", none()).await.unwrap());
    }

    #[tokio::test]
    async fn a_node_without_network_has_no_peers() {
        let methods = NetRpc::new(1337, None).into_rpc();
        let count: String = methods.call("net_peerCount", EmptyServerParams::new()).await.unwrap();
        assert_eq!(count, "0x0");
    }
}
