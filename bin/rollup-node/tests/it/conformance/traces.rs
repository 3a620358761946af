//! Traces of random transactions next to anvil's.
//!
//! The contracts are random instructions whose rules are the same on both chains: none tells the block
//! or what the sender has left.

use super::{
    compare::{Kind, compare},
    content::{initcode, legacy},
    peer::{start_anvil, start_node},
};
use crate::node::{Rpc, Wallet, quantity};
use alloy_primitives::{Address, Bytes, TxKind};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tempfile::TempDir;

const TRANSACTIONS: usize = 200;
/// Of these, those that make a contract.
const CONTRACTS: usize = 40;
const SEED: u64 = 7;

/// Instructions that take so many words and give one.
const PLAIN: [(u8, usize); 24] = [
    (0x01, 2),
    (0x02, 2),
    (0x03, 2),
    (0x04, 2),
    (0x05, 2),
    (0x06, 2),
    (0x07, 2),
    (0x08, 3),
    (0x09, 3),
    (0x0a, 2),
    (0x0b, 2),
    (0x10, 2),
    (0x11, 2),
    (0x12, 2),
    (0x13, 2),
    (0x14, 2),
    (0x15, 1),
    (0x16, 2),
    (0x17, 2),
    (0x18, 2),
    (0x19, 1),
    (0x1a, 2),
    (0x1b, 2),
    (0x1d, 2),
];
/// Instructions that take nothing and give a word: the caller, the value, sizes and gas.
const GIVING: [u8; 8] = [0x30, 0x33, 0x34, 0x36, 0x38, 0x3d, 0x59, 0x5a];

/// A program: it keeps track of nothing, so some run into errors.
fn program(random: &mut StdRng, others: &[Address]) -> Bytes {
    let mut code = Vec::new();
    for _ in 0..random.random_range(4..28) {
        instruction(random, others, &mut code);
    }
    // Stops, returns, reverts, or is invalid.
    let ends = [&[0x00][..], &[0x60, 0x20, 0x5f, 0xf3], &[0x60, 0x24, 0x5f, 0xfd], &[0xfe]];
    let end: &[u8] = ends.choose(random).unwrap();
    code.extend_from_slice(end);
    code.into()
}

fn push(random: &mut StdRng, code: &mut Vec<u8>) {
    match random.random_range(0..4) {
        0 => code.push(0x5f),
        1 | 2 => code.extend([0x60, random.random_range(0..64)]),
        _ => {
            code.push(0x7f);
            code.extend(random.random::<[u8; 32]>());
        }
    }
}

/// A small number: for places in memory and storage.
fn push_small(random: &mut StdRng, code: &mut Vec<u8>) {
    code.extend([0x60, random.random_range(0..=96)]);
}

fn instruction(random: &mut StdRng, others: &[Address], code: &mut Vec<u8>) {
    match random.random_range(0..12) {
        0..=3 => {
            let (opcode, words) = *PLAIN.choose(random).unwrap();
            (0..words).for_each(|_| push(random, code));
            code.push(opcode);
        }
        4 => code.push(*GIVING.choose(random).unwrap()),
        5 => {
            // Loads a word of the input, and stores it.
            push_small(random, code);
            code.push(0x35);
            push_small(random, code);
            code.push(*[0x52, 0x53, 0x55, 0x5d].choose(random).unwrap());
        }
        6 => {
            push_small(random, code);
            code.push(*[0x51, 0x54, 0x5c].choose(random).unwrap());
        }
        7 => {
            // Hashes or copies memory.
            (0..2).for_each(|_| push_small(random, code));
            code.push(0x20);
            (0..3).for_each(|_| push_small(random, code));
            code.push(*[0x37, 0x39, 0x5e].choose(random).unwrap());
        }
        8 => {
            let topics = random.random_range(0..=4);
            (0..topics).for_each(|_| push(random, code));
            (0..2).for_each(|_| push_small(random, code));
            code.push(0xa0 + topics);
        }
        9 | 10 => call(random, others, code),
        _ => {
            // Creates a contract with code of one byte: stop, invalid, a word, or too little to go on.
            let place = random.random_range(0..=96);
            let initcode: u8 = *[0x00, 0xfe, 0x30, 0x01].choose(random).unwrap();
            code.extend([0x60, initcode, 0x60, place, 0x53, 0x60, 1, 0x60, place, 0x5f, 0xf0]);
        }
    }
}

fn call(random: &mut StdRng, others: &[Address], code: &mut Vec<u8>) {
    let Some(other) = others.choose(random) else { return };
    let opcode: u8 = *[0xf1, 0xf2, 0xf4, 0xfa].choose(random).unwrap();
    // Place and size of output and input.
    (0..4).for_each(|_| push_small(random, code));
    if matches!(opcode, 0xf1 | 0xf2) {
        code.extend([0x60, u8::from(random.random_range(0..6) == 0)]);
    }
    code.push(0x73);
    code.extend_from_slice(other.as_slice());
    code.extend([0x61, random.random_range(0..0x40), 0xff, opcode]);
}

