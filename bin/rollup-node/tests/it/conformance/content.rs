//! What the chains hold, and names for what has another value in each.

use crate::node::{KEYS, Rpc, Wallet, quantity};
use alloy_consensus::{TxEip2930, TxEip7702, TxLegacy};
use alloy_eips::{
    eip2930::{AccessList, AccessListItem},
    eip7702::Authorization,
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, bytes, hex};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Stores the second word of its input in the slot of the first.
const STORE: Bytes = bytes!("6020355f355500");
/// One log with the first word as its topic, one with both words and the first as its data.
const LOGGER: Bytes = bytes!("5f355f5fa15f355f526020355f3560205fa200");
/// Reverts with its input.
const REVERTER: Bytes = bytes!("365f5f37365ffd");
/// Calls the contract of the first word with the second word as its input, and reverts if that fails.
const PROXY: Bytes = bytes!("6020355f525f5f60205f5f5f355af16015575f5ffd5b00");
/// Creates a contract with its input as the code that makes it.
const FACTORY: Bytes = bytes!("365f5f37365f5ff05f5260205ff3");

const GAS_PRICE_WEI: u128 = 10_000_000_000;
const GAS_LIMIT: u64 = 200_000;

/// Names and values. What begins with `$` in the arguments of a case is a name.
pub(super) struct Content {
    values: BTreeMap<String, Value>,
    /// What the transactions were sent as.
    raw: Vec<(&'static str, Vec<u8>)>,
    /// Number of the last block.
    head: u64,
}

impl Content {
    pub(super) fn accounts() -> Vec<Address> {
        KEYS.iter().map(|key| Wallet::of(key).address()).collect()
    }

    /// Makes the chain of the node, one transaction a block.
    pub(super) fn play(rpc: &Rpc) -> Self {
        let mut content = Self { values: BTreeMap::new(), raw: transactions(), head: 0 };
        let raw = content.raw.clone();
        for (name, raw) in &raw {
            let hash = rpc.send_raw(raw);
            content.wait(rpc, name, &hash);
        }
        content.learn(rpc);
        content
    }

    /// Makes the same on a chain that makes a block when it is told to.
    pub(super) fn play_beside(rpc: &Rpc, other: &Self) -> Self {
        let mut content = Self { values: BTreeMap::new(), raw: other.raw.clone(), head: 0 };
        for (name, raw) in &other.raw {
            // Blocks without transactions that the other has.
            let there = quantity(&other.values[&format!("$number.{name}")]);
            while rpc.block_number() + 1 < there {
                rpc.call("evm_mine", json!([]));
            }
            let hash = rpc.send_raw(raw);
            rpc.call("evm_mine", json!([]));
            content.wait(rpc, name, &hash);
        }
        content.learn(rpc);
        assert_eq!(content.head, other.head, "one chain is longer");
        content
    }

    /// Waits until a transaction is in a block.
    fn wait(&mut self, rpc: &Rpc, name: &str, hash: &str) {
        let receipt = loop {
            let receipt = rpc.receipt(hash);
            if !receipt.is_null() {
                break receipt;
            }
        };
        let number = receipt["blockNumber"].clone();
        self.head = quantity(&number);
        self.values.insert(format!("$tx.{name}"), json!(hash));
        self.values.insert(format!("$number.{name}"), number);
        if receipt["contractAddress"].is_string() {
            let address = receipt["contractAddress"].clone();
            self.values.insert(format!("$address.{name}"), address);
        }
    }

    /// Names what every block has of its own.
    fn learn(&mut self, rpc: &Rpc) {
        for number in 0..=self.head {
            let block = rpc.block(number);
            for field in ["hash", "timestamp", "stateRoot"] {
                self.values.insert(format!("${field}.{number}"), block[field].clone());
            }
        }
        for (index, account) in Self::accounts().into_iter().enumerate() {
            self.values.insert(format!("$account.{index}"), json!(account));
        }
        for (name, raw) in &self.raw {
            self.values.insert(format!("$raw.{name}"), json!(hex::encode_prefixed(raw)));
        }
        let mut unsent = Wallet::funded(3);
        unsent.nonce = 900;
        let gap = hex::encode_prefixed(unsent.sign(&unsent.transfer()));
        self.values.insert("$raw.gap".to_owned(), json!(gap));
        self.values.insert("$head".to_owned(), json!(format!("{:#x}", self.head)));
    }

    /// With values in place of names.
    pub(super) fn filled_in(&self, value: &Value) -> Value {
        match value {
            Value::String(name) if name.starts_with('$') => {
                self.values.get(name).unwrap_or_else(|| panic!("{name} is no name")).clone()
            }
            Value::Array(items) => items.iter().map(|item| self.filled_in(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(key, field)| (key.clone(), self.filled_in(field))).collect()
            }
            other => other.clone(),
        }
    }

