//! Witnesses that cannot be read or lack something: an error of the witness, never a panic, and
//! never a verdict on the block.

use crate::support::{SMALL_BLOCKS, forged, small_blocks, verify_own};
use alloy_primitives::{B256, Bytes, keccak256};
use rayon::prelude::*;
use rollup_stateless::{BlockWitness, VerifyError, WitnessError, WitnessStateError};
use rollup_trie::{EMPTY_ROOT_HASH, TrieError};
use rollup_vectors::{TestData, read_zst};
use serde_json::{Value, json};

fn small_json(data: &TestData) -> Vec<(&'static str, Vec<u8>)> {
    SMALL_BLOCKS
        .into_iter()
        .map(|file| (file, read_zst(&data.path("data/blocks").join(file)).unwrap()))
        .collect()
}

fn assert_not_a_witness(json: &[u8], why: &str) {
    let result = BlockWitness::from_json(json);
    assert!(matches!(result, Err(WitnessError::Json(_))), "{why}: {result:?}");
}

#[test]
fn refuses_what_is_not_json() {
    for json in ["", " ", "null", "3", "[]", "{}", "\"block-witness/1\"", "{\"schema\":", "\u{0}"] {
        assert_not_a_witness(json.as_bytes(), json);
    }
    assert_not_a_witness(&[0xff, 0xfe], "not even text");
    assert_not_a_witness(&[b'['; 100_000], "deeply nested");
}

#[test]
fn refuses_truncated_json() {
    let Some(data) = TestData::find() else { return };
    for (file, json) in small_json(&data) {
        let json = json.trim_ascii_end();
        let lengths = (0..json.len()).filter(|length| length % 61 == 0 || length + 99 > json.len());
        lengths.for_each(|length| assert_not_a_witness(&json[..length], file));
    }
}

#[test]
fn refuses_json_without_a_needed_field_or_of_another_type() {
    let Some(data) = TestData::find() else { return };
    let (_, json) = small_json(&data).swap_remove(0);
    let witness: Value = serde_json::from_slice(&json).unwrap();
    let refused = |place: &str, key: &str, value: Option<Value>| {
        let mut witness = witness.clone();
        let object = witness.pointer_mut(place).unwrap().as_object_mut().unwrap();
        object.remove(key).unwrap();
        object.extend(value.map(|value| (key.to_owned(), value)));
        BlockWitness::from_json(witness.to_string().as_bytes()).is_err()
    };
    let needed = [
        "schema",
        "chain_id",
        "fork",
        "state_scheme",
        "header",
        "block_hash",
        "parent_state_root",
        "transactions",
        "state_nodes",
        "codes",
    ];
    for key in needed {
        for value in [None, Some(json!(true)), Some(Value::Null), Some(json!(-1))] {
            assert!(refused("", key, value.clone()), "{key}: {value:?}");
        }
    }
    for key in witness["header"].as_object().unwrap().keys() {
        assert!(refused("/header", key, Some(json!("0x0g"))), "{key}");
        assert!(refused("/header", key, Some(json!(-1))), "{key}");
    }
    assert!(refused("", "chain_id", Some(json!(18_446_744_073_709_551_616.0))));
    assert!(refused("", "transactions", Some(json!(["0x0"]))));
}

#[test]
fn refuses_another_schema() {
    let Some(data) = TestData::find() else { return };
    let (_, json) = small_json(&data).swap_remove(0);
    let text = String::from_utf8(json).unwrap();
    for schema in ["block-witness/2", "", "Block-witness/1", "block-witness/1 "] {
        let other = text.replace("block-witness/1", schema);
        let err = BlockWitness::from_json(other.as_bytes()).unwrap_err();
        assert!(matches!(err, WitnessError::Schema { found } if found == schema));
    }
}

#[test]
fn refuses_an_unknown_fork() {
    let Some(data) = TestData::find() else { return };
    for (file, witness) in small_blocks(&data) {
        for fork in ["", "london", "galileo 2", "ethereum"] {
            let witness = BlockWitness { fork: fork.to_owned(), ..witness.clone() };
            let err = verify_own(&witness).unwrap_err();
            let is_fork = matches!(err, VerifyError::Witness(WitnessError::Fork { .. }));
            assert!(is_fork, "{file} {fork}: {err}");
        }
    }
}

#[test]
fn misses_each_node_that_it_needs() {
    let Some(data) = TestData::find() else { return };
    let (mut removed, mut missed) = (0, 0);
    for (file, witness) in small_blocks(&data) {
        let expected = verify_own(&witness).unwrap();
        let outcomes: Vec<_> = (0..witness.state_nodes.len())
            .into_par_iter()
            .map(|index| {
                let mut witness = witness.clone();
                let node = witness.state_nodes.remove(index);
                match verify_own(&witness) {
                    // Nobody reads this node.
                    Ok(verified) => {
                        assert_eq!(verified, expected, "{file}");
                        false
                    }
                    Err(err) => {
                        let found = missing_node(&err);
                        assert_eq!(found, Some(keccak256(&node)), "{file}: {err:?}");
                        true
                    }
                }
            })
            .collect();
        removed += outcomes.len();
        missed += outcomes.iter().filter(|missed| **missed).count();
        let root = keccak256_position(&witness.state_nodes, witness.parent_state_root);
        assert!(outcomes[root], "{file}: the root node is not missed");
    }
    assert!(missed * 10 > removed * 6, "only {missed} of {removed} nodes are missed");
}

