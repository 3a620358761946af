//! How a node ends, and what it goes on from.

use super::{
    BlockLine, Node, Wallet,
    acceptance::{EMPTY_BLOCKS, guide, next_block},
};
use rustix::process::Signal;
use serde_json::json;
use std::thread;
use tempfile::TempDir;

/// Code that runs until its gas is used up: `JUMPDEST PUSH0 JUMP`.
const ENDLESS: &str = "0x5b5f56";

#[test]
fn a_terminated_sequencer_goes_on_from_the_last_block_that_it_broadcast() {
    let directory = TempDir::new().unwrap();
    let mut wallet = Wallet::funded(0);
    let mut last: Option<BlockLine> = None;
    for signal in [Signal::TERM, Signal::INT, Signal::TERM] {
        let node = Node::spawn(&mut guide(directory.path(), &[]));
        let rpc = node.http();
        rpc.send_raw(&wallet.next());
        let (_, block) = next_block(&node, &rpc, 0);
        if let Some(last) = last {
            assert_eq!(block["parentHash"], last.hash);
            assert_eq!(super::quantity(&block["number"]), last.number + 1);
        }
        for _ in 0..3 {
            rpc.send_raw(&wallet.next());
        }
        // While the next block is made.
        node.signal(signal);
        let run = node.wait();
        let lines: Vec<_> = run.success().lines().map(str::to_owned).collect();
        let blocks = BlockLine::all(&lines);
        // Nothing is left half done.
        assert_eq!(blocks.last().unwrap().stage, BlockLine::BROADCAST.to_owned());
        last = blocks.last().cloned();
    }
}

#[test]
fn a_second_signal_ends_a_node_at_once() {
    let directory = TempDir::new().unwrap();
    // A call that is being answered keeps the first signal from ending the node for some seconds.
    let flags = [EMPTY_BLOCKS, "--rpc.gascap", "1000000000000"];
    let node = Node::spawn(&mut guide(directory.path(), &flags));
    let rpc = node.http();
    let (_, block) = next_block(&node, &rpc, 0);
    let caller = thread::spawn({
        let address = node.address("http");
        move || {
            let contract = "0x00000000000000000000000000000000000000cc";
            let call = json!([{ "to": contract }, "latest", { contract: { "code": ENDLESS } }]);
            let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": call });
            let client = reqwest::Client::new().post(format!("http://{address}")).json(&body);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async { client.send().await.is_ok() })
        }
    });
    // Calls are taken in order; when this one is answered, the other one is being so.
    next_block(&node, &rpc, node.log.len());
    node.signal(Signal::TERM);
    node.log.wait(0, "Shutting down; a second signal ends the node at once");
    node.signal(Signal::TERM);
    let run = node.wait();
    assert_eq!((run.code, run.stderr.as_str()), (Some(130), ""), "{}", run.stdout);
    assert!(!run.stdout.contains("phase=\"storage\""), "{}", run.stdout);
    assert!(!caller.join().unwrap(), "the call was answered");

    let lines: Vec<_> = run.stdout.lines().map(str::to_owned).collect();
    let blocks = BlockLine::all(&lines);
    let last = blocks.iter().rfind(|line| line.stage == BlockLine::BROADCAST).unwrap();
    assert!(last.number >= super::quantity(&block["number"]));
    let node = Node::spawn(&mut guide(directory.path(), &[EMPTY_BLOCKS]));
    let (_, block) = next_block(&node, &node.http(), 0);
    assert!(super::quantity(&block["number"]) <= last.number + 2);
    assert_eq!(node.http().block(last.number)["hash"], last.hash);
    node.stop();
}
