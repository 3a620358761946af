//! The state before a transaction, and what the transaction changes in it.

use crate::eth::{
    chain::{
        Chain, FEE_CAP_WEI, L1_SENDER, RECIPIENT, SENDER, creation, hex, invoke, l1_message,
        store_contract, transfer,
    },
    contracts::{LOGGER, STORE, words},
};
use alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rpc_types_trace::geth::{AccountState, DiffMode, PreStateMode};
use proptest::prelude::*;
use rollup_chainspec::{FEE_VAULT, L1_GAS_PRICE_ORACLE};
use rollup_primitives::ScrollTxEnvelope;
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn prestate(chain: &Chain, hash: B256, config: Value) -> Value {
    let options = json!({"tracer": "prestateTracer", "tracerConfig": config});
    chain.get("debug_traceTransaction", json!([hash, options])).await
}

/// An account as the chain tells it.
async fn account(chain: &Chain, address: Address, number: u64) -> (U256, u64, Bytes) {
    let at = json!([address, hex(number)]);
    let balance = chain.get("eth_getBalance", at.clone()).await;
    let nonce: U256 =
        serde_json::from_value(chain.get("eth_getTransactionCount", at.clone()).await).unwrap();
    let code = chain.get("eth_getCode", at).await;
    (serde_json::from_value(balance).unwrap(), nonce.to(), serde_json::from_value(code).unwrap())
}

async fn slot(chain: &Chain, address: Address, slot: B256, number: u64) -> B256 {
    let params = json!([address, slot, hex(number)]);
    serde_json::from_value(chain.get("eth_getStorageAt", params).await).unwrap()
}

/// Checks the traces of a block of one transaction against the states around it.
async fn check(chain: &Chain, number: u64) {
    let index = usize::try_from(number - 1).unwrap();
    let hash = *chain.blocks[index].block.body().transactions[0].hash();
    let before: PreStateMode =
        serde_json::from_value(prestate(chain, hash, json!({})).await).unwrap();
    for (address, shown) in &before.0 {
        let (balance, nonce, code) = account(chain, *address, number - 1).await;
        assert_eq!(shown.balance, Some(balance), "{address}");
        assert_eq!(shown.nonce.unwrap_or_default(), nonce, "{address}");
        assert_eq!(shown.code.clone().unwrap_or_default(), code, "{address}");
        for (key, value) in &shown.storage {
            assert_eq!(*value, slot(chain, *address, *key, number - 1).await, "{address} {key}");
        }
    }
    let diff = prestate(chain, hash, json!({"diffMode": true})).await;
    let diff: DiffMode = serde_json::from_value(diff).unwrap();
    let changed: BTreeSet<_> = diff.pre.keys().chain(diff.post.keys()).copied().collect();
    for address in &changed {
        let (mut balance, mut nonce, mut code) = account(chain, *address, number - 1).await;
        let none = AccountState::default();
        let post = diff.post.get(address).unwrap_or(&none);
        balance = post.balance.unwrap_or(balance);
        nonce = post.nonce.unwrap_or(nonce);
        code = post.code.clone().unwrap_or(code);
        assert_eq!((balance, nonce, code), account(chain, *address, number).await, "{address}");
        let pre = diff.pre.get(address).unwrap_or(&none);
        for key in pre.storage.keys().chain(post.storage.keys()) {
            let expected = slot(chain, *address, *key, number).await;
            // What is zero is left out.
            assert_eq!(post.storage.get(key).copied().unwrap_or_default(), expected, "{key}");
        }
    }
    // Nothing else was changed, but for what forks write before all transactions: the hash of the
    // parent, and in the first block the oracle.
    let modified = chain.get("debug_getModifiedAccountsByNumber", json!([hex(number)])).await;
    let mut modified: BTreeSet<Address> = serde_json::from_value(modified).unwrap();
    modified.remove(&HISTORY_STORAGE_ADDRESS);
    if number == 1 {
        modified.remove(&L1_GAS_PRICE_ORACLE);
    }
    assert_eq!(modified, changed);
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Transfer(u8, u16),
    Store(u8, u8),
    Create,
    L1Message,
    Log,
}

