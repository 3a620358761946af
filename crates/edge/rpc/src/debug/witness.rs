//! The part of the state that is needed to execute a block without a database.

use super::{error::UnfitError, raw};
use crate::eth::{
    EthRpc, error::EthError, execute::WorkState, guard::TraceLimits, replay::BlockReplay,
};
use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use revm::database::{AccountState, DbAccount};
use rollup_chainspec::{L2_MESSAGE_QUEUE, WITHDRAW_ROOT_SLOT};
use rollup_storage::StorageError;
use rollup_trie::{AccountChange, AccountInfo, PostState};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a block reads, in the form of reth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExecutionWitness {
    /// RLP of trie nodes, of the state trie and of storage tries alike: those of everything that is
    /// read, and those that the new state root depends on.
    pub state: Vec<Bytes>,
    /// Codes of contracts that are executed or read.
    pub codes: Vec<Bytes>,
    /// Addresses and slots that are read, not hashed.
    pub keys: Vec<Bytes>,
    /// RLP of the header of the parent, whose state root the nodes are under.
    pub headers: Vec<Bytes>,
}

pub(super) fn witness(
    eth: &EthRpc,
    id: BlockId,
    limits: &TraceLimits,
) -> Result<ExecutionWitness, EthError> {
    let view = eth.view()?;
    let block = raw::require(eth, &view, id)?;
    let number = block.block().number.checked_sub(1).ok_or(UnfitError::Genesis)?;
    let window = eth.witness_window();
    if view.head()?.number.saturating_sub(number + 1) > window {
        return Err(UnfitError::OutsideWitnessWindow { window }.into());
    }
    let mut replay = BlockReplay::new(eth.evm(), &view, block, limits)?;
    replay.skip_to(usize::MAX)?;
    let state = replay.state();
    let reads = reads(state);
    limits.check_time()?;
    let missing = |table| StorageError::Missing { table, number };
    let nodes = view.witness_after(number, &reads, &changes(state))?;
    let parent = view.header(number)?.ok_or_else(|| missing("Headers"))?;
    Ok(ExecutionWitness {
        state: nodes.ok_or_else(|| missing("Headers"))?,
        codes: codes(state),
        keys: keys(&reads),
        headers: vec![alloy_rlp::encode(&parent).into()],
    })
}

/// Accounts and slots that were read, and the slot of the withdraw root, which a proof of the batch
/// is about.
fn reads(state: &WorkState<'_>) -> BTreeMap<Address, BTreeSet<U256>> {
    let accounts = state.cache.accounts.iter();
    let slots = |account: &DbAccount| account.storage.keys().copied().collect();
    let mut reads: BTreeMap<_, BTreeSet<_>> =
        accounts.map(|(address, account)| (*address, slots(account))).collect();
    reads.entry(L2_MESSAGE_QUEUE).or_default().insert(WITHDRAW_ROOT_SLOT);
    reads
}

/// Accounts that may have changed, as they are then.
fn changes(state: &WorkState<'_>) -> PostState {
    let accounts = state.cache.accounts.iter();
    let touched = accounts.filter(|(_, account)| account.account_state != AccountState::None);
    PostState { accounts: touched.map(|(address, account)| (*address, change(account))).collect() }
}

fn change(account: &DbAccount) -> AccountChange {
    // An empty account does not exist (EIP-161).
    let info = account.info().filter(|info| !info.is_empty());
    AccountChange {
        info: info.map(|info| AccountInfo {
            nonce: info.nonce,
            balance: info.balance,
            code_hash: info.code_hash,
        }),
        storage_wiped: account.account_state.is_storage_cleared(),
        storage: account.storage.iter().map(|(slot, value)| (*slot, *value)).collect(),
    }
}

fn codes(state: &WorkState<'_>) -> Vec<Bytes> {
    let is_code = |hash: &B256| *hash != KECCAK256_EMPTY && !hash.is_zero();
    let codes: BTreeMap<_, _> =
        state.cache.contracts.iter().filter(|(hash, _)| is_code(hash)).collect();
    codes.into_values().map(|code| code.original_bytes()).collect()
}

fn keys(reads: &BTreeMap<Address, BTreeSet<U256>>) -> Vec<Bytes> {
    let mut keys = Vec::new();
    for (address, slots) in reads {
        keys.push(Bytes::copy_from_slice(address.as_slice()));
        keys.extend(slots.iter().map(|slot| B256::from(*slot).into()));
    }
    keys
}
