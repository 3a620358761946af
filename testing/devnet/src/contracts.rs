//! Contracts of a few bytes, as they are deployed.

use alloy_primitives::{Bytes, U256, bytes};

/// Stores the second word of its input in the slot that the first names.
pub const STORE: Bytes = bytes!("6020355f355500");
/// Reverts.
pub const REVERT: Bytes = bytes!("5f5ffd");
/// Uses up all gas.
pub const BURN: Bytes = bytes!("5b5f56");
/// Logs the first word of its input as a topic.
pub const LOG: Bytes = bytes!("5f355f5fa100");
/// Tries to destroy itself for its caller; the chain has no such operation.
pub const DESTRUCT: Bytes = bytes!("33ff");
/// Calls the address that the first word of its input names with the rest of it, and stores in the
/// slot of that address what it gave.
pub const CALL: Bytes = bytes!("602036038060205f3760205f825f5f355afa5f51015f355500");

/// Init code that leaves this code.
///
/// ```text
/// PUSH2 length, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN
/// ```
pub fn deploying(code: &Bytes) -> Bytes {
    // Code is never longer than 24,576 bytes.
    let length = u16::try_from(code.len()).unwrap_or(u16::MAX).to_be_bytes();
    let header = [0x61, length[0], length[1], 0x80, 0x60, 10, 0x5f, 0x39, 0x5f, 0xf3];
    [&header, code.as_ref()].concat().into()
}

/// Numbers as an input of words.
pub fn words<const N: usize>(words: [u64; N]) -> Bytes {
    words.map(|word| U256::from(word).to_be_bytes::<32>()).concat().into()
}
