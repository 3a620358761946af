//! A stored chain that is extended and reorganized.

use crate::{config::ExExConfig, follow::Follower};
use alloy_consensus::{
    SignableTransaction, TxEip1559, transaction::Recovered, transaction::SignerRecoverable as _,
};
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, b256, bytes};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use revm::database::{State, states::bundle_state::BundleRetention};
use rollup_chainspec::{DEV_CHAIN_ID, dev};
use rollup_engine::execute_block;
use rollup_evm::{BlockBuilder, NextBlockAttributes, ScrollEvmConfig};
use rollup_primitives::{
    RecoveredBlock, ScrollReceipt, ScrollTxEnvelope, SealedBlock, SealedHeader,
};
use rollup_storage::{
    CanonicalChange, ChainView, ExecutedBlock, PruneConfig, RollupChange, StateDiff, Storage,
    StorageConfig,
};
use std::{collections::BTreeMap, path::Path, sync::Arc};
use tempfile::TempDir;

/// The first account that the development chain funds.
const KEY: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
pub(super) const RECIPIENT: Address = Address::repeat_byte(0xee);
const BASE_FEE_WEI: u64 = 15_680_000;
/// Stores 42 in slot 0, logs nothing but that, and leaves a contract that stops.
const INIT_CODE: Bytes = bytes!("602a5f555f5fa060015ff3");

/// What the engine found when it executed a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Results {
    pub(super) receipts: Vec<ScrollReceipt>,
    pub(super) state: StateDiff,
}

/// A stored chain, and what follows it. Dropping the parts and opening them again is what a kill leaves:
/// nothing is written when they are dropped.
pub(super) struct World {
    pub(super) config: ExExConfig,
    pub(super) prune: PruneConfig,
    pub(super) follower: Arc<Follower>,
    pub(super) storage: Storage,
    pub(super) evm: ScrollEvmConfig,
    /// Of every block that ever was.
    pub(super) results: BTreeMap<B256, Results>,
    signer: PrivateKeySigner,
    /// Makes the blocks of each branch others than before.
    salt: u64,
    pub(super) directory: TempDir,
}

impl World {
    pub(super) fn new(config: ExExConfig) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let evm = ScrollEvmConfig::new(dev());
        let storage = open(directory.path(), &evm, PruneConfig::default());
        let follower = follow(config, directory.path(), &storage, &evm);
        let signer = PrivateKeySigner::from_bytes(&KEY).unwrap();
        let (prune, results) = (PruneConfig::default(), BTreeMap::new());
        Self { config, prune, follower, storage, evm, results, signer, salt: 0, directory }
    }

    /// Kills the node and starts it again.
    pub(super) fn restarted(self) -> Self {
        let Self { config, prune, evm, results, signer, salt, directory, .. } = self;
        // The locks on the files go with them.
        drop((self.follower, self.storage));
        let storage = open(directory.path(), &evm, prune);
        let follower = follow(config, directory.path(), &storage, &evm);
        Self { config, prune, follower, storage, evm, results, signer, salt, directory }
    }

    pub(super) fn view(&self) -> ChainView {
        self.storage.view().unwrap()
    }

    pub(super) fn head(&self) -> BlockNumHash {
        self.storage.head()
    }

    pub(super) fn id(&self, number: u64) -> BlockNumHash {
        BlockNumHash::new(number, self.view().hash_of(number).unwrap().unwrap())
    }

    /// The blocks of the chain from the one after genesis on.
    pub(super) fn chain(&self) -> Vec<BlockNumHash> {
        (1..=self.head().number).map(|number| self.id(number)).collect()
    }

    /// Adds blocks with a transaction each.
    pub(super) fn commit(&mut self, blocks: u64) {
        self.change(self.head().number, blocks);
    }

    /// Takes the blocks above `fork` off the chain and adds others.
    pub(super) fn change(&mut self, fork: u64, blocks: u64) {
        self.salt += 1;
        if fork < self.head().number {
            self.storage.unwind(fork).unwrap();
        }
        let mut added = Vec::new();
        for _ in 0..blocks {
            let block = Arc::new(self.build());
            let results =
                Results { receipts: block.receipts.clone(), state: block.changes.diff().clone() };
            self.results.insert(block.block.hash(), results);
            self.storage.append(Arc::clone(&block)).unwrap();
            added.push(block);
        }
        let change = CanonicalChange { removed: Vec::new(), added, head: self.head() };
        self.follower.recent.follow(&change);
    }

    /// Finalizes a block of the chain.
    pub(super) fn finalize(&self, number: u64) {
        let point = Some(self.id(number));
        let change = RollupChange::Forkchoice { safe: point, finalized: point };
        self.storage.apply_rollup(vec![change]).unwrap();
    }

    fn build(&self) -> ExecutedBlock {
        let view = self.view();
        let head = view.head().unwrap();
        let parent = SealedHeader::new(view.header(head.number).unwrap().unwrap(), head.hash);
        let attributes = NextBlockAttributes {
            timestamp: parent.timestamp + self.salt,
            gas_limit: parent.gas_limit,
            base_fee_per_gas: Some(BASE_FEE_WEI),
        };
        let state = State::builder().with_database_ref(view.latest_state()).with_bundle_update();
        let mut builder = BlockBuilder::new(&self.evm, state.build(), &parent, attributes).unwrap();
        let transaction = self.transaction(&view, head.number);
        let sender = transaction.recover_signer().unwrap();
        builder.push(Recovered::new_unchecked(transaction, sender)).unwrap();
        let mut built = builder.finish().unwrap();
        built.db.merge_transitions(BundleRetention::Reverts);
        let changes = view.changes(StateDiff::from(&built.db.take_bundle())).unwrap();
        built.block.header.state_root = changes.state_root();
        let block = RecoveredBlock::new_unhashed(built.block, built.senders);
        ExecutedBlock { block, receipts: built.receipts, changes, signature: None }
    }

    /// Creates a contract in every third block, else sends some wei.
    fn transaction(&self, view: &ChainView, head: u64) -> ScrollTxEnvelope {
        let account = view.latest_state().account(self.signer.address()).unwrap().unwrap();
        let is_creation = head.is_multiple_of(3);
        let (to, input, gas_limit) = if is_creation {
            (TxKind::Create, INIT_CODE, 200_000)
        } else {
            (RECIPIENT.into(), Bytes::new(), 21_000)
        };
        let transaction = TxEip1559 {
            chain_id: DEV_CHAIN_ID,
            nonce: account.nonce,
            gas_limit,
            max_fee_per_gas: 1_000_000_000,
            to,
            value: U256::from(if is_creation { 0 } else { self.salt }),
            input,
            ..TxEip1559::default()
        };
        let signature = self.signer.sign_hash_sync(&transaction.signature_hash()).unwrap();
        transaction.into_signed(signature).into()
    }
}

fn open(directory: &Path, evm: &ScrollEvmConfig, prune: PruneConfig) -> Storage {
    let replay =
        |view: &ChainView, block: SealedBlock| execute_block(evm, view, block).map_err(Into::into);
    let config = StorageConfig { prune, ..StorageConfig::default() };
    Storage::open(directory, config, dev(), &replay).unwrap().0
}

fn follow(
    config: ExExConfig,
    directory: &Path,
    storage: &Storage,
    evm: &ScrollEvmConfig,
) -> Arc<Follower> {
    let directory = directory.join("exex");
    Arc::new(Follower::open(config, directory, storage.clone(), evm.clone()).unwrap())
}
