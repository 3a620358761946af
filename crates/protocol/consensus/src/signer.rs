//! Whether the authorized signer signed a block (execution specification 6.3).

use crate::error::SignerError;
use alloy_primitives::Address;
use rollup_primitives::{BlockSignature, ScrollHeader, recover_clique_signer};

/// Checks the signature that travels beside a block of EuclidV2 or later.
///
/// It covers every header field but the extra data, which is empty in a valid header. Blocks
/// derived from L1 have no signature and need none.
///
/// # Errors
/// If the signature names no signer or another one than `authorized`.
pub fn validate_block_signer(
    header: &ScrollHeader,
    signature: &BlockSignature,
    authorized: Address,
) -> Result<(), SignerError> {
    ensure_authorized(signature.recover_signer(header)?, authorized)
}

/// Checks the signature at the end of the extra data of a block before EuclidV2.
///
/// # Errors
/// If the extra data is too short, or the signature names no signer or another one than
/// `authorized`.
pub fn validate_clique_signer(
    header: &ScrollHeader,
    authorized: Address,
) -> Result<(), SignerError> {
    ensure_authorized(recover_clique_signer(header)?, authorized)
}

fn ensure_authorized(got: Address, expected: Address) -> Result<(), SignerError> {
    if got == expected { Ok(()) } else { Err(SignerError::Unauthorized { got, expected }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_consensus::crypto::secp256k1::sign_message;
    use alloy_primitives::{B256, Signature, U256, address, b256};
    use rollup_primitives::{BlockSignatureError, block_signing_hash, clique_seal_hash};

    /// First account of the mnemonic that development chains fund.
    const KEY: B256 = b256!("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    const SIGNER: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    const OTHER: Address = address!("0xD83C4892BB5aA241B63d8C4C134920111E142A20");

    fn header() -> ScrollHeader {
        ScrollHeader {
            number: 14_907_016,
            base_fee_per_gas: Some(1),
            difficulty: U256::ONE,
            ..Default::default()
        }
    }

    fn clique_header() -> ScrollHeader {
        let mut header = ScrollHeader { extra_data: vec![7; 97].into(), ..header() };
        let hash = clique_seal_hash(&header).unwrap();
        let signature = BlockSignature::new(sign_message(KEY, hash).unwrap());
        header.extra_data = [&[7; 32][..], &signature.to_bytes()].concat().into();
        header
    }

    fn assert_unauthorized(result: Result<(), SignerError>, signer: Option<Address>) {
        let Err(SignerError::Unauthorized { got, expected }) = result else {
            panic!("{result:?}");
        };
        assert_ne!(got, expected);
        assert_eq!(signer.unwrap_or(got), got);
    }

    #[test]
    fn accepts_the_authorized_signer_alone() {
        let signature = sign_message(KEY, block_signing_hash(&header())).unwrap();
        let signature = BlockSignature::new(signature);
        validate_block_signer(&header(), &signature, SIGNER).unwrap();
        assert_unauthorized(validate_block_signer(&header(), &signature, OTHER), Some(SIGNER));
        let changed = ScrollHeader { number: 14_907_017, ..header() };
        assert_unauthorized(validate_block_signer(&changed, &signature, SIGNER), None);
    }

    #[test]
    fn accepts_the_authorized_clique_signer_alone() {
        validate_clique_signer(&clique_header(), SIGNER).unwrap();
        assert_unauthorized(validate_clique_signer(&clique_header(), OTHER), Some(SIGNER));
        let changed = ScrollHeader { gas_used: 1, ..clique_header() };
        assert_unauthorized(validate_clique_signer(&changed, SIGNER), None);
        let mut changed = clique_header();
        let mut extra_data = changed.extra_data.to_vec();
        extra_data[0] ^= 1;
        changed.extra_data = extra_data.into();
        assert_unauthorized(validate_clique_signer(&changed, SIGNER), None);
    }

    #[test]
    fn tells_an_unreadable_signature_from_a_foreign_one() {
        let nobody = BlockSignature::new(Signature::new(U256::ZERO, U256::ZERO, false));
        assert!(matches!(
            validate_block_signer(&header(), &nobody, SIGNER),
            Err(SignerError::Signature(BlockSignatureError::Unrecoverable(_)))
        ));
        assert!(matches!(
            validate_clique_signer(&header(), SIGNER),
            Err(SignerError::Signature(BlockSignatureError::ExtraDataTooShort { length: 0 }))
        ));
    }

    #[test]
    fn rejects_the_malleable_twin_of_a_signature() {
        let order = U256::from_be_bytes(
            b256!("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").0,
        );
        let signature = sign_message(KEY, block_signing_hash(&header())).unwrap();
        let twin = Signature::new(signature.r(), order - signature.s(), !signature.v());
        assert!(matches!(
            validate_block_signer(&header(), &BlockSignature::new(twin), SIGNER),
            Err(SignerError::Signature(BlockSignatureError::HighS))
        ));
    }
}
