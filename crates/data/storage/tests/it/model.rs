//! A chain in memory, and random blocks for it.

use alloy_consensus::EthereumReceipt;
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_trie::TrieAccount;
use proptest::{collection::vec, prelude::*};
use rollup_db::Account;
use rollup_primitives::{
    RecoveredBlock, ScrollBlock, ScrollBlockBody, ScrollHeader, ScrollReceipt, ScrollTxEnvelope,
    ScrollTxType, TxL1Message,
};
use rollup_storage::{AccountDiff, ChainView, ExecutedBlock, SlotDiff, StateDiff};
use std::{collections::BTreeMap, sync::Arc};

/// Few, so that the same account and slot change again and again.
const ADDRESSES: u8 = 6;
const SLOTS: u8 = 5;

/// State after a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ModelState {
    pub(crate) accounts: BTreeMap<Address, (Account, BTreeMap<U256, U256>)>,
}

/// What a block does to one account.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Creates or changes it, and sets slots (zero removes one).
    Write { nonce: u64, balance: u64, code: Option<u8>, slots: Vec<(u8, u8)> },
    /// Removes it and all its slots.
    Remove,
    /// Removes it, and creates it anew with these slots.
    Replace { slots: Vec<(u8, u8)> },
}

pub(crate) fn addresses() -> impl Iterator<Item = Address> {
    (0..ADDRESSES).map(Address::repeat_byte)
}

pub(crate) fn slots() -> impl Iterator<Item = U256> {
    (0..SLOTS).map(U256::from)
}

/// Changes of one block by account.
pub(crate) fn changes() -> impl Strategy<Value = BTreeMap<u8, Change>> {
    let slots = || vec((0..SLOTS, 0_u8..3), 0..4);
    let write = (0_u64..3, 0_u64..3, prop::option::of(0_u8..3), slots()).prop_map(
        |(nonce, balance, code, slots)| Change::Write { nonce, balance: balance + 1, code, slots },
    );
    let replace = slots().prop_map(|slots| Change::Replace { slots });
    let change = prop_oneof![4 => write, 1 => Just(Change::Remove), 1 => replace];
    prop::collection::btree_map(0..ADDRESSES, change, 0..5)
}

impl ModelState {
    /// Applies a block's changes and gives the difference.
    pub(crate) fn apply(&mut self, changes: &BTreeMap<u8, Change>) -> StateDiff {
        let mut diff = StateDiff::default();
        for (byte, change) in changes {
            let address = Address::repeat_byte(*byte);
            let before = self.accounts.get(&address).cloned();
            let account = match change {
                Change::Remove if before.is_none() => continue,
                Change::Remove => self.remove(address),
                Change::Replace { slots } => {
                    let balance = U256::from(9);
                    self.remove(address);
                    let written =
                        self.write(address, Account { balance, ..Account::default() }, slots);
                    AccountDiff { is_wiped: true, ..written }
                }
                Change::Write { nonce, balance, code, slots } => {
                    let code = code.map(|code| vec![code; 3]);
                    let code_hash =
                        code.as_ref().map_or_else(|| Account::default().code_hash, keccak256);
                    if let Some(code) = code {
                        diff.codes.insert(code_hash, code.into());
                    }
                    let balance = U256::from(*balance);
                    self.write(address, Account { nonce: *nonce, balance, code_hash }, slots)
                }
            };
            let before = before.map(|(account, _)| account);
            diff.accounts.insert(address, AccountDiff { before, ..account });
        }
        diff
    }

    // The slots of a removed account are not listed: storage has to find them.
    fn remove(&mut self, address: Address) -> AccountDiff {
        self.accounts.remove(&address);
        AccountDiff::default()
    }