fn transaction(action: Action, nonce: &mut u64, queue_index: &mut u64) -> ScrollTxEnvelope {
    if matches!(action, Action::L1Message) {
        *queue_index += 1;
        return l1_message(*queue_index - 1);
    }
    *nonce += 1;
    let nonce = *nonce - 1;
    match action {
        Action::Transfer(to, wei) => transfer(nonce, Address::with_last_byte(to), wei.into()),
        Action::Store(slot, value) => {
            invoke(nonce, store_contract(), words([slot.into(), value.into()]))
        }
        Action::Create => creation(nonce, &LOGGER),
        Action::L1Message | Action::Log => invoke(nonce, SENDER.create(0), words([7, 8])),
    }
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        (0x80..0x90_u8, any::<u16>()).prop_map(|(to, wei)| Action::Transfer(to, wei)),
        (0..4_u8, 0..3_u8).prop_map(|(slot, value)| Action::Store(slot, value)),
        Just(Action::Create),
        Just(Action::L1Message),
        Just(Action::Log),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_difference_makes_the_state_before_that_after(
        actions in prop::collection::vec(action(), 1..8),
    ) {
        let mut chain = Chain::new();
        chain.append(vec![creation(0, &LOGGER)]);
        chain.append(vec![creation(1, &STORE)]);
        let (mut nonce, mut queue_index) = (2, 0);
        for action in actions {
            chain.append(vec![transaction(action, &mut nonce, &mut queue_index)]);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            for number in 1..=chain.blocks.len() as u64 {
                check(&chain, number).await;
            }
        });
    }
}

#[tokio::test]
async fn the_fee_vault_gets_gas_and_l1_data_fee() {
    let mut chain = Chain::new();
    chain.append(vec![transfer(0, RECIPIENT, 1_000), transfer(1, RECIPIENT, 2_000)]);
    let receipts = chain.get("eth_getBlockReceipts", json!(["0x1"])).await;
    for receipt in receipts.as_array().unwrap() {
        let hash = serde_json::from_value(receipt["transactionHash"].clone()).unwrap();
        let diff = prestate(&chain, hash, json!({"diffMode": true})).await;
        let diff: DiffMode = serde_json::from_value(diff).unwrap();
        let number =
            |field: &str| -> U256 { serde_json::from_value(receipt[field].clone()).unwrap() };
        let fee = number("gasUsed") * number("effectiveGasPrice") + number("l1Fee");
        assert!(
            !number("l1Fee").is_zero() && number("effectiveGasPrice") == U256::from(FEE_CAP_WEI)
        );
        let balance = |side: &std::collections::BTreeMap<Address, AccountState>, who: Address| {
            side.get(&who).and_then(|account| account.balance).unwrap_or_default()
        };
        let gained = balance(&diff.post, FEE_VAULT) - balance(&diff.pre, FEE_VAULT);
        assert_eq!(gained, fee);
        let received = balance(&diff.post, RECIPIENT) - balance(&diff.pre, RECIPIENT);
        let paid = balance(&diff.pre, SENDER) - balance(&diff.post, SENDER);
        assert_eq!(paid, fee + received);
    }
}

#[tokio::test]
async fn an_l1_message_pays_nothing() {
    let mut chain = Chain::new();
    let block = chain.append(vec![l1_message(0)]);
    let hash = *block.block.body().transactions[0].hash();
    let diff = prestate(&chain, hash, json!({"diffMode": true})).await;
    let diff: DiffMode = serde_json::from_value(diff).unwrap();
    assert_eq!(diff.post.keys().collect::<Vec<_>>(), [&L1_SENDER]);
    assert_eq!(diff.post[&L1_SENDER].nonce, Some(1));
    assert_eq!(diff.post[&L1_SENDER].balance, None);
}

#[tokio::test]
async fn code_and_storage_may_be_left_out() {
    let chain = Chain::with_blocks();
    let hash = *chain.blocks[1].block.body().transactions[2].hash();
    let store = store_contract().to_string().to_lowercase();
    let full = prestate(&chain, hash, json!({})).await;
    assert_eq!(full[&store]["code"], json!(STORE));
    assert!(full[&store]["storage"].is_object(), "{full}");
    let bare = prestate(&chain, hash, json!({"disableCode": true, "disableStorage": true})).await;
    assert!(bare[&store].get("code").is_none());
    assert!(bare[&store].get("storage").is_none());
}
