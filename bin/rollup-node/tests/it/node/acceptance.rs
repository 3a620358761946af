//! The commands that operators are given, word for word but for the ports.

use super::{BlockLine, Node, Rpc, Wallet, field, node_command};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The guide's command for a development chain.
pub(crate) const GUIDE: &str = "node --chain dev --datadir ./data/sequencer --test \
     --sequencer.enabled --sequencer.auto-start --sequencer.block-time 1000 \
     --http --http.addr 0.0.0.0 --http.port 0 \
     --http.api admin,debug,eth,net,trace,txpool,web3,rpc,reth,ots,flashbots,miner,mev";
/// Makes a block in every slot.
pub(crate) const EMPTY_BLOCKS: &str = "--sequencer.allow-empty-blocks";
/// The guide's filter of log lines.
const LOG_FILTER: &str = "info,scroll=debug,rollup_node::sequencer=trace";
/// How soon RPC answers after the start.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// Says that a slot passed without a block.
const SKIPPED: &str = "DEBUG rollup_node::sequencer: Slot skipped reason=empty ";

/// The guide's command and more flags, in a directory.
pub(crate) fn guide(directory: &Path, more: &[&str]) -> Command {
    let mut arguments: Vec<_> = GUIDE.split_whitespace().collect();
    arguments.extend(more);
    node_command(directory, &arguments)
}

/// Waits for the next block from `start` on, and gives it as RPC does, with the place of its line.
pub(crate) fn next_block(node: &Node, rpc: &Rpc, start: usize) -> (usize, Value) {
    let (at, line) = node.log.next_block(start);
    let block = rpc.block(line.number);
    assert_eq!(block["hash"], line.hash);
    (at + 1, block)
}

#[test]
fn the_guides_command_serves_rpc_and_makes_a_block_when_a_transaction_arrives() {
    let directory = TempDir::new().unwrap();
    let started = Instant::now();
    let node = Node::spawn(guide(directory.path(), &[]).env("RUST_LOG", LOG_FILTER));
    let rpc = node.http();
    assert_eq!(rpc.call("eth_chainId", json!([])), "0x539");
    assert!(started.elapsed() < ANSWERS_WITHIN, "{:?}", started.elapsed());

    let (_, line) = node.log.wait(0, "INFO rollup_node::signer: Signer ");
    let signer = field(&line, "address").unwrap().to_owned();
    for notice in [
        "INFO rollup_node::args: Random signer: ",
        "INFO rollup_node::args: Noop consensus: ",
        "INFO rollup_node::args: No L1: ",
    ] {
        node.log.wait(0, notice);
    }

    // Wallets find a base fee from the first moment; then nothing happens without a transaction.
    let (at, first) = next_block(&node, &rpc, 0);
    assert_eq!(first["transactions"], json!([]));
    let (at, _) = node.log.wait(at, SKIPPED);
    let (at, _) = node.log.wait(at + 1, SKIPPED);
    assert_eq!(rpc.block_number(), 1);

    let hash = rpc.send_raw(&Wallet::funded(0).next());
    let (_, block) = next_block(&node, &rpc, at);
    assert_eq!(block["number"], "0x2");
    assert_eq!(block["transactions"], json!([hash]));
    assert_eq!(rpc.receipt(&hash)["status"], "0x1");
    let (_, line) = node.log.wait(0, BlockLine::STAGES[1]);
    assert_eq!(field(&line, "signer"), Some(signer.as_str()));

    let warnings: Vec<_> =
        node.log.lines().into_iter().filter(|line| line.contains(" WARN ")).collect();
    assert_eq!(warnings.len(), 2, "{warnings:#?}");
    // Everybody could call it there; it is served on the socket and to this machine.
    let left_out = field(&warnings[1], "left_out").unwrap();
    assert!(left_out.starts_with("admin on 0.0.0.0:"), "{left_out}");
    assert_eq!(rpc.answer("admin_nodeInfo", json!([]))["error"]["code"], -32601);
    assert!(node.admin().call("admin_nodeInfo", json!([])).is_object());
    let unserved = field(&warnings[0], "namespaces").unwrap();
    for namespace in ["flashbots", "miner", "mev"] {
        let method = format!("{namespace}_anything");
        assert_eq!(rpc.answer(&method, json!([]))["error"]["code"], -32601);
        assert!(unserved.split(',').any(|named| named == namespace), "{namespace}: {unserved}");
    }
    node.stop();
}

