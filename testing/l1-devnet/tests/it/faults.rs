//! What a proxy with a fault does.

use crate::l1;
use rollup_l1_devnet::{CONTRACTS, Fault, FaultProxy, L1Chain, L1Message, L1Rpc};
use serde_json::{Value, json};
use std::{num::NonZeroUsize, time::Duration};
use tokio::time::timeout;

/// Time in which something is not to happen.
const MOMENT: Duration = Duration::from_millis(100);

async fn proxied() -> (L1Chain, FaultProxy, L1Rpc) {
    let l1 = l1().await;
    let proxy = FaultProxy::start(l1.url()).unwrap();
    let rpc = L1Rpc::new(proxy.url()).unwrap();
    (l1, proxy, rpc)
}

/// The head by way of the proxy.
async fn head(rpc: &L1Rpc) -> Value {
    rpc.call("eth_blockNumber", json!([])).await.unwrap()
}

/// Status of HTTP, and the body.
async fn post(proxy: &FaultProxy, body: &Value) -> (u16, String) {
    let response = reqwest::Client::new().post(proxy.url()).json(body).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

fn request(method: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": [] })
}

#[tokio::test]
async fn without_a_fault_answers_are_those_of_l1_and_requests_are_counted() {
    let (l1, proxy, rpc) = proxied().await;
    for method in ["eth_blockNumber", "eth_chainId", "eth_nonsense"] {
        let answer = rpc.answer(method, json!([])).await.unwrap();
        assert_eq!(answer, l1.rpc().answer(method, json!([])).await.unwrap());
    }
    let list = json!([request("eth_chainId"), request("eth_blockNumber")]);
    let (status, body) = post(&proxy, &list).await;
    let answers: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &answers[0]["result"], &answers[1]["id"]), (200, &json!("0x5"), &json!(7)));
    assert_eq!((proxy.count("eth_chainId"), proxy.count("eth_getLogs")), (2, 0));
    assert_eq!((proxy.total(), proxy.counts().len()), (5, 3));
}

#[tokio::test]
async fn a_dead_one_refuses_connections_and_lives_again_on_its_port() {
    let (_l1, proxy, rpc) = proxied().await;
    let kept = reqwest::Client::new();
    let ask = || kept.post(proxy.url()).json(&request("eth_chainId")).send();
    ask().await.unwrap();
    proxy.set(Fault::Dead).unwrap();
    for _ in 0..3 {
        assert!(ask().await.is_err());
    }
    let address = proxy.url().trim_start_matches("http://").to_owned();
    let refused = tokio::net::TcpStream::connect(&address).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    // It is as dead as before.
    proxy.set(Fault::Dead).unwrap();
    assert!(ask().await.is_err());
    proxy.set(Fault::None).unwrap();
    head(&rpc).await;
    ask().await.unwrap();
}

#[tokio::test]
async fn one_that_dies_breaks_requests_off() {
    let (_l1, proxy, rpc) = proxied().await;
    proxy.set(Fault::Hang).unwrap();
    let mut call = Box::pin(rpc.answer("eth_chainId", json!([])));
    assert!(timeout(MOMENT, &mut call).await.is_err());
    proxy.set(Fault::Dead).unwrap();
    assert!(call.await.is_err());
}

#[tokio::test]
async fn one_that_hangs_never_answers_what_came_then() {
    let (_l1, proxy, rpc) = proxied().await;
    proxy.set(Fault::Hang).unwrap();
    let mut call = Box::pin(rpc.answer("eth_chainId", json!([])));
    assert!(timeout(MOMENT, &mut call).await.is_err());
    assert_eq!(proxy.count("eth_chainId"), 1);
    proxy.set(Fault::None).unwrap();
    head(&rpc).await;
    assert!(timeout(MOMENT, &mut call).await.is_err());
}

#[tokio::test]
async fn a_slow_one_answers_in_the_end() {
    let (_l1, proxy, rpc) = proxied().await;
    proxy.set(Fault::Delay(3 * MOMENT)).unwrap();
    let mut call = Box::pin(rpc.answer("eth_chainId", json!([])));
    assert!(timeout(MOMENT, &mut call).await.is_err());
    assert_eq!(call.await.unwrap()["result"], "0x5");
}

