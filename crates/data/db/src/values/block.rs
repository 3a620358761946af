//! What is kept of blocks besides headers and transactions.

use crate::{
    codec::{Reader, Value, Writer, decode_rlp},
    error::DecodeError,
};
use alloy_rlp::Encodable;
use rollup_primitives::ScrollReceipt;
use std::ops::Range;

/// Which transactions a block has. Transactions are numbered over the whole chain, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockBodyIndex {
    /// Number of the first transaction of the block, or the number it would have.
    pub first_transaction: u64,
    /// Transactions in the block.
    pub transaction_count: u64,
}

impl BlockBodyIndex {
    /// Numbers of the transactions of the block.
    pub const fn transactions(&self) -> Range<u64> {
        self.first_transaction..self.first_transaction.saturating_add(self.transaction_count)
    }
}

impl Value for BlockBodyIndex {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut out = Writer(out);
        out.number(self.first_transaction);
        out.number(self.transaction_count);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let value =
            Self { first_transaction: reader.number()?, transaction_count: reader.number()? };
        reader.finish()?;
        Ok(value)
    }
}

/// A receipt with its L1 data fee. The bloom is not kept: it follows from the logs.
pub type StoredReceipt = ScrollReceipt;

impl Value for StoredReceipt {
    fn encode(&self, out: &mut Vec<u8>) {
        Encodable::encode(self, out);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_rlp(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::test_utils::{assert_round_trip, assert_survives_damage};
    use alloy_consensus::{EthereumReceipt, SignableTransaction, TxEip1559, TxLegacy};
    use alloy_primitives::{Address, B256, Bytes, Log, Signature, U256};
    use proptest::{collection::vec, prelude::*};
    use rollup_primitives::{ScrollHeader, ScrollTxEnvelope, ScrollTxType, TxL1Message};

    fn log() -> impl Strategy<Value = Log> {
        (any::<[u8; 20]>(), vec(any::<[u8; 32]>(), 0..=4), vec(any::<u8>(), 0..80)).prop_map(
            |(address, topics, data)| {
                let topics = topics.into_iter().map(B256::from).collect();
                Log::new_unchecked(address.into(), topics, data.into())
            },
        )
    }

    fn receipt() -> impl Strategy<Value = StoredReceipt> {
        let tx_type = prop_oneof![
            Just(ScrollTxType::Legacy),
            Just(ScrollTxType::Eip2930),
            Just(ScrollTxType::Eip1559),
            Just(ScrollTxType::Eip7702),
            Just(ScrollTxType::L1Message),
        ];
        (tx_type, any::<bool>(), any::<u64>(), vec(log(), 0..4), any::<u128>()).prop_map(
            |(tx_type, success, cumulative_gas_used, logs, l1_fee)| StoredReceipt {
                inner: EthereumReceipt { tx_type, success, cumulative_gas_used, logs },
                l1_fee: U256::from(l1_fee),
            },
        )
    }

    fn transaction() -> impl Strategy<Value = ScrollTxEnvelope> {
        (any::<u64>(), any::<[u8; 20]>(), vec(any::<u8>(), 0..200), 0..3_u8).prop_map(
            |(number, address, input, kind)| {
                let (to, input) = (Address::from(address), Bytes::from(input));
                let signature = Signature::new(U256::from(number), U256::from(7), number % 2 == 0);
                match kind {
                    0 => TxLegacy {
                        chain_id: Some(534_352),
                        nonce: number,
                        to: to.into(),
                        input,
                        ..Default::default()
                    }
                    .into_signed(signature)
                    .into(),
                    1 => TxEip1559 {
                        chain_id: 534_352,
                        nonce: number,
                        to: to.into(),
                        input,
                        ..Default::default()
                    }
                    .into_signed(signature)
                    .into(),
                    _ => {
                        TxL1Message { queue_index: number, to, input, ..Default::default() }.into()
                    }
                }
            },
        )
    }

    proptest! {
        #[test]
        fn body_indices_are_read_back(first_transaction: u64, transaction_count: u64) {
            let index = BlockBodyIndex { first_transaction, transaction_count };
            assert_round_trip(&index);
            assert_survives_damage(&index);
        }

        #[test]
        fn receipts_are_read_back(receipt in receipt()) {
            assert_round_trip(&receipt);
            assert_survives_damage(&receipt);
        }

        #[test]
        fn transactions_are_read_back(transaction in transaction()) {
            assert_round_trip(&transaction);
            assert_survives_damage(&transaction);
        }

        #[test]
        fn headers_are_read_back(number: u64, root: [u8; 32], base_fee: Option<u64>) {
            let header = ScrollHeader {
                number,
                state_root: root.into(),
                base_fee_per_gas: base_fee,
                ..Default::default()
            };
            assert_round_trip(&header);
            assert_survives_damage(&header);
        }
    }
}
