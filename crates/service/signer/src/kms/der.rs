//! The DER that AWS KMS answers with. Each value has exactly one encoding, and no other is taken.

use alloy_primitives::{Address, U256, hex};
use thiserror::Error;

/// `SubjectPublicKeyInfo` of an uncompressed point of secp256k1, up to the point's coordinates
/// (RFC 5480).
const PUBLIC_KEY_HEAD: [u8; 24] = hex!("3056301006072a8648ce3d020106052b8104000a03420004");

/// Order of secp256k1.
const ORDER: U256 =
    U256::from_be_slice(&hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KmsAnswerFault {
    /// A field is missing.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// The public key is none of secp256k1, or is not encoded as it must be.
    #[error("its public key is not one of secp256k1 in DER")]
    PublicKey,
    /// The signature is not encoded as it must be.
    #[error("its signature is not one of ECDSA in DER")]
    Signature,
    /// It is no answer at all.
    #[error("it cannot be read")]
    Unreadable,
}

/// Address of a public key. Whether the point is on the curve is not looked at: no signature
/// recovers to the address of another.
pub(super) fn public_key(der: &[u8]) -> Result<Address, KmsAnswerFault> {
    let point = der.strip_prefix(&PUBLIC_KEY_HEAD).ok_or(KmsAnswerFault::PublicKey)?;
    let point: &[u8; 64] = point.try_into().ok().ok_or(KmsAnswerFault::PublicKey)?;
    Ok(Address::from_raw_public_key(point))
}

/// `r` and `s` of a signature (RFC 3279), both above 0 and below the order of secp256k1. With `s` in
/// the lower half: the other one, which is as valid, is turned over.
pub(super) fn signature(der: &[u8]) -> Result<(U256, U256), KmsAnswerFault> {
    let (r, s) = integers(der).ok_or(KmsAnswerFault::Signature)?;
    let is_high = s > ORDER >> 1;
    Ok((r, if is_high { ORDER - s } else { s }))
}

fn integers(der: &[u8]) -> Option<(U256, U256)> {
    let (body, rest) = element(der, SEQUENCE)?;
    let (r, after) = element(body, INTEGER)?;
    let (s, end) = element(after, INTEGER)?;
    if !rest.is_empty() || !end.is_empty() {
        return None;
    }
    Some((scalar(r)?, scalar(s)?))
}

/// Content of an element with this tag, and what follows. Two scalars are short enough for lengths of
/// one byte.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, length], rest) = der.split_first_chunk()?;
    if found != tag || length >= 0x80 {
        return None;
    }
    rest.split_at_checked(length.into())
}

/// A positive integer with no byte more than it needs.
fn scalar(bytes: &[u8]) -> Option<U256> {
    let digits = match bytes {
        [0, digits @ ..] => digits.first().is_some_and(|byte| *byte >= 0x80).then_some(digits)?,
        [0x80..=0xff, ..] => return None,
        digits => digits,
    };
    let value = U256::try_from_be_slice(digits)?;
    (!value.is_zero() && value < ORDER).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretKey;
    use alloy_primitives::{B256, Signature};
    use alloy_signer::k256::{ecdsa, elliptic_curve::sec1::ToEncodedPoint};
    use proptest::prelude::*;
    use rstest::rstest;

    /// The encoding of another implementation.
    fn encode(r: U256, s: U256) -> Vec<u8> {
        let signature = ecdsa::Signature::from_scalars(r.to_be_bytes(), s.to_be_bytes()).unwrap();
        signature.to_der().as_bytes().to_vec()
    }

    fn scalars() -> impl Strategy<Value = U256> {
        // Short numbers too: their encodings have other lengths.
        (any::<[u8; 32]>(), 0_usize..256).prop_map(|(bytes, shift)| {
            let value = (U256::from_be_bytes(bytes) >> shift) % ORDER;
            value.max(U256::ONE)
        })
    }

    proptest! {
        #[test]
        fn signatures_are_read_with_a_low_s(r in scalars(), s in scalars()) {
            let (found_r, found_s) = signature(&encode(r, s)).unwrap();
            prop_assert_eq!(found_r, r);
            prop_assert!(found_s == s.min(ORDER - s));
        }

        #[test]
        fn no_other_bytes_are_the_same_signature(
            r in scalars(),
            s in scalars(),
            at in any::<prop::sample::Index>(),
            byte: u8,
        ) {
            let der = encode(r, s);
            let mut changed = der.clone();
            changed[at.index(der.len())] = byte;
            if changed != der && let Some(other) = integers(&changed) {
                prop_assert!(other != (r, s));
                prop_assert_eq!(encode(other.0, other.1), changed);
            }
        }

        #[test]
        fn whatever_is_read_is_what_is_encoded(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some((r, s)) = integers(&bytes) {
                prop_assert_eq!(&encode(r, s), &bytes);
            }
            public_key(&bytes).unwrap_err();
        }
    }

    #[rstest]
    #[case::nothing("")]
    #[case::cut("300602010102")]
    #[case::more_behind("300602010102010100")]
    #[case::more_inside("30090201010201010201010000")]
    #[case::long_length("308106020101020101")]
    #[case::leading_zero("30070202000102010100")]
    #[case::padded("3007020200010201ff")]
    #[case::negative("3006020181020101")]
    #[case::zero("3006020100020101")]
    #[case::empty("30050200020101")]
    #[case::no_sequence("310602010102010100")]
    #[case::order(
        "3026022100fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141020101"
    )]
    fn other_encodings_of_signatures_are_refused(#[case] der: &str) {
        assert_eq!(signature(&hex::decode(der).unwrap()), Err(KmsAnswerFault::Signature));
    }

    #[test]
    fn the_other_signature_of_the_same_key_is_turned_over() {
        let key = SecretKey::random().unwrap();
        let hash = B256::repeat_byte(7);
        let signed = key.sign(hash).unwrap();
        let (r, s) = signature(&encode(signed.r(), ORDER - signed.s())).unwrap();
        assert_eq!(Signature::new(r, s, signed.v()), signed);
    }

    #[test]
    fn a_public_key_has_its_address_and_one_encoding() {
        // The first account of the development chain, with the head that OpenSSL writes.
        let key = alloy_signer::k256::SecretKey::from_slice(&hex!(
            "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
        ));
        let point = key.unwrap().public_key().to_encoded_point(false);
        let head = hex!("3056301006072a8648ce3d020106052b8104000a034200");
        let der = [&head[..], point.as_bytes()].concat();
        let address: Address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266".parse().unwrap();
        assert_eq!(public_key(&der), Ok(address));
        for other in [
            &der[..der.len() - 1],
            &[&der[..], &[0]].concat(),
            point.as_bytes(),
            // The same key of another curve, P-256.
            &[&hex!("3059301306072a8648ce3d020106082a8648ce3d030107034200")[..], point.as_bytes()]
                .concat(),
        ] {
            assert_eq!(public_key(other), Err(KmsAnswerFault::PublicKey));
        }
    }
}
