//! `web3`: the client.

use crate::api::Web3ApiServer;
use alloy_primitives::{B256, Bytes, keccak256};
use jsonrpsee::core::RpcResult;

/// Methods of `web3`.
#[derive(Clone, Debug)]
pub struct Web3Rpc {
    client_version: String,
}

impl Web3Rpc {
    /// The methods of this client: name, version and platform, with slashes between.
    pub const fn new(client_version: String) -> Self {
        Self { client_version }
    }
}

impl Web3ApiServer for Web3Rpc {
    fn client_version(&self) -> RpcResult<String> {
        Ok(self.client_version.clone())
    }

    fn sha3(&self, input: Bytes) -> RpcResult<B256> {
        Ok(keccak256(input))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn hashes_bytes() {
        let methods = Web3Rpc::new("rollup-node/v1".to_owned()).into_rpc();
        let hash: String = methods.call("web3_sha3", ["0x68656c6c6f20776f726c64"]).await.unwrap();
        assert_eq!(hash, "0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad");
    }
}
