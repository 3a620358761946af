//! A development chain in one word.

use super::{BlockLine, Node, Wallet, acceptance::next_block, field};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// The answer to a call over WebSocket.
fn over_ws(address: &str, method: &str) -> Value {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (mut socket, _) = connect_async(format!("ws://{address}")).await.unwrap();
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": [] });
        socket.send(Message::text(call.to_string())).await.unwrap();
        loop {
            // A ping may come before the answer.
            if let Message::Text(answer) = socket.next().await.unwrap().unwrap() {
                return serde_json::from_str(answer.as_str()).unwrap();
            }
        }
    })
}

#[test]
fn one_word_runs_a_chain_with_funded_accounts() {
    let directory = TempDir::new().unwrap();
    let node = Node::start(directory.path(), &["node", "--dev"]);
    let rpc = node.http();
    assert_eq!(rpc.call("eth_chainId", json!([])), "0x539");
    assert_eq!(over_ws(&node.address("ws"), "eth_chainId")["result"], "0x539");
    // It is where a user's programs keep their data.
    assert!(directory.path().join("rollup-node/dev/db").is_dir());

    node.log.wait(0, "Funded accounts mnemonic=\"test test test");
    let lines = node.log.lines();
    let accounts: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("INFO rollup_node::dev: Funded account index="))
        .collect();
    assert!(!accounts.is_empty());
    let (mut at, _) = next_block(&node, &rpc, 0);
    for line in accounts {
        let mut wallet = Wallet::of(field(line, "key").unwrap());
        assert_eq!(field(line, "address"), Some(wallet.address().to_string().as_str()));
        let hash = rpc.send_raw(&wallet.next());
        let block;
        (at, block) = next_block(&node, &rpc, at);
        assert_eq!(block["transactions"], json!([hash]));
        assert_eq!(rpc.receipt(&hash)["status"], "0x1");
    }
    let blocks = node.stop();
    assert_eq!(blocks.last().unwrap().stage, BlockLine::BROADCAST);
}
