//! Complete witnesses of blocks that are not as they claim: a difference, and the right one.

use crate::support::{
    forged, replace_transaction, reseal, small_blocks, transactions_root, verify_own,
};
use alloy_consensus::transaction::SignerRecoverable as _;
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{B256, Bloom, Bytes, Signature, U256, uint};
use rayon::prelude::*;
use rollup_chainspec::ScrollHardfork;
use rollup_consensus::{BodyError, PostExecutionError};
use rollup_primitives::{ScrollTxEnvelope, ScrollTypedTransaction};
use rollup_stateless::{
    BlockWitness, Difference, VerifyError, WitnessError, WitnessHeader, WitnessStateError, verify,
};
use rollup_trie::{EMPTY_ROOT_HASH, TrieError};
use rollup_vectors::{TestData, read_witness};

const CURVE_ORDER: U256 =
    uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

/// The difference that verification finds.
fn difference(witness: &BlockWitness) -> Difference {
    match verify_own(witness) {
        Err(VerifyError::Difference(difference)) => *difference,
        other => panic!("no difference, but {other:?}"),
    }
}

const fn hash_field(difference: &Difference) -> Option<&'static str> {
    match difference {
        Difference::Hash { field, .. } => Some(field),
        _ => None,
    }
}

#[test]
fn every_header_field_is_part_of_the_block_hash() {
    let Some(data) = TestData::find() else { return };
    let changes: [fn(&mut WitnessHeader); 16] = [
        |header| header.parent_hash.0[0] ^= 1,
        |header| header.ommers_hash.0[31] ^= 1,
        |header| header.beneficiary.0[0] ^= 1,
        |header| header.state_root.0[0] ^= 1,
        |header| header.transactions_root.0[0] ^= 1,
        |header| header.receipts_root.0[0] ^= 1,
        |header| header.logs_bloom.0[0] ^= 1,
        |header| header.difficulty ^= 1,
        |header| header.number ^= 1,
        |header| header.gas_limit ^= 1,
        |header| header.gas_used ^= 1,
        |header| header.timestamp ^= 1,
        |header| header.extra_data = [&header.extra_data[..], &[0]].concat().into(),
        |header| header.mix_hash.0[0] ^= 1,
        |header| header.nonce.0[0] ^= 1,
        |header| header.base_fee_per_gas = header.base_fee_per_gas.map(|fee| fee ^ 1),
    ];
    for (file, witness) in small_blocks(&data) {
        for (index, change) in changes.into_iter().enumerate() {
            let mut witness = witness.clone();
            change(&mut witness.header);
            let field = hash_field(&difference(&witness));
            assert_eq!(field, Some("block hash"), "{file}: change {index}");
        }
        let unsealed = BlockWitness { block_hash: B256::ZERO, ..witness };
        assert_eq!(hash_field(&difference(&unsealed)), Some("block hash"), "{file}");
    }
}

#[test]
fn wrong_results_are_named() {
    let Some(data) = TestData::find() else { return };
    for (file, witness) in small_blocks(&data) {
        let header = witness.header.clone();

        let got = difference(&forged(&witness, |witness| witness.header.gas_used += 1));
        let Difference::Results(PostExecutionError::GasUsed { got, expected }) = got else {
            panic!("{file}: {got}");
        };
        assert_eq!((got, expected), (header.gas_used, header.gas_used + 1));

        let got = difference(&forged(&witness, |witness| {
            witness.header.receipts_root = B256::repeat_byte(1);
        }));
        let Difference::Results(PostExecutionError::ReceiptsRoot { got, expected }) = got else {
            panic!("{file}: {got}");
        };
        assert_eq!((got, expected), (header.receipts_root, B256::repeat_byte(1)));

        let bloom = Bloom::repeat_byte(1);
        let got = difference(&forged(&witness, |witness| witness.header.logs_bloom = bloom));
        let Difference::Results(PostExecutionError::LogsBloom { got, expected }) = got else {
            panic!("{file}: {got}");
        };
        assert_eq!((*got, *expected), (header.logs_bloom, bloom));

        let got = difference(&forged(&witness, |witness| {
            witness.header.state_root = witness.parent_state_root;
        }));
        let Difference::StateRoot { got, expected, .. } = got else { panic!("{file}: {got}") };
        assert_eq!((got, expected), (header.state_root, witness.parent_state_root));
    }
}

