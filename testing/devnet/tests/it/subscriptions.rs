//! Those who follow the chain over WebSocket or with filters.

use crate::support::{block_of, transfers};
use alloy_primitives::Address;
use rollup_devnet::{Call, Setup, Slot, TestNode, Wallet, WsClient, contracts};
use rollup_rpc::{FeedLimits, NodeEvent};
use serde_json::{Value, json};

/// A sequencer that serves WebSocket as well.
fn setup() -> Setup {
    Setup::sequencer().with_config(|config| config.rpc.ws = config.rpc.http.clone())
}

async fn client(node: &TestNode) -> WsClient {
    WsClient::connect(node.handle.ws_addr.unwrap()).await.unwrap()
}

/// A contract that logs, made in a block of its own.
async fn logger(node: &mut TestNode, wallet: &mut Wallet) -> Address {
    let address = wallet.address().create(0);
    node.submit(wallet.next(Call::create(&contracts::LOG)).unwrap()).await.unwrap();
    node.block().await.unwrap();
    address
}

/// Makes blocks of one log each.
async fn log(node: &mut TestNode, wallet: &mut Wallet, contract: Address, topics: &[u64]) {
    for topic in topics {
        let call = Call::contract(contract, contracts::words([*topic]));
        node.submit(wallet.next(call).unwrap()).await.unwrap();
        node.block().await.unwrap();
    }
}

async fn logs_from(node: &TestNode, from: u64) -> Vec<Value> {
    let filter = json!([{ "fromBlock": format!("{from:#x}") }]);
    let logs = node.rpc().unwrap().call("eth_getLogs", filter).await.unwrap();
    logs.as_array().unwrap().clone()
}

