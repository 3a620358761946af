//! A proxy that is behind.

use crate::l1;
use alloy_primitives::B256;
use alloy_sol_types::SolEvent as _;
use rollup_l1_devnet::{
    CONTRACTS, Fault, FaultProxy, L1Block, L1Chain, L1Message, L1Rpc,
    abi::MessageQueue::QueueTransaction,
};
use serde_json::{Value, json};

/// Selector of `nextCrossDomainMessageIndex()`.
const QUEUE_LENGTH: &str = "0xfd0ad31e";

/// An L1 with a message in each of its last three blocks, and an endpoint that is two behind.
struct Behind {
    l1: L1Chain,
    rpc: L1Rpc,
    _proxy: FaultProxy,
    transactions: Vec<B256>,
    blocks: Vec<L1Block>,
}

impl Behind {
    async fn start() -> Self {
        let l1 = l1().await;
        l1.mine(5).await.unwrap();
        let (mut transactions, mut blocks) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            transactions.push(l1.send_message(&L1Message::default()).await.unwrap());
            blocks.push(l1.mine(1).await.unwrap());
        }
        let proxy = FaultProxy::start(l1.url()).unwrap();
        proxy.set(Fault::Lag(2)).unwrap();
        let rpc = L1Rpc::new(proxy.url()).unwrap();
        Self { l1, rpc, _proxy: proxy, transactions, blocks }
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        self.rpc.call(method, params).await.unwrap()
    }

    async fn number(&self, tag: &str) -> Value {
        self.ask("eth_getBlockByNumber", json!([tag, false])).await["number"].take()
    }

    async fn queue_length(&self, block: Value) -> Value {
        let call = json!({ "to": CONTRACTS.message_queue_v2, "input": QUEUE_LENGTH });
        self.rpc.answer("eth_call", json!([call, block])).await.unwrap()
    }
}

fn hex(number: u64) -> Value {
    json!(format!("{number:#x}"))
}

#[tokio::test]
async fn names_stand_for_lower_blocks() {
    let behind = Behind::start().await;
    let head = behind.l1.latest().await.unwrap().number;
    assert_eq!(behind.ask("eth_blockNumber", json!([])).await, hex(head - 2));
    assert_eq!(behind.number("latest").await, hex(head - 2));
    assert_eq!(behind.number("safe").await, hex(head - 3));
    assert_eq!(behind.number("finalized").await, hex(head - 4));
    assert_eq!(behind.number("earliest").await, hex(0));
    // It stays behind.
    behind.l1.mine(1).await.unwrap();
    assert_eq!(behind.number("latest").await, hex(head - 1));
}

#[tokio::test]
async fn what_is_above_its_head_does_not_exist() {
    let behind = Behind::start().await;
    for (at, is_known) in [(0, true), (1, false), (2, false)] {
        let (block, transaction) = (behind.blocks[at], behind.transactions[at]);
        for (method, params) in [
            ("eth_getBlockByNumber", json!([hex(block.number), false])),
            ("eth_getBlockByHash", json!([block.hash, false])),
            ("eth_getBlockReceipts", json!([hex(block.number)])),
            ("eth_getBlockReceipts", json!([block.hash])),
            ("eth_getTransactionByHash", json!([transaction])),
            ("eth_getTransactionReceipt", json!([transaction])),
        ] {
            let expected = behind.l1.rpc().call(method, params.clone()).await.unwrap();
            assert!(!expected.is_null(), "{method} {params}");
            let answer = behind.ask(method, params.clone()).await;
            let expected = if is_known { expected } else { Value::Null };
            assert_eq!(answer, expected, "{method} {params}");
        }
    }
}

#[tokio::test]
async fn logs_above_its_head_are_absent() {
    let behind = Behind::start().await;
    let (address, topics) = (CONTRACTS.message_queue_v2, [QueueTransaction::SIGNATURE_HASH]);
    let head = behind.l1.latest().await.unwrap().number;
    for (from, to) in [
        (json!("earliest"), json!("latest")),
        (hex(0), hex(head)),
        (hex(head - 2), hex(head - 2)),
        (json!("latest"), hex(head)),
    ] {
        let filter =
            json!([{ "address": address, "topics": topics, "fromBlock": from, "toBlock": to }]);
        let logs = behind.ask("eth_getLogs", filter).await;
        let heights: Vec<_> =
            logs.as_array().unwrap().iter().map(|log| log["blockNumber"].clone()).collect();
        assert_eq!(heights, [hex(head - 2)], "{from} {to}");
    }
    let of_block = |block: L1Block| json!([{ "address": address, "blockHash": block.hash }]);
    let logs = behind.ask("eth_getLogs", of_block(behind.blocks[0])).await;
    assert_eq!(logs.as_array().unwrap().len(), 1);
    let answer = behind.rpc.answer("eth_getLogs", of_block(behind.blocks[1])).await.unwrap();
    assert_eq!(answer["error"]["message"], "unknown block");
}

#[tokio::test]
async fn state_is_that_of_its_head() {
    let behind = Behind::start().await;
    let word = |number| json!(B256::with_last_byte(number));
    assert_eq!(behind.l1.queue_length().await.unwrap(), 3);
    let [known, unknown, _] = behind.blocks[..] else { unreachable!() };
    for block in [json!("latest"), hex(known.number), json!({ "blockHash": known.hash })] {
        assert_eq!(behind.queue_length(block.clone()).await["result"], word(1), "{block}");
    }
    for block in [hex(unknown.number), json!({ "blockHash": unknown.hash })] {
        let answer = behind.queue_length(block.clone()).await;
        assert_eq!(answer["error"]["message"], "header not found", "{block}");
    }
    let slot = json!([CONTRACTS.message_queue_v2, "0x67", "latest"]);
    assert_eq!(behind.ask("eth_getStorageAt", slot).await, word(1));
    assert_eq!(behind.ask("eth_chainId", json!([])).await, "0x5");
}

#[tokio::test]
async fn one_that_is_behind_the_first_block_has_that_one() {
    let l1 = l1().await;
    let proxy = FaultProxy::start(l1.url()).unwrap();
    proxy.set(Fault::Lag(1_000)).unwrap();
    let rpc = L1Rpc::new(proxy.url()).unwrap();
    assert_eq!(rpc.call("eth_blockNumber", json!([])).await.unwrap(), "0x0");
}