#[test]
fn wrong_derived_results_are_named() {
    let Some(data) = TestData::find() else { return };
    for (file, witness) in small_blocks(&data) {
        let with = |change: &dyn Fn(&mut rollup_stateless::DerivedResults)| {
            let mut witness = witness.clone();
            change(witness.derived.as_mut().unwrap());
            difference(&witness)
        };
        let last = witness.transactions.len().checked_sub(1);
        if let Some(last) = last {
            for (field, got) in [
                ("gas used", with(&|derived| derived.tx_gas_used.as_mut().unwrap()[last] += 1)),
                ("l1 data fee", with(&|derived| derived.l1_data_fees.as_mut().unwrap()[last] += 1)),
            ] {
                let Difference::Transaction { field: found, index, .. } = got else {
                    panic!("{file}: {got}");
                };
                assert_eq!((found, index), (field, last));
            }
            let got = with(&|derived| derived.receipts.as_mut().unwrap()[last] = Bytes::new());
            assert!(matches!(got, Difference::Receipt { index } if index == last), "{got}");
        }
        for got in [
            with(&|derived| derived.tx_gas_used.as_mut().unwrap().resize(1_000_000, 0)),
            with(&|derived| derived.l1_data_fees.as_mut().unwrap().push(0)),
            with(&|derived| derived.receipts.as_mut().unwrap().push(Bytes::new())),
        ] {
            let Difference::Count { got, .. } = got else { panic!("{file}: {got}") };
            assert_eq!(got, witness.transactions.len());
        }
        if witness.derived.as_ref().unwrap().withdraw_root.is_some() {
            let got = with(&|derived| derived.withdraw_root = Some(B256::repeat_byte(1)));
            assert_eq!(hash_field(&got), Some("withdraw root"), "{file}");
        }
    }
}

#[test]
fn another_parent_state_is_not_in_the_witness() {
    let Some(data) = TestData::find() else { return };
    for (file, witness) in small_blocks(&data) {
        let root = B256::repeat_byte(1);
        let err = verify_own(&BlockWitness { parent_state_root: root, ..witness }).unwrap_err();
        let VerifyError::Witness(WitnessError::State(WitnessStateError::Trie(
            TrieError::MissingNode { hash, .. },
        ))) = err
        else {
            panic!("{file}: {err:?}");
        };
        assert_eq!(hash, root);
    }
}

#[test]
fn an_empty_parent_state_is_another_one() {
    let Some(data) = TestData::find() else { return };
    for (_, witness) in small_blocks(&data) {
        difference(&BlockWitness { parent_state_root: EMPTY_ROOT_HASH, ..witness });
    }
}

#[test]
fn unsealed_changes_of_the_transactions_are_seen() {
    let Some(data) = TestData::find() else { return };
    for (file, witness) in small_blocks(&data) {
        if witness.transactions.is_empty() {
            continue;
        }
        let changes: [fn(&mut Vec<Bytes>); 3] = [
            |transactions| transactions.push(transactions[0].clone()),
            |transactions| transactions.truncate(transactions.len() - 1),
            |transactions| transactions.rotate_left(1),
        ];
        for change in changes {
            let mut witness = witness.clone();
            change(&mut witness.transactions);
            if transactions_root(&witness.transactions) != witness.header.transactions_root {
                let field = hash_field(&difference(&witness));
                assert_eq!(field, Some("transactions_root"), "{file}");
            }
        }
    }
}

// Two transactions of one sender have one order only.
#[test]
fn sealed_changes_of_the_order_are_seen() {
    let Some(data) = TestData::find() else { return };
    let mut swapped = 0;
    for (file, witness) in small_blocks(&data) {
        let senders: Vec<_> = witness
            .body()
            .unwrap()
            .transactions
            .iter()
            .map(|tx| tx.recover_signer().unwrap())
            .collect();
        for index in (1..senders.len()).filter(|index| senders[index - 1] == senders[*index]) {
            let witness = forged(&witness, |witness| witness.transactions.swap(index - 1, index));
            let got = difference(&witness);
            assert!(matches!(got, Difference::Execution(_)), "{file}: {got}");
            swapped += 1;
        }
    }
    assert!(swapped > 5, "{swapped}");
}

