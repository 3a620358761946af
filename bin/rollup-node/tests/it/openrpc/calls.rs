//! Calls with parameters that the description allows.

use crate::node::{Rpc, Wallet};
use alloy_primitives::{B256, hex};
use serde_json::{Value, json};

pub(super) type Call = (&'static str, Value);

/// The key of a slot that most contracts use.
const SLOT: &str = "0x0";
const SLOT_IN_FULL: &str = "0x0000000000000000000000000000000000000000000000000000000000000000";

pub(super) fn is_l1_message(transaction: &Value) -> bool {
    transaction["type"] == "0x7e"
}

/// All blocks with their transactions.
fn blocks(rpc: &Rpc) -> Vec<Value> {
    let numbers = 0..=rpc.block_number();
    numbers.map(|at| rpc.call("eth_getBlockByNumber", json!([format!("{at:#x}"), true]))).collect()
}

fn transactions_of(block: &Value) -> &Vec<Value> {
    block["transactions"].as_array().unwrap()
}

/// All transactions that are in blocks.
pub(super) fn transactions(rpc: &Rpc) -> Vec<Value> {
    blocks(rpc).iter().flat_map(transactions_of).cloned().collect()
}

/// A block with transactions of which none is an L1 message.
pub(super) fn block_without_messages(rpc: &Rpc) -> Value {
    let has_only_described = |block: &Value| {
        let transactions = transactions_of(block);
        !transactions.is_empty() && !transactions.iter().any(is_l1_message)
    };
    blocks(rpc).into_iter().rfind(has_only_described).unwrap()
}

/// Calls of every method that is served.
pub(super) fn all(rpc: &Rpc) -> Vec<Call> {
    let blocks = blocks(rpc);
    let mut calls = without_parameters();
    for block in &blocks {
        calls.extend(of_block(block));
        calls.extend(of_debug(block));
    }
    calls.extend(of_accounts(rpc, &blocks));
    calls.extend(of_fees_and_logs(&blocks));
    calls.extend(of_what_is_not_there());
    calls.extend(of_filters(rpc));
    let mut sender = Wallet::funded(3);
    // It waits for the nonces before it.
    sender.nonce = 1_000;
    let raw = hex::encode_prefixed(sender.next());
    calls.push(("eth_sendRawTransaction", json!([raw])));
    calls.push(("txpool_contentFrom", json!([Wallet::funded(0).address()])));
    calls
}

fn without_parameters() -> Vec<Call> {
    let methods = [
        "eth_chainId",
        "eth_syncing",
        "eth_accounts",
        "eth_blockNumber",
        "eth_gasPrice",
        "eth_maxPriorityFeePerGas",
        "eth_baseFee",
        "eth_capabilities",
        "eth_coinbase",
        "debug_getBadBlocks",
        "net_version",
        "txpool_status",
        "txpool_content",
    ];
    methods.map(|method| (method, json!([]))).into()
}

fn of_block(block: &Value) -> Vec<Call> {
    let (number, hash) = (&block["number"], &block["hash"]);
    let mut calls = vec![
        ("eth_getBlockByNumber", json!([number, false])),
        ("eth_getBlockByHash", json!([hash, false])),
        ("eth_getBlockTransactionCountByNumber", json!([number])),
        ("eth_getBlockTransactionCountByHash", json!([hash])),
        ("eth_getBlockReceipts", json!([number])),
        ("eth_getBlockReceipts", json!([hash])),
        ("eth_getLogs", json!([{ "blockHash": hash }])),
    ];
    // The description knows no L1 messages.
    if !transactions_of(block).iter().any(is_l1_message) {
        calls.push(("eth_getBlockByNumber", json!([number, true])));
        calls.push(("eth_getBlockByHash", json!([hash, true])));
    }
    for transaction in transactions_of(block) {
        let index = &transaction["transactionIndex"];
        calls.push(("eth_getTransactionReceipt", json!([transaction["hash"]])));
        if !is_l1_message(transaction) {
            calls.push(("eth_getTransactionByBlockNumberAndIndex", json!([number, index])));
            calls.push(("eth_getTransactionByBlockHashAndIndex", json!([hash, index])));
            calls.push(("eth_getTransactionByHash", json!([transaction["hash"]])));
        }
    }
    calls
}

fn of_debug(block: &Value) -> Vec<Call> {
    let (number, hash) = (&block["number"], &block["hash"]);
    let mut calls = vec![
        ("debug_getRawHeader", json!([number])),
        ("debug_getRawBlock", json!([number])),
        ("debug_getRawReceipts", json!([number])),
    ];
    // Nothing was executed in the genesis block.
    if number == "0x0" {
        return calls;
    }
    let tracer = json!({ "tracer": "callTracer" });
    for config in [json!({}), tracer.clone()] {
        calls.push(("debug_traceBlockByNumber", json!([number, config])));
        calls.push(("debug_traceBlockByHash", json!([hash, config])));
    }
    for transaction in transactions_of(block) {
        calls.push(("debug_getRawTransaction", json!([transaction["hash"]])));
        for config in [json!({}), json!({ "enableReturnData": true }), tracer.clone()] {
            calls.push(("debug_traceTransaction", json!([transaction["hash"], config])));
        }
    }
    calls
}

/// An account with code that the chain has.
fn contract(rpc: &Rpc, blocks: &[Value]) -> Value {
    let mut created = blocks.iter().flat_map(transactions_of).filter_map(|transaction| {
        let receipt = rpc.receipt(transaction["hash"].as_str().unwrap());
        let address = receipt["contractAddress"].clone();
        let has_code =
            !address.is_null() && rpc.call("eth_getCode", json!([address, "latest"])) != "0x";
        has_code.then_some(address)
    });
    created.next().unwrap()
}

fn of_accounts(rpc: &Rpc, blocks: &[Value]) -> Vec<Call> {
    let contract = contract(rpc, blocks);
    let sender = Wallet::funded(0).address();
    let head = blocks.last().unwrap();
    let mut calls = Vec::new();
    let (number, hash) = (&head["number"], &head["hash"]);
    for block in [&json!("latest"), &json!("earliest"), number, hash] {
        for address in [&json!(sender), &contract] {
            for method in ["eth_getBalance", "eth_getTransactionCount", "eth_getCode"] {
                calls.push((method, json!([address, block])));
            }
            calls.push(("eth_getStorageAt", json!([address, SLOT, block])));
        }
        let call = json!({ "from": sender, "to": contract, "input": "0x" });
        calls.push(("eth_call", json!([call, block])));
    }
    let slots = json!({ (contract.as_str().unwrap()): [SLOT_IN_FULL, SLOT_IN_FULL] });
    calls.push(("eth_getStorageValues", json!([slots, "latest"])));
    let transfer = json!({ "from": sender, "to": sender, "value": "0x1" });
    calls.push(("eth_fillTransaction", json!([transfer])));
    let first = json!({ "calls": [transfer, { "from": sender, "to": contract }] });
    let second = json!({ "blockOverrides": { "gasLimit": "0x1000000" }, "calls": [transfer] });
    for transfers in [true, false] {
        let blocks = json!({ "blockStateCalls": [first, second], "traceTransfers": transfers });
        calls.push(("eth_simulateV1", json!([blocks, "latest"])));
    }
    let proof = json!([contract, [SLOT, "0x1234"], "latest"]);
    calls.push(("eth_getProof", proof));
    calls.push(("eth_getProof", json!([format!("0x{:040x}", 0xdead), ["0x1"], "latest"])));
    for call in [
        json!({ "from": sender, "to": contract, "input": "0x" }),
        json!({ "from": sender, "input": "0x602a5f5500" }),
        json!({ "from": sender, "to": sender, "value": "0x1" }),
    ] {
        calls.push(("eth_estimateGas", json!([call, "latest"])));
        calls.push(("eth_createAccessList", json!([call, "latest"])));
    }
    calls
}

fn of_fees_and_logs(blocks: &[Value]) -> Vec<Call> {
    let head = &blocks.last().unwrap()["number"];
    let topic = B256::ZERO;
    vec![
        ("eth_feeHistory", json!(["0x5", "latest", [10, 50.5, 90]])),
        ("eth_feeHistory", json!(["0x5", "latest", []])),
        ("eth_feeHistory", json!(["0xff", head, [0, 100]])),
        ("eth_getLogs", json!([{ "fromBlock": "earliest", "toBlock": "latest" }])),
        ("eth_getLogs", json!([{ "fromBlock": "0x1", "topics": [null, [topic, topic]] }])),
    ]
}

fn of_what_is_not_there() -> Vec<Call> {
    let (hash, number) = (B256::repeat_byte(0x12), "0xffffff");
    vec![
        ("eth_getBlockByHash", json!([hash, true])),
        ("eth_getBlockByNumber", json!([number, true])),
        ("eth_getBlockTransactionCountByHash", json!([hash])),
        ("eth_getBlockTransactionCountByNumber", json!([number])),
        ("eth_getBlockReceipts", json!([number])),
        ("eth_getTransactionByHash", json!([hash])),
        ("eth_getTransactionByBlockHashAndIndex", json!([hash, "0x0"])),
        ("eth_getTransactionByBlockNumberAndIndex", json!([number, "0x0"])),
        ("eth_getTransactionByBlockNumberAndIndex", json!(["latest", "0xfff"])),
        ("eth_getTransactionReceipt", json!([hash])),
    ]
}

/// Of filters that are there, and that are taken away at the end.
fn of_filters(rpc: &Rpc) -> Vec<Call> {
    let everything = json!([{ "fromBlock": "earliest" }]);
    let mut calls = vec![
        ("eth_newFilter", everything),
        ("eth_newBlockFilter", json!([])),
        ("eth_newPendingTransactionFilter", json!([])),
    ];
    let ids: Vec<_> =
        calls.iter().map(|(method, params)| rpc.call(method, params.clone())).collect();
    calls.push(("eth_getFilterLogs", json!([ids[0]])));
    for id in &ids {
        calls.push(("eth_getFilterChanges", json!([id])));
    }
    for id in &ids {
        calls.push(("eth_uninstallFilter", json!([id])));
        calls.push(("eth_uninstallFilter", json!([id])));
    }
    calls
}

/// Calls of methods that no node of Scroll can answer, and why.
pub(super) fn refused() -> Vec<(&'static str, Value, &'static str)> {
    let no_access_lists = "blocks of Scroll have no access lists";
    let no_keys = "the node has no keys of its users";
    let address = Wallet::funded(0).address();
    let transaction = json!({ "from": address, "to": address, "value": "0x1" });
    vec![
        ("debug_getRawBlockAccessList", json!(["latest"]), no_access_lists),
        ("eth_getBlockAccessList", json!(["latest"]), no_access_lists),
        ("eth_blobBaseFee", json!([]), "there are no blobs on Scroll"),
        ("eth_config", json!([]), "the forks of Scroll are not those of EIP-7910"),
        ("eth_sign", json!([address, "0x12"]), no_keys),
        ("eth_signTransaction", json!([transaction]), no_keys),
        ("eth_sendTransaction", json!([transaction]), no_keys),
    ]
}