    /// With names in place of values that each chain has of its own.
    pub(super) fn named(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.name_of(text).map_or_else(|| value.clone(), Value::String),
            Value::Array(items) => items.iter().map(|item| self.named(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(key, field)| (key.clone(), self.named(field))).collect()
            }
            other => other.clone(),
        }
    }

    fn name_of(&self, text: &str) -> Option<String> {
        let is_own = |name: &str| {
            ["$hash.", "$timestamp.", "$stateRoot."].iter().any(|kind| name.starts_with(kind))
        };
        let mut own = self.values.iter().filter(|(name, _)| is_own(name));
        let (name, _) = own.find(|(_, value)| *value == text)?;
        // Blocks may have the same time.
        let is_time = name.starts_with("$timestamp.");
        Some(if is_time { "$timestamp".to_owned() } else { name.clone() })
    }
}

/// The code that leaves another as that of a contract.
pub(super) fn initcode(runtime: &Bytes) -> Bytes {
    let [high, low] = u16::try_from(runtime.len()).unwrap().to_be_bytes();
    [&[0x61, high, low, 0x80, 0x60, 10, 0x5f, 0x39, 0x5f, 0xf3][..], runtime].concat().into()
}

fn words<const N: usize>(words: [U256; N]) -> Bytes {
    words.map(|word| word.to_be_bytes::<32>()).concat().into()
}

/// The transactions with names, in order.
fn transactions() -> Vec<(&'static str, Vec<u8>)> {
    let mut sender = Wallet::funded(0);
    let mut raw = Vec::new();
    let mut send = |name, to: TxKind, value: u64, input: Bytes| {
        let transaction = legacy(sender.nonce, to, value, input);
        raw.push((name, sender.sign(&transaction)));
        sender.nonce += 1;
        sender.address().create(transaction.nonce)
    };
    let payee = TxKind::Call(Address::repeat_byte(0x11));
    send("transfer", payee, 5, Bytes::new());
    let store = send("store", TxKind::Create, 0, initcode(&STORE));
    let logger = send("logger", TxKind::Create, 0, initcode(&LOGGER));
    let reverter = send("reverter", TxKind::Create, 0, initcode(&REVERTER));
    let proxy = send("proxy", TxKind::Create, 0, initcode(&PROXY));
    let factory = send("factory", TxKind::Create, 0, initcode(&FACTORY));
    let word = |address: Address| U256::from_be_bytes(address.into_word().0);
    send("write", store.into(), 0, words([U256::ONE, U256::from(7)]));
    send("log", logger.into(), 0, words([U256::from(0xaa), U256::from(0xbb)]));
    send("log again", logger.into(), 0, words([U256::from(0xaa), U256::from(0xcc)]));
    send("fail", reverter.into(), 0, words([U256::from(3)]));
    send("nested", proxy.into(), 0, words([word(logger), U256::from(0xdd)]));
    send("nested fail", proxy.into(), 0, words([word(reverter), U256::ZERO]));
    send("create", factory.into(), 0, initcode(&STORE));
    send("clear", store.into(), 0, words([U256::ONE, U256::ZERO]));

    let mut second = Wallet::funded(1);
    let list = AccessList(vec![AccessListItem { address: store, storage_keys: vec![B256::ZERO] }]);
    let transaction = TxEip2930 {
        chain_id: crate::node::CHAIN_ID,
        nonce: second.nonce,
        gas_price: GAS_PRICE_WEI,
        gas_limit: GAS_LIMIT,
        to: payee,
        value: U256::ONE,
        access_list: list,
        input: Bytes::new(),
    };
    raw.push(("access list", second.sign(&transaction)));
    second.nonce += 1;
    raw.push(("dynamic fee", second.next()));
    raw.push(("delegation", delegation(&second, logger)));
    raw
}

pub(super) fn legacy(nonce: u64, to: TxKind, value: u64, input: Bytes) -> TxLegacy {
    TxLegacy {
        chain_id: Some(crate::node::CHAIN_ID),
        nonce,
        gas_price: GAS_PRICE_WEI,
        gas_limit: GAS_LIMIT,
        to,
        value: U256::from(value),
        input,
    }
}

/// Sets the code of another account.
fn delegation(sender: &Wallet, code: Address) -> Vec<u8> {
    let delegating = Wallet::funded(2);
    let chain_id = U256::from(crate::node::CHAIN_ID);
    let authorization = Authorization { chain_id, address: code, nonce: 0 };
    let signature = delegating.sign_hash(authorization.signature_hash());
    let transaction = TxEip7702 {
        chain_id: crate::node::CHAIN_ID,
        nonce: sender.nonce,
        gas_limit: GAS_LIMIT,
        max_fee_per_gas: GAS_PRICE_WEI,
        max_priority_fee_per_gas: 100,
        to: delegating.address(),
        value: U256::ZERO,
        access_list: AccessList::default(),
        authorization_list: vec![authorization.into_signed(signature)],
        input: words([U256::from(1), U256::from(2)]),
    };
    sender.sign(&transaction)
}
