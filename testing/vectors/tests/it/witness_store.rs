//! A store that holds the part of the state in a witness, and the block's parent as its head.

use alloy_eips::BlockNumHash;
use alloy_primitives::{B256, Bytes, U256, keccak256};
use rollup_chainspec::ScrollChainSpec;
use rollup_db::{
    Account, Accounts, AccountsTrie, BlockBodyIndex, BlockBodyIndices, Bytecodes, CanonicalHeaders,
    DatabaseConfig, Forkchoice, ForkchoiceKey, HashedAccount, HashedAccounts, HashedStorage,
    HashedStorageKey, HeaderNumbers, Headers, Metadata, MetadataKey, Storage, StorageKey,
    StorageTriePath, StoragesTrie, TriePath, WriteTx,
};
use rollup_evm::ScrollEvmConfig;
use rollup_primitives::{RecoveredBlock, ScrollBlock, ScrollHeader};
use rollup_stateless::BlockWitness;
use rollup_storage::ChainStore;
use rollup_trie::{StatePart, TrieAccount};
use rollup_vectors::ReadRecorder;
use std::sync::Arc;
use tempfile::TempDir;

/// A store on which the block of a witness can be imported.
pub(crate) struct WitnessStore {
    pub(crate) config: ScrollEvmConfig,
    pub(crate) store: ChainStore,
    pub(crate) block: RecoveredBlock,
    _directory: TempDir,
}

impl WitnessStore {
    pub(crate) fn new(witness: &BlockWitness) -> Self {
        let fork = witness.hardfork().unwrap();
        let spec = Arc::new(ScrollChainSpec::with_forced_fork(witness.chain_id, fork));
        let config = ScrollEvmConfig::new(Arc::clone(&spec));
        let mut header = ScrollHeader::from(&witness.header);
        if spec.is_euclid_v2_active_at_timestamp(header.timestamp) {
            remove_clique_seal(&mut header);
        }
        let block = ScrollBlock { header, body: witness.body().unwrap() };
        let block = RecoveredBlock::try_recover(block).unwrap();

        let directory = TempDir::new().unwrap();
        let store = ChainStore::open(directory.path(), DatabaseConfig::default(), spec).unwrap();
        let tx = store.database().begin_write().unwrap();
        let part = witness.state().nodes.state_part(witness.parent_state_root).unwrap();
        write_parent(&tx, &block, witness.parent_state_root);
        write_plain_state(&tx, &config, &block, witness, &part);
        write_hashed_state(&tx, &part);
        tx.commit().unwrap();
        Self { config, store, block, _directory: directory }
    }
}

/// A devnet ran by the rules of EuclidV2 while Clique still sealed its blocks, which no released
/// rules allow. Nothing that execution gives depends on the seal.
fn remove_clique_seal(header: &mut ScrollHeader) {
    header.difficulty = U256::ONE;
    header.extra_data = Bytes::new();
}

/// Makes the parent the only block. Its header is not known: one on which the block fits stands in.
fn write_parent(tx: &WriteTx, block: &RecoveredBlock, state_root: B256) {
    let id = BlockNumHash::new(block.number - 1, block.parent_hash);
    let header = ScrollHeader {
        number: id.number,
        timestamp: block.timestamp,
        gas_limit: block.gas_limit,
        state_root,
        ..Default::default()
    };
    tx.clear::<CanonicalHeaders>().unwrap();
    tx.clear::<HeaderNumbers>().unwrap();
    tx.clear::<Headers>().unwrap();
    tx.clear::<BlockBodyIndices>().unwrap();
    tx.put::<CanonicalHeaders>(&id.number, &id.hash).unwrap();
    tx.put::<HeaderNumbers>(&id.hash, &id.number).unwrap();
    tx.put::<Headers>(&id.number, &header).unwrap();
    tx.put::<BlockBodyIndices>(&id.number, &BlockBodyIndex::default()).unwrap();
    for point in [ForkchoiceKey::Head, ForkchoiceKey::Safe, ForkchoiceKey::Finalized] {
        tx.put::<Forkchoice>(&point, &id).unwrap();
    }
    tx.put::<Metadata>(&MetadataKey::StateRoot, &state_root.0.into()).unwrap();
}

/// Writes what the block reads. A witness has the hashes of addresses and slots alone: an execution
/// tells what they are hashes of.
fn write_plain_state(
    tx: &WriteTx,
    config: &ScrollEvmConfig,
    block: &RecoveredBlock,
    witness: &BlockWitness,
    part: &StatePart,
) {
    let mut recorder = ReadRecorder::new(witness);
    config.execute_block(&mut recorder, block, block.timestamp).unwrap();
    for (address, read) in &recorder.into_reads().cache.accounts {
        if let Some(account) = part.accounts.get(&keccak256(address)) {
            tx.put::<Accounts>(address, &stored_account(account)).unwrap();
        }
        for (slot, value) in read.storage.iter().filter(|(_, value)| **value != U256::ZERO) {
            let key = StorageKey { address: *address, slot: B256::from(*slot) };
            tx.put::<Storage>(&key, value).unwrap();
        }
    }
    for code in &witness.codes {
        tx.put::<Bytecodes>(&keccak256(code), code).unwrap();
    }
}

fn write_hashed_state(tx: &WriteTx, part: &StatePart) {
    for (hashed_address, account) in &part.accounts {
        let (account, storage_root) = (stored_account(account), account.storage_root);
        let account = HashedAccount { account, storage_root };
        tx.put::<HashedAccounts>(hashed_address, &account).unwrap();
    }
    for (path, record) in &part.account_records {
        tx.put::<AccountsTrie>(&TriePath(*path), &record.encode().into()).unwrap();
    }
    for (&hashed_address, storage) in &part.storages {
        for (&hashed_slot, value) in &storage.slots {
            let key = HashedStorageKey { hashed_address, hashed_slot };
            tx.put::<HashedStorage>(&key, value).unwrap();
        }
        for (path, record) in &storage.records {
            let key = StorageTriePath { hashed_address, path: TriePath(*path) };
            tx.put::<StoragesTrie>(&key, &record.encode().into()).unwrap();
        }
    }
}

const fn stored_account(account: &TrieAccount) -> Account {
    let TrieAccount { nonce, balance, code_hash, .. } = *account;
    Account { nonce, balance, code_hash }
}
