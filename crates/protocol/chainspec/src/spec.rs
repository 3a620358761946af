//! Everything that tells one Scroll chain from another.

use crate::{
    config::{CliqueConfig, ScrollConfig},
    error::ChainSpecError,
    fork_id,
    genesis::Genesis,
    hardfork::ScrollHardfork,
    json,
    networks::{self, PinnedGenesis},
    schedule::ForkSchedule,
};
use alloy_eip2124::{ForkFilter, ForkId, Head};
use alloy_primitives::B256;
use reth_primitives_traits::SealedHeader;
use std::sync::Arc;

/// One Scroll chain: identity, genesis, hardforks and parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrollChainSpec {
    chain_id: u64,
    genesis: Genesis,
    genesis_header: SealedHeader,
    genesis_state_root_mpt: B256,
    schedule: ForkSchedule,
    config: ScrollConfig,
}

impl ScrollChainSpec {
    /// Builds the genesis block over the state root of the Merkle Patricia trie. The genesis of a
    /// public network keeps the zktrie root, and so the hash, that the network was started with.
    pub fn new(
        chain_id: u64,
        genesis: Genesis,
        schedule: ForkSchedule,
        config: ScrollConfig,
    ) -> Self {
        let genesis_state_root_mpt = genesis.state_root_mpt();
        let curie_active = schedule.condition(ScrollHardfork::Curie).active_at_block(0);
        let genesis_header = networks::PINNED_GENESIS
            .iter()
            .filter(|pinned| pinned.state_root_mpt == genesis_state_root_mpt)
            .find_map(|pinned| pinned_header(pinned, &genesis, curie_active))
            .unwrap_or_else(|| {
                SealedHeader::seal_slow(genesis.header(genesis_state_root_mpt, curie_active))
            });
        Self { chain_id, genesis, genesis_header, genesis_state_root_mpt, schedule, config }
    }

    /// The built-in chain of a name: `scroll-mainnet`, `scroll-sepolia` or `dev`.
    ///
    /// # Errors
    ///
    /// [`ChainSpecError::UnknownChain`] for any other name. A caller that also takes genesis files
    /// reads the file then, and calls [`Self::from_genesis_json`].
    pub fn parse(name: &str) -> Result<Arc<Self>, ChainSpecError> {
        networks::by_name(name).ok_or_else(|| ChainSpecError::UnknownChain { name: name.into() })
    }

    /// A chain from a genesis file in the geth form, with the keys of Scroll in `config`.
    ///
    /// Integers may be numbers, decimal strings or strings of hex digits after `0x`. Unknown keys
    /// are passed over, forks without a key are never activated, and of a key or an account that
    /// occurs twice the last one counts. `stateRoot` is computed, not read.
    ///
    /// # Errors
    ///
    /// Names the key whose value is missing or cannot be used.
    pub fn from_genesis_json(json: impl AsRef<[u8]>) -> Result<Self, ChainSpecError> {
        let file = json::read_genesis_file(json.as_ref())?;
        Ok(Self::new(file.chain_id, file.genesis, file.schedule, file.config))
    }

    /// A chain that runs by the rules of one fork from the start, for checking single blocks of
    /// shadow forks and devnets. Its genesis block is empty and has no meaning.
    pub fn with_forced_fork(chain_id: u64, fork: ScrollHardfork) -> Self {
        let config = ScrollConfig { clique: Some(CliqueConfig::SCROLL), ..Default::default() };
        Self::new(chain_id, Genesis::default(), ForkSchedule::forced(fork), config)
    }

    /// EIP-155 chain id.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// Inputs of the genesis block.
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// Hash of the genesis block.
    pub fn genesis_hash(&self) -> B256 {
        self.genesis_header.hash()
    }

    /// The genesis header. Its state root is that of a zktrie on the public networks; see
    /// [`Self::genesis_state_root_mpt`].
    pub const fn genesis_header(&self) -> &SealedHeader {
        &self.genesis_header
    }

    /// Root of the Merkle Patricia trie over the initial state, on every chain.
    pub const fn genesis_state_root_mpt(&self) -> B256 {
        self.genesis_state_root_mpt
    }

    /// When each hardfork becomes active.
    pub const fn schedule(&self) -> &ForkSchedule {
        &self.schedule
    }

    /// Parameters besides forks and genesis.
    pub const fn config(&self) -> &ScrollConfig {
        &self.config
    }

    /// Whether a fork is active in a block of this number and timestamp (seconds).
    pub const fn is_fork_active(&self, fork: ScrollHardfork, number: u64, timestamp: u64) -> bool {
        self.schedule.is_active(fork, number, timestamp)
    }

