//! Receipts: Ethereum's, plus the L1 data fee that only storage and JSON-RPC keep.

use crate::transaction::ScrollTxType;
use alloy_consensus::{
    Eip658Value, Eip2718DecodableReceipt, Eip2718EncodableReceipt, EthereumReceipt, InMemorySize,
    ReceiptWithBloom, RlpDecodableReceipt, RlpEncodableReceipt, TxReceipt, Typed2718,
};
use alloy_eips::eip2718::{Eip2718Result, Encodable2718, IsTyped2718};
use alloy_primitives::{B256, Bloom, Log, U256};
use alloy_rlp::{BufMut, RlpDecodable, RlpEncodable};
use serde::{Deserialize, Serialize};

/// Result of a transaction.
///
/// The consensus encoding (and with it the receipts root) is that of [`ScrollReceipt::inner`]:
/// the L1 data fee is not part of it. A receipt decoded from its consensus bytes therefore has
/// an `l1_fee` of zero. The plain RLP form ([`alloy_rlp::Encodable`]) keeps every field.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScrollReceipt {
    /// Type, status, cumulative gas used and logs.
    #[serde(flatten)]
    pub inner: EthereumReceipt<ScrollTxType>,
    /// L1 data fee in wei; zero for an L1 message. Cannot be computed again without the state.
    pub l1_fee: U256,
}

impl ScrollReceipt {
    /// Receipts root of a block: ordered trie over the consensus encodings.
    pub fn receipts_root(receipts: &[Self]) -> B256 {
        alloy_consensus::proofs::ordered_trie_root_with_encoder(receipts, |receipt, out| {
            receipt.with_bloom_ref().encode_2718(out);
        })
    }

    /// Logs bloom of a block.
    pub fn logs_bloom(receipts: &[Self]) -> Bloom {
        receipts.iter().fold(Bloom::ZERO, |bloom, receipt| bloom | receipt.bloom())
    }

    fn from_consensus(
        receipt: ReceiptWithBloom<EthereumReceipt<ScrollTxType>>,
    ) -> ReceiptWithBloom<Self> {
        ReceiptWithBloom {
            receipt: Self { inner: receipt.receipt, l1_fee: U256::ZERO },
            logs_bloom: receipt.logs_bloom,
        }
    }
}

impl TxReceipt for ScrollReceipt {
    type Log = Log;

    fn status_or_post_state(&self) -> Eip658Value {
        self.inner.status_or_post_state()
    }

    fn status(&self) -> bool {
        self.inner.status()
    }

    fn bloom(&self) -> Bloom {
        self.inner.bloom()
    }

    fn cumulative_gas_used(&self) -> u64 {
        self.inner.cumulative_gas_used()
    }

    fn logs(&self) -> &[Log] {
        self.inner.logs()
    }

    fn into_logs(self) -> Vec<Log> {
        self.inner.into_logs()
    }
}

impl Typed2718 for ScrollReceipt {
    fn ty(&self) -> u8 {
        self.inner.ty()
    }
}

impl IsTyped2718 for ScrollReceipt {
    fn is_type(type_id: u8) -> bool {
        <ScrollTxType as IsTyped2718>::is_type(type_id)
    }
}

impl InMemorySize for ScrollReceipt {
    fn size(&self) -> usize {
        self.inner.size() + size_of::<U256>()
    }
}

impl Eip2718EncodableReceipt for ScrollReceipt {
    fn eip2718_encoded_length_with_bloom(&self, bloom: &Bloom) -> usize {
        self.inner.eip2718_encoded_length_with_bloom(bloom)
    }

    fn eip2718_encode_with_bloom(&self, bloom: &Bloom, out: &mut dyn BufMut) {
        self.inner.eip2718_encode_with_bloom(bloom, out);
    }
}

impl Eip2718DecodableReceipt for ScrollReceipt {
    fn typed_decode_with_bloom(ty: u8, buf: &mut &[u8]) -> Eip2718Result<ReceiptWithBloom<Self>> {
        EthereumReceipt::typed_decode_with_bloom(ty, buf).map(Self::from_consensus)
    }

    fn fallback_decode_with_bloom(buf: &mut &[u8]) -> Eip2718Result<ReceiptWithBloom<Self>> {
        EthereumReceipt::fallback_decode_with_bloom(buf).map(Self::from_consensus)
    }
}

impl RlpEncodableReceipt for ScrollReceipt {
    fn rlp_encoded_length_with_bloom(&self, bloom: &Bloom) -> usize {
        self.inner.rlp_encoded_length_with_bloom(bloom)
    }

    fn rlp_encode_with_bloom(&self, bloom: &Bloom, out: &mut dyn BufMut) {
        self.inner.rlp_encode_with_bloom(bloom, out);
    }
}

impl RlpDecodableReceipt for ScrollReceipt {
    fn rlp_decode_with_bloom(buf: &mut &[u8]) -> alloy_rlp::Result<ReceiptWithBloom<Self>> {
        EthereumReceipt::rlp_decode_with_bloom(buf).map(Self::from_consensus)
    }
}
