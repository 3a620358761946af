//! Proofs, against the state roots of the headers.

use super::chain::{Chain, RECIPIENT, SENDER, hex, store_contract};
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_rpc_types_eth::EIP1186AccountProofResponse;
use alloy_trie::{Nibbles, TrieAccount, proof::verify_proof};
use rollup_rpc::EthConfig;
use serde_json::json;

fn verify(root: B256, proof: &EIP1186AccountProofResponse, exists: bool) {
    let account = TrieAccount {
        nonce: proof.nonce,
        balance: proof.balance,
        storage_root: proof.storage_hash,
        code_hash: proof.code_hash,
    };
    let leaf = exists.then(|| alloy_rlp::encode(account));
    verify_proof(root, Nibbles::unpack(keccak256(proof.address)), leaf, &proof.account_proof)
        .unwrap();
    for slot in &proof.storage_proof {
        let key = Nibbles::unpack(keccak256(slot.key.as_b256()));
        let leaf = (!slot.value.is_zero()).then(|| alloy_rlp::encode(slot.value));
        verify_proof(proof.storage_hash, key, leaf, &slot.proof).unwrap();
    }
}

async fn prove(chain: &Chain, address: Address, number: u64) -> EIP1186AccountProofResponse {
    let keys = json!(["0x1", B256::with_last_byte(2), "0x63"]);
    let answer = chain.get("eth_getProof", json!([address, keys, hex(number)])).await;
    assert_eq!(answer["storageProof"][0]["key"], json!("0x1"), "as it was asked for");
    serde_json::from_value(answer).unwrap()
}

#[tokio::test]
async fn the_state_root_of_every_block_in_the_window_proves_them() {
    let mut chain =
        Chain::with_config(EthConfig { proof_window_blocks: 6, ..EthConfig::default() });
    for body in super::chain::bodies() {
        chain.append(body);
    }
    let second_slot = [0, 0, 0, 20, 20, 20, 20].map(U256::from);
    for number in 0..=6_u64 {
        let header = chain.storage.view().unwrap().header(number).unwrap().unwrap();
        let at = usize::try_from(number).unwrap();
        for (address, exists) in [
            (SENDER, true),
            (RECIPIENT, number > 0),
            (store_contract(), number > 0),
            (Address::repeat_byte(0x77), false),
        ] {
            let proof = prove(&chain, address, number).await;
            verify(header.state_root, &proof, exists);
            if address == store_contract() {
                assert_eq!(proof.storage_proof[1].value, second_slot[at]);
            }
        }
    }
}

#[tokio::test]
async fn old_states_are_not_proved_unless_the_window_reaches_them() {
    let chain = Chain::with_blocks();
    let latest = chain.get("eth_getProof", json!([SENDER, []])).await;
    assert_eq!(latest, chain.get("eth_getProof", json!([SENDER, [], "0x6"])).await);
    let (code, message) = chain.refused("eth_getProof", json!([SENDER, [], "0x5"])).await;
    assert_eq!(code, -32602);
    assert_eq!(message, "distance to target block exceeds maximum proof window (0 blocks)");
}

#[tokio::test]
async fn the_number_of_slots_is_limited() {
    let chain = Chain::new();
    let slots = vec!["0x1"; 1024];
    assert!(chain.ask("eth_getProof", json!([SENDER, slots])).await.is_ok());
    let slots = vec!["0x1"; 1025];
    let refusal = chain.refused("eth_getProof", json!([SENDER, slots])).await;
    assert_eq!(refusal, (-32602, "too many slots (max 1024)".to_owned()));
}
