//! The L1 message transaction (type 0x7e).

use alloy_consensus::{InMemorySize, Sealable, Transaction, Typed2718};
use alloy_eips::{
    eip2718::{Decodable2718, Eip2718Error, Eip2718Result, Encodable2718, IsTyped2718},
    eip2930::AccessList,
    eip7702::SignedAuthorization,
};
use alloy_primitives::{Address, B256, Bytes, ChainId, Signature, TxHash, TxKind, U256, keccak256};
use alloy_rlp::{BufMut, Decodable, Encodable, RlpDecodable, RlpEncodable};
use serde::{Deserialize, Serialize, Serializer};

/// EIP-2718 type byte of an L1 message.
pub const L1_MESSAGE_TX_TYPE: u8 = 0x7e;

/// A message that was enqueued on L1 and is executed on L2 without a signature, a fee or a nonce.
///
/// The field order is the RLP order of the consensus encoding
/// `0x7e || rlp([queueIndex, gasLimit, to, value, data, sender])`.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, RlpEncodable, RlpDecodable, Serialize, Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub struct TxL1Message {
    /// Position in the L1 message queue, counted from 0 over the life of the chain.
    #[serde(with = "alloy_serde::quantity")]
    pub queue_index: u64,
    /// Gas limit on L2, fixed when the message was enqueued.
    #[serde(rename = "gas", with = "alloy_serde::quantity")]
    pub gas_limit: u64,
    /// Account that is called. A message never creates a contract.
    pub to: Address,
    /// Value in wei, taken from the L2 balance of `sender`.
    pub value: U256,
    /// Calldata.
    pub input: Bytes,
    /// Sender on L2: the L1 account, aliased if it is a contract.
    pub sender: Address,
}

impl TxL1Message {
    /// The signature shown where a format demands one: an L1 message has none.
    pub const fn signature() -> Signature {
        Signature::new(U256::ZERO, U256::ZERO, false)
    }

    /// Hash of the EIP-2718 encoding.
    pub fn tx_hash(&self) -> TxHash {
        keccak256(self.encoded_2718())
    }
}

impl Typed2718 for TxL1Message {
    fn ty(&self) -> u8 {
        L1_MESSAGE_TX_TYPE
    }
}

impl IsTyped2718 for TxL1Message {
    fn is_type(type_id: u8) -> bool {
        type_id == L1_MESSAGE_TX_TYPE
    }
}

impl Transaction for TxL1Message {
    fn chain_id(&self) -> Option<ChainId> {
        None
    }

    fn nonce(&self) -> u64 {
        0
    }

    fn gas_limit(&self) -> u64 {
        self.gas_limit
    }

    fn gas_price(&self) -> Option<u128> {
        None
    }

    fn max_fee_per_gas(&self) -> u128 {
        0
    }

    fn max_priority_fee_per_gas(&self) -> Option<u128> {
        None
    }

    fn max_fee_per_blob_gas(&self) -> Option<u128> {
        None
    }

    fn priority_fee_or_price(&self) -> u128 {
        0
    }

    fn effective_gas_price(&self, _base_fee: Option<u64>) -> u128 {
        0
    }

    fn is_dynamic_fee(&self) -> bool {
        false
    }

    fn kind(&self) -> TxKind {
        TxKind::Call(self.to)
    }

    fn is_create(&self) -> bool {
        false
    }

    fn value(&self) -> U256 {
        self.value
    }

    fn input(&self) -> &Bytes {
        &self.input
    }

    fn access_list(&self) -> Option<&AccessList> {
        None
    }

    fn blob_versioned_hashes(&self) -> Option<&[B256]> {
        None
    }

    fn authorization_list(&self) -> Option<&[SignedAuthorization]> {
        None
    }
}

impl Encodable2718 for TxL1Message {
    fn encode_2718_len(&self) -> usize {
        1 + self.length()
    }