#[test]
fn a_repeated_transaction_is_seen() {
    let Some(data) = TestData::find() else { return };
    for (file, witness) in small_blocks(&data) {
        for index in 0..witness.transactions.len() {
            let witness = forged(&witness, |witness| {
                witness.transactions.push(witness.transactions[index].clone());
            });
            let got = difference(&witness);
            let is_invalid = matches!(got, Difference::Execution(_) | Difference::Body(_));
            assert!(is_invalid, "{file}: {got}");
        }
    }
}

fn with_signature(tx: ScrollTxEnvelope, signature: Signature) -> ScrollTxEnvelope {
    ScrollTypedTransaction::from(tx).into_signed(signature)
}

#[test]
fn signatures_without_a_sender_are_seen() {
    let Some(data) = TestData::find() else { return };
    let forgeries: [fn(&Signature) -> Signature; 3] = [
        |old| Signature::new(old.r(), CURVE_ORDER - old.s(), !old.v()),
        |old| Signature::new(U256::ZERO, old.s(), old.v()),
        |old| Signature::new(old.r(), U256::ZERO, old.v()),
    ];
    for (file, witness) in small_blocks(&data) {
        for index in 0..witness.transactions.len() {
            let tx = witness.body().unwrap().transactions.swap_remove(index);
            let Some(signature) = tx.signature() else {
                continue;
            };
            for forge in forgeries {
                let signature = forge(signature);
                let witness = forged(&witness, |witness| {
                    replace_transaction(witness, index, |tx| with_signature(tx, signature));
                });
                let got = difference(&witness);
                let Difference::Sender(err) = got else { panic!("{file}: {got}") };
                assert_eq!(err.index, index);
            }
        }
    }
}

/// One bit of each byte, which a seed picks.
fn flips(raw: &[u8], seed: u8) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..raw.len()).map(move |index| {
        let mut raw = raw.to_vec();
        raw[index] ^= 1 << ((index + usize::from(seed)) % 8);
        raw
    })
}

#[test]
fn a_flipped_bit_anywhere_in_a_transaction_is_seen() {
    let Some(data) = TestData::find() else { return };
    small_blocks(&data).into_par_iter().for_each(|(file, witness)| {
        for index in 0..witness.transactions.len() {
            for raw in (0..3).flat_map(|seed| flips(&witness.transactions[index], seed)) {
                let mut witness = witness.clone();
                witness.transactions[index] = raw.into();
                match verify_own(&witness) {
                    Err(VerifyError::Witness(WitnessError::Transaction {
                        index: found, ..
                    })) => {
                        assert_eq!(found, index, "{file}");
                    }
                    Err(VerifyError::Difference(got)) => {
                        assert_eq!(hash_field(&got), Some("transactions_root"), "{file}");
                    }
                    other => panic!("{file}: {other:?}"),
                }
            }
        }
    });
}

// Resealed, so that only execution can tell.
#[test]
fn a_flipped_bit_in_a_resealed_transaction_is_seen_by_execution() {
    let Some(data) = TestData::find() else { return };
    small_blocks(&data).into_par_iter().for_each(|(file, witness)| {
        for index in 0..witness.transactions.len() {
            let is_l1_message = witness.transactions[index][0] == 0x7e;
            for raw in (0..3).flat_map(|seed| flips(&witness.transactions[index], seed)) {
                let forged = forged(&witness, |witness| witness.transactions[index] = raw.into());
                match verify_own(&forged) {
                    // Another sender or recipient, whose account the witness does not show.
                    Err(
                        VerifyError::Witness(
                            WitnessError::State(_) | WitnessError::Transaction { .. },
                        )
                        | VerifyError::Difference(_),
                    ) => {}
                    // Execution sees no queue index and no spare gas, and of a message that its
                    // sender cannot fund neither value nor recipient.
                    Ok(_) if is_l1_message => {
                        let [old, new] = [&witness, &forged].map(|witness| {
                            let tx = witness.body().unwrap().transactions.swap_remove(index);
                            tx.as_l1_message().unwrap().inner().clone()
                        });
                        assert_eq!((old.sender, old.input), (new.sender, new.input), "{file}");
                    }
                    other => panic!("{file}: {other:?}"),
                }
            }
        }
    });
}

