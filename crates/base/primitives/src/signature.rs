//! The authorized signer's signature over a block, in both of its places.

use crate::{block::ScrollHeader, error::BlockSignatureError};
use alloy_primitives::{Address, B256, Bytes, Signature, SignatureError, keccak256};
use alloy_rlp::{Encodable, Header as RlpHeader};
use derive_more::{AsRef, Deref};
use serde::{Deserialize, Serialize};

/// Length of a block signature in bytes: `r || s || v`.
pub const BLOCK_SIGNATURE_LENGTH: usize = 65;

/// Length in bytes of the vanity at the start of a Clique header's extra data.
pub const CLIQUE_VANITY_LENGTH: usize = 32;

/// A secp256k1 signature over a block, 65 bytes: `r || s || v` with `v` 0 or 1 on the wire
/// (27 and 28 are understood too).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deref, AsRef, Serialize, Deserialize)]
#[serde(try_from = "Bytes", into = "Bytes")]
pub struct BlockSignature(Signature);

impl BlockSignature {
    /// Wraps a signature.
    pub const fn new(signature: Signature) -> Self {
        Self(signature)
    }

    /// The 65 bytes `r || s || v`, with `v` 0 or 1.
    pub fn to_bytes(&self) -> [u8; BLOCK_SIGNATURE_LENGTH] {
        let mut bytes = self.0.as_bytes();
        bytes[BLOCK_SIGNATURE_LENGTH - 1] = u8::from(self.0.v());
        bytes
    }

    /// Address whose key signed `header` as a block of `EuclidV2` or later.
    ///
    /// # Errors
    /// [`BlockSignatureError::Unrecoverable`] if no key fits, [`BlockSignatureError::HighS`] if
    /// the signature is the malleable twin of a canonical one.
    pub fn recover_signer(&self, header: &ScrollHeader) -> Result<Address, BlockSignatureError> {
        recover(&self.0, block_signing_hash(header))
    }
}

impl TryFrom<&[u8]> for BlockSignature {
    type Error = BlockSignatureError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        if bytes.len() != BLOCK_SIGNATURE_LENGTH {
            return Err(BlockSignatureError::Length { length: bytes.len() });
        }
        // Unlike a transaction's v, that of a block never holds a chain id.
        let v = bytes[BLOCK_SIGNATURE_LENGTH - 1];
        if v > 28 {
            return Err(SignatureError::InvalidParity(v.into()).into());
        }
        Ok(Self(Signature::from_raw(bytes)?))
    }
}

impl TryFrom<Bytes> for BlockSignature {
    type Error = BlockSignatureError;

    fn try_from(bytes: Bytes) -> Result<Self, Self::Error> {
        Self::try_from(bytes.as_ref())
    }
}

impl From<BlockSignature> for Bytes {
    fn from(signature: BlockSignature) -> Self {
        signature.to_bytes().into()
    }
}

/// Hash that the authorized signer signs from `EuclidV2` on: the header without its extra data
/// (spec/execution 6.3).
pub fn block_signing_hash(header: &ScrollHeader) -> B256 {
    hash_for_signing(header, None)
}

/// Hash that a Clique signer signs before `EuclidV2`: the header with its extra data cut off
/// before the signature (spec/execution 6.3).
///
/// # Errors
/// [`BlockSignatureError::ExtraDataTooShort`] if there is no room for a vanity and a signature.
pub fn clique_seal_hash(header: &ScrollHeader) -> Result<B256, BlockSignatureError> {
    let (unsigned, _) = split_clique_extra_data(header)?;
    Ok(hash_for_signing(header, Some(unsigned)))
}

/// Address whose key sealed a Clique header, from the last 65 bytes of its extra data.
///
/// # Errors
/// As [`clique_seal_hash`] and [`BlockSignature::recover_signer`].
pub fn recover_clique_signer(header: &ScrollHeader) -> Result<Address, BlockSignatureError> {
    let (unsigned, signature) = split_clique_extra_data(header)?;
    recover(&BlockSignature::try_from(signature)?.0, hash_for_signing(header, Some(unsigned)))
}

fn split_clique_extra_data(header: &ScrollHeader) -> Result<(&[u8], &[u8]), BlockSignatureError> {
    let extra = header.extra_data.as_ref();
    if extra.len() < CLIQUE_VANITY_LENGTH + BLOCK_SIGNATURE_LENGTH {
        return Err(BlockSignatureError::ExtraDataTooShort { length: extra.len() });
    }
    Ok(extra.split_at(extra.len() - BLOCK_SIGNATURE_LENGTH))
}

fn recover(signature: &Signature, hash: B256) -> Result<Address, BlockSignatureError> {
    // A high-s twin would give one block two valid signatures.
    if signature.normalize_s().is_some() {
        return Err(BlockSignatureError::HighS);
    }
    Ok(signature.recover_address_from_prehash(&hash)?)
}

fn hash_for_signing(header: &ScrollHeader, extra_data: Option<&[u8]>) -> B256 {
    let mut fields: Vec<&dyn Encodable> = vec![
        &header.parent_hash,
        &header.ommers_hash,
        &header.beneficiary,
        &header.state_root,
        &header.transactions_root,
        &header.receipts_root,
        &header.logs_bloom,
        &header.difficulty,
        &header.number,
        &header.gas_limit,
        &header.gas_used,
        &header.timestamp,
    ];
    if let Some(extra_data) = &extra_data {
        fields.push(extra_data);
    }
    fields.extend([&header.mix_hash as &dyn Encodable, &header.nonce]);
    if let Some(base_fee) = &header.base_fee_per_gas {
        fields.push(base_fee);
    }
    let payload_length = fields.iter().map(|field| field.length()).sum();
    let list = RlpHeader { list: true, payload_length };
    let mut out = Vec::with_capacity(list.length_with_payload());
    list.encode(&mut out);
    for field in fields {
        field.encode(&mut out);
    }
    keccak256(out)
}
