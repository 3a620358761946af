//! `rollup-node node`.

mod abuse;
mod acceptance;
mod cast;
mod dev;
mod flood;
mod junk;
mod kms;
mod l1;
mod log;
mod metrics;
mod misuse;
mod process;
mod rpc;
mod shutdown;
mod wallet;

pub(crate) use log::{BlockLine, LIMIT, Log, field};
pub(crate) use process::{FREE_PORTS, Node, node_command};
pub(crate) use rpc::Rpc;
pub(crate) use wallet::{CHAIN_ID, KEYS, Wallet};

use serde_json::Value;

/// A quantity of JSON-RPC.
pub(crate) fn quantity(value: &Value) -> u64 {
    let digits = value.as_str().unwrap().strip_prefix("0x").unwrap();
    u64::from_str_radix(digits, 16).unwrap()
}
