//! Foundry's `cast`, as users have it.

use super::{Node, quantity, wallet::KEYS};
use alloy_primitives::{hex, keccak256};
use rollup_l1_devnet::packages::cast_directory;
use rstest::rstest;
use serde_json::{Value, json};
use std::{env, path::PathBuf, process::Command};
use tempfile::TempDir;

/// A contract with `set(uint256)`, which emits `Set(uint256)`, `get()`, and `fail()`, which reverts
/// with "not allowed".
const CONTRACT: &str = "0x607b8060095f395ff3\
    5f3560e01c806360fe47b11460435780636d4ce63c14607257\
    6308c379a060e01b5f526020600452600b6024526a6e6f7420616c6c6f77656460a81b60445260645ffd\
    5b600435805f555f527fdf7a95aebff315db1b7716215d602ab537373cdb769232aae6055c06e798425b60205fa100\
    5b5f545f5260205ff3";
/// Account that is paid.
const PAYEE: &str = "0x00000000000000000000000000000000000c0ffe";

/// `cast` and the server that it talks to.
struct Cast {
    program: PathBuf,
    url: String,
}

impl Cast {
    fn new(url: String) -> Self {
        Self { program: cast_directory().unwrap().join("cast"), url }
    }

    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("ETH_") || name == "CHAIN") {
                command.env_remove(name);
            }
        }
        let output = command.args(arguments).env("ETH_RPC_URL", &self.url).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim().to_owned();
        let result = text(output.stdout);
        if output.status.success() { Ok(result) } else { Err(text(output.stderr)) }
    }

    fn say(&self, arguments: &[&str]) -> String {
        self.run(arguments).unwrap_or_else(|err| panic!("cast {arguments:?}: {err}"))
    }

    /// What is printed as JSON.
    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.say(arguments)).unwrap()
    }

    /// Sends a transaction of the first account, and gives its receipt.
    fn send(&self, arguments: &[&str]) -> Value {
        self.json(&[&["send", "--json", "--private-key", KEYS[0]], arguments].concat())
    }
}

#[rstest]
#[case::over_http("http")]
#[case::over_ws("ws")]
#[case::over_ipc("ipc")]
fn cast_deploys_sends_and_reads(#[case] protocol: &str) {
    let directory = TempDir::new().unwrap();
    let node = Node::start(directory.path(), &["node", "--dev"]);
    node.log.next_block(0);
    let url = match protocol {
        "ipc" => node.ipc_path().to_str().unwrap().to_owned(),
        _ => format!("{protocol}://{}", node.address(protocol)),
    };
    let cast = Cast::new(url);
    assert_eq!(cast.say(&["chain-id"]), "1337");
    assert!(cast.say(&["client"]).starts_with("rollup-node/v"));
    let payer = cast.say(&["wallet", "address", "--private-key", KEYS[0]]);

    let deployed = cast.send(&["--create", CONTRACT]);
    assert_eq!(deployed["status"], "0x1");
    let contract = deployed["contractAddress"].as_str().unwrap();
    assert!(CONTRACT.ends_with(&cast.say(&["code", contract])[2..]));

    every_type_is_taken(&cast, contract);
    assert_eq!(cast.say(&["call", contract, "get()(uint256)"]), "44");
    assert_eq!(cast.say(&["storage", contract, "0"]), format!("0x{:064x}", 44));
    assert_eq!(cast.say(&["code", &payer]), format!("0xef0100{}", &contract[2..]));
    a_revert_says_why(&cast, contract);
    the_past_is_kept(&cast, contract, quantity(&deployed["blockNumber"]));

    blocks_and_transactions_are_shown_whole(&cast, contract);
    state_is_proven_and_overridden(&cast, contract);
    transactions_are_executed_again(&cast, contract);
    what_waits_is_shown(&cast, &payer);

    let estimate = cast.say(&["estimate", contract, "set(uint256)", "7", "--from", &payer]);
    let sent = cast.send(&[contract, "set(uint256)", "7"]);
    assert!(estimate.parse::<u64>().unwrap() >= quantity(&sent["gasUsed"]));
    assert!(cast.say(&["gas-price"]).parse::<u64>().unwrap() > 0);
    assert_eq!(cast.say(&["rpc", "eth_chainId"]), "\"0x539\"");
    assert!(cast.say(&["rpc", "rollupNode_status"]).contains("\"Synced\""));
    filters_are_kept(&cast, contract);
    node.stop();
}