fn number(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reconnects_after_a_restart_and_fills_the_gap_misses_nothing() {
    let mut node = TestNode::start(setup()).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    let contract = logger(&mut node, &mut wallet).await;
    let mut heard = Vec::new();
    let filter = json!(["logs", { "address": contract }]);

    let mut ws = client(&node).await;
    ws.call("eth_subscribe", filter.clone()).await.unwrap();
    log(&mut node, &mut wallet, contract, &[1, 2, 3]).await;
    for _ in 0..3 {
        heard.push(ws.result().await.unwrap());
    }
    let mut node = node.restart().await.unwrap();
    assert!(ws.result().await.is_err(), "the connection ended");
    log(&mut node, &mut wallet, contract, &[4, 5]).await;

    // First the subscription, then the gap: what is in both is heard twice and not lost.
    let mut ws = client(&node).await;
    ws.call("eth_subscribe", filter).await.unwrap();
    log(&mut node, &mut wallet, contract, &[6]).await;
    let next = number(&heard.last().unwrap()["blockNumber"]) + 1;
    heard.extend(logs_from(&node, next).await);
    log(&mut node, &mut wallet, contract, &[7]).await;
    for _ in 0..2 {
        let log = ws.result().await.unwrap();
        if !heard.contains(&log) {
            heard.push(log);
        }
    }
    assert_eq!(heard, logs_from(&node, 0).await);
    assert_eq!(heard.len(), 7);
    node.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_and_filters_follow_a_reorg() {
    let mut node = TestNode::start(setup()).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    let contract = logger(&mut node, &mut wallet).await;
    let mut other = TestNode::start(Setup::sequencer()).await.unwrap();
    other.import(&node.chain(1..=1).unwrap()).await.unwrap();
    log(&mut other, &mut Wallet::funded(1).unwrap(), contract, &[11, 12, 13]).await;

    let (mut heads, mut logs) = (client(&node).await, client(&node).await);
    heads.call("eth_subscribe", json!(["newHeads"])).await.unwrap();
    logs.call("eth_subscribe", json!(["logs", {}])).await.unwrap();
    let rpc = node.rpc().unwrap();
    let blocks = rpc.call("eth_newBlockFilter", json!([])).await.unwrap();
    let log_filter = rpc.call("eth_newFilter", json!([{}])).await.unwrap();
    let changes = async |id: &Value| {
        let changes = rpc.call("eth_getFilterChanges", json!([id])).await.unwrap();
        changes.as_array().unwrap().clone()
    };
    log(&mut node, &mut wallet, contract, &[1, 2]).await;
    let old = logs_from(&node, 0).await;
    assert_eq!(changes(&log_filter).await, old);
    assert_eq!(changes(&blocks).await.len(), 2);

    for block in other.chain(2..=4).unwrap() {
        node.import_beside(&block).await.unwrap();
    }
    node.lead_to(other.head()).await.unwrap();
    let removed = old.iter().rev().cloned().map(|mut log| {
        log["removed"] = json!(true);
        log
    });
    let new = logs_from(&node, 0).await;
    assert_eq!(new.len(), 3);
    let expected: Vec<Value> = removed.chain(new).collect();
    assert_eq!(changes(&log_filter).await, expected);
    let hashes: Vec<Value> =
        other.chain(2..=4).unwrap().iter().map(|block| json!(block.id().hash)).collect();
    assert_eq!(changes(&blocks).await, hashes);

    for log in old.iter().chain(&expected) {
        assert_eq!(&logs.result().await.unwrap(), log);
    }
    for _ in 0..2 {
        heads.result().await.unwrap();
    }
    for (at, hash) in (2_u64..).zip(&hashes) {
        let head = heads.result().await.unwrap();
        assert_eq!((number(&head["number"]), &head["hash"]), (at, hash));
    }
    node.stop().await.unwrap();
    other.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_that_never_reads_is_dropped_and_holds_up_nobody() {
    // More than the sockets between them take.
    const SUBSCRIPTIONS: usize = 300;
    const BLOCKS: u64 = 60;
    let setup =
        setup().with_config(|config| config.eth.unread = FeedLimits { items: 8, bytes: 1 << 20 });
    let mut node = TestNode::start(setup).await.unwrap();
    let (mut silent, mut reader) = (client(&node).await, client(&node).await);
    for _ in 0..SUBSCRIPTIONS {
        silent.call("eth_subscribe", json!(["newHeads"])).await.unwrap();
    }
    let id = reader.call("eth_subscribe", json!(["newHeads"])).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    for number_of_block in 1..=BLOCKS {
        transfers(&mut node, &mut wallet, 1).await;
        let head = reader.result().await.unwrap();
        assert_eq!(number(&head["number"]), number_of_block);
    }
    let error = loop {
        let mut message = silent.next().await.unwrap();
        if let Some(error) = message.get_mut("error") {
            break error.take();
        }
    };
    assert_eq!(error["code"], -32005, "{error}");

    assert_eq!(reader.call("eth_unsubscribe", json!([id])).await.unwrap(), json!(true));
    assert_eq!(reader.call("eth_unsubscribe", json!([id])).await.unwrap(), json!(false));
    node.stop().await.unwrap();
}

/// The next event, which has this number.
async fn event(ws: &mut WsClient, sequence: &mut u64) -> Value {
    let event = ws.result().await.unwrap();
    assert_eq!(event["sequence"], *sequence, "{event}");
    *sequence += 1;
    event
}

/// The next events, by name.
async fn events(ws: &mut WsClient, sequence: &mut u64, count: usize) -> Vec<(String, Value)> {
    let mut events = Vec::new();
    for _ in 0..count {
        let event = event(ws, sequence).await;
        events.push((event["event"].as_str().unwrap().to_owned(), event));
    }
    events.sort_by(|(first, _), (second, _)| first.cmp(second));
    events
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_the_node_are_told_with_their_numbers() {
    let mut node = TestNode::start(setup()).await.unwrap();
    let mut other = TestNode::start(Setup::sequencer()).await.unwrap();
    transfers(&mut other, &mut Wallet::funded(1).unwrap(), 2).await;
    let mut ws = client(&node).await;
    ws.call("rollupNode_subscribe", json!(["events"])).await.unwrap();
    let mut sequence = 0;

    transfers(&mut node, &mut Wallet::funded(0).unwrap(), 1).await;
    let told = events(&mut ws, &mut sequence, 4).await;
    let names: Vec<_> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["BlockSequenced", "ChainExtended", "FcsHeadUpdated", "SignedBlock"]);
    let first = node.stored(1).unwrap();
    let block = json!({ "number": 1, "hash": first.id().hash });
    assert_eq!(told[0].1["block"], block);
    assert_eq!(told[1].1["blocks"], json!([block]));
    assert_eq!(told[2].1["head"], block);
    assert_eq!(told[3].1["block"], block);
    assert_eq!(told[3].1["signature"], json!(first.signature));

    assert!(matches!(node.build().await.unwrap(), Slot::Empty));
    let skipped = event(&mut ws, &mut sequence).await;
    assert_eq!(skipped["event"], "BlockBuildingSkipped");
    assert_eq!(skipped["parent"], block);

    let branch = other.chain(1..=2).unwrap();
    for block in &branch {
        node.import_beside(block).await.unwrap();
    }
    node.lead_to(other.head()).await.unwrap();
    let told = events(&mut ws, &mut sequence, 2).await;
    assert_eq!(told[0].0, "ChainReorged");
    assert_eq!(told[0].1["removed"], json!([block]));
    let added: Vec<_> = branch
        .iter()
        .map(|block| json!({ "number": block.id().number, "hash": block.id().hash }))
        .collect();
    assert_eq!(told[0].1["added"], json!(added));
    assert_eq!(told[1].1["head"], added[1]);

    let mut own = node.handle.events.subscribe();
    node.stop().await.unwrap();
    assert_eq!(own.next().await.event, NodeEvent::Shutdown);
    other.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_are_told_before_they_are_in_a_block() {
    let mut node = TestNode::start(setup()).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    let mut ws = client(&node).await;
    ws.call("eth_subscribe", json!(["newPendingTransactions"])).await.unwrap();
    let rpc = node.rpc().unwrap();
    let filter = rpc.call("eth_newPendingTransactionFilter", json!([])).await.unwrap();
    let call = Call::transfer(wallet.address(), 1);
    let hash = json!(node.submit(wallet.next(call).unwrap()).await.unwrap());
    assert_eq!(ws.result().await.unwrap(), hash);
    let changes = rpc.call("eth_getFilterChanges", json!([filter])).await.unwrap();
    assert_eq!(changes, json!([hash]));
    let block = block_of(node.build().await.unwrap());
    assert_eq!(json!(block.block.body().transactions[0].hash()), hash);
    node.stop().await.unwrap();
}
