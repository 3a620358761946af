//! Users who ask for more than the node can give, while it makes blocks and takes the transactions of
//! others.

use super::{
    Node, Rpc,
    flood::{resident_kib, while_blocks_are_made},
};
use futures::{SinkExt, StreamExt};
use rstest::rstest;
use serde_json::{Value, json};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
    os::unix::net::UnixStream,
    thread,
    time::Duration,
};
use tokio::runtime::Runtime;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// Memory of the node while it is abused, at most, in KiB: the answers that may wait, what it has
/// without any, and what allocators keep. Its own caches, pool and log are in the second.
const MEMORY_KIB: u64 = (ANSWERS_MIB + 448) << 10;
/// Answers that may wait to be read, over all connections.
const ANSWERS_MIB: u64 = 64;
/// Bytes that are no JSON, over each transport. For a long run 1 GiB, `1 << 30`; less here, so that
/// the test takes seconds.
const GARBAGE_BYTES: usize = 64 << 20;
/// Bytes of JSON that is no call, over IPC: 13 for three answers. For a long run 64 MiB.
const NO_CALLS_BYTES: usize = 1 << 20;
/// Connections that are open at once where the limit is raised.
const MANY_CONNECTIONS: usize = 2_000;
/// Connections that are open at once where it is not.
const DEFAULT_CONNECTIONS: usize = 500;
/// Calls that are made at once.
const HEAVY_CALLS: usize = 50;
/// How long a test waits for an answer. Nothing is measured by it.
const LIMIT: Duration = Duration::from_secs(120);

/// Codes with which a call may be refused: it cannot be answered as it stands, took too long, is over
/// a limit, or the node has too much to do.
const REFUSALS: [i64; 5] = [-32_000, -32_002, -32_005, -32_008, -32_009];

/// What the node is told in all of these tests.
const ARGUMENTS: [&str; 4] = ["--rpc.max-response-size", "16", "--rpc.max-unread-size", "64"];

/// Abuses a node, which goes on as it should, keeps its memory, and answers everybody afterwards.
fn abuse(arguments: &[&str], work: impl FnOnce(&Node)) {
    while_blocks_are_made(&[&ARGUMENTS, arguments].concat(), |node| {
        work(node);
        let used = resident_kib(node);
        assert!(used < MEMORY_KIB, "{} MiB", used >> 10);
        let rpc = node.http();
        assert_eq!(rpc.call("eth_chainId", json!([])), "0x539");
        let head = rpc.block_number();
        assert_eq!(super::quantity(&rpc.block(head)["number"]), head);
    });
}

fn connect(address: &str) -> TcpStream {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket.set_write_timeout(Some(LIMIT)).unwrap();
    socket
}

fn ask(mut socket: &TcpStream, body: &Value) -> io::Result<()> {
    let body = body.to_string();
    let length = body.len();
    let header = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n"
    );
    socket.write_all((header + &body).as_bytes())
}

/// Status and body of an answer.
fn answer(socket: &TcpStream) -> io::Result<(u16, String)> {
    let mut reader = BufReader::new(socket);
    let (mut status, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
            status = rest[..3].parse().unwrap();
        } else if let Some(rest) = line.to_lowercase().strip_prefix("content-length: ") {
            length = rest.parse().unwrap();
        } else if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((status, String::from_utf8(body).unwrap()))
}

