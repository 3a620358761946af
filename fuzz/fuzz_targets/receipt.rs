//! Receipts in their EIP-2718, network and plain forms.

#![no_main]

use alloy_consensus::{ReceiptWithBloom, RlpDecodableReceipt as _, RlpEncodableReceipt as _};
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use libfuzzer_sys::fuzz_target;
use rollup_primitives::ScrollReceipt;

fuzz_target!(|data: &[u8]| {
    if let Ok(receipt) = ReceiptWithBloom::<ScrollReceipt>::decode_2718_exact(data) {
        assert_eq!(receipt.encoded_2718(), data);
        assert!(receipt.receipt.l1_fee.is_zero());
    }
    let mut rest = data;
    if let Ok(receipt) = ScrollReceipt::rlp_decode_with_bloom(&mut rest) {
        let mut encoded = Vec::new();
        receipt.receipt.rlp_encode_with_bloom(&receipt.logs_bloom, &mut encoded);
        assert_eq!(encoded, data[..data.len() - rest.len()]);
    }
    if let Ok(receipt) = alloy_rlp::decode_exact::<ScrollReceipt>(data) {
        assert_eq!(alloy_rlp::encode(&receipt), data);
        let json = serde_json::to_string(&receipt).unwrap();
        assert_eq!(serde_json::from_str::<ScrollReceipt>(&json).unwrap(), receipt);
    }
});
