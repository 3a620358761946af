//! Witnesses, executed without the chain they are of.

use crate::eth::{
    chain::{Chain, bodies, created, creation, hex, invoke, store_contract, transfer},
    contracts::{STORE, words},
};
use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes};
use proptest::prelude::*;
use rollup_rpc::EthConfig;
use rollup_stateless::{PartialState, StatelessError, StatelessExecution, execute};
use serde_json::{Value, json};
use std::sync::Arc;

async fn witness(chain: &Chain, number: u64) -> Value {
    chain.get("debug_executionWitness", json!([hex(number)])).await
}

fn list(witness: &Value, name: &str) -> Vec<Bytes> {
    serde_json::from_value(witness[name].clone()).unwrap()
}

/// Executes a block on these nodes and codes.
fn run(
    chain: &Chain,
    number: u64,
    nodes: Vec<Bytes>,
    witness: &Value,
) -> Result<StatelessExecution, StatelessError> {
    let headers = list(witness, "headers");
    let parent: Header = alloy_rlp::decode_exact(&headers[0]).unwrap();
    let block = &chain.blocks[usize::try_from(number - 1).unwrap()].block;
    assert_eq!(parent.hash_slow(), block.parent_hash);
    let codes = list(witness, "codes");
    let nodes = Arc::new(nodes.into_iter().collect());
    let state = PartialState { root: parent.state_root, nodes, codes: &codes };
    execute(&chain.evm, block, parent.timestamp, &state)
}

fn verify(chain: &Chain, number: u64, witness: &Value) {
    let done = run(chain, number, list(witness, "state"), witness).unwrap();
    let expected = &chain.blocks[usize::try_from(number - 1).unwrap()];
    assert_eq!(done.state_root, expected.block.state_root, "block {number}");
    assert_eq!(done.receipts, expected.receipts, "block {number}");
    done.withdraw_root.unwrap();
}

#[tokio::test]
async fn a_block_is_executed_on_its_witness_alone() {
    let mut chain = Chain::new();
    let mut as_head = Vec::new();
    for body in bodies() {
        let number = chain.append(body).block.number;
        let witness = witness(&chain, number).await;
        verify(&chain, number, &witness);
        as_head.push((number, witness));
    }
    // Of an older block it is what it was.
    for flushed in [false, true] {
        if flushed {
            chain.storage.flush().unwrap();
        }
        for (number, expected) in &as_head {
            assert_eq!(&witness(&chain, *number).await, expected, "block {number}");
            let hash = chain.id_of(usize::try_from(*number).unwrap()).hash;
            let by_hash = chain.get("debug_executionWitnessByBlockHash", json!([hash])).await;
            assert_eq!(&by_hash, expected);
        }
    }
}

#[tokio::test]
async fn keys_name_what_is_read() {
    let chain = Chain::with_blocks();
    let witness = witness(&chain, 2).await;
    let keys = list(&witness, "keys");
    let store = Bytes::copy_from_slice(store_contract().as_slice());
    let at = keys.iter().position(|key| *key == store).unwrap();
    // The slot is listed behind its account.
    assert_eq!(keys[at + 1], Bytes::from(B256::with_last_byte(1)));
    assert!(keys.contains(&Bytes::copy_from_slice(created(3).as_slice())));
    assert!(list(&witness, "codes").contains(&STORE));
}

#[tokio::test]
async fn the_sibling_of_what_is_removed_is_there() {
    let mut chain = Chain::new();
    chain.append(vec![creation(0, &STORE)]);
    let store = created(0);
    let mut nonce = 1;
    for slots in 2..6 {
        let fill = (0..slots).map(|slot| invoke(nonce + slot, store, words([slot, 1]))).collect();
        chain.append(fill);
        nonce += slots;
        for slot in 0..slots {
            let number = chain.append(vec![invoke(nonce, store, words([slot, 0]))]).block.number;
            nonce += 1;
            verify(&chain, number, &witness(&chain, number).await);
        }
    }
}

#[tokio::test]
async fn without_a_node_or_code_of_it_execution_fails() {
    let chain = Chain::with_blocks();
    let whole = witness(&chain, 2).await;
    let nodes = list(&whole, "state");
    let mut needed = 0;
    for left_out in 0..nodes.len() {
        let mut rest = nodes.clone();
        rest.remove(left_out);
        needed += usize::from(run(&chain, 2, rest, &whole).is_err());
    }
    // All but what only the withdraw root is for.
    assert!(needed > 0 && needed + 4 >= nodes.len(), "{needed} of {}", nodes.len());
    let mut bare = whole;
    bare["codes"] = json!([]);
    assert!(run(&chain, 2, nodes, &bare).is_err());
}

#[tokio::test]
async fn no_witness_is_made_of_genesis_or_of_old_blocks() {
    let mut chain =
        Chain::with_config(EthConfig { witness_window_blocks: 1, ..EthConfig::default() });
    for body in bodies() {
        chain.append(body);
    }
    let (code, text) = chain.refused("debug_executionWitness", json!(["earliest"])).await;
    assert_eq!((code, text.as_str()), (-32000, "genesis is not executed"));
    let (code, text) = chain.refused("debug_executionWitness", json!(["0x4"])).await;
    assert_eq!((code, text.contains("more than 1 blocks below the head")), (-32005, true));
    verify(&chain, 5, &witness(&chain, 5).await);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_blocks_are_executed_on_their_witnesses(
        blocks in prop::collection::vec(
            prop::collection::vec((0..12_u64, 0..3_u64, any::<bool>()), 0..8),
            1..5,
        ),
    ) {
        let mut chain = Chain::new();
        chain.append(vec![creation(0, &STORE)]);
        let mut nonce = 1;
        for block in blocks {
            let mut body = Vec::new();
            for (slot, value, stores) in block {
                let to = Address::with_last_byte(0x80 + u8::try_from(slot).unwrap());
                body.push(if stores {
                    invoke(nonce, created(0), words([slot, value]))
                } else {
                    transfer(nonce, to, value)
                });
                nonce += 1;
            }
            chain.append(body);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for number in 1..=chain.blocks.len() as u64 {
            let witness = runtime.block_on(witness(&chain, number));
            verify(&chain, number, &witness);
        }
    }
}