fn call(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

/// A call of a contract with this code.
fn call_code(code: &str) -> Value {
    let place = "0x00000000000000000000000000000000000c0de0";
    call("eth_call", json!([{ "to": place }, "latest", { place: { "code": code } }]))
}

/// A call whose answer has 1 MiB: half of it in bytes, as the memory that the code returns.
fn long_answer() -> Value {
    call_code("0x620800005ff3")
}

/// Connections that are open and have been answered, and one more, which is refused.
fn fill(node: &Node, connections: usize) {
    let address = node.address("http");
    let open: Vec<_> = (0..connections - 1)
        .map(|_| {
            let socket = connect(&address);
            ask(&socket, &call("eth_chainId", json!([]))).unwrap();
            socket
        })
        .collect();
    for socket in &open {
        let (status, body) = answer(socket).unwrap();
        assert_eq!(status, 200, "{body}");
        assert!(body.contains("0x539"), "{body}");
    }
    // The last place but for the one that the traffic of the test has.
    let refused = (0..3).map(|_| connect(&address)).filter(|socket| {
        ask(socket, &call("eth_chainId", json!([]))).unwrap();
        let (status, body) = answer(socket).unwrap();
        assert!(status == 200 || body.contains("Too many connections"), "{status} {body}");
        status == 429
    });
    assert!(refused.count() > 0);
    for socket in &open {
        ask(socket, &call("eth_chainId", json!([]))).unwrap();
        assert_eq!(answer(socket).unwrap().0, 200);
    }
    drop(open);
    // Until the node has noticed. A refusal may be without an answer.
    let is_served = |socket: TcpStream| {
        ask(&socket, &call("eth_chainId", json!([])))?;
        answer(&socket).map(|(status, _)| status == 200)
    };
    while !is_served(connect(&address)).unwrap_or(false) {}
}

#[test]
fn two_thousand_connections_are_served_where_the_limit_is_raised() {
    let limit = MANY_CONNECTIONS.to_string();
    abuse(&["--rpc.max-connections", &limit], |node| fill(node, MANY_CONNECTIONS));
}

#[test]
fn five_hundred_connections_are_served_and_no_more() {
    abuse(&[], |node| fill(node, DEFAULT_CONNECTIONS));
}

#[test]
fn answers_that_nobody_reads_do_not_fill_the_memory() {
    abuse(&[], |node| {
        let address = node.address("http");
        let batch: Value = (0..15).map(|_| long_answer()).collect();
        // Three times what may wait.
        let unread: Vec<_> = (0..3 * ANSWERS_MIB / 15)
            .map(|_| {
                let socket = connect(&address);
                ask(&socket, &batch).unwrap();
                socket
            })
            .collect();
        // What has begun to come is there. Each is an answer or a refusal with a code.
        let mut refused = 0;
        for mut socket in &unread {
            let mut start = [0; 512];
            let count = socket.read(&mut start).unwrap();
            let start = String::from_utf8_lossy(&start[..count]).into_owned();
            refused += usize::from(start.contains("-32009"));
        }
        assert!(refused > 0, "everything was kept");
        let used = resident_kib(node);
        assert!(used < MEMORY_KIB, "{} MiB", used >> 10);
        // Others are served meanwhile.
        assert_eq!(node.http().call("eth_chainId", json!([])), "0x539");
    });
}

/// Sends bytes until they are all sent or the node has had enough.
fn send_garbage(mut socket: impl Write, bytes: usize) {
    let chunk: Vec<_> = (0..64 << 10).map(|at: u32| at.to_le_bytes()[0] | 0x80).collect();
    for _ in 0..bytes / chunk.len() {
        if socket.write_all(&chunk).is_err() {
            return;
        }
    }
}

/// JSON without a call in it, in a row, as long as it is read.
fn send_no_calls(mut socket: impl Write, bytes: usize) {
    let chunk = "{}[1]{\"id\":1}".repeat(500);
    for _ in 0..bytes / chunk.len() {
        if socket.write_all(chunk.as_bytes()).is_err() {
            return;
        }
    }
}

#[test]
fn garbage_over_every_transport_disturbs_nobody() {
    abuse(&[], |node| {
        let (http, ws, ipc) = (node.address("http"), node.address("ws"), node.ipc_path());
        let clients = 8;
        let share = GARBAGE_BYTES / clients;
        thread::scope(|scope| {
            for _ in 0..clients {
                scope.spawn(|| {
                    // The node ends a connection that is no HTTP, so there is one for each part.
                    for _ in 0..64 {
                        send_garbage(connect(&http), share / 64);
                    }
                });
                scope.spawn(|| garbage_over_ws(&ws, share));
                scope.spawn(|| {
                    for _ in 0..64 {
                        send_garbage(UnixStream::connect(&ipc).unwrap(), share / 64);
                    }
                    let socket = UnixStream::connect(&ipc).unwrap();
                    let reader = socket.try_clone().unwrap();
                    scope.spawn(move || {
                        for line in BufReader::new(reader).lines().map_while(Result::ok) {
                            assert!(line.contains("-32600"), "{line}");
                        }
                    });
                    send_no_calls(&socket, NO_CALLS_BYTES / clients);
                    socket.shutdown(Shutdown::Write).unwrap();
                });
            }
        });
    });
}

fn garbage_over_ws(address: &str, bytes: usize) {
    Runtime::new().unwrap().block_on(async {
        let (socket, _) = connect_async(format!("ws://{address}")).await.unwrap();
        let (mut sink, mut answers) = socket.split();
        let garbage = "x".repeat(64 << 10);
        let count = bytes / garbage.len();
        let send = async {
            for _ in 0..count {
                sink.send(Message::text(garbage.clone())).await.unwrap();
            }
        };
        let read = async {
            let mut answered = 0;
            while answered < count {
                if let Message::Text(text) = answers.next().await.unwrap().unwrap() {
                    assert!(text.contains("-32700"), "{text}");
                    answered += 1;
                }
            }
        };
        tokio::join!(send, read);
    });
}

/// Asks the same of the node from many sides at once, and compares every refusal with what may be
/// said.
fn ask_at_once(node: &Node, clients: usize, calls: usize, request: &Value) {
    let address = node.address("http");
    thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                let rpc = Rpc::new(&address);
                for _ in 0..calls {
                    let answer = rpc.send(request);
                    let code = answer["error"]["code"].as_i64();
                    let is_known = code.is_none_or(|code| REFUSALS.contains(&code));
                    assert!(is_known, "{answer}");
                    assert!(code.is_some() || answer.get("result").is_some(), "{answer}");
                }
            });
        }
    });
}

