//! Foundry's `cast`, as users have it.

use super::{Node, quantity, wallet::KEYS};
use crate::packages::cast_directory;
use rstest::rstest;
use serde_json::Value;
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
        Self { program: cast_directory().join("cast"), url }
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

    /// Sends a transaction of the first account, and gives its receipt.
    fn send(&self, arguments: &[&str]) -> Value {
        let command = [&["send", "--json", "--private-key", KEYS[0]], arguments].concat();
        serde_json::from_str(&self.say(&command)).unwrap()
    }
}

#[rstest]
#[case::over_http("http")]
#[case::over_ws("ws")]
fn cast_deploys_sends_and_reads(#[case] protocol: &str) {
    let directory = TempDir::new().unwrap();
    let node = Node::start(directory.path(), &["node", "--dev"]);
    node.log.next_block(0);
    let cast = Cast::new(format!("{protocol}://{}", node.address(protocol)));
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

    let estimate = cast.say(&["estimate", contract, "set(uint256)", "7", "--from", &payer]);
    let sent = cast.send(&[contract, "set(uint256)", "7"]);
    assert!(estimate.parse::<u64>().unwrap() >= quantity(&sent["gasUsed"]));
    assert!(cast.say(&["gas-price"]).parse::<u64>().unwrap() > 0);
    assert_eq!(cast.say(&["rpc", "eth_chainId"]), "\"0x539\"");
    assert!(cast.say(&["rpc", "rollupNode_status"]).contains("\"Synced\""));
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
    let logs: Value = serde_json::from_str(&cast.say(&logs)).unwrap();
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
