//! Users who send nothing but junk, while a node makes blocks and takes the transactions of others.

use super::{BlockLine, Node, Rpc, Wallet, junk::JUNK, node_command, quantity};
use alloy_primitives::hex;
use rstest::rstest;
use serde_json::{Value, json};
use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use tempfile::TempDir;

/// Transactions of each kind of junk.
const OF_EACH_KIND: u64 = 1_000;
/// Transactions of each kind in one request.
const OF_EACH_KIND_PER_REQUEST: u64 = 5;
/// By how much the memory of the node may grow while 9 in 10 of them come, the first left out, in
/// KiB. The pool takes up to 40 MiB, and allocators keep some of what they got.
const MEMORY_GROWTH_KIB: u64 = 64 << 10;
/// Of so many slots, one may be skipped because the machine had other work. None is for another reason.
const SLOTS_PER_LATE_ONE: u64 = 10;
/// Blocks per second.
const BLOCKS_PER_SECOND: u64 = 4;
/// Error code of what is not taken.
const SERVER_ERROR: i64 = -32_000;

/// Slots of 250 ms, of which a block takes transactions for 100: the rest is for what a build
/// without optimizations needs to seal it. Nobody is local, because the limits of one account are
/// for those who are not.
const ARGUMENTS: [&str; 6] = [
    "node",
    "--dev",
    "--sequencer.allow-empty-blocks",
    "--txpool.nolocals",
    "--sequencer.payload-building-duration",
    "100",
];

/// Ends the traffic, also when a test fails.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs something against a node with these arguments that makes blocks, while an account sends a
/// transaction per block. All of them must be in blocks, and the slots must have theirs.
pub(super) fn while_blocks_are_made(arguments: &[&str], work: impl FnOnce(&Node)) {
    let directory = TempDir::new().unwrap();
    let mut command = node_command(directory.path(), &[&ARGUMENTS, arguments].concat());
    let node = Node::spawn(command.env("RUST_LOG", "info,rollup_node::sequencer=debug"));
    let (_, first) = node.log.next_block(0);
    let is_over = AtomicBool::new(false);
    let hashes = thread::scope(|scope| {
        let traffic = scope.spawn(|| send_until(&node, &is_over));
        let ending = Ending(&is_over);
        work(&node);
        drop(ending);
        traffic.join().unwrap()
    });

    let rpc = node.http();
    let lines = node.log.lines();
    let skipped: Vec<_> = lines.iter().filter(|line| line.contains("Slot skipped")).collect();
    let is_late = |line: &&String| line.contains("reason=overrun") || line.contains("reason=late");
    assert!(skipped.iter().copied().all(|line| is_late(&line)), "{skipped:#?}");
    let blocks = BlockLine::all(&lines);
    let last = blocks.iter().rfind(|line| line.stage == BlockLine::BROADCAST).unwrap();
    let time = |number| quantity(&rpc.block(number)["timestamp"]);
    let seconds = time(last.number) - time(first.number);
    let made = last.number - first.number;
    // Timestamps are whole seconds.
    let late = made / SLOTS_PER_LATE_ONE + 1;
    assert!(
        made + late + BLOCKS_PER_SECOND >= seconds * BLOCKS_PER_SECOND,
        "{made} in {seconds} s"
    );

    assert!(!hashes.is_empty());
    for hash in &hashes {
        assert_eq!(rpc.receipt(hash)["status"], "0x1", "{hash}");
    }
    node.stop();
}

/// Sends a transaction and waits for its block, again and again.
fn send_until(node: &Node, is_over: &AtomicBool) -> Vec<String> {
    let (rpc, mut wallet) = (node.http(), Wallet::funded(0));
    let mut hashes = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let hash = rpc.send_raw(&wallet.next());
        let mut at = node.log.len();
        // The next block may have been full, or begun before; the one after it is not.
        for _ in 0..2 {
            at = node.log.next_block(at).0 + 1;
        }
        assert_eq!(rpc.receipt(&hash)["status"], "0x1", "{hash}");
        hashes.push(hash);
    }
    hashes
}

/// Memory of the node's process, in KiB.
pub(super) fn resident_kib(node: &Node) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", node.pid().as_raw_nonzero()));
    let status = status.unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

/// Sends some of each kind in one request, and compares every answer with what the sender has to be
/// told.
fn send_junk(rpc: &Rpc, first: u64) {
    let range = first..first + OF_EACH_KIND_PER_REQUEST;
    let junk: Vec<_> =
        range.flat_map(|index| JUNK.iter().map(move |junk| (junk, (junk.make)(index)))).collect();
    let call = |(id, (_, raw)): (usize, &(_, Vec<u8>))| {
        let params = [hex::encode_prefixed(raw)];
        json!({ "jsonrpc": "2.0", "id": id, "method": "eth_sendRawTransaction", "params": params })
    };
    let answers = rpc.send(&junk.iter().enumerate().map(call).collect());
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), junk.len());
    for answer in answers {
        let index = usize::try_from(answer["id"].as_u64().unwrap()).unwrap();
        let (kind, _) = &junk[index];
        let error = &answer["error"];
        assert_eq!(error["code"], SERVER_ERROR, "{}: {answer}", kind.name);
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with(kind.answer), "{}: {message}", kind.name);
    }
}

