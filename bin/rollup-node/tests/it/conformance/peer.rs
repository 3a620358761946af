//! The two programs.

use super::{cases::Case, content::Content};
use crate::node::{Node, Rpc};
use alloy_primitives::{Address, B256};
use rollup_l1_devnet::Anvil;
use serde_json::{Map, Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Balance of the funded accounts, in wei.
const BALANCE: &str = "0xd3c21bcecceda1000000";
/// The contract whose slots give the prices of the L1 data fee, and those of the development chain.
const ORACLE: &str = "0x5300000000000000000000000000000000000002";
const ORACLE_SLOTS: [(u8, u64); 6] = [
    (1, 0x3758_e6b0),
    (2, 0x38),
    (3, 0x3e95_ba80),
    (5, 0x8390_c2c1),
    (6, 0x69_cf26_5bfe),
    (7, 0x168b_9aa3),
];
/// The forks by block and by time: all from the start.
const FORKS: [&str; 21] = [
    "homesteadBlock",
    "eip150Block",
    "eip155Block",
    "eip158Block",
    "byzantiumBlock",
    "constantinopleBlock",
    "petersburgBlock",
    "istanbulBlock",
    "berlinBlock",
    "londonBlock",
    "archimedesBlock",
    "shanghaiTime",
    "bernoulliBlock",
    "curieBlock",
    "darwinTime",
    "darwinV2Time",
    "euclidTime",
    "euclidV2Time",
    "feynmanTime",
    "galileoTime",
    "galileoV2Time",
];

/// The genesis of both, in a file of the directory.
fn genesis(directory: &Path) -> PathBuf {
    let word = |value: u64| json!(B256::from(alloy_primitives::U256::from(value)));
    let slots: Map<_, _> = ORACLE_SLOTS
        .iter()
        .map(|(slot, value)| (B256::with_last_byte(*slot).to_string(), word(*value)))
        .collect();
    let mut alloc = Map::new();
    alloc.insert(ORACLE.to_owned(), json!({ "balance": "0x1", "storage": slots }));
    for account in Content::accounts() {
        alloc.insert(account.to_string(), json!({ "balance": BALANCE }));
    }
    let mut config: Map<String, Value> =
        FORKS.iter().map(|fork| ((*fork).to_owned(), json!(0))).collect();
    config.insert("chainId".to_owned(), json!(crate::node::CHAIN_ID));
    let scroll = json!({ "feeVaultAddress": "0x5300000000000000000000000000000000000005" });
    config.insert("scroll".to_owned(), scroll);
    let genesis = json!({
        "config": config,
        "nonce": "0x0",
        "timestamp": "0x6490fdd2",
        "extraData": "0x",
        "gasLimit": "0x1312d00",
        "difficulty": "0x0",
        "mixHash": B256::ZERO,
        "coinbase": Address::ZERO,
        "baseFeePerGas": "0x3b9aca00",
        "alloc": alloc,
    });
    let file = directory.join("genesis.json");
    fs::write(&file, genesis.to_string()).unwrap();
    file
}

/// A node that makes a block as soon as there is a transaction.
pub(super) fn start_node(directory: &Path) -> Node {
    let genesis = genesis(directory);
    let arguments = "node --test --sequencer.enabled --sequencer.auto-start \
                     --sequencer.block-time 100 --sequencer.payload-building-duration 40 \
                     --http --http.api all --rpc.eth-proof-window 100 --datadir data --chain";
    let arguments: Vec<_> =
        arguments.split_whitespace().chain([genesis.to_str().unwrap()]).collect();
    Node::start(directory, &arguments)
}

/// Anvil, which makes a block when it is told to.
pub(super) fn start_anvil(directory: &Path) -> Anvil {
    let genesis = genesis(directory);
    let arguments = "--steps-tracing --no-mining --chain-id 1337 --gas-limit 20000000 --init";
    Anvil::start(arguments.split_whitespace().chain([genesis.to_str().unwrap()])).unwrap()
}

/// A program and what its chain holds.
pub(super) struct Peer<'a> {
    rpc: &'a Rpc,
    pub(super) content: Content,
}

impl<'a> Peer<'a> {
    pub(super) const fn new(rpc: &'a Rpc, content: Content) -> Self {
        Self { rpc, content }
    }

    /// The answer: what stands for the same in both chains has the same name.
    pub(super) fn ask(&self, case: &Case) -> Value {
        let params = self.content.filled_in(&case.params);
        let mut answer = self.rpc.answer(case.method, params);
        let result = answer.as_object_mut().unwrap();
        result.remove("jsonrpc");
        result.remove("id");
        self.content.named(&answer)
    }
}
