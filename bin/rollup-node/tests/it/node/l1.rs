//! A node that follows a real L1.

use super::{Node, Rpc, Wallet, field, log::LIMIT};
use crate::l1::TestL1;
use alloy_primitives::{Address, hex};
use rollup_l1_devnet::{KEYS, L1Message, L1Options, SIGNER, USER, address_of};
use serde_json::{Value, json};
use std::{
    fs::{self, Permissions},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A sequencer that takes messages of the newest L1 block, and looks often.
const SEQUENCER: &str = "node --chain dev --datadir data --l1.poll-interval 100ms \
     --sequencer.enabled --sequencer.auto-start --sequencer.block-time 200 \
     --sequencer.l1-inclusion-mode depth:0 --http --signer.key-file key";
const EMPTY_BLOCKS: &str = "--sequencer.allow-empty-blocks";
const SYNCED: &str = "INFO rollup_node::l1: L1 is synced";

/// Starts a node in a directory, with the key of an account.
fn start(directory: &TempDir, account: usize, l1_urls: &str, more: &[&str]) -> Node {
    write_key(directory.path(), account);
    let arguments: Vec<_> = SEQUENCER
        .split_whitespace()
        .chain(["--l1.url", l1_urls])
        .chain(more.iter().copied())
        .collect();
    Node::start(directory.path(), &arguments)
}

fn write_key(directory: &Path, account: usize) {
    let path = directory.join("key");
    fs::write(&path, hex::encode(KEYS[account])).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
}

/// Asks until the answer fits, and gives it.
fn until(rpc: &Rpc, method: &str, params: &Value, fits: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let answer = rpc.call(method, params.clone());
        if fits(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < LIMIT, "{method}: {answer}");
    }
}

/// Waits until everything up to an L1 block is stored.
fn until_processed(rpc: &Rpc, number: u64) -> Value {
    until(rpc, "rollupNode_status", &json!([]), |status| status["l1"]["processed"] == number)
}

/// Codes of the reasons of a probe.
fn reasons(node: &Node, probe: &str) -> (u16, Vec<String>) {
    let (status, body) = Rpc::new(&node.other_address("Health")).page(probe);
    let body: Value = serde_json::from_str(&body).unwrap();
    let code = |reason: &Value| reason["code"].as_str().unwrap().to_owned();
    (status, body["reasons"].as_array().unwrap().iter().map(code).collect())
}

#[test]
fn a_message_on_l1_is_followed_into_a_block_and_can_be_read_anew() {
    let l1 = TestL1::start(L1Options::default());
    let directory = TempDir::new().unwrap();
    let node = start(&directory, SIGNER, l1.url(), &[]);
    let (rpc, admin) = (node.http(), node.admin());
    let (at, _) = node.log.wait(0, SYNCED);
    let first = l1.run(l1.chain().latest()).number;
    let status = until_processed(&rpc, first);
    assert_eq!(
        (&status["l1"]["status"], &status["l1"]["latest"]),
        (&json!("Synced"), &json!(first))
    );

    let to = Address::repeat_byte(0x22);
    let block = l1.run(async {
        l1.chain().send_message(&L1Message::transfer(to, 7)).await?;
        l1.chain().mine(1).await
    });
    let included = |status: &Value| status["status"] == "included";
    let told = until(&rpc, "rollupNode_l1MessageStatus", &json!([0]), included);
    assert_eq!(
        (&told["l1_block_number"], &told["level"]),
        (&json!(block.number), &json!("unsafe"))
    );
    let number = told["block"]["number"].as_u64().unwrap();
    let (_, queued) = l1.run(l1.chain().queued_messages()).remove(0);
    let transactions = rpc.block(number)["transactions"].clone();
    assert_eq!(transactions[0], json!(queued.tx_hash()));
    let stored = rpc.call("rollupNode_getL1MessageByIndex", json!([0]));
    assert_eq!(stored["l2_block_number"], number);
    assert_eq!(stored["queue_hash"], json!(l1.run(l1.chain().queue_hash(0))));
    let by_hash = json!([{ "transactionHash": queued.tx_hash() }]);
    assert_eq!(rpc.call("rollupNode_getL1MessageByKey", by_hash), stored);
    let waits = json!([{ "notIncluded": { "notIncludedBlockDepth": 0 } }]);
    assert_eq!(rpc.call("rollupNode_getL1MessageByKey", waits), Value::Null);

    let endpoints = rpc.call("rollupNode_l1Endpoints", json!([]));
    assert_eq!(endpoints.as_array().unwrap().len(), 1);
    let endpoint = &endpoints[0];
    assert!(l1.url().ends_with(endpoint["url"].as_str().unwrap()), "{endpoint}");
    assert_eq!((&endpoint["preferred"], &endpoint["state"]), (&json!(true), &json!("healthy")));
    assert_eq!(endpoint["latest"], block.number);

    // What is processed is read anew; what is above it is not there to be read.
    assert_eq!(admin.call("rollupNodeAdmin_revertToL1Block", json!([first])), true);
    let (at, _) = node.log.wait(at + 1, SYNCED);
    until_processed(&rpc, block.number);
    assert_eq!(rpc.call("rollupNode_getL1MessageByIndex", json!([0])), stored);
    let above = admin.answer("rollupNodeAdmin_revertToL1Block", json!([block.number + 1]));
    assert_eq!(above["error"]["code"], -32603);
    let message = above["error"]["message"].as_str().unwrap();
    assert!(
        message.starts_with("Failed to revert to L1 block: cannot go back to L1 block "),
        "{message}"
    );

    // Blocks go on, and the message is not in a second one.
    let hash = rpc.send_raw(&Wallet::funded(0).next());
    node.log.next_block(at);
    assert_eq!(
        until(&rpc, "eth_getTransactionReceipt", &json!([hash]), Value::is_object)["status"],
        "0x1"
    );
    assert_eq!(reasons(&node, "/readyz"), (200, vec![]));
    node.stop();
}