/// A loop without end, which takes all gas there is.
const ENDLESS: &str = "0x5b5f56";

#[rstest]
#[case::that_compute_without_end(call_code(ENDLESS))]
#[case::that_estimate_without_end(call("eth_estimateGas", json!([{
    "to": "0x00000000000000000000000000000000000c0de0"
}, "latest", { "0x00000000000000000000000000000000000c0de0": { "code": ENDLESS } }])))]
#[case::with_long_answers(long_answer())]
#[case::that_trace_without_end(call("debug_traceCall", json!([
    { "to": "0x00000000000000000000000000000000000c0de0" }, "latest",
    { "stateOverrides": { "0x00000000000000000000000000000000000c0de0": { "code": ENDLESS } } }
])))]
fn heavy_calls_at_once_are_answered(#[case] request: Value) {
    abuse(&[], |node| ask_at_once(node, HEAVY_CALLS, 1, &request));
}

#[test]
fn queries_over_the_whole_chain_are_answered() {
    abuse(&[], |node| {
        let filter = json!([{ "fromBlock": "0x0", "toBlock": "latest" }]);
        ask_at_once(node, 16, 50, &call("eth_getLogs", filter));
    });
}

/// Reads until the answer to a subscription, which must not be a refusal.
async fn subscribed(socket: &mut WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>) {
    loop {
        let Message::Text(text) = socket.next().await.unwrap().unwrap() else { continue };
        let message: Value = serde_json::from_str(text.as_str()).unwrap();
        if message.get("id").is_some() {
            assert!(message["result"].is_string(), "{message}");
            return;
        }
    }
}

#[test]
fn subscriptions_that_nobody_reads_disturb_nobody() {
    abuse(&[], |node| {
        let address = node.address("ws");
        Runtime::new().unwrap().block_on(async {
            let mut unread = Vec::new();
            for _ in 0..100 {
                let (mut socket, _) = connect_async(format!("ws://{address}")).await.unwrap();
                for kind in ["newHeads", "logs", "newPendingTransactions"] {
                    let request = call("eth_subscribe", json!([kind])).to_string();
                    socket.send(Message::text(request)).await.unwrap();
                    subscribed(&mut socket).await;
                }
                // From here on nothing is read.
                unread.push(socket);
            }
            // Blocks and transactions come meanwhile.
            let mut at = node.log.len();
            for _ in 0..8 {
                at = node.log.next_block(at).0 + 1;
            }
            drop(unread);
        });
    });
}
