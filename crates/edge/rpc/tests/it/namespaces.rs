//! `txpool` over a real pool and `admin` over a real chain, in the shape other nodes give them.

use crate::support::{NOW, request};
use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_primitives::{Address, TxKind, U256, address};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use jsonrpsee::Methods;
use rollup_chainspec::ScrollChainSpec;
use rollup_evm::ScrollEvmConfig;
use rollup_primitives::{ScrollPooledTransaction, SealedBlock};
use rollup_rpc::{AdminApiServer, AdminRpc, BlockingPool, RpcLimits, TxpoolApiServer, TxpoolRpc};
use rollup_runtime::SimulatedClock;
use rollup_storage::{ChainView, ExecutedBlock, ReplayError, Storage, StorageConfig};
use rollup_txpool::{TransactionOrigin, Txpool, TxpoolConfig};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;

/// First account of the mnemonic that the development chain funds.
const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const RECIPIENT: Address = address!("0x5300000000000000000000000000000000000002");

struct Node {
    rpc: TxpoolRpc,
    admin: AdminRpc,
    sender: Address,
    _directory: TempDir,
}

/// A pool with two executable transactions, and one that waits for those before it.
async fn node() -> Node {
    let directory = tempfile::tempdir().unwrap();
    let spec = ScrollChainSpec::parse("dev").unwrap();
    let replay = |_: &ChainView, _: SealedBlock| -> Result<ExecutedBlock, ReplayError> {
        unreachable!("nothing is logged")
    };
    let config = StorageConfig::default();
    let (storage, _) = Storage::open(directory.path(), config, spec.clone(), &replay).unwrap();
    let admin = AdminRpc::new(storage.clone(), spec.clone(), "rollup-node/v7".to_owned());
    let clock = Arc::new(SimulatedClock::new(NOW));
    let config = TxpoolConfig { ignore_l1_data_fee: true, ..TxpoolConfig::default() };
    let pool = Txpool::start(config, storage, ScrollEvmConfig::new(spec), clock).unwrap();
    let signer: PrivateKeySigner = KEY.parse().unwrap();
    for (nonce, to) in
        [(0, TxKind::Call(RECIPIENT)), (1, TxKind::Create), (10, TxKind::Call(RECIPIENT))]
    {
        let transaction = transaction(&signer, nonce, to);
        pool.add(transaction, TransactionOrigin::Local).await.unwrap();
    }
    let threads = BlockingPool::new(&RpcLimits::default()).unwrap();
    Node {
        rpc: TxpoolRpc::new(pool, threads),
        admin,
        sender: signer.address(),
        _directory: directory,
    }
}

fn transaction(signer: &PrivateKeySigner, nonce: u64, to: TxKind) -> ScrollPooledTransaction {
    let unsigned = TxEip1559 {
        chain_id: 1337,
        nonce,
        gas_limit: 100_000,
        max_fee_per_gas: 10_000_000_000,
        max_priority_fee_per_gas: 1,
        to,
        value: U256::from(5),
        ..TxEip1559::default()
    };
    let signature = signer.sign_hash_sync(&unsigned.signature_hash()).unwrap();
    ScrollPooledTransaction::Eip1559(unsigned.into_signed(signature))
}

async fn ask(node: &Node, method: &str, params: Value) -> Value {
    let answer = ask_whole(node.rpc.clone().into_rpc().into(), method, params).await;
    answer["result"].clone()
}

async fn ask_admin(node: &Node, method: &str, params: Value) -> Value {
    ask_whole(node.admin.clone().into_rpc().into(), method, params).await
}

async fn ask_whole(methods: Methods, method: &str, params: Value) -> Value {
    let request = request(method, &params).to_string();
    let (answer, _) = methods.raw_json_request(&request, 1).await.unwrap();
    serde_json::from_str(answer.get()).unwrap()
}

#[tokio::test]
async fn transactions_are_counted_in_hex() {
    let status = ask(&node().await, "txpool_status", json!([])).await;
    assert_eq!(status, json!({ "pending": "0x2", "queued": "0x1" }));
}

#[tokio::test]
async fn transactions_are_listed_in_one_line_each() {
    let node = node().await;
    let sender = node.sender.to_string();
    let line = |to: &str| format!("{to}: 5 wei + 100000 gas × 10000000000 wei");
    let call = line("0x5300000000000000000000000000000000000002");
    let expected = json!({
        "pending": { (sender.as_str()): { "0": call, "1": line("contract creation") } },
        "queued": { (sender.as_str()): { "10": call } },
    });
    assert_eq!(ask(&node, "txpool_inspect", json!([])).await, expected);
}

#[tokio::test]
async fn transactions_are_listed_in_full_by_sender_and_nonce() {
    let node = node().await;
    let sender = node.sender.to_string();
    let content = ask(&node, "txpool_content", json!([])).await;
    let own = &content["pending"][&sender]["0"];
    assert_eq!((&own["nonce"], &own["value"]), (&json!("0x0"), &json!("0x5")));
    assert_eq!(own["from"], sender.to_lowercase());
    for place in ["blockHash", "blockNumber", "transactionIndex"] {
        assert_eq!(own[place], Value::Null, "{place}");
    }
    assert_eq!(content["queued"][&sender]["10"]["nonce"], "0xa");

    let of_sender = ask(&node, "txpool_contentFrom", json!([sender])).await;
    assert_eq!(of_sender["pending"], content["pending"][&sender]);
    assert_eq!(of_sender["queued"], content["queued"][&sender]);
    let of_nobody = ask(&node, "txpool_contentFrom", json!([RECIPIENT])).await;
    assert_eq!(of_nobody, json!({ "pending": {}, "queued": {} }));
}

#[tokio::test]
async fn a_node_says_what_it_is_and_invents_no_network() {
    let node = node().await;
    let spec = ScrollChainSpec::parse("dev").unwrap();
    let info = ask_admin(&node, "admin_nodeInfo", json!([])).await["result"].clone();
    let fields: Vec<_> = info.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["name", "protocols"]);
    assert_eq!(info["name"], "rollup-node/v7");
    let scroll = &info["protocols"]["scroll"];
    assert_eq!(scroll["network"], 1337);
    for field in ["genesis", "head"] {
        assert_eq!(scroll[field], spec.genesis_hash().to_string(), "{field}");
    }
    assert_eq!(scroll["headNumber"], 0);
    assert_eq!(scroll["config"]["chainId"], 1337);
    assert_eq!(scroll["config"]["feynmanTime"], 0);

    assert_eq!(ask_admin(&node, "admin_peers", json!([])).await["result"], json!([]));
    for method in ["addPeer", "removePeer", "addTrustedPeer", "removeTrustedPeer"] {
        let answer = ask_admin(&node, &format!("admin_{method}"), json!(["enode://x"])).await;
        let expected = json!({ "code": -32004, "message": "this node has no network" });
        assert_eq!(answer["error"], expected, "{method}");
    }
}
