//! The genesis block.

use alloy_consensus::Header;
use alloy_genesis::GenesisAccount;
use alloy_primitives::{Address, B64, B256, Bytes, U256};
use alloy_trie::root::state_root_ref_unhashed;
use std::collections::BTreeMap;

/// Inputs of a genesis block: header fields and initial state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Genesis {
    /// Seconds since the Unix epoch.
    pub timestamp: u64,
    /// Gas limit of the block.
    pub gas_limit: u64,
    /// Gas used by the block; 0 in practice.
    pub gas_used: u64,
    /// Difficulty of the block.
    pub difficulty: U256,
    /// Extra data: vanity, signers and an empty signature under Clique, empty otherwise.
    pub extra_data: Bytes,
    /// Nonce of the block.
    pub nonce: u64,
    /// Mix hash of the block.
    pub mix_hash: B256,
    /// Beneficiary of the block.
    pub coinbase: Address,
    /// Parent hash of the block; zero in practice.
    pub parent_hash: B256,
    /// Base fee (wei). Part of the header only if Curie is active at genesis; counts as 0 if that
    /// is so and none is given.
    pub base_fee_per_gas: Option<u64>,
    /// Accounts that exist from the start. A storage slot of value zero is no slot.
    pub alloc: BTreeMap<Address, GenesisAccount>,
}

impl Genesis {
    /// Root of the Merkle Patricia trie over [`Self::alloc`]: hashed keys, zero slots left out.
    pub fn state_root_mpt(&self) -> B256 {
        state_root_ref_unhashed(&self.alloc)
    }

    /// The header over a state root. It has 15 fields, and the base fee as 16th if Curie is active
    /// at genesis; Shanghai adds none.
    pub(crate) fn header(&self, state_root: B256, curie_active: bool) -> Header {
        Header {
            parent_hash: self.parent_hash,
            beneficiary: self.coinbase,
            state_root,
            difficulty: self.difficulty,
            gas_limit: self.gas_limit,
            gas_used: self.gas_used,
            timestamp: self.timestamp,
            extra_data: self.extra_data.clone(),
            mix_hash: self.mix_hash,
            nonce: B64::from(self.nonce),
            base_fee_per_gas: curie_active.then(|| self.base_fee_per_gas.unwrap_or_default()),
            ..Default::default()
        }
    }
}
