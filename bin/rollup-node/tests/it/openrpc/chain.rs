//! A node whose chain has something of everything.

use crate::{
    node::{CHAIN_ID, Node, Rpc, Wallet, quantity},
    run_on,
    sample::{chain_file, text},
};
use alloy_consensus::{TxEip2930, TxEip7702, TxLegacy};
use alloy_eips::eip7702::{Authorization, SignedAuthorization};
use alloy_primitives::{Address, Signature, TxKind, U256};
use serde_json::json;
use tempfile::TempDir;

const GAS_PRICE: u128 = 10_000_000_000;
const GAS_LIMIT: u64 = 100_000;
const PAYEE: Address = Address::repeat_byte(0x11);

/// An authorization by nobody, which a transaction may carry all the same.
fn authorization() -> SignedAuthorization {
    let authorization = Authorization { chain_id: U256::ZERO, address: PAYEE, nonce: 7 };
    authorization.into_signed(Signature::new(U256::ONE, U256::ONE, false))
}

/// A transaction of each type, in order of their nonces.
fn one_of_each_type(wallet: &mut Wallet) -> [Vec<u8>; 4] {
    let (chain_id, gas_price, gas_limit) = (CHAIN_ID, GAS_PRICE, GAS_LIMIT);
    let to = TxKind::Call(PAYEE);
    let fees = wallet.next();
    let nonce = wallet.nonce;
    let legacy = TxLegacy {
        chain_id: Some(chain_id),
        nonce,
        gas_price,
        gas_limit,
        to,
        ..TxLegacy::default()
    };
    let nonce = nonce + 1;
    let listed = TxEip2930 { chain_id, nonce, gas_price, gas_limit, to, ..TxEip2930::default() };
    let authorized = TxEip7702 {
        chain_id,
        nonce: nonce + 1,
        gas_limit,
        max_fee_per_gas: gas_price,
        max_priority_fee_per_gas: 100,
        to: PAYEE,
        authorization_list: vec![authorization()],
        ..TxEip7702::default()
    };
    wallet.nonce += 3;
    [fees, wallet.sign(&legacy), wallet.sign(&listed), wallet.sign(&authorized)]
}

fn wait_for_receipt(node: &Node, rpc: &Rpc, hash: &str) {
    let mut at = 0;
    while rpc.receipt(hash).is_null() {
        (at, _) = node.log.next_block(at);
        at += 1;
    }
}

/// A node on the blocks of the examples, which have L1 messages, and with a transaction of every
/// type on top. One more waits for the nonces before it.
pub(super) fn start(directory: &TempDir) -> Node {
    let data = directory.path().join("data");
    run_on(&data, &["import", text(&chain_file())]).success();
    let node = Node::start(directory.path(), &["node", "--dev", "--datadir", "data"]);
    let rpc = node.http();
    let mut wallet = Wallet::funded(0);
    let nonce = rpc.call("eth_getTransactionCount", json!([wallet.address(), "latest"]));
    wallet.nonce = quantity(&nonce);
    let hashes = one_of_each_type(&mut wallet).map(|raw| rpc.send_raw(&raw));
    for hash in hashes {
        wait_for_receipt(&node, &rpc, &hash);
    }
    wallet.nonce += 1;
    rpc.send_raw(&wallet.next());
    node
}
