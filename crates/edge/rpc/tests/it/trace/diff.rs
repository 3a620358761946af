//! What transactions change.

use crate::eth::{
    chain::{
        Chain, L1_SENDER, SENDER, created, creation, delegation, hex, invoke, l1_message, transfer,
    },
    contracts::{CLEARER, PROXY, REVERTER, STORE, words},
};
use alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS;
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use alloy_rpc_types_trace::parity::{AccountDiff, Delta, StateDiff};
use proptest::{collection::vec, prelude::*};
use rollup_chainspec::FEE_VAULT;
use rollup_primitives::ScrollTxEnvelope;
use rollup_storage::ChainView;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Debug};

/// What a transaction is.
#[derive(Clone, Debug)]
enum Kind {
    L1Message,
    Transfer { to: u8, wei: u64 },
    Store { slot: u64, value: u64 },
    StoreByProxy { value: u64 },
    Clear,
    Revert,
    Create,
    Delegate,
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        (0_u8..3, 0_u64..3).prop_map(|(to, wei)| Kind::Transfer { to, wei }),
        (0_u64..3, 0_u64..3).prop_map(|(slot, value)| Kind::Store { slot, value }),
        (0_u64..3).prop_map(|value| Kind::StoreByProxy { value }),
        Just(Kind::Clear),
        Just(Kind::Revert),
        Just(Kind::Create),
        Just(Kind::Delegate),
    ]
}

/// Contracts in the first block, then blocks of these transactions, L1 messages first.
fn chain_of(blocks: &[(u64, Vec<Kind>)]) -> Chain {
    let mut chain = Chain::new();
    let contracts = [STORE, REVERTER, PROXY, CLEARER];
    chain.append((0..).zip(&contracts).map(|(nonce, code)| creation(nonce, code)).collect());
    let (mut nonce, mut queue_index) = (4, 0);
    for (messages, kinds) in blocks {
        let kinds = (0..*messages).map(|_| &Kind::L1Message).chain(kinds);
        let body = kinds.map(|kind| transaction(kind, &mut nonce, &mut queue_index)).collect();
        chain.append(body);
    }
    chain
}

fn transaction(kind: &Kind, next_nonce: &mut u64, queue_index: &mut u64) -> ScrollTxEnvelope {
    let nonce = *next_nonce;
    *next_nonce += match kind {
        Kind::L1Message => 0,
        Kind::Delegate => 2,
        _ => 1,
    };
    match *kind {
        Kind::L1Message => {
            *queue_index += 1;
            l1_message(*queue_index - 1)
        }
        Kind::Transfer { to, wei } => transfer(nonce, Address::repeat_byte(0xb0 + to), wei),
        Kind::Store { slot, value } => invoke(nonce, created(0), words([slot, value])),
        Kind::StoreByProxy { value } => {
            let target = created(0).into_word();
            let input = [target.as_slice(), &words([value])].concat();
            invoke(nonce, created(2), input.into())
        }
        Kind::Clear => invoke(nonce, created(3), Bytes::new()),
        Kind::Revert => invoke(nonce, created(1), words([1])),
        Kind::Create => creation(nonce, &STORE),
        Kind::Delegate => delegation(nonce, created(0)),
    }
}

/// An account, as far as it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Model {
    exists: bool,
    balance: U256,
    nonce: U64,
    code: Bytes,
    storage: BTreeMap<B256, B256>,
}

fn read(view: &ChainView, number: u64, address: Address, slots: &AccountDiff) -> Model {
    let state = view.state_after(number).unwrap().unwrap();
    let account = state.account(address).unwrap();
    let exists = account.is_some();
    let account = account.unwrap_or_default();
    let slot = |slot: &B256| (*slot, state.storage(address, (*slot).into()).unwrap().into());
    Model {
        exists,
        balance: account.balance,
        nonce: U64::from(account.nonce),
        code: state.code(account.code_hash).unwrap().unwrap_or_default(),
        storage: slots.storage.keys().map(slot).collect(),
    }
}

fn apply<T: Clone + PartialEq + Debug>(value: &mut T, delta: &Delta<T>) {
    match delta {
        Delta::Unchanged => {}
        Delta::Added(to) => *value = to.clone(),
        Delta::Changed(change) => {
            assert_eq!(*value, change.from);
            *value = change.to.clone();
        }
        Delta::Removed(_) => panic!("no account is removed"),
    }
}

