//! Keys as text: what an operator reads, and can give back.

use super::KeyPart;
use crate::error::KeyTextError;
use alloy_primitives::{Address, B256, U256, hex};

/// Separates the fields of a key.
pub(crate) const SEPARATOR: &str = "/";

/// Highest block of a shard that is still growing.
const LAST_SHARD: &str = "last";

/// How a field of a key is written.
pub(crate) trait FieldText {
    /// What the field holds.
    type Part: KeyPart;
    /// What is expected, for errors.
    const EXPECTED: &'static str;
    /// In which form.
    const FORM: &'static str;

    /// The field as text, which [`Self::parse`] reads.
    fn show(part: &Self::Part) -> String;

    /// The field that the text names.
    fn parse(text: &str) -> Option<Self::Part>;
}

macro_rules! field_text {
    ($($name:ident: $type:ty, $expected:literal, $form:literal, $show:path, $parse:path;)+) => {$(
        #[derive(Debug)]
        pub(crate) struct $name;

        impl FieldText for $name {
            type Part = $type;
            const EXPECTED: &'static str = $expected;
            const FORM: &'static str = $form;

            fn show(part: &$type) -> String {
                $show(part)
            }

            fn parse(text: &str) -> Option<$type> {
                $parse(text)
            }
        }
    )+};
}

field_text! {
    Number: u64, "a number", "decimal digits", u64::to_string, decimal;
    BlockNumber: u64, "a block number", "decimal digits", u64::to_string, decimal;
    L1BlockNumber: u64, "an L1 block number", "decimal digits", u64::to_string, decimal;
    BatchIndex: u64, "a batch index", "decimal digits", u64::to_string, decimal;
    ShardEnd: u64, "the highest block of a shard", "decimal digits, or last", shard_end, parse_shard_end;
    AccountAddress: Address, "an address", "0x and 40 hex digits", hex_of, address;
    Hash: B256, "a hash", "0x and 64 hex digits", hex_of, hash;
    BatchHash: B256, "a batch hash", "0x and 64 hex digits", hex_of, hash;
    AddressHash: B256, "the hash of an address", "0x and 64 hex digits", hex_of, hash;
    SlotHash: B256, "the hash of a slot", "0x and 64 hex digits", hex_of, hash;
    Slot: B256, "a slot", "decimal digits, or 0x and up to 64 hex digits", hex_of, slot;
}

/// Reads a field and appends its bytes.
pub(crate) fn push_field<F: FieldText>(text: &str, out: &mut Vec<u8>) -> Result<(), KeyTextError> {
    let part = parse_field::<F>(text)?;
    let start = out.len();
    out.resize(start + F::Part::SIZE, 0);
    part.write(&mut out[start..]);
    Ok(())
}

fn parse_field<F: FieldText>(text: &str) -> Result<F::Part, KeyTextError> {
    F::parse(text).ok_or(KeyTextError::Field { expected: F::EXPECTED, form: F::FORM })
}

/// Bytes in hex.
pub(crate) fn hex_of(bytes: &(impl AsRef<[u8]> + ?Sized)) -> String {
    hex::encode_prefixed(bytes)
}

/// The hex digits after `0x`, if nothing else follows.
pub(crate) fn hex_digits(text: &str) -> Option<&str> {
    text.strip_prefix("0x").filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Bytes of hex digits after `0x`.
pub(crate) fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    hex::decode(hex_digits(text)?).ok()
}

fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn decimal(text: &str) -> Option<u64> {
    // The parser of the standard library takes a sign as well.
    is_decimal(text).then(|| text.parse().ok()).flatten()
}

fn shard_end(number: &u64) -> String {
    if *number == u64::MAX { LAST_SHARD.into() } else { number.to_string() }
}

fn parse_shard_end(text: &str) -> Option<u64> {
    if text == LAST_SHARD { Some(u64::MAX) } else { decimal(text) }
}

fn address(text: &str) -> Option<Address> {
    Address::try_from(hex_bytes(text)?.as_slice()).ok()
}

fn hash(text: &str) -> Option<B256> {
    B256::try_from(hex_bytes(text)?.as_slice()).ok()
}

fn slot(text: &str) -> Option<B256> {
    let (digits, radix) = match hex_digits(text) {
        Some(digits) => (digits, 16),
        None if is_decimal(text) => (text, 10),
        None => return None,
    };
    if digits.is_empty() {
        return None;
    }
    U256::from_str_radix(digits, radix).ok().map(B256::from)
}
