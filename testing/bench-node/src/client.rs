//! JSON-RPC over HTTP.

use eyre::{Result, WrapErr as _, bail, eyre};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};
use std::time::Duration;

/// Longer than anybody takes to answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A JSON-RPC server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
}

impl Client {
    pub(crate) fn new(port: u16) -> Result<Self> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).tcp_nodelay(true).build()?;
        Ok(Self { http, url: format!("http://127.0.0.1:{port}") })
    }

    /// The answer to a request whose body is this text.
    pub(crate) async fn post(&self, body: String) -> Result<String> {
        let request = self.http.post(&self.url);
        let request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(request.body(body).send().await?.error_for_status()?.text().await?)
    }

    /// The result of one call.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Result<Value> {
        let body = json!({ "jsonrpc": "2.0", "id": 0, "method": method, "params": params });
        let answer = self.post(body.to_string()).await.wrap_err_with(|| method.to_owned())?;
        let mut answer: Value = serde_json::from_str(&answer)?;
        if let Some(error) = answer.get("error") {
            bail!("{method}: {error}");
        }
        Ok(answer["result"].take())
    }

    /// A call whose result is a number.
    pub(crate) async fn number(&self, method: &str, params: Value) -> Result<u64> {
        quantity(&self.call(method, params).await?)
    }

    /// Number of the last block.
    pub(crate) async fn head(&self) -> Result<u64> {
        self.number("eth_blockNumber", json!([])).await
    }
}

/// A number as JSON-RPC writes it.
pub(crate) fn quantity(value: &Value) -> Result<u64> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    let digits = digits.ok_or_else(|| eyre!("{value} is no number"))?;
    Ok(u64::from_str_radix(digits, 16)?)
}

/// The body of one call of `eth_sendRawTransaction` with a transaction in hex.
pub(crate) fn send_raw(hex: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":0,"method":"eth_sendRawTransaction","params":["{hex}"]}}"#)
}

/// Fails with the first error of an answer, whether to one call or to a batch.
pub(crate) fn check(answer: &str) -> Result<()> {
    if let Some(at) = answer.find(r#""error""#) {
        let text: String = answer.chars().skip(at).take(200).collect();
        bail!("a transaction was refused: {text}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_hexadecimal() {
        assert_eq!(quantity(&json!("0x1f")).unwrap(), 31);
        for wrong in [json!("1f"), json!(31), json!(null), json!("0x")] {
            assert!(quantity(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_error_anywhere_in_a_batch_is_found() {
        check(r#"[{"jsonrpc":"2.0","id":0,"result":"0x00"}]"#).unwrap();
        let answer = r#"[{"id":0,"result":"0x00"},{"id":1,"error":{"code":1,"message":"full"}}]"#;
        assert!(check(answer).unwrap_err().to_string().contains("full"));
    }
}
