//! What is asked.

use super::content::Content;
use alloy_primitives::{B256, hex};
use hyper::body::Bytes;
use serde_json::{Value, json};
use std::iter::repeat_n;

/// Different requests of a kind; they are asked in turns.
const VARIANTS: usize = 480;

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Query {
    BlockNumber,
    Balance,
    Call,
    EstimateGas,
    Receipt,
    Logs,
    FullBlock,
    /// All of them: see [`Query::share`].
    Mixed,
}

impl Query {
    pub(crate) const ALL: [Self; 8] = [
        Self::BlockNumber,
        Self::Balance,
        Self::Call,
        Self::EstimateGas,
        Self::Receipt,
        Self::Logs,
        Self::FullBlock,
        Self::Mixed,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::BlockNumber => "`eth_blockNumber`",
            Self::Balance => "`eth_getBalance`",
            Self::Call => "`eth_call`, token transfer",
            Self::EstimateGas => "`eth_estimateGas`, token transfer",
            Self::Receipt => "`eth_getTransactionReceipt`",
            Self::Logs => "`eth_getLogs`, token events of a block",
            Self::FullBlock => "`eth_getBlockByNumber`, 300 full transactions",
            Self::Mixed => "mixed reads",
        }
    }

    /// How many of 20 requests of the mixed load are of this kind.
    const fn share(self) -> usize {
        match self {
            Self::BlockNumber | Self::Call => 4,
            Self::Balance | Self::Receipt => 3,
            Self::EstimateGas | Self::Logs | Self::FullBlock => 2,
            Self::Mixed => 0,
        }
    }

    /// Bodies of requests.
    pub(crate) fn bodies(self, content: &Content) -> Vec<Bytes> {
        if self == Self::Mixed {
            return mixed(content);
        }
        let body = |at| {
            let (method, parameters) = self.request(content, at);
            let call = json!({"jsonrpc": "2.0", "id": 0, "method": method, "params": parameters});
            Bytes::from(call.to_string())
        };
        (0..VARIANTS).map(body).collect()
    }

    fn request(self, content: &Content, at: usize) -> (&'static str, Value) {
        let block = format!("{:#x}", content.blocks[at % content.blocks.len()]);
        let account = content.senders[at * 37 % content.senders.len()];
        let transfer = || {
            let words = [account.into_word(), B256::with_last_byte(1)].concat();
            let data = hex::encode_prefixed([hex!("a9059cbb").as_slice(), &words].concat());
            let from = content.senders[at * 11 % content.senders.len()];
            json!({ "from": from, "to": content.token, "data": data })
        };
        match self {
            Self::BlockNumber | Self::Mixed => ("eth_blockNumber", json!([])),
            Self::Balance => ("eth_getBalance", json!([account, "latest"])),
            Self::Call => ("eth_call", json!([transfer(), "latest"])),
            Self::EstimateGas => ("eth_estimateGas", json!([transfer()])),
            Self::Receipt => {
                let hash = content.transactions[at * 7 % content.transactions.len()];
                ("eth_getTransactionReceipt", json!([hash]))
            }
            Self::Logs => {
                let filter =
                    json!({ "address": content.token, "fromBlock": block, "toBlock": block });
                ("eth_getLogs", json!([filter]))
            }
            Self::FullBlock => ("eth_getBlockByNumber", json!([block, true])),
        }
    }
}

/// Kinds take turns, each with its share.
fn mixed(content: &Content) -> Vec<Bytes> {
    let of = |query: Query| {
        let share = query.share();
        let own = if share == 0 { Vec::new() } else { query.bodies(content) };
        repeat_n(own, share).flatten()
    };
    let bodies: Vec<_> = Query::ALL.into_iter().flat_map(of).collect();
    // So far one kind stands behind the other: a step that shares no divisor with their number mixes.
    let count = bodies.len();
    (0..count).map(|at| bodies[at * 77_773 % count].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::Address;
    use std::collections::BTreeMap;

    #[test]
    fn the_mixed_load_has_each_kind_by_its_share_and_no_runs() {
        let content = Content {
            blocks: vec![7, 8],
            transactions: vec![B256::ZERO],
            senders: vec![Address::ZERO],
            token: Address::ZERO,
        };
        let bodies = Query::Mixed.bodies(&content);
        let method = |body: &Bytes| {
            let call: Value = serde_json::from_slice(body).unwrap();
            call["method"].as_str().unwrap().to_owned()
        };
        let methods: Vec<_> = bodies.iter().map(method).collect();
        let mut counts = BTreeMap::new();
        for method in &methods {
            *counts.entry(method.as_str()).or_insert(0) += 1;
        }
        let shares: Vec<_> = counts.into_values().map(|count| count / VARIANTS).collect();
        // In the order of their names.
        assert_eq!(shares, [4, 4, 2, 3, 2, 2, 3]);
        let longest = methods.chunk_by(|a, b| a == b).map(<[_]>::len).max().unwrap();
        assert!(longest <= 4, "{longest} of one kind in a row");
    }
}
