//! A client of JSON-RPC over HTTP.

use reqwest::Client;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// A client of one server.
#[derive(Debug)]
pub(crate) struct Rpc {
    runtime: Runtime,
    client: Client,
    url: String,
}

impl Rpc {
    pub(crate) fn new(address: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, client: Client::new(), url: format!("http://{address}") }
    }

    /// Sends bytes as JSON, and gives the status of HTTP and the body.
    pub(crate) fn post(&self, body: Vec<u8>) -> (u16, String) {
        self.try_post(body).unwrap()
    }

    /// As [`Self::post`], where the server may close the connection before all of it is sent.
    pub(crate) fn try_post(&self, body: Vec<u8>) -> reqwest::Result<(u16, String)> {
        let request = self.client.post(&self.url).header("content-type", "application/json");
        self.runtime.block_on(async {
            let response = request.body(body).send().await?;
            Ok((response.status().as_u16(), response.text().await?))
        })
    }

    /// Reads a page, as a browser does.
    pub(crate) fn page(&self, path: &str) -> (u16, String) {
        let request = self.client.get(format!("{}{path}", self.url));
        self.runtime.block_on(async {
            let response = request.send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        })
    }

    /// Sends one JSON value, and gives the answer whole.
    pub(crate) fn send(&self, request: &Value) -> Value {
        let (_, body) = self.post(serde_json::to_vec(request).unwrap());
        serde_json::from_str(&body).unwrap_or_else(|err| panic!("{err}: {body}"))
    }

    /// The answer to a call whole: with `result` or `error`.
    pub(crate) fn answer(&self, method: &str, params: Value) -> Value {
        self.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
    }

    /// The result of a call.
    pub(crate) fn call(&self, method: &str, params: Value) -> Value {
        let mut answer = self.answer(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    pub(crate) fn block_number(&self) -> u64 {
        super::quantity(&self.call("eth_blockNumber", json!([])))
    }

    pub(crate) fn block(&self, number: u64) -> Value {
        self.call("eth_getBlockByNumber", json!([format!("{number:#x}"), false]))
    }

    /// Sends a transaction, and gives its hash.
    pub(crate) fn send_raw(&self, raw: &[u8]) -> String {
        let raw = alloy_primitives::hex::encode_prefixed(raw);
        let hash = self.call("eth_sendRawTransaction", json!([raw]));
        hash.as_str().unwrap().to_owned()
    }

    /// The receipt of a transaction; null if it is in no block.
    pub(crate) fn receipt(&self, hash: &str) -> Value {
        self.call("eth_getTransactionReceipt", json!([hash]))
    }
}
