//! One request to the service, as a user of its API makes it, without the SDK under test.

use eyre::{Result, bail};
use reqwest::{Client, Response};
use serde_json::Value;

/// Credentials of nobody: moto looks at the region alone.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kms/aws4_request, \
                             SignedHeaders=host, Signature=0";

/// Passes a request on, and gives the answer as it is.
pub(crate) async fn send(
    client: &Client,
    address: &str,
    target: &str,
    body: impl Into<reqwest::Body>,
) -> Result<Response> {
    let request = client.post(format!("http://{address}/")).header("x-amz-target", target);
    let request = request.header("content-type", "application/x-amz-json-1.1");
    Ok(request.header("authorization", AUTHORIZATION).body(body).send().await?)
}

/// Calls an operation, which must succeed.
pub(crate) async fn call(
    client: &Client,
    address: &str,
    operation: &str,
    parameters: &Value,
) -> Result<Value> {
    let target = format!("TrentService.{operation}");
    let answer = send(client, address, &target, parameters.to_string()).await?;
    let (status, text) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        bail!("{operation} {parameters}: {status} {text}");
    }
    Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
}