/// Legacy, access list, EIP-1559 and EIP-7702; each has a receipt, and the first three a log.
fn every_type_is_taken(cast: &Cast, contract: &str) {
    let list = format!("[{{\"address\":\"{contract}\",\"storageKeys\":[\"0x{:064x}\"]}}]", 0);
    let types: [(&str, &[&str], u64); 3] = [
        ("0x0", &["--legacy"], 42),
        ("0x1", &["--legacy", "--access-list", &list], 43),
        ("0x2", &[], 44),
    ];
    for (ty, flags, value) in types {
        let value_text = value.to_string();
        let sent = cast.send(&[flags, &[contract, "set(uint256)", &value_text]].concat());
        assert_eq!((&sent["type"], &sent["status"]), (&ty.into(), &"0x1".into()), "{sent}");
        assert_eq!(sent["logs"][0]["data"], format!("0x{value:064x}"));
        let hash = sent["transactionHash"].as_str().unwrap();
        assert_eq!(cast.say(&["receipt", hash, "status"]), "true");
        assert_eq!(cast.say(&["tx", hash, "blockHash"]), sent["blockHash"].as_str().unwrap());
    }
    let sent = cast.send(&["--auth", contract, PAYEE, "--value", "1ether"]);
    assert_eq!((&sent["type"], &sent["status"]), (&"0x4".into(), &"0x1".into()), "{sent}");

    let logs = ["logs", "--json", "--from-block", "0", "--address", contract, "Set(uint256)"];
    let logs = cast.json(&logs);
    let values: Vec<_> =
        logs.as_array().unwrap().iter().map(|log| quantity(&log["data"])).collect();
    assert_eq!(values, [42, 43, 44]);
}

fn a_revert_says_why(cast: &Cast, contract: &str) {
    for command in [&["call"][..], &["estimate"], &["send", "--private-key", KEYS[0]]] {
        let said = cast.run(&[command, &[contract, "fail()"]].concat()).unwrap_err();
        assert!(said.contains("error code 3: execution reverted: not allowed"), "{said}");
    }
    // With a gas limit nobody asks before, and so the block has it.
    let sent = cast.send(&[contract, "fail()", "--gas-limit", "100000"]);
    assert_eq!(sent["status"], "0x0");
}

fn the_past_is_kept(cast: &Cast, contract: &str, deployed_in: u64) {
    let before = (deployed_in - 1).to_string();
    let at = deployed_in.to_string();
    assert_eq!(cast.say(&["balance", PAYEE, "--block", &at]), "0");
    assert_eq!(cast.say(&["balance", PAYEE]), "1000000000000000000");
    assert_eq!(cast.say(&["code", contract, "--block", &before]), "0x");
    assert_eq!(cast.say(&["call", contract, "get()(uint256)", "--block", &at]), "0");
    let next = (deployed_in + 1).to_string();
    assert_eq!(cast.say(&["call", contract, "get()(uint256)", "--block", &next]), "42");
    let head: u64 = cast.say(&["block-number"]).parse().unwrap();
    assert_eq!(cast.say(&["block", "latest", "--field", "number"]), head.to_string());
}

fn blocks_and_transactions_are_shown_whole(cast: &Cast, contract: &str) {
    let sent = cast.send(&[contract, "set(uint256)", "45"]);
    let hash = sent["transactionHash"].as_str().unwrap();
    let number = quantity(&sent["blockNumber"]).to_string();

    let block = cast.json(&["block", &number, "--full", "--json"]);
    assert_eq!(block["hash"], sent["blockHash"]);
    let [transaction] = block["transactions"].as_array().unwrap().as_slice() else {
        panic!("{block:#}");
    };
    assert_eq!((&transaction["hash"], &transaction["to"]), (&hash.into(), &contract.into()));
    let plain = cast.json(&["block", sent["blockHash"].as_str().unwrap(), "--json"]);
    assert_eq!(plain["transactions"], json!([hash]));

    let raw = hex::decode(cast.say(&["tx", hash, "--raw"])).unwrap();
    assert_eq!(keccak256(raw).to_string(), hash);
    let shown = cast.json(&["tx", hash, "--json"]);
    assert_eq!((&shown["blockHash"], &shown["nonce"]), (&sent["blockHash"], &transaction["nonce"]));
    let receipt = cast.json(&["receipt", hash, "--json"]);
    assert_eq!((&receipt["logs"], &receipt["gasUsed"]), (&sent["logs"], &sent["gasUsed"]));
    // What is Scroll's own, cast shows only as it came.
    let receipt = cast.json(&["rpc", "eth_getTransactionReceipt", hash]);
    assert!(receipt["l1Fee"].as_str().unwrap().starts_with("0x"), "{receipt}");

    let logs = ["logs", "--json", "--from-block", &number, "--address", contract];
    assert_eq!(cast.json(&logs)[0]["transactionHash"], hash);
    let unknown = format!("0x{:064x}", 1);
    assert_eq!(cast.json(&[&logs[..], &[&unknown]].concat()), json!([]));
}