    fn write(&mut self, address: Address, after: Account, slots: &[(u8, u8)]) -> AccountDiff {
        let entry = self.accounts.entry(address).or_default();
        entry.0 = after;
        let mut storage: BTreeMap<U256, SlotDiff> = BTreeMap::new();
        for (slot, value) in slots {
            let (slot, after) = (U256::from(*slot), U256::from(*value));
            let before = entry.1.get(&slot).copied().unwrap_or_default();
            let before = storage.get(&slot).map_or(before, |diff| diff.before);
            storage.insert(slot, SlotDiff { before, after });
        }
        storage.retain(|_, diff| diff.before != diff.after);
        for (slot, diff) in &storage {
            if diff.after.is_zero() {
                entry.1.remove(slot);
            } else {
                entry.1.insert(*slot, diff.after);
            }
        }
        AccountDiff { after: Some(after), storage, ..AccountDiff::default() }
    }

    /// State root, computed from nothing.
    pub(crate) fn root(&self) -> B256 {
        alloy_trie::root::state_root_unhashed(self.accounts.iter().map(
            |(address, (account, slots))| {
                let slots = slots.iter().map(|(slot, value)| (B256::from(*slot), *value));
                let storage_root = alloy_trie::root::storage_root_unhashed(slots);
                let account = TrieAccount {
                    nonce: account.nonce,
                    balance: account.balance,
                    storage_root,
                    code_hash: account.code_hash,
                };
                (*address, account)
            },
        ))
    }
}

/// A block with what it changes, before it is known on which state.
#[derive(Clone, Debug)]
pub(crate) struct ModelBlock {
    pub(crate) block: RecoveredBlock,
    pub(crate) receipts: Vec<ScrollReceipt>,
    pub(crate) diff: StateDiff,
}

impl ModelBlock {
    /// The block as executed on the head of a view.
    pub(crate) fn execute(&self, view: &ChainView) -> ExecutedBlock {
        ExecutedBlock {
            block: self.block.clone(),
            receipts: self.receipts.clone(),
            changes: view.changes(self.diff.clone()).unwrap(),
            signature: None,
        }
    }
}

/// Executes a run of blocks on the head, one on the other.
pub(crate) fn execute(mut view: ChainView, blocks: &[ModelBlock]) -> Vec<Arc<ExecutedBlock>> {
    let executed = blocks.iter().map(|block| {
        let executed = Arc::new(block.execute(&view));
        view.push(Arc::clone(&executed)).unwrap();
        executed
    });
    executed.collect()
}

/// A block on `parent` with as many L1 messages as it says, and `state_root` in its header.
pub(crate) fn block(
    parent: &RecoveredBlock,
    messages: u64,
    diff: StateDiff,
    state_root: B256,
) -> ModelBlock {
    let first = (parent.number + 1) * 100;
    let messages =
        (0..messages).map(|at| TxL1Message { queue_index: first + at, ..Default::default() });
    block_of(parent, messages.collect(), diff, state_root)
}

/// A block on `parent` with these L1 messages.
pub(crate) fn block_of(
    parent: &RecoveredBlock,
    messages: Vec<TxL1Message>,
    diff: StateDiff,
    state_root: B256,
) -> ModelBlock {
    let number = parent.number + 1;
    let transactions: Vec<ScrollTxEnvelope> = messages.into_iter().map(Into::into).collect();
    let messages = transactions.len() as u64;
    let senders = vec![Address::ZERO; transactions.len()];
    let receipts = (1..=messages)
        .map(|at| ScrollReceipt {
            inner: EthereumReceipt {
                tx_type: ScrollTxType::L1Message,
                success: true,
                cumulative_gas_used: at * 21_000,
                logs: Vec::new(),
            },
            l1_fee: U256::from(at),
        })
        .collect();
    let header = ScrollHeader {
        parent_hash: parent.hash(),
        number,
        timestamp: parent.timestamp + 1,
        state_root,
        ..Default::default()
    };
    let body = ScrollBlockBody { transactions, ..Default::default() };
    let block = RecoveredBlock::new_unhashed(ScrollBlock { header, body }, senders);
    ModelBlock { block, receipts, diff }
}
