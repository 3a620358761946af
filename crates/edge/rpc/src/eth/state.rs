//! Accounts, slots and proofs.

use super::{
    EthRpc,
    block_id::require,
    error::EthError,
    snapshot::{Snapshot, StateSource},
};
use alloy_consensus::constants::{EMPTY_ROOT_HASH, KECCAK_EMPTY};
use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rpc_types_eth::{EIP1186AccountProofResponse, EIP1186StorageProof};
use alloy_serde::JsonStorageKey;
use revm::{DatabaseRef as _, state::AccountInfo};
use tokio_util::sync::CancellationToken;

/// Slots that one request can have proved.
const MAX_PROVED_SLOTS: usize = 1024;

impl EthRpc {
    /// The account after a block; empty if it does not exist.
    fn account_at(
        &self,
        chain: &Snapshot,
        address: Address,
        block: BlockId,
    ) -> Result<AccountInfo, EthError> {
        // A single read is not worth stopping.
        let state = StateSource::state_after(chain, block, &CancellationToken::new())?;
        Ok(state.basic_ref(address)?.unwrap_or_default())
    }

    pub(crate) fn balance_at(
        &self,
        chain: &Snapshot,
        address: Address,
        block: BlockId,
    ) -> Result<U256, EthError> {
        Ok(self.account_at(chain, address, block)?.balance)
    }

    /// The nonce in the state; for `pending` at least the one after the executable transactions in
    /// the pool.
    pub(crate) fn nonce_at(
        &self,
        chain: &Snapshot,
        address: Address,
        block: BlockId,
    ) -> Result<u64, EthError> {
        let nonce = self.account_at(chain, address, block)?.nonce;
        let pooled = if block.is_pending() { self.pool.next_nonce(address) } else { None };
        // The pool may be a block behind.
        Ok(pooled.map_or(nonce, |pooled| pooled.max(nonce)))
    }

    pub(crate) fn code_at(
        &self,
        chain: &Snapshot,
        address: Address,
        block: BlockId,
    ) -> Result<Bytes, EthError> {
        let state = StateSource::state_after(chain, block, &CancellationToken::new())?;
        let Some(account) = state.basic_ref(address)? else { return Ok(Bytes::new()) };
        if account.is_empty_code_hash() {
            return Ok(Bytes::new());
        }
        Ok(state.code(account.code_hash)?)
    }

    pub(crate) fn slot_at(
        &self,
        chain: &Snapshot,
        address: Address,
        slot: JsonStorageKey,
        block: BlockId,
    ) -> Result<B256, EthError> {
        let state = StateSource::state_after(chain, block, &CancellationToken::new())?;
        Ok(state.storage_ref(address, slot.as_b256().into())?.into())
    }

    /// Account and slots with the nodes that prove them.
    pub(crate) fn proof_at(
        &self,
        address: Address,
        keys: &[JsonStorageKey],
        block: BlockId,
    ) -> Result<EIP1186AccountProofResponse, EthError> {
        if keys.len() > MAX_PROVED_SLOTS {
            return Err(EthError::TooManySlots { max: MAX_PROVED_SLOTS });
        }
        if block.is_pending() {
            return Err(EthError::PendingProof);
        }
        let view = self.view()?;
        let number = require(&view, block)?.number;
        let window = self.config.proof_window_blocks;
        if view.head()?.number.saturating_sub(number) > window {
            return Err(EthError::OutsideProofWindow { window });
        }
        let slots: Vec<U256> = keys.iter().map(|key| key.as_b256().into()).collect();
        let proof = view.proof_after(number, address, &slots)?;
        let proof = proof.ok_or(EthError::BlockNotFound(block))?;
        let storage_proof = keys
            .iter()
            .zip(proof.slots)
            .map(|(key, slot)| EIP1186StorageProof::new(*key, slot.value, slot.nodes))
            .collect();
        Ok(EIP1186AccountProofResponse {
            address,
            balance: proof.account.map(|account| account.balance).unwrap_or_default(),
            code_hash: proof.account.map_or(KECCAK_EMPTY, |account| account.code_hash),
            nonce: proof.account.map(|account| account.nonce).unwrap_or_default(),
            storage_hash: proof.account.map_or(EMPTY_ROOT_HASH, |account| account.storage_root),
            account_proof: proof.nodes,
            storage_proof,
        })
    }
}
