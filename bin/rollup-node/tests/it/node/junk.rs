//! Transactions that no node takes.

use super::{
    Wallet,
    wallet::{CHAIN_ID, encode},
};
use alloy_consensus::{TxEip1559, TxLegacy};
use alloy_primitives::{Bytes, Signature, TxKind, U256, keccak256};

/// A kind of them.
pub(crate) struct Junk {
    pub(crate) name: &'static str,
    /// One of them, all different.
    pub(crate) make: fn(u64) -> Vec<u8>,
    /// What its sender is told, or how that begins.
    pub(crate) answer: &'static str,
}

/// All kinds.
pub(crate) const JUNK: [Junk; 10] = [
    Junk { name: "bad signature", make: bad_signature, answer: "invalid sender" },
    Junk {
        name: "wrong chain id",
        make: wrong_chain_id,
        answer: "invalid chain id for signer: have 1 want 1337",
    },
    Junk {
        name: "low fee",
        make: low_fee,
        answer: "transaction underpriced: gas fee cap 6, minimum needed 7",
    },
    Junk {
        name: "nonce too low",
        make: nonce_too_low,
        answer: "nonce too low: next nonce 1, tx nonce 0",
    },
    Junk {
        name: "nonce gap beyond the limit",
        make: nonce_gap,
        answer: "account limit exceeded: pooled 16 txs",
    },
    Junk { name: "oversized", make: oversized, answer: "oversized data: transaction size 1229" },
    Junk {
        name: "blob transaction",
        make: |index| typed(3, index),
        answer: "blob transactions do not exist on this chain",
    },
    Junk {
        name: "L1 message",
        make: |index| typed(0x7e, index),
        answer: "transaction type not supported: l1 messages come from l1 only",
    },
    Junk {
        name: "insufficient funds",
        make: insufficient_funds,
        answer: "insufficient funds for gas * price + value: balance 0, tx cost ",
    },
    Junk { name: "garbage", make: garbage, answer: "transaction could not be decoded" },
];

/// A transfer that differs by its index from all others.
fn transfer(wallet: &Wallet, index: u64) -> TxEip1559 {
    TxEip1559 { value: U256::from(index), ..wallet.transfer() }
}

/// The `s` is in the upper half.
fn bad_signature(index: u64) -> Vec<u8> {
    let wallet = Wallet::funded(3);
    let tx = transfer(&wallet, index);
    let good = wallet.signature(&tx);
    let order = U256::from_be_bytes(alloy_primitives::hex!(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
    ));
    encode(&tx, &Signature::new(good.r(), order - good.s(), !good.v()))
}

fn wrong_chain_id(index: u64) -> Vec<u8> {
    let wallet = Wallet::funded(3);
    wallet.sign(&TxEip1559 { chain_id: 1, ..transfer(&wallet, index) })
}

fn low_fee(index: u64) -> Vec<u8> {
    let wallet = Wallet::funded(3);
    let fees = TxEip1559 { max_fee_per_gas: 6, max_priority_fee_per_gas: 0, ..wallet.transfer() };
    wallet.sign(&TxEip1559 { value: U256::from(index), ..fees })
}

/// By the account that has sent one.
fn nonce_too_low(index: u64) -> Vec<u8> {
    let wallet = Wallet::funded(1);
    wallet.sign(&transfer(&wallet, index + 2))
}

/// By the account that has as many gaps as it may.
fn nonce_gap(index: u64) -> Vec<u8> {
    let mut wallet = Wallet::funded(2);
    wallet.nonce = 100 + index;
    wallet.sign(&wallet.transfer())
}

/// Longer than what a block can hold.
fn oversized(index: u64) -> Vec<u8> {
    let wallet = Wallet::funded(3);
    let input = Bytes::from(vec![0x5a; 122_880]);
    wallet.sign(&TxEip1559 { input, gas_limit: 10_000_000, ..transfer(&wallet, index) })
}

/// Bytes after a type, which nobody looks at.
fn typed(ty: u8, index: u64) -> Vec<u8> {
    let wallet = Wallet::funded(3);
    let mut raw = wallet.sign(&transfer(&wallet, index));
    raw[0] = ty;
    raw
}

/// By an account of its own, which has nothing.
fn insufficient_funds(index: u64) -> Vec<u8> {
    let key = keccak256(index.to_be_bytes()).to_string();
    let tx = TxLegacy {
        chain_id: Some(CHAIN_ID),
        gas_price: 1_000_000_000,
        gas_limit: 21_000,
        to: TxKind::Call(alloy_primitives::Address::ZERO),
        ..TxLegacy::default()
    };
    Wallet::of(&key).sign(&tx)
}

/// A list of RLP that is no transaction.
fn garbage(index: u64) -> Vec<u8> {
    let bytes = keccak256(index.to_be_bytes());
    [&[0xc0 + 33, 0xa0], bytes.as_slice()].concat()
}