    /// The newest fork that is active in a block of this number and timestamp (seconds).
    pub fn active_fork(&self, number: u64, timestamp: u64) -> ScrollHardfork {
        self.schedule.active_fork(number, timestamp)
    }

    /// Whether Bernoulli is active in the block of this number.
    pub const fn is_bernoulli_active_at_block(&self, number: u64) -> bool {
        self.schedule.condition(ScrollHardfork::Bernoulli).active_at_block(number)
    }

    /// Whether Curie is active in the block of this number.
    pub const fn is_curie_active_at_block(&self, number: u64) -> bool {
        self.schedule.condition(ScrollHardfork::Curie).active_at_block(number)
    }

    /// Whether the block of this number is the first with Curie.
    pub const fn is_curie_activation_block(&self, number: u64) -> bool {
        self.schedule.condition(ScrollHardfork::Curie).transitions_at_block(number)
    }

    /// Whether Darwin is active in a block of this timestamp (seconds).
    pub const fn is_darwin_active_at_timestamp(&self, timestamp: u64) -> bool {
        self.is_active_at_timestamp(ScrollHardfork::Darwin, timestamp)
    }

    /// Whether DarwinV2 is active in a block of this timestamp (seconds).
    pub const fn is_darwin_v2_active_at_timestamp(&self, timestamp: u64) -> bool {
        self.is_active_at_timestamp(ScrollHardfork::DarwinV2, timestamp)
    }

    /// Whether Euclid is active in a block of this timestamp (seconds).
    pub const fn is_euclid_active_at_timestamp(&self, timestamp: u64) -> bool {
        self.is_active_at_timestamp(ScrollHardfork::Euclid, timestamp)
    }

    /// Whether EuclidV2 is active in a block of this timestamp (seconds).
    pub const fn is_euclid_v2_active_at_timestamp(&self, timestamp: u64) -> bool {
        self.is_active_at_timestamp(ScrollHardfork::EuclidV2, timestamp)
    }

    /// Whether Feynman is active in a block of this timestamp (seconds).
    pub const fn is_feynman_active_at_timestamp(&self, timestamp: u64) -> bool {
        self.is_active_at_timestamp(ScrollHardfork::Feynman, timestamp)
    }

    /// Whether Galileo is active in a block of this timestamp (seconds).
    pub const fn is_galileo_active_at_timestamp(&self, timestamp: u64) -> bool {
        self.is_active_at_timestamp(ScrollHardfork::Galileo, timestamp)
    }

    /// Whether GalileoV2 is active in a block of this timestamp (seconds).
    pub const fn is_galileo_v2_active_at_timestamp(&self, timestamp: u64) -> bool {
        self.is_active_at_timestamp(ScrollHardfork::GalileoV2, timestamp)
    }

    /// EIP-2124 identifier of this chain with its head at this number and timestamp (seconds).
    pub fn fork_id(&self, number: u64, timestamp: u64) -> ForkId {
        let (hash, genesis_timestamp) = (self.genesis_hash(), self.genesis.timestamp);
        fork_id::fork_id(&self.schedule, hash, genesis_timestamp, number, timestamp)
    }

    /// EIP-2124 check of other nodes' identifiers for a node at `head`, of which only number and
    /// timestamp matter.
    pub fn fork_filter(&self, head: Head) -> ForkFilter {
        fork_id::fork_filter(&self.schedule, self.genesis_hash(), self.genesis.timestamp, head)
    }

    const fn is_active_at_timestamp(&self, fork: ScrollHardfork, timestamp: u64) -> bool {
        self.schedule.condition(fork).active_at_timestamp(timestamp)
    }
}

/// The header with the zktrie root, if it is the one that the public network was started with.
fn pinned_header(
    pinned: &PinnedGenesis,
    genesis: &Genesis,
    curie_active: bool,
) -> Option<SealedHeader> {
    let header = SealedHeader::seal_slow(genesis.header(pinned.state_root_zktrie, curie_active));
    (header.hash() == pinned.hash).then_some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_the_genesis_of_a_file() {
        let json = include_str!("../testdata/custom_genesis.json");
        let spec = ScrollChainSpec::from_genesis_json(json).unwrap();
        let header = spec.genesis_header();
        assert_eq!(spec.chain_id(), 424_242);
        assert_eq!(header.state_root, spec.genesis().state_root_mpt());
        assert_eq!(header.base_fee_per_gas, Some(1));
        assert_eq!(
            (header.number, header.gas_limit, header.timestamp),
            (0, 30_000_000, 0x688b_0000)
        );
        assert_eq!(spec.genesis_hash(), header.hash_slow());
        let darwin = ForkId { hash: spec.genesis_hash().into(), next: 1_754_000_000 };
        assert_eq!(spec.fork_id(1, 1_753_999_999), darwin);
    }
}
