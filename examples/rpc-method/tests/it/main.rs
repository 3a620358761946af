//! What a client of the extended node gets.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use alloy_primitives::Address;
use example_rpc_method::{ChainStats, ChainStatsApiServer};
use futures::{SinkExt as _, StreamExt as _};
use rollup_devnet::{Call, RpcClient, Setup, TestNode, Wallet, contracts, soon};
use rollup_rpc::ListenerConfig;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};
use tokio_tungstenite::tungstenite::Message;

fn setup() -> Setup {
    let setup = Setup::sequencer().with_extension(|builder| {
        builder.extend_rpc_modules(|node, modules| modules.extend(ChainStats::new(node).into_rpc()))
    });
    setup.with_config(|config| {
        config.rpc.ws = Some(ListenerConfig::new(([127, 0, 0, 1], 0).into()));
    })
}

async fn block_with_a_creation(node: &mut TestNode, wallet: &mut Wallet) -> Value {
    for call in [Call::create(&contracts::STORE), Call::transfer(Address::ZERO, 1)] {
        node.submit(wallet.next(call).unwrap()).await.unwrap();
    }
    let block = node.block().await.unwrap();
    json!({
        "number": block.block.number,
        "hash": block.block.hash(),
        "transactions": 2,
        "logs": 0,
        "gasUsed": block.block.gas_used,
        "l1Fee": block.receipts.iter().map(|receipt| receipt.l1_fee).sum::<alloy_primitives::U256>(),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_method_answers_of_blocks_that_are_there() {
    let mut node = TestNode::start(setup()).await.unwrap();
    let expected = block_with_a_creation(&mut node, &mut Wallet::funded(0).unwrap()).await;
    let rpc = node.rpc().unwrap();
    assert_eq!(rpc.call("chainStats_block", json!([1])).await.unwrap(), expected);
    assert_eq!(rpc.call("chainStats_block", json!([2])).await.unwrap(), Value::Null);
    let refused = rpc.call("chainStats_block", json!(["one"])).await.unwrap_err().to_string();
    assert!(refused.contains("-32602"), "{refused}");
    node.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_subscription_tells_of_each_new_block() {
    let mut node = TestNode::start(setup()).await.unwrap();
    let url = format!("ws://{}", node.handle.ws_addr.unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "chainStats_subscribe" });
    socket.send(Message::text(request.to_string())).await.unwrap();
    let mut next = async || loop {
        let message = soon("a message", socket.next()).await.unwrap().unwrap().unwrap();
        if let Message::Text(text) = message {
            return serde_json::from_str::<Value>(&text).unwrap();
        }
    };
    let id = next().await["result"].clone();
    let mut wallet = Wallet::funded(0).unwrap();
    for _ in 0..2 {
        let expected = block_with_a_creation(&mut node, &mut wallet).await;
        let told = next().await;
        assert_eq!(told["method"], "chainStats_newBlock");
        assert_eq!(told["params"], json!({ "subscription": id, "result": expected }));
    }
    node.stop().await.unwrap();
}

/// A node in a process of its own, which is killed when this is dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[tokio::test]
async fn the_program_is_a_whole_node() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().to_string_lossy().into_owned();
    let arguments = ["node", "--dev", "--datadir", &data_dir, "--http", "--http.port", "0"];
    let ports = ["--ws.port", "0", "--admin.addr", "127.0.0.1:0", "--health.addr", "127.0.0.1:0"];
    let child = Command::new(env!("CARGO_BIN_EXE_example-rpc-method"))
        .args(arguments)
        .args(ports)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut program = Program(child);
    let output = BufReader::new(program.0.stdout.take().unwrap());
    let mut lines = output.lines().map(Result::unwrap);
    let started = lines.find(|line| line.contains("RPC server started name=\"http\"")).unwrap();
    let address = started.split("addr=").nth(1).unwrap().split(' ').next().unwrap();
    let block = lines.find(|line| line.contains("Broadcast block"));
    assert!(block.is_some(), "it makes blocks");
    let address = address.trim_matches('"').replace("0.0.0.0", "127.0.0.1");
    let rpc = RpcClient::new(address.parse().unwrap());
    let stats = rpc.call("chainStats_block", json!([1])).await.unwrap();
    assert_eq!(stats["hash"], json!(rpc.block_hash(1).await.unwrap()));
}