#[test]
fn an_l1_message_behind_a_transaction_is_seen() {
    let Some(data) = TestData::find() else { return };
    let message = read_witness(&data, "feynman/36.json.zst").unwrap().transactions.remove(0);
    let mut witness = read_witness(&data, "feynman/16525002.json.zst").unwrap();
    witness.transactions.push(message.clone());
    reseal(&mut witness);
    let got = difference(&witness);
    let is_order =
        matches!(got, Difference::Body(BodyError::L1MessageAfterTransaction { index: 2 }));
    assert!(is_order, "{got}");

    let mut witness = read_witness(&data, "feynman/36.json.zst").unwrap();
    witness.transactions.push(message);
    reseal(&mut witness);
    let got = difference(&witness);
    let is_order = matches!(got, Difference::Body(BodyError::QueueIndexNotConsecutive { .. }));
    assert!(is_order, "{got}");
}

#[test]
fn a_transaction_for_another_chain_is_seen() {
    let Some(data) = TestData::find() else { return };
    for (file, witness) in small_blocks(&data) {
        let body = witness.body().unwrap();
        let is_protected = body.transactions.iter().any(|tx| tx.signature().is_some());
        let witness = BlockWitness { chain_id: witness.chain_id + 1, ..witness };
        if is_protected {
            let got = difference(&witness);
            assert!(matches!(got, Difference::Execution(_)), "{file}: {got}");
        }
    }
}

#[test]
fn extreme_header_values_do_no_harm_under_any_fork() {
    type Set = fn(&mut WitnessHeader, u64);
    let Some(data) = TestData::find() else { return };
    let fields: [(&str, Set); 6] = [
        ("number", |header, value| header.number = value),
        ("timestamp", |header, value| header.timestamp = value),
        ("gas_limit", |header, value| header.gas_limit = value),
        ("gas_used", |header, value| header.gas_used = value),
        ("difficulty", |header, value| header.difficulty = value),
        ("base_fee_per_gas", |header, value| header.base_fee_per_gas = Some(value)),
    ];
    small_blocks(&data).into_par_iter().for_each(|(file, witness)| {
        for (field, set) in fields {
            for value in [0, 1, u64::MAX] {
                let witness = forged(&witness, |witness| set(&mut witness.header, value));
                for fork in ScrollHardfork::ALL {
                    let result = verify(&witness, fork);
                    let is_internal = matches!(result, Err(VerifyError::Internal(_)));
                    assert!(!is_internal, "{file}: {field} {value} under {fork}: {result:?}");
                }
            }
        }
        let without_base_fee = forged(&witness, |witness| witness.header.base_fee_per_gas = None);
        for fork in ScrollHardfork::ALL {
            let result = verify(&without_base_fee, fork);
            assert!(!matches!(result, Err(VerifyError::Internal(_))), "{file}: {fork}: {result:?}");
        }
    });
}

#[test]
fn a_transaction_above_the_gas_limit_of_the_block_is_seen() {
    let Some(data) = TestData::find() else { return };
    for (file, witness) in small_blocks(&data) {
        if witness.transactions.is_empty() {
            continue;
        }
        let witness = forged(&witness, |witness| witness.header.gas_limit = 20_999);
        let got = difference(&witness);
        assert!(matches!(got, Difference::Execution(_)), "{file}: {got}");
    }
}

#[test]
fn encodings_of_forged_transactions_are_those_of_the_block() {
    let Some(data) = TestData::find() else { return };
    for (file, witness) in small_blocks(&data) {
        // Forging nothing leaves a block as it is, so the other tests fail for their own reason.
        let same = forged(&witness, |witness| {
            for index in 0..witness.transactions.len() {
                replace_transaction(witness, index, |tx| tx);
            }
        });
        assert_eq!(same.block_hash, witness.block_hash, "{file}");
        let body = same.body().unwrap();
        let raw: Vec<_> = body.transactions.iter().map(|tx| tx.encoded_2718()).collect();
        assert_eq!(raw, witness.transactions, "{file}");
        verify_own(&same).unwrap();
    }
}
