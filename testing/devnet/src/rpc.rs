//! JSON-RPC over HTTP.

use alloy_primitives::{B256, TxHash};
use eyre::{Result, bail};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Calls a node over HTTP. Cloning gives another one on the same connections.
#[derive(Clone, Debug)]
pub struct RpcClient {
    client: reqwest::Client,
    url: String,
}

impl RpcClient {
    /// Calls the node that serves this address.
    pub fn new(addr: SocketAddr) -> Self {
        Self { client: reqwest::Client::new(), url: format!("http://{addr}") }
    }

    /// The result of a method.
    ///
    /// # Errors
    /// If the node cannot be reached, or answers with an error, which is in the text.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut answer: Value =
            self.client.post(&self.url).json(&request).send().await?.json().await?;
        if let Some(error) = answer.get("error") {
            bail!("{method}: {error}");
        }
        Ok(answer["result"].take())
    }

    /// The results of one method for a list of parameters, in that order.
    ///
    /// # Errors
    /// If the node cannot be reached, or answers one of them with an error.
    pub async fn call_all(&self, method: &str, params: Vec<Value>) -> Result<Vec<Value>> {
        if params.is_empty() {
            return Ok(Vec::new());
        }
        let requests: Vec<Value> = (0..)
            .zip(params)
            .map(|(id, params): (u64, Value)| {
                json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
            })
            .collect();
        let mut answers: Vec<Value> =
            self.client.post(&self.url).json(&requests).send().await?.json().await?;
        answers.sort_by_key(|answer| answer["id"].as_u64());
        answers
            .into_iter()
            .map(|mut answer| match answer.get("error") {
                Some(error) => bail!("{method}: {error}"),
                None => Ok(answer["result"].take()),
            })
            .collect()
    }

    /// Hash of a block; `None` if there is none with this number.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn block_hash(&self, number: u64) -> Result<Option<B256>> {
        let params = json!([format!("{number:#x}"), false]);
        let block = self.call("eth_getBlockByNumber", params).await?;
        Ok(serde_json::from_value(block["hash"].clone())?)
    }

    /// The receipts of transactions; `Null` for one that is in no block.
    ///
    /// # Errors
    /// As [`Self::call_all`].
    pub async fn receipts(&self, transactions: &[TxHash]) -> Result<Vec<Value>> {
        let params = transactions.iter().map(|hash| json!([hash])).collect();
        self.call_all("eth_getTransactionReceipt", params).await
    }
}
