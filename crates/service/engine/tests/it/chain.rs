//! A stored chain, and blocks for it.

use crate::transactions::{
    CHAIN_ID, RECIPIENT, SENDER, creation, delegation, l1_message, store, store_contract, transfer,
};
use alloy_consensus::transaction::{Recovered, SignerRecoverable as _};
use alloy_genesis::GenesisAccount;
use alloy_hardforks::ForkCondition;
use alloy_primitives::{Address, B256, U256, address};
use revm::database::{State, states::bundle_state::BundleRetention};
use rollup_chainspec::{ForkSchedule, Genesis, ScrollChainSpec, ScrollHardfork, dev};
use rollup_db::DatabaseConfig;
use rollup_engine::{ImportError, execute_block};
use rollup_evm::{BlockBuilder, NextBlockAttributes, ScrollEvmConfig};
use rollup_primitives::{RecoveredBlock, ScrollTxEnvelope, SealedBlock, SealedHeader};
use rollup_storage::{ChainStore, ChainView, ExecutedBlock, StateDiff};
use std::{collections::BTreeMap, sync::Arc};
use tempfile::TempDir;

/// An account of genesis that is empty by EIP-161, but has storage.
pub(crate) const EMPTY_ACCOUNT: Address = address!("00000000000000000000000000000000000000e0");
/// The block of [`blocks`] in which Galileo and GalileoV2 become active.
pub(crate) const FORK_BLOCK: u64 = 3;
const BASE_FEE_WEI: u64 = 15_680_000;

/// The development chain with an empty account, on which the last two forks come late.
pub(crate) fn chain_spec() -> Arc<ScrollChainSpec> {
    let dev = dev();
    let slot = (B256::with_last_byte(1), B256::with_last_byte(7));
    let empty =
        GenesisAccount { storage: Some(BTreeMap::from([slot])), ..GenesisAccount::default() };
    let mut genesis: Genesis = dev.genesis().clone();
    genesis.alloc.insert(EMPTY_ACCOUNT, empty);
    let fork = ForkCondition::Timestamp(genesis.timestamp + FORK_BLOCK);
    let schedule = ForkSchedule::forced(ScrollHardfork::Feynman)
        .with(ScrollHardfork::Galileo, fork)
        .with(ScrollHardfork::GalileoV2, fork);
    Arc::new(ScrollChainSpec::new(CHAIN_ID, genesis, schedule, dev.config().clone()))
}

/// What the blocks of the chain hold, from block 1 on.
pub(crate) fn bodies() -> Vec<Vec<ScrollTxEnvelope>> {
    let contract = store_contract(1);
    vec![
        vec![l1_message(0), l1_message(1), transfer(0, RECIPIENT, 1_000), creation(1)],
        vec![store(2, contract, 1, 10), store(3, contract, 2, 20), delegation(4, contract)],
        vec![l1_message(2), store(6, contract, 1, 0), store(7, SENDER, 5, 50)],
        vec![],
        vec![transfer(8, EMPTY_ACCOUNT, 0), delegation(9, Address::ZERO)],
        vec![store(11, contract, 2, 21), transfer(12, RECIPIENT, 1)],
    ]
}

/// A store with the configuration that its blocks are executed by.
pub(crate) struct Chain {
    pub(crate) config: ScrollEvmConfig,
    pub(crate) store: ChainStore,
    pub(crate) directory: TempDir,
}

impl Chain {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let config = ScrollEvmConfig::new(chain_spec());
        let store = open(&directory);
        Self { config, store, directory }
    }

    /// The chain with its first `count` blocks, and all blocks.
    pub(crate) fn with_blocks(count: usize) -> (Self, Vec<ExecutedBlock>) {
        let chain = Self::new();
        let blocks = chain.build_all();
        chain.store.append(&blocks[..count]).unwrap();
        (chain, blocks)
    }

    /// As after a restart: nothing is kept in memory.
    pub(crate) fn reopened(self) -> Self {
        let Self { config, store, directory } = self;
        drop(store);
        Self { config, store: open(&directory), directory }
    }

    pub(crate) fn view(&self) -> ChainView {
        self.store.view().unwrap()
    }

    /// The blocks of [`bodies`], none of them stored.
    pub(crate) fn build_all(&self) -> Vec<ExecutedBlock> {
        let mut view = self.view();
        bodies()
            .into_iter()
            .map(|transactions| {
                let block = build(&self.config, &view, transactions);
                view.push(Arc::new(block.clone())).unwrap();
                block
            })
            .collect()
    }

    /// Imports a block onto the head, without storing it.
    pub(crate) fn import(&self, block: SealedBlock) -> Result<ExecutedBlock, ImportError> {
        execute_block(&self.config, &self.view(), block)
    }
}

fn open(directory: &TempDir) -> ChainStore {
    ChainStore::open(directory.path(), DatabaseConfig::default(), chain_spec()).unwrap()
}

/// Builds a block on the head of a view, a second after it.
pub(crate) fn build(
    config: &ScrollEvmConfig,
    view: &ChainView,
    transactions: Vec<ScrollTxEnvelope>,
) -> ExecutedBlock {
    let head = view.head().unwrap();
    let parent = SealedHeader::new(view.header(head.number).unwrap().unwrap(), head.hash);
    let attributes = NextBlockAttributes {
        timestamp: parent.timestamp + 1,
        gas_limit: parent.gas_limit,
        base_fee_per_gas: Some(BASE_FEE_WEI),
    };
    let state =
        State::builder().with_database_ref(view.latest_state()).with_bundle_update().build();
    let mut builder = BlockBuilder::new(config, state, &parent, attributes).unwrap();
    for tx in transactions {
        let signer = tx.recover_signer().unwrap();
        builder.push(Recovered::new_unchecked(tx, signer)).unwrap();
    }
    let mut built = builder.finish().unwrap();
    built.db.merge_transitions(BundleRetention::Reverts);
    let changes = view.changes(StateDiff::from(&built.db.take_bundle())).unwrap();
    built.block.header.state_root = changes.state_root();
    let block = RecoveredBlock::new_unhashed(built.block, built.senders);
    ExecutedBlock { block, receipts: built.receipts, changes, signature: None }
}

/// A slot of the state after the head.
pub(crate) fn slot(view: &ChainView, address: Address, slot: u64) -> U256 {
    view.latest_state().storage(address, U256::from(slot)).unwrap()
}
