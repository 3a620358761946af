//! JSON-RPC: requests and answers as texts.

use super::fault::{Fault, RpcError};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json, value::RawValue};

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) params: Value,
}

/// What one request is answered.
pub(crate) type Reply = Result<Box<RawValue>, RpcError>;

impl Call {
    pub(crate) const fn new(method: &'static str, params: Value) -> Self {
        Self { method, params }
    }

    /// Compute units that it costs; documented at
    /// [`L1ClientConfig`](crate::L1ClientConfig::compute_units_per_second).
    pub(crate) fn cost(&self) -> u64 {
        match self.method {
            "eth_chainId" => 5,
            "eth_call" => 26,
            "eth_getBlockReceipts" => 40,
            "eth_getLogs" => 75,
            _ => 20,
        }
    }

    fn to_json(&self, id: u64) -> Value {
        json!({ "jsonrpc": "2.0", "id": id, "method": self.method, "params": self.params })
    }
}

/// The body of a request: one is sent alone, more as a batch. Ids count up from `first_id`.
pub(crate) fn encode(calls: &[Call], first_id: u64) -> String {
    match calls {
        [call] => call.to_json(first_id).to_string(),
        _ => {
            let ids = first_id..;
            let batch = calls.iter().zip(ids).map(|(call, id)| call.to_json(id));
            Value::Array(batch.collect()).to_string()
        }
    }
}

#[derive(Deserialize)]
struct JsonReply<'a> {
    #[serde(default)]
    id: Value,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<RpcError>,
}

/// Tells `null`, which is an answer, from no answer.
fn present<'de, D: Deserializer<'de>>(input: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(input).map(Some)
}

/// The answers to so many requests, in the order of the requests.
pub(crate) fn decode(body: &[u8], first_id: u64, count: usize) -> Result<Vec<Reply>, Fault> {
    if count == 1 {
        let reply: JsonReply<'_> = parse(body)?;
        return Ok(vec![reply.of(first_id)?]);
    }
    if let Ok(JsonReply { error: Some(error), .. }) = serde_json::from_slice(body) {
        // No batch was taken, or not this one.
        return Err(Fault::Rpc(error));
    }
    let replies: Vec<JsonReply<'_>> = parse(body)?;
    if replies.len() != count {
        return Err(Fault::NotRpc);
    }
    let mut ordered = Vec::with_capacity(count);
    for (id, _) in (first_id..).zip(&replies) {
        let reply = replies.iter().find(|reply| reply.id == id).ok_or(Fault::NotRpc)?;
        ordered.push(reply.of(id)?);
    }
    Ok(ordered)
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).ok().ok_or(Fault::NotRpc)
}

impl JsonReply<'_> {
    fn of(&self, id: u64) -> Result<Reply, Fault> {
        match (self.result, &self.error) {
            // Whoever could not read the request does not know its id.
            (_, Some(error)) if self.id == id || self.id.is_null() => Ok(Err(error.clone())),
            (Some(result), None) if self.id == id => Ok(Ok(result.to_owned())),
            _ => Err(Fault::NotRpc),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn null_is_an_answer() {
        let reply = decode(br#"{"id":7,"result":null}"#, 7, 1).unwrap().remove(0);
        assert_eq!(reply.unwrap().get(), "null");
    }

    #[test]
    fn answers_of_a_batch_are_put_in_order() {
        let body = br#"[{"id":8,"error":{"code":1,"message":"m"}},{"id":7,"result":"x"}]"#;
        let replies = decode(body, 7, 2).unwrap();
        assert_eq!(replies[0].as_ref().unwrap().get(), "\"x\"");
        assert_eq!(replies[1].as_ref().unwrap_err().code, 1);
    }

    #[rstest]
    #[case::no_json("<html>", 1)]
    #[case::empty("", 1)]
    #[case::nothing(r#"{"id":7}"#, 1)]
    #[case::no_id(r#"{"result":"x"}"#, 1)]
    #[case::other_id(r#"{"id":6,"result":"x"}"#, 1)]
    #[case::error_of_another(r#"{"id":6,"error":{"code":1,"message":"m"}}"#, 1)]
    #[case::truncated(r#"{"id":7,"result":"x"#, 1)]
    #[case::list(r#"[{"id":7,"result":"x"}]"#, 1)]
    #[case::short(r#"[{"id":7,"result":"x"}]"#, 2)]
    #[case::twice(r#"[{"id":7,"result":"x"},{"id":7,"result":"y"}]"#, 2)]
    fn what_answers_something_else_is_no_answer(#[case] body: &str, #[case] count: usize) {
        assert!(matches!(decode(body.as_bytes(), 7, count), Err(Fault::NotRpc)));
    }
}
