//! Senders and creators.

use super::{chain, pruned_chain};
use crate::{
    eth::chain::{L1_SENDER, OTHER_SENDER, RECIPIENT, SENDER, created, store_contract},
    trace::contracts,
};
use alloy_primitives::{Address, B256, keccak256};
use rollup_chainspec::FEE_VAULT;
use serde_json::{Value, json};

const BY_NONCE: &str = "ots_getTransactionBySenderAndNonce";
const CREATOR: &str = "ots_getContractCreator";

#[tokio::test]
async fn every_nonce_leads_to_its_transaction() {
    let chain = chain();
    for round in ["in memory", "stored"] {
        let mut count = 0;
        for block in &chain.blocks {
            let transactions = &block.block.body().transactions;
            for (transaction, sender) in transactions.iter().zip(block.block.senders()) {
                if transaction.is_l1_message() {
                    continue;
                }
                let nonce = alloy_consensus::Transaction::nonce(transaction);
                let found = chain.get(BY_NONCE, json!([sender, nonce])).await;
                assert_eq!(found, json!(transaction.hash()), "{sender} {nonce} {round}");
                count += 1;
            }
        }
        assert_eq!(count, 19);
        // An authorization used up the nonce 12; the others are not used yet, or are of L1 messages.
        for (sender, nonce) in [(SENDER, 12), (SENDER, 17), (OTHER_SENDER, 3), (L1_SENDER, 0)] {
            let found = chain.get(BY_NONCE, json!([sender, nonce])).await;
            assert_eq!(found, Value::Null, "{sender} {nonce}");
        }
        chain.storage.flush().unwrap();
    }
}

#[tokio::test]
async fn contracts_have_a_creator() {
    let chain = chain();
    for (nonce, block, at) in [(1, 0, 3), (2, 1, 0), (3, 1, 1)] {
        let hash = *chain.blocks[block].block.body().transactions[at].hash();
        let expected = json!({"hash": hash, "creator": SENDER});
        assert_eq!(chain.get(CREATOR, json!([created(nonce)])).await, expected);
    }
    // No code, code of genesis, and a delegation.
    for address in [RECIPIENT, Address::repeat_byte(0x99), FEE_VAULT, SENDER] {
        assert_eq!(chain.get(CREATOR, json!([address])).await, Value::Null, "{address}");
    }
}

#[tokio::test]
async fn a_contract_may_be_the_creator() {
    let mut chain = contracts::chain();
    // Creates, by CREATE2, what it is given as input: here a contract with the code 0x00.
    let initcode = alloy_primitives::bytes!("60015ff3");
    let factory = alloy_primitives::bytes!("365f5f375f365f5ff500");
    let creation = crate::eth::chain::creation(6, &factory);
    let call = crate::eth::chain::invoke(7, created(6), initcode.clone());
    let hash = *call.hash();
    chain.append(vec![creation, call]);
    let address = created(6).create2(B256::ZERO, keccak256(&initcode));
    let expected = json!({"hash": hash, "creator": created(6)});
    assert_eq!(chain.get(CREATOR, json!([address])).await, expected);
}

#[tokio::test]
async fn what_is_pruned_is_refused() {
    let chain = pruned_chain();
    for (method, params) in [
        (CREATOR, json!([store_contract()])),
        (BY_NONCE, json!([SENDER, 3])),
        ("reth_getBalanceChangesInBlock", json!(["0x3"])),
        ("trace_block", json!(["0x3"])),
    ] {
        let (code, message) = chain.refused(method, params).await;
        assert_eq!(code, 4444, "{method}");
        assert!(message.starts_with("pruned history unavailable"), "{message}");
    }
    assert_eq!(
        chain.get(BY_NONCE, json!([OTHER_SENDER, 1])).await,
        json!(chain.blocks[6].block.body().transactions[3].hash()),
    );
}