#[test]
fn a_node_starts_before_its_l1_does_and_goes_on_when_it_is_there() {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let directory = TempDir::new().unwrap();
    let url = format!("http://127.0.0.1:{port}");
    let node = start(&directory, SIGNER, &url, &[EMPTY_BLOCKS]);
    let rpc = node.http();
    node.log.wait(0, "WARN rollup_node::l1: The authorized signer cannot be read from L1 yet");
    assert_eq!(rpc.call("rollupNode_status", json!([]))["l1"]["status"], "Syncing");
    assert!(rpc.call("eth_syncing", json!([])).is_object());
    let health = rpc.call("rollupNode_health", json!([]));
    assert_eq!(health["reasons"], json!(["l1 unreachable: no endpoint answers"]));
    assert_eq!(reasons(&node, "/livez"), (200, vec![]));
    for probe in ["/readyz", "/sequencez"] {
        let (status, reasons) = reasons(&node, probe);
        // On a slow machine the head may be called old by now.
        assert!(status == 503 && reasons.contains(&"l1_unreachable".to_owned()), "{probe}");
    }
    assert_eq!(rpc.block_number(), 0);

    let l1 = TestL1::start(L1Options { port, ..L1Options::default() });
    assert_eq!(l1.url(), url);
    let (at, _) = node.log.wait(0, SYNCED);
    node.log.next_block(at);
    assert_eq!(rpc.call("eth_syncing", json!([])), false);
    assert_eq!(reasons(&node, "/sequencez"), (200, vec![]));
    node.stop();
}

#[test]
fn a_key_that_may_not_sign_is_refused_unless_it_is_to_wait() {
    let l1 = TestL1::start(L1Options::default());
    let directory = TempDir::new().unwrap();
    let run = start(&directory, USER, l1.url(), &[]).wait();
    let (own, signer) = (address_of(USER).unwrap(), address_of(SIGNER).unwrap());
    let expected = format!(
        "this key, of {own}, is not the authorized signer {signer} of the L1 system contract \
         0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0; give its key, or --sequencer.allow-unauthorized \
         for a standby"
    );
    assert_eq!(run.error(2), expected);
    assert!(!directory.path().join("data").exists(), "nothing is made on the disk");

    let standby = ["--sequencer.allow-unauthorized", EMPTY_BLOCKS];
    let node = start(&directory, USER, l1.url(), &standby);
    node.log.wait(0, "WARN rollup_node::signer: The signer is not the authorized one");
    node.log.wait(0, SYNCED);
    assert_eq!(reasons(&node, "/sequencez"), (503, vec!["not_authorized".to_owned()]));
    // L1 makes it the signer, and then another one again.
    let rotate = |to: usize| {
        l1.run(async {
            l1.chain().update_signer(address_of(to)?).await?;
            l1.chain().mine(1).await
        })
    };
    let at = node.log.len();
    rotate(USER);
    let (at, _) =
        node.log.wait(at, "INFO rollup_node::consensus: The authorized signer is now another one");
    node.log.next_block(at);
    assert_eq!(reasons(&node, "/sequencez"), (200, vec![]));
    rotate(SIGNER);
    let (_, line) = node
        .log
        .wait(at + 1, "INFO rollup_node::consensus: The authorized signer is now another one");
    assert!(line.contains(&signer.to_string()), "{line}");
    let begun = Instant::now();
    while reasons(&node, "/sequencez").0 == 200 {
        assert!(begun.elapsed() < LIMIT);
    }
    node.stop();
}

