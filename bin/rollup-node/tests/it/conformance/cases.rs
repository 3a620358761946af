//! What is asked. A text that begins with `$` stands for a value of the chain: see `content`.
//!
//! What changes the chain comes last.

use serde_json::{Value, json};

/// A call.
pub(super) struct Case {
    pub(super) method: &'static str,
    pub(super) params: Value,
}

/// A hash, an address and a number of which the chain has nothing.
const NO_HASH: &str = "0x00000000000000000000000000000000000000000000000000000000000000ff";
const NO_ACCOUNT: &str = "0x00000000000000000000000000000000000000ff";
const NO_BLOCK: &str = "0xffffff";

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let groups = [
        chain(),
        blocks(),
        transactions(),
        state(),
        proofs(),
        calls(),
        estimates(),
        overrides(),
        simulations(),
        fees(),
        logs(),
        filters(),
        others(),
        debug(),
        trace(),
        otterscan(),
        pool(),
    ];
    let calls = groups.into_iter().flatten();
    calls.map(|(method, params)| Case { method, params }).collect()
}

type Calls = Vec<(&'static str, Value)>;

/// Each method with each list of arguments.
fn each(methods: &[&'static str], params: &[Value]) -> Calls {
    let of = |method: &'static str| params.iter().map(move |params| (method, params.clone()));
    methods.iter().copied().flat_map(of).collect()
}

fn chain() -> Calls {
    let methods =
        ["eth_chainId", "eth_blockNumber", "eth_syncing", "eth_accounts", "eth_protocolVersion"];
    let mut calls = each(&methods, &[json!([])]);
    calls.extend(each(&["eth_mining", "eth_hashrate", "eth_coinbase"], &[json!([])]));
    calls.extend(each(&["net_version", "net_listening", "net_peerCount"], &[json!([])]));
    calls.push(("web3_clientVersion", json!([])));
    calls.push(("web3_sha3", json!(["0x68656c6c6f"])));
    calls.push(("web3_sha3", json!(["hello"])));
    calls.push(("web3_sha3", json!([])));
    calls.push(("eth_config", json!([])));
    calls.push(("no_suchMethod", json!([])));
    calls
}

/// Blocks by number: known ones, tags, and what names none.
fn numbers() -> Vec<Value> {
    let names = [
        "$number.transfer",
        "$number.nested",
        "$number.delegation",
        "0x0",
        "latest",
        "earliest",
        "safe",
        "finalized",
        NO_BLOCK,
        "newest",
        "0x",
        "0x01",
        "7",
        "-1",
        "",
    ];
    names.into_iter().map(|name| json!(name)).chain([json!(1), json!(null), json!({})]).collect()
}

/// Hashes of blocks: known ones, and what is none.
fn hashes() -> Vec<Value> {
    ["$hash.1", "$hash.5", "$hash.0", NO_HASH, "0x12", "latest", "$tx.transfer"]
        .map(|hash| json!(hash))
        .into()
}

fn blocks() -> Calls {
    let mut calls = Calls::new();
    for full in [true, false] {
        let params: Vec<_> = numbers().into_iter().map(|block| json!([block, full])).collect();
        calls.extend(each(&["eth_getBlockByNumber"], &params));
        let params: Vec<_> = hashes().into_iter().map(|hash| json!([hash, full])).collect();
        calls.extend(each(&["eth_getBlockByHash"], &params));
    }
    calls.extend(each(
        &["eth_getBlockByNumber", "eth_getBlockByHash"],
        &[json!([]), json!(["0x1", 7]), json!(["0x1", false, 1])],
    ));
    let by_number: Vec<_> = numbers().into_iter().map(|block| json!([block])).collect();
    let of_number = ["eth_getBlockTransactionCountByNumber", "eth_getUncleCountByBlockNumber"];
    calls.extend(each(&of_number, &by_number));
    calls.extend(each(&["eth_getBlockReceipts"], &by_number));
    let by_hash: Vec<_> = hashes().into_iter().map(|hash| json!([hash])).collect();
    let of_hash = ["eth_getBlockTransactionCountByHash", "eth_getUncleCountByBlockHash"];
    calls.extend(each(&of_hash, &by_hash));
    calls.extend(each(
        &["eth_getBlockReceipts"],
        &[
            json!([{ "blockHash": "$hash.3" }]),
            json!([{ "blockNumber": "$number.log" }]),
            json!([{ "blockHash": NO_HASH }]),
            json!([]),
        ],
    ));
    calls.extend(each(
        &["eth_getUncleByBlockNumberAndIndex"],
        &[json!(["0x1", "0x0"]), json!([NO_BLOCK, "0x0"]), json!(["0x1"]), json!(["0x1", "x"])],
    ));
    calls.extend(each(
        &["eth_getUncleByBlockHashAndIndex"],
        &[json!(["$hash.1", "0x0"]), json!([NO_HASH, "0x0"]), json!(["$hash.1", "0x"])],
    ));
    calls
}

/// Transactions of every type, and what is none.
const TRANSACTIONS: [&str; 12] = [
    "$tx.transfer",
    "$tx.store",
    "$tx.log",
    "$tx.fail",
    "$tx.nested",
    "$tx.nested fail",
    "$tx.create",
    "$tx.clear",
    "$tx.access list",
    "$tx.dynamic fee",
    "$tx.delegation",
    NO_HASH,
];

fn by_transaction(also: &[Value]) -> Vec<Value> {
    let wrong = [json!([]), json!(["0x12"]), json!([7]), json!([null])];
    TRANSACTIONS
        .into_iter()
        .map(|hash| json!([hash]))
        .chain(wrong)
        .chain(also.iter().cloned())
        .collect()
}

fn transactions() -> Calls {
    let methods =
        ["eth_getTransactionByHash", "eth_getTransactionReceipt", "eth_getRawTransactionByHash"];
    let mut calls = each(&methods, &by_transaction(&[]));
    let places = |block: &str, other: &str| {
        [
            json!([block, "0x0"]),
            json!([block, "0x1"]),
            json!([other, "0x0"]),
            json!([block]),
            json!([block, "x"]),
            json!([block, 0]),
            json!([block, "0x00"]),
        ]
    };
    calls.extend(each(
        &["eth_getTransactionByBlockNumberAndIndex", "eth_getRawTransactionByBlockNumberAndIndex"],
        &places("$number.log", NO_BLOCK),
    ));
    calls.extend(each(
        &["eth_getTransactionByBlockHashAndIndex", "eth_getRawTransactionByBlockHashAndIndex"],
        &places("$hash.4", NO_HASH),
    ));
    calls
}

/// Ways to name the block of a state.
fn states() -> Vec<Value> {
    let mut states = numbers();
    states.extend([
        json!("pending"),
        json!("$hash.5"),
        json!(NO_HASH),
        json!({ "blockHash": "$hash.5" }),
        json!({ "blockHash": "$hash.5", "requireCanonical": true }),
        json!({ "blockHash": NO_HASH }),
        json!({ "blockNumber": "$number.write" }),
        json!({ "blockNumber": NO_BLOCK }),
    ]);
    states
}

fn state() -> Calls {
    let mut calls = Calls::new();
    for state in states() {
        for (method, account) in [
            ("eth_getBalance", "0x1111111111111111111111111111111111111111"),
            ("eth_getTransactionCount", "$account.1"),
            ("eth_getCode", "$address.store"),
        ] {
            calls.push((method, json!([account, state])));
        }
        calls.push(("eth_getStorageAt", json!(["$address.store", "0x1", state])));
    }
    let methods = ["eth_getBalance", "eth_getTransactionCount", "eth_getCode"];
    calls.extend(each(
        &methods,
        &[
            json!(["$account.0"]),
            json!([NO_ACCOUNT, "latest"]),
            json!(["$account.2", "latest"]),
            json!([]),
            json!(["0x11", "latest"]),
            json!(["nobody", "latest"]),
            json!([7]),
            json!(["$account.0", "latest", 1]),
        ],
    ));
    calls.extend(each(
        &["eth_getStorageAt"],
        &[
            json!(["$address.store", "0x1"]),
            json!(["$address.store", "0x01", "latest"]),
            json!(["$address.store", NO_HASH, "latest"]),
            json!(["$address.store", "0x", "latest"]),
            json!(["$address.store", "slot", "latest"]),
            json!(["$address.store"]),
            json!([]),
            json!(["$address.store", format!("{NO_HASH}00"), "latest"]),
        ],
    ));
    calls.push(("eth_getAccountInfo", json!(["$account.2", "latest"])));
    calls.push(("eth_getAccount", json!(["$address.store", "latest"])));
    let slots = json!({ "$address.store": ["0x1"] });
    calls.push(("eth_getStorageValues", json!([slots, "latest"])));
    calls
}

fn proofs() -> Calls {
    each(
        &["eth_getProof"],
        &[
            json!(["$address.store", ["0x1", "0x2"], "latest"]),
            json!(["$account.1", [], "latest"]),
            json!([NO_ACCOUNT, ["0x1"], "latest"]),
            json!(["$address.store", ["0x1"], "$number.write"]),
            json!(["$address.store", [], NO_BLOCK]),
            json!(["$address.store", "0x1", "latest"]),
            json!(["$address.store", ["slot"], "latest"]),
            json!(["$address.store"]),
        ],
    )
}

/// Requests that succeed, fail, and are none.
fn requests() -> Vec<Value> {
    let two = "0x00000000000000000000000000000000000000000000000000000000000000010000000000000000000000000000000000000000000000000000000000000002";
    vec![
        json!({ "to": "$address.logger", "data": two }),
        json!({ "to": "$address.logger", "input": two, "from": "$account.0" }),
        json!({ "to": "$address.logger", "input": two, "data": two }),
        json!({ "to": "$address.logger", "input": two, "data": "0x00" }),
        json!({ "to": "$address.reverter", "input": two }),
        json!({ "to": "$address.reverter" }),
        json!({ "to": "$address.factory", "input": "0x6001600a5f395ff3" }),
        json!({ "data": "0x602a5f5260205ff3" }),
        json!({ "data": "0xfe" }),
        json!({ "from": "$account.0", "to": NO_ACCOUNT, "value": "0x1" }),
        json!({ "from": NO_ACCOUNT, "to": "$account.0", "value": "0x1" }),
        json!({ "from": "$account.0", "to": NO_ACCOUNT, "gas": "0x5208" }),
        json!({ "from": "$account.0", "to": NO_ACCOUNT, "gas": "0x1" }),
        json!({ "from": "$account.0", "to": NO_ACCOUNT, "gas": "0xffffffffffff" }),
        json!({ "from": "$account.0", "to": NO_ACCOUNT, "gasPrice": "0x2540be400" }),
        json!({ "from": "$account.0", "to": NO_ACCOUNT, "gasPrice": "0x1" }),
        json!({ "from": "$account.0", "to": NO_ACCOUNT, "maxFeePerGas": "0x2540be400",
                "maxPriorityFeePerGas": "0x1" }),
        json!({ "from": "$account.0", "to": NO_ACCOUNT, "maxFeePerGas": "0x1",
                "maxPriorityFeePerGas": "0x2" }),
        json!({ "from": "$account.0", "to": NO_ACCOUNT, "gasPrice": "0x1", "maxFeePerGas": "0x1" }),
        json!({ "from": NO_ACCOUNT, "to": "$account.0", "gasPrice": "0x2540be400", "gas": "0x5208" }),
        json!({ "to": "$account.2", "data": two }),
        json!({ "to": "$address.logger", "data": two, "accessList":
                [{ "address": "$address.store", "storageKeys": [NO_HASH] }] }),
        json!({ "to": "$address.logger", "data": two, "chainId": "0x539" }),
        json!({ "to": "$address.logger", "data": two, "chainId": "0x1" }),
        json!({ "to": "$address.logger", "data": two, "nonce": "0x7" }),
        json!({ "to": "$address.logger", "data": two, "type": "0x2" }),
        json!({ "to": "nobody" }),
        json!({ "to": "$address.logger", "data": "0x0" }),
        json!({ "to": "$address.logger", "value": "1" }),
        json!({}),
        json!("0x"),
        json!(null),
    ]
}

fn calls() -> Calls {
    let mut calls = Calls::new();
    for request in requests() {
        calls.extend(each(&["eth_call"], &[json!([request, "latest"])]));
        calls.extend(each(&["eth_createAccessList"], &[json!([request, "latest"])]));
    }
    let read = json!({ "to": "$address.logger", "data": "0x" });
    calls.extend(states().into_iter().map(|state| ("eth_call", json!([read, state]))));
    calls.push(("eth_call", json!([read])));
    calls.push(("eth_call", json!([])));
    calls
}

fn estimates() -> Calls {
    let mut calls: Calls =
        requests().into_iter().map(|request| ("eth_estimateGas", json!([request]))).collect();
    let write = json!({ "to": "$address.store", "data": NO_HASH });
    for state in ["latest", "$number.write", NO_BLOCK, "pending"] {
        calls.push(("eth_estimateGas", json!([write, state])));
    }
    calls.push(("eth_fillTransaction", json!([{ "from": "$account.0", "to": NO_ACCOUNT }])));
    calls
}

fn overrides() -> Calls {
    // Gives number, time, base fee, coinbase and gas limit of the block.
    let environment = "0x435f524260205248604052416060524560805260a05ff3";
    let code = json!({ NO_ACCOUNT: { "code": environment } });
    let ask = json!({ "to": NO_ACCOUNT });
    let rich = json!({ NO_ACCOUNT: { "balance": "0xffffffffffffffff", "nonce": "0x5" } });
    let pay = json!({ "from": NO_ACCOUNT, "to": "$account.0", "value": "0xffff" });
    let block = json!({ "number": "0x100", "time": "0x70000000", "gasLimit": "0x1000000",
                        "feeRecipient": NO_ACCOUNT, "baseFeePerGas": "0x7" });
    let both = json!({ "$address.store": { "state": {}, "stateDiff": {} } });
    let mut calls = each(
        &["eth_call"],
        &[
            json!([ask, "latest", code, block]),
            json!([pay, "latest", rich]),
            json!([ask, "latest", both]),
            json!([ask, "latest", { NO_ACCOUNT: { "code": "0x1" } }]),
            json!([ask, "latest", "0x"]),
            json!([ask, "latest", null, null]),
            json!([ask, "latest", {}, { "unknown": "0x1" }]),
        ],
    );
    calls.extend(each(&["eth_estimateGas"], &[json!([pay, "latest", rich])]));
    calls
}

fn simulations() -> Calls {
    let call = json!({ "from": "$account.0", "to": "$address.reverter", "input": NO_HASH });
    let pay = json!({ "from": "$account.0", "to": NO_ACCOUNT, "value": "0x7" });
    each(
        &["eth_simulateV1"],
        &[
            json!([{ "blockStateCalls": [{ "calls": [pay, call] }, { "calls": [pay] }] }, "latest"]),
            json!([{ "blockStateCalls": [{ "calls": [pay] }], "traceTransfers": true }, "latest"]),
            json!([{ "blockStateCalls": [{ "calls": [pay] }], "validation": true }, "latest"]),
            json!([{ "blockStateCalls": [] }, "latest"]),
            json!([{ "blockStateCalls": [{ "blockOverrides": { "number": "0x1" } }] }, "latest"]),
            json!([{}, "latest"]),
            json!([]),
        ],
    )
}

fn fees() -> Calls {
    let mut calls = each(
        &["eth_gasPrice", "eth_maxPriorityFeePerGas", "eth_blobBaseFee", "eth_baseFee"],
        &[json!([])],
    );
    calls.extend(each(
        &["eth_feeHistory"],
        &[
            json!(["0x2", "latest", [25, 75]]),
            json!(["0x2", "$number.nested", []]),
            json!(["0x1", "latest"]),
            json!([4, "latest", [10.5]]),
            json!(["0x0", "latest", []]),
            json!(["0x1000000", "latest", []]),
            json!(["0x1", NO_BLOCK, []]),
            json!(["0x1", "latest", [75, 25]]),
            json!(["0x1", "latest", [101]]),
            json!(["x", "latest", []]),
            json!([]),
        ],
    ));
    calls
}

fn logs() -> Calls {
    let topic = "0x00000000000000000000000000000000000000000000000000000000000000aa";
    each(
        &["eth_getLogs"],
        &[
            json!([{ "fromBlock": "0x0", "toBlock": "latest" }]),
            json!([{ "fromBlock": "0x0", "address": "$address.logger" }]),
            json!([{ "fromBlock": "0x0", "address": ["$address.logger", NO_ACCOUNT] }]),
            json!([{ "fromBlock": "0x0", "topics": [topic] }]),
            json!([{ "fromBlock": "0x0", "topics": [null, topic] }]),
            json!([{ "fromBlock": "0x0", "topics": [[topic, NO_HASH]] }]),
            json!([{ "fromBlock": "0x0", "topics": [] }]),
            json!([{ "fromBlock": "$number.log", "toBlock": "$number.log" }]),
            json!([{ "blockHash": "$hash.8" }]),
            json!([{ "blockHash": NO_HASH }]),
            json!([{ "blockHash": "$hash.8", "fromBlock": "0x1" }]),
            json!([{ "fromBlock": "0x5", "toBlock": "0x1" }]),
            json!([{ "fromBlock": NO_BLOCK, "toBlock": NO_BLOCK }]),
            json!([{ "fromBlock": "0x1", "toBlock": NO_BLOCK }]),
            json!([{ "fromBlock": "earliest", "toBlock": "pending" }]),
            json!([{ "fromBlock": "safe", "toBlock": "finalized" }]),
            json!([{ "fromBlock": "0x0", "topics": [topic, topic, topic, topic, topic] }]),
            json!([{ "address": "nobody" }]),
            json!([{}]),
            json!([]),
        ],
    )
}

fn filters() -> Calls {
    let mut calls = each(
        &["eth_newFilter"],
        &[
            json!([{ "address": "$address.logger" }]),
            json!([{}]),
            json!([{ "address": "nobody" }]),
            json!([]),
        ],
    );
    calls.push(("eth_newBlockFilter", json!([])));
    calls.push(("eth_newPendingTransactionFilter", json!([])));
    calls.extend(each(
        &["eth_getFilterChanges", "eth_getFilterLogs", "eth_uninstallFilter"],
        &[json!(["0xdeadbeef"]), json!(["filter"]), json!([])],
    ));
    calls
}

/// What needs keys, which neither has for these accounts.
fn others() -> Calls {
    vec![
        ("eth_sign", json!([NO_ACCOUNT, "0x00"])),
        ("eth_signTransaction", json!([{ "from": NO_ACCOUNT, "to": NO_ACCOUNT, "gas": "0x5208" }])),
        ("eth_sendTransaction", json!([{ "from": NO_ACCOUNT, "to": NO_ACCOUNT, "gas": "0x5208" }])),
        ("rpc_modules", json!([])),
    ]
}

/// Tracers of geth and their options.
fn tracers() -> Vec<Value> {
    vec![
        json!({}),
        json!({ "disableStack": true, "disableStorage": true, "enableMemory": true }),
        json!({ "enableReturnData": true }),
        json!({ "tracer": "callTracer" }),
        json!({ "tracer": "callTracer", "tracerConfig": { "withLog": true } }),
        json!({ "tracer": "callTracer", "tracerConfig": { "onlyTopCall": true } }),
        json!({ "tracer": "prestateTracer" }),
        json!({ "tracer": "prestateTracer", "tracerConfig": { "diffMode": true } }),
        json!({ "tracer": "4byteTracer" }),
        json!({ "tracer": "noopTracer" }),
        json!({ "tracer": "flatCallTracer" }),
        json!({ "tracer": "muxTracer", "tracerConfig": { "callTracer": {}, "4byteTracer": null } }),
        json!({ "tracer": "noSuchTracer" }),
        json!({ "tracer": "{ step: function() {} }" }),
    ]
}

fn debug() -> Calls {
    let mut calls = Calls::new();
    for hash in TRANSACTIONS {
        for tracer in tracers() {
            calls.push(("debug_traceTransaction", json!([hash, tracer])));
        }
    }
    calls.extend(each(&["debug_traceTransaction"], &by_transaction(&[])));
    let tracer = json!({ "tracer": "callTracer" });
    for block in ["$number.nested", "0x0", NO_BLOCK, "latest"] {
        calls.push(("debug_traceBlockByNumber", json!([block, tracer])));
        calls.push(("debug_getRawBlock", json!([block])));
        calls.push(("debug_getRawHeader", json!([block])));
        calls.push(("debug_getRawReceipts", json!([block])));
    }
    for hash in ["$hash.5", NO_HASH] {
        calls.push(("debug_traceBlockByHash", json!([hash, tracer])));
    }
    calls.extend(each(&["debug_getRawTransaction"], &by_transaction(&[])));
    for request in requests() {
        calls.push(("debug_traceCall", json!([request, "latest", tracer])));
    }
    calls.push(("debug_traceCall", json!([{ "to": "$address.logger" }, "$number.write", {}])));
    calls.push(("debug_traceCall", json!([{ "to": "$address.logger" }, NO_BLOCK, {}])));
    calls.push(("debug_getBadBlocks", json!([])));
    calls
}

fn trace() -> Calls {
    let mut calls = each(&["trace_transaction"], &by_transaction(&[]));
    calls.extend(each(
        &["trace_block"],
        &[
            json!(["$number.nested"]),
            json!(["0x0"]),
            json!(["latest"]),
            json!([NO_BLOCK]),
            json!([]),
        ],
    ));
    calls.extend(each(
        &["trace_filter"],
        &[
            json!([{ "fromBlock": "0x1", "toBlock": "latest" }]),
            json!([{ "fromBlock": "0x1", "toBlock": "latest", "toAddress": ["$address.logger"] }]),
            json!([{ "fromBlock": "0x1", "toBlock": "latest", "after": 2, "count": 3 }]),
            json!([{ "fromBlock": "0x5", "toBlock": "0x1" }]),
        ],
    ));
    calls.extend(each(
        &["trace_replayTransaction", "trace_replayBlockTransactions"],
        &[json!(["$tx.nested", ["trace"]]), json!(["$number.nested", ["trace"]]), json!([])],
    ));
    calls.extend(each(
        &["trace_get"],
        &[
            json!(["$tx.nested", ["0x0"]]),
            json!(["$tx.nested", ["0x7"]]),
            json!([NO_HASH, ["0x0"]]),
        ],
    ));
    calls
}

fn otterscan() -> Calls {
    let mut calls = each(&["ots_getApiLevel"], &[json!([])]);
    for block in ["$number.nested", NO_BLOCK] {
        calls.push(("ots_getBlockDetails", json!([block])));
        calls.push(("ots_getBlockTransactions", json!([block, 0, 10])));
        calls.push(("ots_hasCode", json!(["$address.logger", block])));
    }
    for hash in ["$tx.nested", "$tx.nested fail", NO_HASH] {
        calls.push(("ots_getInternalOperations", json!([hash])));
        calls.push(("ots_getTransactionError", json!([hash])));
        calls.push(("ots_traceTransaction", json!([hash])));
    }
    calls.push(("ots_getTransactionBySenderAndNonce", json!(["$account.0", 3])));
    calls.push(("ots_getContractCreator", json!(["$address.logger"])));
    calls.push(("ots_getContractCreator", json!([NO_ACCOUNT])));
    calls
}

/// Transactions that are not taken, and one that waits.
fn pool() -> Calls {
    let mut calls = each(
        &["eth_sendRawTransaction"],
        &[
            json!(["$raw.transfer"]),
            json!(["$raw.gap"]),
            json!(["$raw.gap"]),
            json!(["0x"]),
            json!(["0x00"]),
            json!(["0x02c0"]),
            json!(["nothing"]),
            json!([]),
            json!([7]),
        ],
    );
    let methods = ["txpool_status", "txpool_content", "txpool_inspect"];
    calls.extend(each(&methods, &[json!([])]));
    calls.push(("txpool_contentFrom", json!(["$account.3"])));
    calls.push(("txpool_contentFrom", json!([NO_ACCOUNT])));
    calls.push(("eth_getTransactionCount", json!(["$account.3", "pending"])));
    calls
}
