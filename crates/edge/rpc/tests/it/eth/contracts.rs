//! Contracts of a few opcodes.

use alloy_primitives::{Bytes, U256, bytes};

/// Stores the second word of its input in the slot of the first.
pub(crate) const STORE: Bytes = bytes!("6020355f355500");
/// One log with the first word as its topic, one with both words and the first as its data.
pub(crate) const LOGGER: Bytes = bytes!("5f355f5fa15f355f526020355f3560205fa200");
/// Reverts with its input.
pub(crate) const REVERTER: Bytes = bytes!("365f5f37365ffd");
/// Reverts unless the gas left is at least the first word.
pub(crate) const GAS_CHECK: Bytes = bytes!("5f355a10600857005b5f5ffd");
/// Spends gas in a loop as often as the first word says.
pub(crate) const LOOP: Bytes = bytes!("5f355b8015600f57600190036002565b00");
/// Number, time, base fee, coinbase, gas limit, value, gas price and caller's balance.
pub(crate) const ENVIRONMENT: Bytes =
    bytes!("435f52426020524860405241606052456080523460a0523a60c052333160e0526101005ff3");
/// Sums of slots that it reads: the slots 1 and 2.
pub(crate) const READER: Bytes = bytes!("600154600254015f5260205ff3");
/// The invalid opcode.
pub(crate) const INVALID: Bytes = bytes!("fe");
/// Clears slot 1, which gives gas back.
pub(crate) const CLEARER: Bytes = bytes!("5f60015500");

/// Calls the contract at the address that is its first word with the second word as input, and
/// reverts if that fails.
pub(crate) const PROXY: Bytes = bytes!("6020355f525f5f60205f5f5f355af16015575f5ffd5b00");

/// Code that leaves `runtime` as the code of a contract.
pub(crate) fn initcode(runtime: &Bytes) -> Bytes {
    let length = u8::try_from(runtime.len()).unwrap();
    [&[0x60, length, 0x80, 0x60, 9, 0x5f, 0x39, 0x5f, 0xf3][..], runtime].concat().into()
}

/// Input of some words.
pub(crate) fn words<const N: usize>(words: [u64; N]) -> Bytes {
    words.map(|word| U256::from(word).to_be_bytes::<32>()).concat().into()
}