/// The transactions, as one account sends them.
fn transactions() -> Vec<Vec<u8>> {
    let mut random = StdRng::seed_from_u64(SEED);
    let mut sender = Wallet::funded(0);
    let mut contracts = Vec::new();
    let mut raw = Vec::new();
    for at in 0..TRANSACTIONS {
        let is_create = at < CONTRACTS;
        let (to, input) = if is_create {
            (TxKind::Create, initcode(&program(&mut random, &contracts)))
        } else {
            let input: Vec<u8> =
                (0..random.random_range(0..100)).map(|_| random.random()).collect();
            (TxKind::Call(*contracts.choose(&mut random).unwrap()), input.into())
        };
        if is_create {
            contracts.push(sender.address().create(sender.nonce));
        }
        let value = if is_create { 0 } else { random.random_range(0..3) };
        raw.push(sender.sign(&legacy(sender.nonce, to, value, input)));
        sender.nonce += 1;
    }
    raw
}

fn trace(rpc: &Rpc, hash: &str, options: Value) -> Value {
    rpc.answer("debug_traceTransaction", json!([hash, options]))
}

/// Without the gas of the whole: anvil leaves out of a limit what the transaction costs by itself, and
/// gives a used gas that its own receipt does not have. Nor does it tell what was to be written by a
/// write that failed.
fn without_what_anvil_does_not_tell(mut answer: Value) -> Value {
    let result = answer["result"].as_object_mut().unwrap();
    for field in ["gas", "gasUsed"] {
        result.remove(field);
    }
    // A write that failed: anvil leaves out what was to be written.
    for step in result.get_mut("structLogs").and_then(Value::as_array_mut).into_iter().flatten() {
        if step.get("error").is_some() {
            step.as_object_mut().unwrap().remove("storage");
        }
    }
    answer
}

#[test]
fn traces_of_random_transactions_are_those_of_anvil() {
    let directory = TempDir::new().unwrap();
    let node = start_node(directory.path());
    let anvil = start_anvil(directory.path());
    let [ours, theirs] = [node.http(), Rpc::new(anvil.address())];
    let raw = transactions();
    let hashes: Vec<_> = raw.iter().map(|raw| ours.send_raw(raw)).collect();
    for (raw, hash) in raw.iter().zip(&hashes) {
        assert_eq!(&theirs.send_raw(raw), hash);
    }
    let last = hashes.last().unwrap();
    while ours.receipt(last).is_null() {}
    while theirs.receipt(last).is_null() {
        theirs.call("evm_mine", json!([]));
    }

    let tracers = [
        json!({}),
        json!({ "enableMemory": true, "enableReturnData": true }),
        json!({ "tracer": "callTracer", "tracerConfig": { "withLog": true } }),
    ];
    let mut seen = BTreeMap::<String, usize>::new();
    for hash in &hashes {
        let receipts = [&ours, &theirs].map(|rpc| rpc.receipt(hash));
        for field in ["gasUsed", "status", "contractAddress"] {
            assert_eq!(receipts[0][field], receipts[1][field], "{hash} {field}");
        }
        for tracer in &tracers {
            let answers = [&ours, &theirs].map(|rpc| trace(rpc, hash, tracer.clone()));
            // What the receipt says, in decimals or in hexadecimals.
            let (gas_used, is_call_trace) =
                (&receipts[0]["gasUsed"], tracer.get("tracer").is_some());
            if is_call_trace {
                assert_eq!(answers[0]["result"]["gasUsed"], *gas_used, "{hash}");
            } else {
                assert_eq!(answers[0]["result"]["gas"], quantity(gas_used), "{hash}");
            }
            let answers = answers.map(without_what_anvil_does_not_tell);
            let [our_trace, their_trace] = &answers;
            let mut differences = compare("trace", our_trace, their_trace);
            // Both say that it failed, each in its own words.
            differences.retain(|one| one.kind != Kind::Value || !one.field.ends_with("error"));
            assert!(
                differences.is_empty(),
                "{hash} {tracer}: {differences:?}\n{our_trace}\n{their_trace}"
            );
            note(&mut seen, our_trace);
        }
    }
    // The programs reached what there is to see.
    for what in [
        "SSTORE",
        "TSTORE",
        "LOG2",
        "CALL",
        "DELEGATECALL",
        "STATICCALL",
        "CREATE",
        "MCOPY",
        "error",
    ] {
        assert!(seen.get(what).is_some_and(|count| *count >= 5), "{what}: {seen:?}");
    }
    node.stop();
}

/// Counts instructions and errors.
fn note(seen: &mut BTreeMap<String, usize>, trace: &Value) {
    for step in trace["result"]["structLogs"].as_array().into_iter().flatten() {
        *seen.entry(step["op"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    if trace["result"].get("error").is_some() {
        *seen.entry("error".to_owned()).or_default() += 1;
    }
}