fn keccak256_position(nodes: &[Bytes], hash: B256) -> usize {
    nodes.iter().position(|node| keccak256(node) == hash).unwrap()
}

/// Hash of the missing node, if that is what is wrong.
const fn missing_node(err: &VerifyError) -> Option<B256> {
    match err {
        VerifyError::Witness(WitnessError::State(WitnessStateError::Trie(
            TrieError::MissingNode { hash, .. },
        ))) => Some(*hash),
        _ => None,
    }
}

#[test]
fn misses_a_node_with_any_other_bytes_in_its_place() {
    let Some(data) = TestData::find() else { return };
    for (file, witness) in small_blocks(&data) {
        let root = keccak256_position(&witness.state_nodes, witness.parent_state_root);
        for length in [0, 1, 31, witness.state_nodes[root].len() - 1] {
            let mut witness = witness.clone();
            witness.state_nodes[root] = witness.state_nodes[root].slice(..length);
            let err = verify_own(&witness).unwrap_err();
            assert_eq!(missing_node(&err), Some(witness.parent_state_root), "{file}: {err:?}");
        }
    }
}

// The forger of a parent state root controls every node.
#[test]
fn refuses_a_root_that_is_no_node() {
    let Some(data) = TestData::find() else { return };
    let no_nodes: [&[u8]; 6] =
        [&[], &[0x80], &[0xc0], &[0x01; 40], &[0xf9, 0xff, 0xff], &[0xff; 40]];
    for (file, witness) in small_blocks(&data) {
        for bytes in no_nodes {
            let bytes = Bytes::from_static(bytes);
            let root = keccak256(&bytes);
            if root == EMPTY_ROOT_HASH {
                continue;
            }
            let mut witness = witness.clone();
            witness.parent_state_root = root;
            witness.state_nodes.push(bytes);
            let err = verify_own(&witness).unwrap_err();
            let is_invalid = matches!(
                err,
                VerifyError::Witness(WitnessError::State(WitnessStateError::Trie(
                    TrieError::InvalidNode { .. }
                )))
            );
            assert!(is_invalid, "{file}: {err:?}");
        }
    }
}

#[test]
fn misses_each_code_that_it_needs() {
    let Some(data) = TestData::find() else { return };
    let mut missed = 0;
    for (file, witness) in small_blocks(&data) {
        let expected = verify_own(&witness).unwrap();
        for index in 0..witness.codes.len() {
            let mut witness = witness.clone();
            let code = witness.codes.remove(index);
            match verify_own(&witness) {
                Ok(verified) => assert_eq!(verified, expected, "{file}"),
                Err(VerifyError::Witness(WitnessError::State(
                    WitnessStateError::MissingCode { hash },
                ))) => {
                    assert_eq!(hash, keccak256(&code), "{file}");
                    missed += 1;
                }
                Err(err) => panic!("{file}: {err:?}"),
            }
        }
    }
    assert!(missed >= 4, "{missed}");
}

#[test]
fn order_and_repetition_of_nodes_and_codes_do_not_matter() {
    let Some(data) = TestData::find() else { return };
    for (file, witness) in small_blocks(&data) {
        let expected = verify_own(&witness).unwrap();
        let mut witness = witness;
        let repeated = witness.state_nodes.clone();
        witness.state_nodes.extend(repeated);
        witness.state_nodes.push(Bytes::from_static(b"unread"));
        witness.state_nodes.reverse();
        witness.codes.push(Bytes::from_static(b"unread"));
        witness.codes.reverse();
        assert_eq!(verify_own(&witness).unwrap(), expected, "{file}");
    }
}

#[test]
fn refuses_bytes_that_are_no_transaction() {
    let Some(data) = TestData::find() else { return };
    let no_transactions: [&[u8]; 9] = [
        &[],
        &[0x00],
        &[0x7e],
        &[0xc0],
        // Blob transactions, and types that do not exist.
        &[0x03, 0xc0],
        &[0x05, 0xc0],
        &[0x7f, 0xc0],
        // Lists that claim far more bytes than there are.
        &[0x7e, 0xfb, 0xff, 0xff, 0xff, 0xff],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ];
    for (file, witness) in small_blocks(&data) {
        for raw in no_transactions {
            let index = witness.transactions.len();
            let bad = forged(&witness, |witness| {
                witness.transactions.push(Bytes::from_static(raw));
            });
            let err = verify_own(&bad).unwrap_err();
            let VerifyError::Witness(WitnessError::Transaction { index: found, .. }) = err else {
                panic!("{file}: {err:?}");
            };
            assert_eq!(found, index);
        }
    }
}
