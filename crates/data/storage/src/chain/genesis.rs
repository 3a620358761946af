//! The genesis block.

use super::{ChainStore, append::put_slot, trie::HashedChanges};
use crate::{
    cache::CommittedChanges,
    error::{ChainIdentity, StorageError},
};
use alloy_eips::BlockNumHash;
use alloy_genesis::GenesisAccount;
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use rollup_db::{
    Account, Accounts, BlockBodyIndex, BlockBodyIndices, Bytecodes, CanonicalHeaders, Forkchoice,
    ForkchoiceKey, HeaderNumbers, Headers, Metadata, MetadataKey, Mode, Tx, WriteTx,
};

const GENESIS: u64 = 0;

impl ChainStore {
    /// Writes the genesis block into an empty database; checks that any other is of this chain.
    pub(super) fn ensure_genesis(&self) -> Result<(), StorageError> {
        let expected = ChainIdentity {
            chain_id: self.chain_spec.chain_id(),
            genesis_hash: self.chain_spec.genesis_hash(),
        };
        match stored_identity(&self.db.begin_read()?)? {
            None => self.write_genesis(expected),
            Some(found) if found == expected => Ok(()),
            Some(found) => {
                let path = self.db.path().to_path_buf();
                Err(StorageError::OtherChain { path, found, expected })
            }
        }
    }

    fn write_genesis(&self, identity: ChainIdentity) -> Result<(), StorageError> {
        let tx = self.db.begin_write()?;
        let mut changes = HashedChanges::default();
        for (address, account) in &self.chain_spec.genesis().alloc {
            write_account(&tx, *address, account, &mut changes)?;
        }
        changes.apply(&tx)?;

        let hash = identity.genesis_hash;
        tx.put::<CanonicalHeaders>(&GENESIS, &hash)?;
        tx.put::<Headers>(&GENESIS, self.chain_spec.genesis_header().header())?;
        tx.put::<HeaderNumbers>(&hash, &GENESIS)?;
        tx.put::<BlockBodyIndices>(&GENESIS, &BlockBodyIndex::default())?;
        // Nothing is safer or more final than genesis.
        for point in [ForkchoiceKey::Head, ForkchoiceKey::Safe, ForkchoiceKey::Finalized] {
            tx.put::<Forkchoice>(&point, &BlockNumHash::new(GENESIS, hash))?;
        }
        let chain_id = Bytes::copy_from_slice(&identity.chain_id.to_be_bytes());
        tx.put::<Metadata>(&MetadataKey::ChainId, &chain_id)?;
        tx.put::<Metadata>(&MetadataKey::GenesisHash, &hash.0.into())?;
        self.commit(tx, &CommittedChanges::default())
    }
}

/// The chain that the database holds, or `None` if it is empty.
pub(super) fn stored_identity<M: Mode>(tx: &Tx<M>) -> Result<Option<ChainIdentity>, StorageError> {
    let (Some(chain_id), Some(genesis_hash)) = (
        tx.get::<Metadata>(&MetadataKey::ChainId)?,
        tx.get::<Metadata>(&MetadataKey::GenesisHash)?,
    ) else {
        return Ok(None);
    };
    let missing = |_| StorageError::Missing { table: "Metadata", number: GENESIS };
    Ok(Some(ChainIdentity {
        chain_id: u64::from_be_bytes(chain_id.as_ref().try_into().map_err(missing)?),
        genesis_hash: B256::new(genesis_hash.as_ref().try_into().map_err(missing)?),
    }))
}

fn write_account(
    tx: &WriteTx,
    address: Address,
    genesis: &GenesisAccount,
    changes: &mut HashedChanges,
) -> Result<(), StorageError> {
    let code = genesis.code.as_ref().filter(|code| !code.is_empty());
    let code_hash = code.map_or(KECCAK256_EMPTY, keccak256);
    if let Some(code) = code {
        tx.put::<Bytecodes>(&code_hash, code)?;
    }
    let account =
        Account { nonce: genesis.nonce.unwrap_or_default(), balance: genesis.balance, code_hash };
    tx.put::<Accounts>(&address, &account)?;
    changes.account(address, Some(account));
    for (slot, value) in genesis.storage.iter().flatten() {
        let value = U256::from_be_bytes(value.0);
        put_slot(tx, address, *slot, value)?;
        changes.slot(address, *slot, value);
    }
    Ok(())
}