fn assert_block(view: &ChainView, chain: &Chain, number: u64, diffs: &[StateDiff]) {
    let mut slots = BTreeMap::<Address, AccountDiff>::new();
    for (address, diff) in diffs.iter().flat_map(|diff| &diff.0) {
        slots.entry(*address).or_default().storage.extend(diff.storage.clone());
    }
    let before = |address: &Address| read(view, number - 1, *address, &slots[address]);
    let mut models: BTreeMap<_, _> =
        slots.keys().map(|address| (*address, before(address))).collect();
    for (address, diff) in diffs.iter().flat_map(|diff| &diff.0) {
        let model = models.get_mut(address).unwrap();
        assert_eq!(diff.balance.is_added(), !model.exists, "{address}");
        model.exists = true;
        apply(&mut model.balance, &diff.balance);
        apply(&mut model.nonce, &diff.nonce);
        apply(&mut model.code, &diff.code);
        for (slot, delta) in &diff.storage {
            apply(model.storage.get_mut(slot).unwrap(), delta);
        }
    }
    for (address, model) in &models {
        assert_eq!(*model, read(view, number, *address, &slots[address]), "{address}");
    }
    // Nothing else was changed, but by what comes before all transactions: the hash of the parent,
    // and in the first block the slots of the oracle.
    if number == 1 {
        return;
    }
    let index = usize::try_from(number).unwrap() - 1;
    for (address, diff) in &chain.blocks[index].changes.diff().accounts {
        if *address != HISTORY_STORAGE_ADDRESS {
            let shown = slots.get(address).unwrap_or_else(|| panic!("{address}"));
            for slot in diff.storage.keys() {
                assert!(shown.storage.contains_key(&B256::from(*slot)), "{address} {slot}");
            }
        }
    }
}

async fn replayed(chain: &Chain, number: u64) -> Vec<Value> {
    let types = json!(["trace", "vmTrace", "stateDiff"]);
    let params = json!([hex(number), types]);
    let replayed = chain.get("trace_replayBlockTransactions", params).await;
    let replayed = replayed.as_array().unwrap().clone();
    for of_block in &replayed {
        let hash = &of_block["transactionHash"];
        let mut alone = chain.get("trace_replayTransaction", json!([hash, types])).await;
        alone["transactionHash"] = hash.clone();
        assert_eq!(alone, *of_block);
    }
    replayed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..Default::default() })]

    #[test]
    fn the_state_before_with_the_changes_is_the_state_after(
        blocks in vec((0_u64..3, vec(kinds(), 0..6)), 1..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(assert_chain(&blocks));
    }
}

async fn assert_chain(blocks: &[(u64, Vec<Kind>)]) {
    let chain = chain_of(blocks);
    let view = chain.storage.view().unwrap();
    for number in 1..=chain.blocks.len() as u64 {
        let replayed = replayed(&chain, number).await;
        let diff = |results: &Value| serde_json::from_value(results["stateDiff"].clone()).unwrap();
        let diffs: Vec<StateDiff> = replayed.iter().map(diff).collect();
        assert_block(&view, &chain, number, &diffs);
    }
}

#[tokio::test]
async fn fees_are_in_the_changes_with_the_l1_data_fee() {
    let chain = Chain::with_blocks();
    let hash = *chain.blocks[0].block.body().transactions[2].hash();
    let receipt = chain.get("eth_getTransactionReceipt", json!([hash])).await;
    let number = |field: &str| serde_json::from_value::<U256>(receipt[field].clone()).unwrap();
    let fees = number("gasUsed") * number("effectiveGasPrice") + number("l1Fee");
    assert!(number("l1Fee") > U256::ZERO);

    let results = chain.get("trace_replayTransaction", json!([hash, ["stateDiff"]])).await;
    let diff: StateDiff = serde_json::from_value(results["stateDiff"].clone()).unwrap();
    let paid = diff[&SENDER].balance.as_changed().unwrap();
    assert_eq!(paid.from - paid.to, fees + U256::from(1_000));
    let received = match &diff[&FEE_VAULT].balance {
        Delta::Added(balance) => *balance,
        delta => {
            let change = delta.as_changed().unwrap();
            change.to - change.from
        }
    };
    assert_eq!(received, fees);
}

#[tokio::test]
async fn an_l1_message_pays_no_fee() {
    let chain = Chain::with_blocks();
    let hash = *chain.blocks[0].block.body().transactions[0].hash();
    let results = chain.get("trace_replayTransaction", json!([hash, ["stateDiff"]])).await;
    let diff: StateDiff = serde_json::from_value(results["stateDiff"].clone()).unwrap();
    assert_eq!(diff.keys().collect::<Vec<_>>(), [&L1_SENDER]);
    assert_eq!(diff[&L1_SENDER].balance, Delta::Added(U256::ZERO));
    assert_eq!(diff[&L1_SENDER].nonce, Delta::Added(U64::from(1)));
}
