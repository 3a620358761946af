//! The witness format `block-witness/1`: one block and the part of the state it reads.

use crate::{error::WitnessError, execution::PartialState};
use alloy_eips::Decodable2718;
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, U256};
use rollup_chainspec::ScrollHardfork;
use rollup_primitives::{ScrollBlockBody, ScrollHeader, ScrollTxEnvelope};
use serde::Deserialize;
use std::sync::Arc;

/// The only value of the `schema` field that is understood.
pub const WITNESS_SCHEMA: &str = "block-witness/1";

/// Folder and fork name of blocks of validium chains, which obey Feynman's rules.
const VALIDIUM: &str = "validium";
const ETHEREUM_PREFIX: &str = "ethereum-";

/// A block with the trie nodes and contract codes needed to execute it.
///
/// Unknown fields are ignored, so that later additions to the format stay readable.
#[derive(Clone, Debug, Deserialize)]
pub struct BlockWitness {
    /// Format name and version, [`WITNESS_SCHEMA`].
    pub schema: String,
    /// Chain id that transactions are signed for.
    pub chain_id: u64,
    /// Name of the rules the block obeys.
    pub fork: String,
    /// Kind of state trie.
    pub state_scheme: StateScheme,
    /// Header fields.
    pub header: WitnessHeader,
    /// Keccak hash of the RLP of the header.
    pub block_hash: B256,
    /// State root before the block.
    pub parent_state_root: B256,
    /// EIP-2718 bytes of each transaction.
    pub transactions: Vec<Bytes>,
    /// RLP of trie nodes, of the state trie and of storage tries alike, in any order.
    pub state_nodes: Vec<Bytes>,
    /// Contract codes, in any order.
    pub codes: Vec<Bytes>,
    /// Results known from elsewhere, compared where present.
    #[serde(default)]
    pub derived: Option<DerivedResults>,
}

/// Kind of state trie behind a state root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StateScheme {
    /// Merkle-Patricia trie.
    Mpt,
    /// Poseidon trie of the blocks before Euclid: its root cannot be recomputed here.
    Zktrie,
}

/// What a block's execution must give beyond the header's fields. Only what is there is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct DerivedResults {
    /// EIP-2718 bytes of each receipt.
    pub receipts: Option<Vec<Bytes>>,
    /// Gas used by each transaction.
    pub tx_gas_used: Option<Vec<u64>>,
    /// L1 data fee of each transaction in wei.
    pub l1_data_fees: Option<Vec<u128>>,
    /// Withdraw root after the block, if the witness shows it.
    pub withdraw_root: Option<B256>,
}

/// Header fields as the witness names them.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "field names of the Ethereum header")]
pub struct WitnessHeader {
    pub parent_hash: B256,
    pub ommers_hash: B256,
    pub beneficiary: Address,
    pub state_root: B256,
    pub transactions_root: B256,
    pub receipts_root: B256,
    pub logs_bloom: Bloom,
    pub difficulty: u64,
    pub number: u64,
    pub gas_limit: u64,
    pub gas_used: u64,
    pub timestamp: u64,
    pub extra_data: Bytes,
    pub mix_hash: B256,
    pub nonce: B64,
    pub base_fee_per_gas: Option<u64>,
    pub withdrawals_root: Option<B256>,
    pub blob_gas_used: Option<u64>,
    pub excess_blob_gas: Option<u64>,
    pub parent_beacon_block_root: Option<B256>,
    pub requests_hash: Option<B256>,
}

impl From<&WitnessHeader> for ScrollHeader {
    fn from(header: &WitnessHeader) -> Self {
        Self {
            parent_hash: header.parent_hash,
            ommers_hash: header.ommers_hash,
            beneficiary: header.beneficiary,
            state_root: header.state_root,
            transactions_root: header.transactions_root,
            receipts_root: header.receipts_root,
            logs_bloom: header.logs_bloom,
            difficulty: U256::from(header.difficulty),
            number: header.number,
            gas_limit: header.gas_limit,
            gas_used: header.gas_used,
            timestamp: header.timestamp,
            extra_data: header.extra_data.clone(),
            mix_hash: header.mix_hash,
            nonce: header.nonce,
            base_fee_per_gas: header.base_fee_per_gas,
            withdrawals_root: header.withdrawals_root,
            blob_gas_used: header.blob_gas_used,
            excess_blob_gas: header.excess_blob_gas,
            parent_beacon_block_root: header.parent_beacon_block_root,
            requests_hash: header.requests_hash,
            ..Default::default()
        }
    }
}

impl BlockWitness {
    /// Reads a witness from JSON.
    ///
    /// # Errors
    /// [`WitnessError::Json`] if it is no such object, [`WitnessError::Schema`] if it is of
    /// another format.
    pub fn from_json(json: &[u8]) -> Result<Self, WitnessError> {
        let witness: Self = serde_json::from_slice(json)?;
        if witness.schema != WITNESS_SCHEMA {
            return Err(WitnessError::Schema { found: witness.schema });
        }
        Ok(witness)
    }

    /// The fork whose rules the block obeys.
    ///
    /// # Errors
    /// [`WitnessError::Fork`] if the name is not one of Scroll's.
    pub fn hardfork(&self) -> Result<ScrollHardfork, WitnessError> {
        if self.fork == VALIDIUM {
            return Ok(ScrollHardfork::Feynman);
        }
        self.fork.parse().map_err(|source| WitnessError::Fork { source })
    }

    /// Whether the block is one of an Ethereum chain, which is not executed here.
    pub fn is_ethereum(&self) -> bool {
        self.fork.starts_with(ETHEREUM_PREFIX)
    }

    /// The state that the block reads.
    pub fn state(&self) -> PartialState<'_> {
        PartialState {
            root: self.parent_state_root,
            nodes: Arc::new(self.state_nodes.iter().cloned().collect()),
            codes: &self.codes,
        }
    }

    /// The body, its transactions decoded.
    ///
    /// # Errors
    /// [`WitnessError::Transaction`] for the first one that cannot be decoded.
    pub fn body(&self) -> Result<ScrollBlockBody, WitnessError> {
        let transactions = self
            .transactions
            .iter()
            .enumerate()
            .map(|(index, raw)| {
                ScrollTxEnvelope::decode_2718_exact(raw)
                    .map_err(|source| WitnessError::Transaction { index, source })
            })
            .collect::<Result<_, _>>()?;
        Ok(ScrollBlockBody { transactions, ..Default::default() })
    }
}
