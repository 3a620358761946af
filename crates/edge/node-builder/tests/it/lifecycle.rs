//! Start, blocks, shutdown, restart.

use alloy_eips::BlockNumHash;
use rollup_chainspec::dev;
use rollup_node_builder::{LaunchError, NodeBuilder, NodeConfig, NodeHandle};
use rollup_rpc::{ListenerConfig, RpcConfig};
use rollup_sequencer::{SequencerConfig, SequencerEvent};
use rollup_signer::SignerConfig;
use serde_json::{Value, json};
use std::{net::SocketAddr, path::Path, time::Duration};

pub(crate) fn config(directory: &Path) -> NodeConfig {
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let http = Some(ListenerConfig { addr: any_port, ..ListenerConfig::http() });
    NodeConfig {
        signer: Some(SignerConfig::Random),
        sequencer: Some(SequencerConfig {
            block_time: Duration::from_millis(100),
            payload_building_duration: Duration::from_millis(50),
            allow_empty_blocks: true,
            auto_start: true,
            ..SequencerConfig::default()
        }),
        rpc: RpcConfig { http, admin: None, ..RpcConfig::default() },
        ..NodeConfig::new(dev(), directory.to_owned())
    }
}

/// Waits for so many blocks, and gives them.
pub(crate) async fn blocks(node: &NodeHandle, count: usize) -> Vec<BlockNumHash> {
    let mut events = node.sequencer.as_ref().unwrap().subscribe();
    let mut blocks = Vec::new();
    while blocks.len() < count {
        if let SequencerEvent::SignedBlock(block) = events.recv().await.unwrap() {
            blocks.push(block.id());
        }
    }
    blocks
}

pub(crate) async fn call(node: &NodeHandle, method: &str, params: Value) -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let url = format!("http://{}", node.http_addr.unwrap());
    let response = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
    let mut answer: Value = response.json().await.unwrap();
    assert!(answer.get("error").is_none(), "{answer}");
    answer["result"].take()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_makes_blocks_serves_them_and_goes_on_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let node = NodeBuilder::new(config(directory.path())).launch().await.unwrap();
    let made = blocks(&node, 3).await;
    for block in &made {
        let number = format!("{:#x}", block.number);
        let served = call(&node, "eth_getBlockByNumber", json!([number, false])).await;
        assert_eq!(served["hash"], json!(block.hash));
    }
    let status = call(&node, "rollupNode_status", json!([])).await;
    assert_eq!(status["l1"]["status"], "Synced");
    node.sequencer.as_ref().unwrap().disable().await.unwrap();
    let last = node.engine.head();
    node.shutdown().await;

    let node = NodeBuilder::new(config(directory.path())).launch().await.unwrap();
    let next = blocks(&node, 1).await.remove(0);
    let view = node.storage.view().unwrap();
    assert_eq!(view.hash_of(last.number).unwrap(), Some(last.hash));
    assert!(next.number > last.number);
    drop(view);
    node.wait_for_exit(std::future::ready(())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_start_leaves_the_directory_free() {
    let directory = tempfile::tempdir().unwrap();
    let no_signer = NodeConfig { signer: None, ..config(directory.path()) };
    let refused = NodeBuilder::new(no_signer).launch().await.unwrap_err();
    assert!(matches!(refused, LaunchError::NoSigner));

    let first = NodeBuilder::new(config(directory.path())).launch().await.unwrap();
    let refused = NodeBuilder::new(config(directory.path())).launch().await.unwrap_err();
    assert!(matches!(refused, LaunchError::Storage(_)), "{refused}");
    let other = tempfile::tempdir().unwrap();
    let mut taken = config(other.path());
    taken.rpc.http.as_mut().unwrap().addr = first.http_addr.unwrap();
    let refused = NodeBuilder::new(taken).launch().await.unwrap_err();
    assert!(matches!(refused, LaunchError::Rpc(_)), "{refused}");
    let node = NodeBuilder::new(config(other.path())).launch().await.unwrap();
    node.shutdown().await;
    first.shutdown().await;
}