    fn encode_2718(&self, out: &mut dyn BufMut) {
        out.put_u8(L1_MESSAGE_TX_TYPE);
        self.encode(out);
    }
}

impl Decodable2718 for TxL1Message {
    fn typed_decode(ty: u8, buf: &mut &[u8]) -> Eip2718Result<Self> {
        if ty != L1_MESSAGE_TX_TYPE {
            return Err(Eip2718Error::UnexpectedType(ty));
        }
        Ok(Self::decode(buf)?)
    }

    fn fallback_decode(_buf: &mut &[u8]) -> Eip2718Result<Self> {
        // An untyped transaction is a legacy one, never an L1 message.
        Err(Eip2718Error::UnexpectedType(0))
    }
}

impl Sealable for TxL1Message {
    fn hash_slow(&self) -> B256 {
        self.tx_hash()
    }
}

impl InMemorySize for TxL1Message {
    fn size(&self) -> usize {
        size_of::<Self>() + self.input.len()
    }
}

/// Adds the nonce and signature that JSON-RPC clients expect of every transaction.
///
/// # Errors
/// Only those of the serializer.
pub(crate) fn serialize_l1_message<T: Serialize, S: Serializer>(
    message: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct WithSignature<'a, T> {
        #[serde(flatten)]
        message: &'a T,
        #[serde(with = "alloy_serde::quantity")]
        nonce: u64,
        #[serde(flatten)]
        signature: Signature,
    }
    WithSignature { message, nonce: 0, signature: TxL1Message::signature() }.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{address, hex};

    fn message() -> TxL1Message {
        TxL1Message {
            queue_index: 947883,
            gas_limit: 2_000_000,
            to: address!("0x781e90f1c8fc4611c9b7497c3b47f99ef6969cbc"),
            value: U256::ZERO,
            input: {
                let mut input = vec![0u8; 292];
                input[..4].copy_from_slice(&hex!("8ef1332e"));
                input.into()
            },
            sender: address!("0x7885bcbd5cecef1336b5300fb5186a12ddd8c478"),
        }
    }

    // Spec 2.2: the head and the tail of a published vector.
    #[test]
    fn encodes_fields_in_queue_order() {
        let encoded = message().encoded_2718();
        assert_eq!(
            encoded[..43],
            hex!(
                "7ef9015a830e76ab831e848094781e90f1c8fc4611c9b7497c3b47f99ef6969cbc80b901248ef1332e00000000"
            )[..43]
        );
        assert_eq!(
            encoded[encoded.len() - 21..],
            hex!("947885bcbd5cecef1336b5300fb5186a12ddd8c478")
        );
        assert_eq!(encoded.len(), message().encode_2718_len());
        assert_eq!(TxL1Message::decode_2718(&mut encoded.as_slice()).unwrap(), message());
    }

    #[test]
    fn rejects_wrong_field_count() {
        let six: Vec<Bytes> = vec![Bytes::new(); 6];
        for count in [5, 7] {
            let mut encoded = vec![L1_MESSAGE_TX_TYPE];
            six.iter().cycle().take(count).cloned().collect::<Vec<_>>().encode(&mut encoded);
            assert!(TxL1Message::decode_2718(&mut encoded.as_slice()).is_err(), "{count} fields");
        }
    }

    #[test]
    fn rejects_missing_recipient() {
        let mut fields = Vec::new();
        for part in [&message().queue_index as &dyn Encodable, &1u64, &Bytes::new()] {
            part.encode(&mut fields);
        }
        U256::ZERO.encode(&mut fields);
        Bytes::new().encode(&mut fields);
        message().sender.encode(&mut fields);
        let mut encoded = vec![L1_MESSAGE_TX_TYPE];
        alloy_rlp::Header { list: true, payload_length: fields.len() }.encode(&mut encoded);
        encoded.extend(fields);
        assert!(TxL1Message::decode_2718(&mut encoded.as_slice()).is_err());
    }
}
