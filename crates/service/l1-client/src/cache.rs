//! Answers that cannot change.

use crate::{L1Header, L1Log, L1LogFilter, L1Transaction};
use alloy_primitives::{B256, Keccak256};
use parking_lot::Mutex;
use rollup_runtime::RecentMap;

/// Answers that cannot change: those used last, so many of each kind.
#[derive(Debug)]
pub(crate) struct Cache {
    kinds: Option<Mutex<Kinds>>,
}

#[derive(Debug)]
struct Kinds {
    /// By hash, which is that of their fields.
    headers: RecentMap<B256, L1Header>,
    /// By hash. Those of final blocks alone: others may come to be in another block.
    transactions: RecentMap<B256, L1Transaction>,
    /// By block and filter. Those alone that are proven to be all.
    logs: RecentMap<(B256, B256), Vec<L1Log>>,
    /// Number of the newest block that is known to be final.
    finalized: u64,
}

impl Cache {
    /// An empty one. Of capacity 0, it keeps nothing.
    pub(crate) fn new(capacity: usize) -> Self {
        let kinds = (capacity > 0).then(|| {
            Mutex::new(Kinds {
                headers: RecentMap::new(capacity),
                transactions: RecentMap::new(capacity),
                logs: RecentMap::new(capacity),
                finalized: 0,
            })
        });
        Self { kinds }
    }

    fn with<T>(&self, action: impl FnOnce(&mut Kinds) -> T) -> Option<T> {
        self.kinds.as_ref().map(|kinds| action(&mut kinds.lock()))
    }

    pub(crate) fn header(&self, hash: B256) -> Option<L1Header> {
        self.with(|kinds| used(&mut kinds.headers, &hash)).flatten()
    }

    pub(crate) fn put_header(&self, header: &L1Header) {
        if header.is_verified {
            self.with(|kinds| kinds.headers.insert(header.hash, *header));
        }
    }

    pub(crate) fn put_finalized(&self, header: &L1Header) {
        if header.is_verified {
            self.with(|kinds| kinds.finalized = kinds.finalized.max(header.number));
        }
    }

    pub(crate) fn transaction(&self, hash: B256) -> Option<L1Transaction> {
        self.with(|kinds| used(&mut kinds.transactions, &hash)).flatten()
    }

    pub(crate) fn put_transaction(&self, transaction: &L1Transaction, block_number: u64) {
        self.with(|kinds| {
            if block_number <= kinds.finalized {
                kinds.transactions.insert(transaction.hash, transaction.clone());
            }
        });
    }

    pub(crate) fn logs(&self, block_hash: B256, filter: &L1LogFilter) -> Option<Vec<L1Log>> {
        self.with(|kinds| used(&mut kinds.logs, &(block_hash, name(filter)))).flatten()
    }

    pub(crate) fn put_logs(&self, block_hash: B256, filter: &L1LogFilter, logs: &[L1Log]) {
        self.with(|kinds| kinds.logs.insert((block_hash, name(filter)), logs.to_vec()));
    }

    /// Forgets what no hash proves: in which block a transaction is, and what is final.
    pub(crate) fn forget_claims(&self) {
        self.with(|kinds| {
            kinds.transactions.clear();
            kinds.finalized = 0;
        });
    }
}

/// An entry, which is young again.
fn used<K: Copy + Eq + std::hash::Hash, V: Clone>(
    entries: &mut RecentMap<K, V>,
    key: &K,
) -> Option<V> {
    let value = entries.remove(key)?;
    entries.insert(*key, value.clone());
    Some(value)
}

/// Stands for a filter.
fn name(filter: &L1LogFilter) -> B256 {
    let mut hasher = Keccak256::new();
    for address in &filter.addresses {
        hasher.update(address);
    }
    // Addresses and topics are told apart by their number.
    hasher.update(filter.addresses.len().to_be_bytes());
    for topic in &filter.topics {
        hasher.update(topic);
    }
    hasher.finalize()
}