#[test]
fn every_block_is_built_signed_and_broadcast_in_this_order_and_once() {
    let directory = TempDir::new().unwrap();
    let mut command = guide(directory.path(), &[EMPTY_BLOCKS]);
    let node = Node::spawn(command.env("RUST_LOG", LOG_FILTER));
    let rpc = node.http();
    let mut wallet = Wallet::funded(0);
    let mut at = 0;
    for _ in 0..4 {
        rpc.send_raw(&wallet.next());
        (at, _) = next_block(&node, &rpc, at);
    }
    let mut stages: BTreeMap<u64, Vec<_>> = BTreeMap::new();
    for line in node.stop() {
        stages.entry(line.number).or_default().push((line.stage, line.hash));
    }
    assert!(stages.len() >= 4);
    assert!(stages.keys().copied().eq(1..=stages.len() as u64), "{stages:?}");
    for (number, lines) in stages {
        let (names, hashes): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
        assert_eq!(names, BlockLine::STAGES, "block {number}");
        assert!(hashes.iter().all(|hash| *hash == hashes[0]), "block {number}: {hashes:?}");
    }
}

#[test]
fn a_block_is_made_in_every_slot_where_empty_ones_are_allowed() {
    let directory = TempDir::new().unwrap();
    let node = Node::spawn(&mut guide(directory.path(), &[EMPTY_BLOCKS]));
    let rpc = node.http();
    let mut at = 0;
    let mut times = Vec::new();
    for number in 1..=4 {
        let block;
        (at, block) = next_block(&node, &rpc, at);
        assert_eq!(super::quantity(&block["number"]), number);
        times.push(super::quantity(&block["timestamp"]));
    }
    assert!(times.is_sorted(), "{times:?}");
    node.stop();
}

#[test]
fn the_administration_server_turns_sequencing_off_and_on() {
    let directory = TempDir::new().unwrap();
    let node = Node::spawn(&mut guide(directory.path(), &[EMPTY_BLOCKS]));
    let (rpc, admin) = (node.http(), node.admin());
    let (at, _) = next_block(&node, &rpc, 0);
    next_block(&node, &rpc, at);

    let off = "rollupNodeAdmin_disableAutomaticSequencing";
    let on = "rollupNodeAdmin_enableAutomaticSequencing";
    // Users cannot, whatever the namespaces that they are served.
    assert_eq!(rpc.answer(off, json!([]))["error"]["code"], -32601);
    for _ in 0..2 {
        assert_eq!(admin.call(off, json!([])), true);
    }
    // Ends the block in hand, if there is one, so that what comes later is one too many.
    let stopped = admin.call("rollupNodeAdmin_stopSequencer", json!([]));
    let at = node.log.len();
    let hash = rpc.send_raw(&Wallet::funded(0).next());
    let two_slots = Duration::from_millis(2500);
    let made = node.log.find(at, two_slots, |line| line.contains(BlockLine::BROADCAST));
    assert_eq!(made, None);
    assert_eq!(rpc.receipt(&hash), Value::Null);
    assert_eq!(rpc.block_number(), stopped["number"].as_u64().unwrap());

    for _ in 0..2 {
        assert_eq!(admin.call(on, json!([])), true);
    }
    let (_, block) = next_block(&node, &rpc, at);
    assert_eq!(block["parentHash"], stopped["hash"]);
    assert_eq!(block["transactions"], json!([hash]));
    node.stop();
}
