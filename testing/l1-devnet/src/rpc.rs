//! JSON-RPC over HTTP.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use eyre::{OptionExt as _, Result, WrapErr as _, bail};
use serde_json::{Value, json};

/// Calls an endpoint.
#[derive(Clone, Debug)]
pub struct L1Rpc {
    client: reqwest::Client,
    url: String,
}

impl L1Rpc {
    /// Calls the endpoint at a URL.
    ///
    /// # Errors
    /// If there can be no client of HTTP.
    pub fn new(url: String) -> Result<Self> {
        // No connection is kept: the next call may come from another runtime.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy().build()?;
        Ok(Self { client, url })
    }

    /// Calls the endpoint at another URL.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self { client: self.client.clone(), url: url.to_owned() }
    }

    /// The URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The result of a method.
    ///
    /// # Errors
    /// If the endpoint cannot be reached, or answers with an error, which is in the text.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value> {
        let mut answer = self.answer(method, params).await?;
        if let Some(error) = answer.get("error") {
            bail!("{method}: {error}");
        }
        Ok(answer["result"].take())
    }

    /// The answer to a call whole: with `result` or `error`.
    ///
    /// # Errors
    /// If the endpoint cannot be reached, or answers with something else than JSON.
    pub async fn answer(&self, method: &str, params: Value) -> Result<Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let response = self.client.post(&self.url).json(&request).send().await?;
        response.json().await.wrap_err_with(|| format!("{method}: no JSON"))
    }

    /// The answer of a contract on the newest state.
    ///
    /// # Errors
    /// As [`Self::call`]; also if the call is reverted.
    pub async fn view<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return> {
        let params = json!([{ "to": to, "input": Bytes::from(call.abi_encode()) }, "latest"]);
        let answer: Bytes = serde_json::from_value(self.call("eth_call", params).await?)?;
        Ok(C::abi_decode_returns(&answer)?)
    }
}

/// A number of JSON-RPC.
pub(crate) fn quantity(value: &Value) -> Result<u64> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    let digits = digits.ok_or_eyre("a quantity is missing in an answer")?;
    Ok(u64::from_str_radix(digits, 16)?)
}

/// A number as JSON-RPC has it.
pub(crate) fn hex(number: u64) -> Value {
    json!(format!("{number:#x}"))
}
