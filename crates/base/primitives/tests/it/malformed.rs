//! Bytes that are no transaction.

use crate::support::{list_items, list_of, payload, samples, tagged};
use alloy_consensus::Typed2718 as _;
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy_rlp::{Decodable as _, Header};
use rollup_primitives::ScrollTxEnvelope;

fn assert_refused(raw: &[u8], why: &str) {
    assert!(ScrollTxEnvelope::decode_2718_exact(raw).is_err(), "{why}: {raw:02x?}");
    let mut network = Vec::new();
    Header { list: false, payload_length: raw.len() }.encode(&mut network);
    network.extend(raw);
    assert!(alloy_rlp::decode_exact::<ScrollTxEnvelope>(&network).is_err(), "{why}: {raw:02x?}");
}

#[test]
fn accepts_a_payload_under_its_own_type_byte_only() {
    for tx in samples() {
        let payload = payload(&tx);
        for ty in 0..=u8::MAX {
            let raw = [vec![ty], payload.clone()].concat();
            if ty == tx.ty() && !tx.is_legacy() {
                assert_eq!(ScrollTxEnvelope::decode_2718_exact(&raw).unwrap(), tx);
            } else {
                assert_refused(&raw, &format!("type {} as {ty:#04x}", tx.ty()));
            }
        }
        if !tx.is_legacy() {
            assert_refused(&payload, "typed payload without its type byte");
        }
    }
}

#[test]
fn refuses_truncated_and_trailing_bytes() {
    for tx in samples() {
        let raw = tx.encoded_2718();
        for length in 0..raw.len() {
            assert_refused(&raw[..length], "truncated");
        }
        assert_refused(&[raw, vec![0]].concat(), "trailing byte");
    }
}

#[test]
fn a_stream_of_transactions_is_read_one_by_one() {
    let stream: Vec<u8> = samples().iter().flat_map(alloy_rlp::encode).collect();
    let mut rest = stream.as_slice();
    for tx in samples() {
        assert_eq!(ScrollTxEnvelope::decode(&mut rest).unwrap(), tx);
    }
    assert!(rest.is_empty());
}

#[test]
fn refuses_a_list_of_another_length() {
    for tx in samples() {
        let fields = list_items(&payload(&tx));
        assert_refused(&tagged(&tx, list_of(&fields[..fields.len() - 1])), "field missing");
        let more = [fields.clone(), vec![vec![0x80]]].concat();
        assert_refused(&tagged(&tx, list_of(&more)), "field too many");
        for delta in [-1isize, 1] {
            let content = fields.concat();
            let mut payload = Vec::new();
            let payload_length = content.len().checked_add_signed(delta).unwrap();
            Header { list: true, payload_length }.encode(&mut payload);
            payload.extend(content);
            assert_refused(&tagged(&tx, payload), "list header is wrong");
        }
    }
}

#[test]
fn refuses_every_other_encoding_of_a_field() {
    let mut tried = 0;
    for tx in samples() {
        let fields = list_items(&payload(&tx));
        for (index, field) in fields.iter().enumerate() {
            for other in other_encodings(field) {
                let mut fields = fields.clone();
                fields[index] = other;
                assert_refused(&tagged(&tx, list_of(&fields)), &format!("field {index}"));
                tried += 1;
            }
        }
    }
    assert!(tried > 60, "{tried}");
}

/// Encodings that a lax decoder would read as the same value.
fn other_encodings(field: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = field;
    let header = Header::decode(&mut rest).unwrap();
    let length = u8::try_from(rest.len()).unwrap();
    let base = if header.list { 0xf7 } else { 0xb7 };
    let mut others = vec![[vec![base + 2, 0, length], rest.to_vec()].concat()];
    if length < 56 {
        others.push([vec![base + 1, length], rest.to_vec()].concat());
    }
    if field.len() == 1 && !header.list && length == 1 {
        others.push(vec![0x81, field[0]]);
    }
    others
}

#[test]
fn refuses_leading_zeros_of_numbers() {
    // Positions of the numbers in each sample's list.
    let numbers: [&[usize]; 6] = [
        &[0, 1, 2, 4, 6, 7, 8],
        &[0, 1, 2, 4, 6, 7, 8],
        &[0, 1, 2, 3, 5, 8, 9, 10],
        &[0, 1, 2, 3, 4, 6, 9, 10, 11],
        &[0, 1, 2, 3, 4, 6, 10, 11, 12],
        &[0, 1, 3],
    ];
    for (tx, numbers) in samples().into_iter().zip(numbers) {
        let fields = list_items(&payload(&tx));
        for index in numbers {
            let mut rest = fields[*index].as_slice();
            Header::decode(&mut rest).unwrap();
            let digits = [vec![0], rest.to_vec()].concat();
            let mut fields = fields.clone();
            fields[*index] = alloy_rlp::encode(digits.as_slice());
            let why = format!("type {} field {index}", tx.ty());
            assert_refused(&tagged(&tx, list_of(&fields)), &why);
        }
    }
}

#[test]
fn refuses_a_parity_that_is_none() {
    let parity_positions: [(usize, &[u64]); 5] = [
        (6, &[0, 1, 2, 26, 29, 34]),
        (6, &[0, 1, 2, 26, 29, 34]),
        (8, &[2, 27, 28]),
        (9, &[2, 27, 28]),
        (10, &[2, 27, 28]),
    ];
    for (tx, (index, values)) in samples().into_iter().zip(parity_positions) {
        for value in values {
            let mut fields = list_items(&payload(&tx));
            fields[index] = alloy_rlp::encode(value);
            assert_refused(&tagged(&tx, list_of(&fields)), &format!("parity {value}"));
        }
    }
}

#[test]
fn refuses_an_l1_message_without_a_recipient() {
    let tx = samples().pop().unwrap();
    let mut fields = list_items(&payload(&tx));
    fields[2] = vec![0x80];
    assert_refused(&tagged(&tx, list_of(&fields)), "no recipient");
}

#[test]
fn refuses_nothing_at_all() {
    for raw in [&[][..], &[0x7e], &[0x80], &[0xc0], &[0x02, 0xc0], &[0x7e, 0x80]] {
        assert_refused(raw, "empty");
    }
}

// A known weakness of the network form, which alloy keeps for compatibility; the roots that decide
// about a block are over the EIP-2718 bytes. A fix of it may turn this test round.
#[test]
fn network_form_tolerates_a_wrong_string_header_around_a_typed_transaction() {
    for tx in samples().into_iter().filter(|tx| !tx.is_legacy()) {
        let raw = tx.encoded_2718();
        assert_eq!(alloy_rlp::decode_exact::<ScrollTxEnvelope>(&raw).unwrap(), tx);
        let mut network = Vec::new();
        Header { list: false, payload_length: raw.len() - 1 }.encode(&mut network);
        network.extend(&raw);
        assert_eq!(alloy_rlp::decode_exact::<ScrollTxEnvelope>(&network).unwrap(), tx);
        let rest = [network, vec![0]].concat();
        assert!(alloy_rlp::decode_exact::<ScrollTxEnvelope>(&rest).is_err());
    }
}