fn state_is_proven_and_overridden(cast: &Cast, contract: &str) {
    let proof = cast.json(&["proof", contract, "0"]);
    let root = cast.say(&["block", "latest", "--field", "stateRoot"]);
    let first = hex::decode(proof["accountProof"][0].as_str().unwrap()).unwrap();
    assert_eq!(keccak256(first).to_string(), root);
    let storage_root = cast.say(&["storage-root", contract]);
    assert_eq!(proof["storageHash"], storage_root);
    let first = hex::decode(proof["storageProof"][0]["proof"][0].as_str().unwrap()).unwrap();
    assert_eq!(keccak256(first).to_string(), storage_root);
    assert_eq!(proof["storageProof"][0]["value"], "0x2d");

    let list = cast.say(&["access-list", contract, "set(uint256)", "7"]);
    assert!(list.to_lowercase().contains(&format!("- address: {contract}")), "{list}");
    assert!(list.contains(&format!("0x{:064x}", 0)), "{list}");

    let slot = format!("{contract}:0:77");
    let call = ["call", contract, "get()(uint256)"];
    assert_eq!(cast.say(&[&call[..], &["--override-state-diff", &slot]].concat()), "77");
    assert_eq!(cast.say(&call), "45");
}

/// By cast itself, which asks for every account and slot as it was.
fn transactions_are_executed_again(cast: &Cast, contract: &str) {
    let sent = cast.send(&[contract, "set(uint256)", "46"]);
    let run = cast.say(&["run", sent["transactionHash"].as_str().unwrap()]);
    assert!(run.contains("Transaction successfully executed"), "{run}");
    assert!(run.contains(&format!("Gas used: {}", quantity(&sent["gasUsed"]))), "{run}");
    let traced = cast.say(&["call", "--trace", contract, "get()(uint256)"]);
    assert!(traced.contains(&format!("[Return] 0x{:064x}", 46)), "{traced}");
}

fn filters_are_kept(cast: &Cast, contract: &str) {
    let id = cast.json(&["rpc", "eth_newFilter", &json!({ "address": contract }).to_string()]);
    let id = id.as_str().unwrap();
    let sent = cast.send(&[contract, "set(uint256)", "47"]);
    let changes = ["rpc", "eth_getFilterChanges", id];
    let logs = cast.json(&changes);
    assert_eq!(logs[0]["transactionHash"], sent["transactionHash"], "{logs}");
    assert_eq!(cast.json(&changes), json!([]));
    let uninstall = ["rpc", "eth_uninstallFilter", id];
    assert_eq!((cast.json(&uninstall), cast.json(&uninstall)), (json!(true), json!(false)));
    let said = cast.run(&changes).unwrap_err();
    assert!(said.contains("filter not found"), "{said}");
}

fn what_waits_is_shown(cast: &Cast, payer: &str) {
    let nonce: u64 = cast.say(&["nonce", payer]).parse().unwrap();
    let later = (nonce + 100).to_string();
    let send = ["send", "--async", "--private-key", KEYS[0], "--nonce", &later];
    let hash = cast.say(&[&send[..], &["--gas-limit", "21000", PAYEE]].concat());
    let status = cast.json(&["tx-pool", "status"]);
    assert_eq!((&status["pending"], &status["queued"]), (&"0x0".into(), &"0x1".into()));
    let content = cast.json(&["tx-pool", "content"]);
    let lower = payer.to_lowercase();
    assert_eq!(content["queued"][lower][&later]["hash"], hash.as_str(), "{content}");
    let of_payer = cast.json(&["tx-pool", "content-from", "--from", payer]);
    assert_eq!(of_payer["queued"][&later]["hash"], hash.as_str(), "{of_payer}");
    // The next one is in the block all the same.
    assert_eq!(cast.say(&["nonce", "--block", "pending", payer]), nonce.to_string());
}
