//! Nodes that forward transactions to the one that makes blocks.

use crate::support::{RECIPIENT, hashes};
use alloy_consensus::transaction::TxHashRef as _;
use alloy_eips::Encodable2718 as _;
use alloy_primitives::{TxHash, hex};
use rollup_devnet::{Call, RpcClient, Setup, TestNode, Wallet, soon};
use rollup_forward::ForwardConfig;
use serde_json::{Value, json};
use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    time::Duration,
};
use tokio::{runtime::Handle, task::block_in_place};

/// An address that nobody serves, and that a node may.
fn free_address() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
}

fn served_at(setup: Setup, addr: SocketAddr) -> Setup {
    setup.with_config(|config| config.rpc.http.as_mut().unwrap().addr = addr)
}

/// A node that forwards to these and tells callers soon. Time goes on for it.
fn forwarding(setup: Setup, addrs: &[SocketAddr]) -> Setup {
    let urls = addrs.iter().map(|addr| format!("http://key:secret@{addr}/").parse().unwrap());
    let mut forward = ForwardConfig::new(urls.collect());
    forward.answer_timeout = Duration::from_millis(100);
    setup.with_system_clock().with_config(|config| config.forward = Some(forward))
}

fn journal_in(setup: Setup, directory: &Path) -> Setup {
    let journal = Some(directory.join("journal"));
    setup.with_config(|config| config.txpool.journal = journal)
}

/// Hands in a transfer over JSON-RPC.
async fn send(rpc: &RpcClient, wallet: &mut Wallet) -> eyre::Result<TxHash> {
    let raw = wallet.next(Call::transfer(RECIPIENT, 1))?.encoded_2718();
    let hash = rpc.call("eth_sendRawTransaction", json!([hex::encode_prefixed(raw)])).await?;
    Ok(serde_json::from_value(hash)?)
}

async fn status(rpc: &RpcClient, hash: TxHash) -> Value {
    rpc.call("rollupNode_txStatus", json!([hash])).await.unwrap()
}

/// Waits until a node has transactions in its pool.
async fn has(node: &TestNode, hashes: &[TxHash]) {
    soon("the transactions", async {
        while !hashes.iter().all(|hash| node.handle.txpool.contains(hash)) {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_transaction_is_lost_while_the_sequencer_or_the_node_before_it_is_away() {
    let directory = tempfile::tempdir().unwrap();
    let (dead, addr) = (free_address(), free_address());
    let mut sequencer = TestNode::start(served_at(Setup::sequencer(), addr)).await.unwrap();
    let front = forwarding(journal_in(Setup::follower(), directory.path()), &[dead, addr]);
    let mut front = TestNode::start(front).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    let rpc = front.rpc().unwrap();

    let first = send(&rpc, &mut wallet).await.unwrap();
    has(&sequencer, &[first]).await;
    let forwarded = soon("the answer", async {
        loop {
            let status = status(&rpc, first).await;
            if status["forwarded"]["answer"] == "taken" {
                return status;
            }
        }
    });
    let forwarded = forwarded.await.unwrap();
    assert_eq!(forwarded["status"], "forwarded");
    assert_eq!(forwarded["forwarded"]["to"], json!(addr.to_string()));
    assert!(!forwarded.to_string().contains("secret"), "{forwarded}");
    sequencer.block().await.unwrap();
    front.import(&sequencer.chain(1..=1).unwrap()).await.unwrap();
    assert_eq!(status(&rpc, first).await["status"], "included");

    let mut sent = Vec::new();
    let mut sequencer = sequencer
        .restart_with(|_| {
            // Nobody makes blocks now.
            block_in_place(|| {
                Handle::current().block_on(async {
                    for _ in 0..5 {
                        sent.push(send(&rpc, &mut wallet).await.unwrap());
                    }
                    let waiting = status(&rpc, sent[0]).await;
                    assert_eq!(waiting["status"], "pending");
                    assert_eq!(waiting["forwarded"]["answer"], "waiting");
                });
            });
        })
        .await
        .unwrap();
    // The node before it forgets what it was about to do, but not the transactions.
    front = front.restart().await.unwrap();
    has(&sequencer, &sent).await;
    let block = sequencer.block().await.unwrap();
    assert_eq!(hashes(&block.block), sent);
    front.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_refusal_of_the_sequencer_is_the_answer() {
    let strict =
        Setup::sequencer().with_config(|config| config.txpool.min_fee_cap_wei = 1_000_000_000_000);
    let sequencer = TestNode::start(strict).await.unwrap();
    let addr = sequencer.handle.http_addr.unwrap();
    let mut setup = forwarding(Setup::follower(), &[addr]);
    setup.config.forward.as_mut().unwrap().answer_timeout = Duration::from_secs(30);
    let front = TestNode::start(setup).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    let rpc = front.rpc().unwrap();
    let own = sequencer.rpc().unwrap();
    let expected = send(&own, &mut wallet.clone()).await.unwrap_err().to_string();
    assert!(expected.contains("-32000"), "{expected}");
    let hash = *wallet.clone().next(Call::transfer(RECIPIENT, 1)).unwrap().tx_hash();
    let refused = send(&rpc, &mut wallet).await.unwrap_err().to_string();
    assert_eq!(refused, expected);
    let status = status(&rpc, hash).await;
    assert_eq!((&status["status"], &status["by"]), (&json!("rejected"), &json!("sequencer")));
    assert_eq!(status["code"], -32000);
    assert_eq!(front.handle.txpool.size().pending, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_circle_is_found_by_the_first_transaction() {
    let (first, second) = (free_address(), free_address());
    let mut nodes = Vec::new();
    for (own, other) in [(first, second), (second, first)] {
        let mut setup = forwarding(served_at(Setup::follower(), own), &[other]);
        setup.config.forward.as_mut().unwrap().answer_timeout = Duration::from_secs(30);
        nodes.push(TestNode::start(setup).await.unwrap());
    }
    let mut wallet = Wallet::funded(0).unwrap();
    let err = send(&nodes[0].rpc().unwrap(), &mut wallet).await.unwrap_err().to_string();
    assert!(err.contains("transactions are forwarded in a circle"), "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_makes_blocks_keeps_its_transactions_to_itself() {
    let mut setup = Setup::sequencer();
    let url = format!("http://{}", free_address()).parse().unwrap();
    setup.config.forward = Some(ForwardConfig::new(vec![url]));
    let mut node = TestNode::start(setup).await.unwrap();
    node.enable().await.unwrap();
    let rpc = node.rpc().unwrap();
    // Its time stands still, so a wait for an answer would not end.
    let hash = soon("the hash", send(&rpc, &mut Wallet::funded(0).unwrap())).await;
    let status = status(&rpc, hash.unwrap().unwrap()).await;
    assert_eq!((&status["status"], status.get("forwarded")), (&json!("pending"), None));
}
