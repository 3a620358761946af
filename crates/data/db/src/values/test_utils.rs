//! Checks that every value must pass.

use crate::codec::Value;
use std::fmt::Debug;

pub(crate) fn encoded<V: Value>(value: &V) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    bytes
}

/// Asserts that a value is read back, and that encoding only appends.
#[track_caller]
pub(crate) fn assert_round_trip<V: Value + PartialEq + Debug>(value: &V) {
    let bytes = encoded(value);
    assert_eq!(V::decode(&bytes).as_ref(), Ok(value));
    let mut after = vec![0xee];
    value.encode(&mut after);
    assert_eq!(after[1..], bytes);
}

/// Asserts that damaged bytes give an error or another value, and never a panic or the same value:
/// each value has one encoding.
#[track_caller]
pub(crate) fn assert_survives_damage<V: Value + PartialEq + Debug>(value: &V) {
    let bytes = encoded(value);
    for length in 0..bytes.len() {
        assert_ne!(V::decode(&bytes[..length]).as_ref(), Ok(value), "cut to {length}");
    }
    for position in 0..bytes.len() {
        for mask in [0x01, 0x40, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[position] ^= mask;
            assert_ne!(V::decode(&damaged).as_ref(), Ok(value), "byte {position} ^ {mask:#x}");
        }
    }
    let longer = [bytes.as_slice(), &[0x01]].concat();
    assert_ne!(V::decode(&longer).as_ref(), Ok(value), "one byte more");
}
