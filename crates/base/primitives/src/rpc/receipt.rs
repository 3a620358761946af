//! The receipt object of JSON-RPC.

use crate::transaction::ScrollTxType;
use alloy_consensus::{EthereumReceipt, ReceiptWithBloom};
use alloy_network::ReceiptResponse;
use alloy_primitives::{Address, B256, BlockHash, TxHash, U256};
use alloy_rpc_types_eth::{Log, TransactionReceipt};
use derive_more::Deref;
use serde::{Deserialize, Serialize};

/// Ethereum's receipt object with the L1 data fee.
#[derive(Clone, Debug, PartialEq, Eq, Deref, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScrollTransactionReceipt {
    /// The fields every Ethereum node serves.
    #[deref]
    #[serde(flatten)]
    pub inner: TransactionReceipt<ReceiptWithBloom<EthereumReceipt<ScrollTxType, Log>>>,
    /// L1 data fee in wei; zero for an L1 message.
    pub l1_fee: U256,
}

impl ReceiptResponse for ScrollTransactionReceipt {
    fn contract_address(&self) -> Option<Address> {
        self.inner.contract_address
    }

    fn status(&self) -> bool {
        self.inner.inner.receipt.success
    }

    fn block_hash(&self) -> Option<BlockHash> {
        self.inner.block_hash
    }

    fn block_number(&self) -> Option<u64> {
        self.inner.block_number
    }

    fn transaction_hash(&self) -> TxHash {
        self.inner.transaction_hash
    }

    fn transaction_index(&self) -> Option<u64> {
        self.inner.transaction_index
    }

    fn gas_used(&self) -> u64 {
        self.inner.gas_used
    }

    fn effective_gas_price(&self) -> u128 {
        self.inner.effective_gas_price
    }

    fn blob_gas_used(&self) -> Option<u64> {
        None
    }

    fn blob_gas_price(&self) -> Option<u128> {
        None
    }

    fn from(&self) -> Address {
        self.inner.from
    }

    fn to(&self) -> Option<Address> {
        self.inner.to
    }

    fn cumulative_gas_used(&self) -> u64 {
        self.inner.inner.receipt.cumulative_gas_used
    }

    fn state_root(&self) -> Option<B256> {
        None
    }
}