#[test]
fn ten_thousand_junk_transactions_are_answered_and_disturb_nobody() {
    assert_eq!(JUNK.len() as u64 * OF_EACH_KIND, 10_000);
    while_blocks_are_made(&[], |node| {
        let rpc = node.http();
        // A nonce that is used, and an account that has as many gaps as it may.
        let mut spender = Wallet::funded(1);
        let at = node.log.len();
        rpc.send_raw(&spender.next());
        let (at, _) = node.log.next_block(at);
        node.log.next_block(at + 1);
        let mut hoarder = Wallet::funded(2);
        hoarder.nonce = 1;
        for _ in 0..16 {
            rpc.send_raw(&hoarder.next());
        }

        let mut before = None;
        for request in 0..OF_EACH_KIND / OF_EACH_KIND_PER_REQUEST {
            let first = request * OF_EACH_KIND_PER_REQUEST;
            send_junk(&rpc, first);
            if before.is_none() && first >= OF_EACH_KIND / 10 {
                before = Some(resident_kib(node));
            }
        }
        let (before, after) = (before.unwrap(), resident_kib(node));
        assert!(after < before + MEMORY_GROWTH_KIB, "from {before} KiB to {after} KiB");
        assert_eq!(rpc.call("txpool_status", json!([]))["queued"], "0x10");
    });
}

/// What is no call, with the HTTP status and the code that it is answered with.
fn not_calls() -> Vec<(&'static str, Vec<u8>, u16, i64)> {
    let batch = |count: usize, method: &str| {
        let calls = (0..count).map(|id| json!({ "jsonrpc": "2.0", "id": id, "method": method }));
        serde_json::to_vec(&calls.collect::<Vec<_>>()).unwrap()
    };
    vec![
        ("nothing", Vec::new(), 400, -32_700),
        ("no JSON", b"hello".to_vec(), 400, -32_700),
        ("no UTF-8", vec![0xff; 1_000], 400, -32_700),
        ("half of a call", br#"{"jsonrpc":"2.0","id":1,"method":"eth_"#.to_vec(), 200, -32_700),
        ("deep nesting", vec![b'['; 1_000_000], 200, -32_700),
        ("an empty batch", b"[]".to_vec(), 200, -32_600),
        ("a huge batch", batch(1_001, "eth_chainId"), 200, -32_010),
        (
            "an unknown method",
            br#"{"jsonrpc":"2.0","id":1,"method":"eth_nothing","params":[]}"#.to_vec(),
            200,
            -32_601,
        ),
        (
            "parameters of other types",
            br#"{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":[7,{}]}"#.to_vec(),
            200,
            -32_602,
        ),
        (
            "no hex",
            br#"{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x0g"]}"#
                .to_vec(),
            200,
            -32_602,
        ),
    ]
}

#[rstest]
#[case::one_after_the_other(1)]
#[case::eight_at_a_time(8)]
fn what_is_no_call_is_answered_and_disturbs_nobody(#[case] clients: usize) {
    while_blocks_are_made(&[], |node| {
        let client = || {
            let rpc = node.http();
            for _ in 0..5 {
                for (name, body, status, code) in not_calls() {
                    let (found, answer) = rpc.post(body);
                    assert_eq!(found, status, "{name}: {answer}");
                    let answer: Value = serde_json::from_str(&answer).unwrap();
                    assert_eq!(answer["error"]["code"], code, "{name}: {answer}");
                }
                an_oversized_request(&rpc);
                unknown_methods_in_a_batch(&rpc);
                assert_eq!(rpc.page("/").0, 405);
            }
        };
        thread::scope(|scope| {
            let clients: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
            for client in clients {
                client.join().unwrap();
            }
        });
    });
}

/// It is answered before all of it is sent, which not every client waits for.
fn an_oversized_request(rpc: &Rpc) {
    if let Ok((status, answer)) = rpc.try_post(vec![b' '; 16 << 20]) {
        assert_eq!(status, 413, "{answer}");
        assert!(answer.contains("-32007"), "{answer}");
    }
}

/// As many as a batch may have; each is answered.
fn unknown_methods_in_a_batch(rpc: &Rpc) {
    let calls = (0..1_000).map(|id| json!({ "jsonrpc": "2.0", "id": id, "method": "no_such" }));
    let answers = rpc.send(&calls.collect());
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 1_000);
    assert!(answers.iter().all(|answer| answer["error"]["code"] == -32_601), "{answers:?}");
}