#[test]
fn a_signer_that_is_named_is_not_looked_for_on_l1() {
    let l1 = TestL1::start(L1Options::default());
    let directory = TempDir::new().unwrap();
    let own = address_of(USER).unwrap().to_string();
    let node =
        start(&directory, USER, l1.url(), &["--consensus.authorized-signer", &own, EMPTY_BLOCKS]);
    let (at, _) = node.log.wait(0, SYNCED);
    node.log.next_block(at);
    node.stop();
    let other = address_of(SIGNER).unwrap().to_string();
    let run = start(&directory, USER, l1.url(), &["--consensus.authorized-signer", &other]).wait();
    let error = run.error(2);
    assert!(error.contains("of --consensus.authorized-signer; give its key"), "{error}");
}

#[test]
fn with_noop_consensus_anybody_signs_and_messages_are_taken_all_the_same() {
    let l1 = TestL1::start(L1Options::default());
    let directory = TempDir::new().unwrap();
    let node = start(&directory, USER, l1.url(), &["--consensus.algorithm", "noop"]);
    let (at, _) = node.log.wait(0, SYNCED);
    l1.run(async {
        l1.chain().send_message(&L1Message::default()).await?;
        l1.chain().mine(1).await
    });
    let (_, line) = node.log.wait(at, "Built payload ");
    let is_of_l1 =
        |line: &str| line.contains("Built payload ") && field(line, "l1_msgs") == Some("1");
    assert!(is_of_l1(&line) || node.log.find(at, LIMIT, is_of_l1).is_some());
    node.stop();
}

#[test]
fn an_l1_of_another_chain_is_not_followed() {
    let l1 = TestL1::start(L1Options::default());
    let directory = TempDir::new().unwrap();
    let arguments = ["node", "--chain", "scroll-sepolia", "--http", "--l1.url", l1.url()];
    let node = Node::start(directory.path(), &arguments);
    let rpc = node.http();
    let wrong = |endpoints: &Value| endpoints[0]["state"] == "wrong_chain";
    let endpoints = until(&rpc, "rollupNode_l1Endpoints", &json!([]), wrong);
    assert_eq!(endpoints[0]["chain_id"], 5);
    assert_eq!(rpc.call("rollupNode_status", json!([]))["l1"]["status"], "Syncing");
    assert_eq!(rpc.call("rollupNode_status", json!([]))["l1"]["processed"], 0);
    node.stop();
}

#[test]
fn a_sequencer_that_is_to_stop_without_news_of_l1_stops_and_goes_on() {
    let l1 = TestL1::start(L1Options::default());
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    l1.run(l1.chain().mine_at(now));
    let directory = TempDir::new().unwrap();
    let flags = ["--l1.stale-policy", "stop", "--l1.stale-after", "3s", EMPTY_BLOCKS];
    let node = start(&directory, SIGNER, l1.url(), &flags);
    let (at, _) = node.log.wait(0, "WARN rollup_node::l1: L1 is stale");
    let begun = Instant::now();
    while reasons(&node, "/sequencez") != (503, vec!["l1_stale".to_owned()]) {
        assert!(begun.elapsed() < LIMIT);
    }
    assert_eq!(reasons(&node, "/readyz").1, ["l1_stale"]);
    // The block that was begun is finished first.
    until(&node.http(), "rollupNode_sequencerStatus", &json!([]), |status| {
        status["state"] == "l1_stale"
    });
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap() + Duration::from_secs(1);
    l1.run(l1.chain().mine_at(now.as_secs()));
    let (at, _) = node.log.wait(at, "INFO rollup_node::l1: L1 is not stale any more");
    node.log.next_block(at);
    node.stop();
}

#[test]
fn keys_in_urls_are_shown_nowhere() {
    let directory = TempDir::new().unwrap();
    let secret = "0123456789abcdef0123456789abcdef";
    let url = format!("http://user:{secret}@127.0.0.1:1/v2/{secret}?key={secret}");
    let blobs = format!("http://127.0.0.1:1/{secret}");
    let arguments = ["node", "--chain", "scroll-mainnet", "--http", "--l1.url", &url];
    let arguments = [&arguments[..], &["--blob.s3_url", &blobs]].concat();
    let node = Node::start(directory.path(), &arguments);
    let rpc = node.http();
    let failing = |endpoints: &Value| endpoints[0]["state"] == "failing";
    let endpoints = until(&rpc, "rollupNode_l1Endpoints", &json!([]), failing);
    assert!(!endpoints.to_string().contains(secret), "{endpoints}");
    node.log.wait(0, "--blob.s3_url: this version stores the batches of L1");
    let (_, healthz) = Rpc::new(&node.other_address("Health")).page("/healthz");
    assert!(!healthz.contains(secret) && healthz.contains("127.0.0.1:1"), "{healthz}");
    node.signal(rustix::process::Signal::TERM);
    let run = node.wait();
    assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{run:?}");
}
