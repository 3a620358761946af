//! The hash that a signer signs when it is opened.

use alloy_primitives::{Address, B256, Signature, keccak256};

/// What is hashed. What is hashed of a block begins with the first byte of a list in RLP, 0xc0 or
/// more, so this hash is that of no block.
const TEXT: &[u8] = b"rollup-node: self-test of a signer";

/// The hash.
pub(crate) fn hash() -> B256 {
    keccak256(TEXT)
}

/// Whether a signature is by this address, with a low `s`.
pub(crate) fn is_by(signature: &Signature, hash: B256, address: Address) -> bool {
    let found = signature.recover_address_from_prehash(&hash);
    signature.normalize_s().is_none() && found.is_ok_and(|found| found == address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_no_list() {
        assert!(TEXT[0] < 0xc0);
        assert_eq!(hash(), keccak256("rollup-node: self-test of a signer"));
    }
}