#[tokio::test]
async fn errors_of_http_and_of_json_rpc_are_told_as_they_are() {
    let (_l1, proxy, rpc) = proxied().await;
    proxy.set(Fault::Http(503)).unwrap();
    assert_eq!(post(&proxy, &request("eth_chainId")).await.0, 503);
    proxy.set(Fault::RateLimit).unwrap();
    let response =
        reqwest::Client::new().post(proxy.url()).json(&request("eth_chainId")).send().await;
    let response = response.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.headers()["retry-after"].as_bytes()),
        (429, &b"1"[..])
    );
    let (code, message) = (-32_005, "limit exceeded".to_owned());
    proxy.set(Fault::Rpc { code, message }).unwrap();
    let answer = rpc.answer("eth_chainId", json!([])).await.unwrap();
    assert_eq!(answer["error"], json!({ "code": -32_005, "message": "limit exceeded" }));
    assert_eq!((&answer["id"], answer.get("result")), (&json!(1), None));
    proxy.set(Fault::Garbage).unwrap();
    let (status, body) = post(&proxy, &request("eth_chainId")).await;
    assert_eq!(status, 200);
    serde_json::from_str::<Value>(&body).unwrap_err();
    proxy.set(Fault::None).unwrap();
    head(&rpc).await;
}

#[tokio::test]
async fn one_without_an_endpoint_behind_it_says_so() {
    let (l1, proxy, _rpc) = proxied().await;
    drop(l1);
    assert_eq!(post(&proxy, &request("eth_chainId")).await.0, 502);
}

#[tokio::test]
async fn one_of_another_chain_says_its_id() {
    let (l1, proxy, rpc) = proxied().await;
    proxy.set(Fault::ChainId(10)).unwrap();
    assert_eq!(rpc.call("eth_chainId", json!([])).await.unwrap(), "0xa");
    assert_eq!(rpc.call("net_version", json!([])).await.unwrap(), "10");
    assert_eq!(head(&rpc).await, head(l1.rpc()).await);
}

#[tokio::test]
async fn one_on_another_fork_answers_from_there() {
    let (l1, proxy, rpc) = proxied().await;
    let other = self::l1().await;
    other.mine(3).await.unwrap();
    proxy.set(Fault::Fork(other.url().to_owned())).unwrap();
    assert_eq!(head(&rpc).await, head(other.rpc()).await);
    assert_ne!(head(&rpc).await, head(l1.rpc()).await);
    proxy.set(Fault::None).unwrap();
    assert_eq!(head(&rpc).await, head(l1.rpc()).await);
}

#[tokio::test]
async fn one_that_leaves_logs_out_does_so_in_every_answer() {
    let (l1, proxy, rpc) = proxied().await;
    let mut hash = None;
    for _ in 0..5 {
        hash = Some(l1.enforced_transaction(&L1Message::default()).await.unwrap());
    }
    let block = l1.mine(1).await.unwrap();
    let queue = CONTRACTS.message_queue_v2;
    let filter = json!([{ "address": queue, "blockHash": block.hash }]);
    let logs = async || {
        let logs = rpc.call("eth_getLogs", filter.clone()).await.unwrap();
        logs.as_array().unwrap().clone()
    };
    let in_receipts = async || {
        let params = json!([block.hash]);
        let receipts = rpc.call("eth_getBlockReceipts", params).await.unwrap();
        let logs = |receipt: &Value| receipt["logs"].as_array().unwrap().len();
        receipts.as_array().unwrap().iter().map(logs).collect::<Vec<_>>()
    };
    let all = logs().await;
    assert_eq!((all.len(), in_receipts().await), (5, vec![1; 5]));
    proxy.set(Fault::DropLogs(NonZeroUsize::new(2).unwrap())).unwrap();
    let some = [0, 2, 4].map(|at: usize| all[at].clone());
    assert_eq!((logs().await, in_receipts().await), (some.into(), vec![1, 0, 1, 0, 1]));
    proxy.set(Fault::NO_LOGS).unwrap();
    assert_eq!((logs().await, in_receipts().await), (Vec::new(), vec![0; 5]));
    let receipt = rpc.call("eth_getTransactionReceipt", json!([hash])).await.unwrap();
    assert_eq!((&receipt["logs"], &receipt["status"]), (&json!([]), &json!("0x1")));
    // What the block says of its logs is as it was.
    let header = rpc.call("eth_getBlockByHash", json!([block.hash, false])).await.unwrap();
    assert_ne!(header["logsBloom"].as_str().unwrap().trim_matches(['0', 'x']), "");
}
