//! What subscribers are sent, made once for all of them.

use crate::eth::{convert, json::Json};
use alloy_rpc_types_eth::{Header, Log};
use rollup_primitives::ScrollHeader;
use rollup_storage::{CanonicalChange, RemovedBlock};
use rollup_txpool::PoolTransaction;
use serde::Serialize;
use std::sync::{Arc, OnceLock};

/// Bytes of a header as JSON, about.
const HEADER_BYTES: usize = 2 << 10;
/// Bytes of a log, and of its JSON without data, about.
const LOG_BYTES: usize = 1 << 10;
/// Bytes of a transaction, and of its JSON without input, about.
const TRANSACTION_BYTES: usize = 1 << 10;
/// How often data is there: as it is, and as hex digits.
const DATA_COPIES: usize = 3;

/// A value, and its JSON once somebody wants it.
#[derive(Debug)]
pub(crate) struct Shared<T> {
    pub(crate) value: T,
    json: OnceLock<Json>,
}

impl<T: Serialize> Shared<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { value, json: OnceLock::new() }
    }

    pub(crate) fn json(&self) -> Result<Json, serde_json::Error> {
        once(&self.json, || Json::new(&self.value))
    }
}

/// A change of the chain.
#[derive(Debug)]
pub(crate) struct ChainUpdate {
    /// Headers of the blocks that joined, ascending.
    pub(crate) heads: Vec<Shared<Header<ScrollHeader>>>,
    /// Logs of the blocks that left, the last one first, and then of those that joined.
    pub(crate) logs: Vec<Shared<Log>>,
}

impl ChainUpdate {
    pub(crate) fn new(change: &CanonicalChange) -> Self {
        let removed = change.removed.iter().rev().flat_map(|removed| removed_logs(removed));
        let added = change.added.iter();
        let added = added.flat_map(|added| convert::logs(&added.block, &added.receipts).flatten());
        Self {
            heads: change
                .added
                .iter()
                .map(|added| Shared::new(convert::header(&added.block)))
                .collect(),
            logs: removed.chain(added).map(Shared::new).collect(),
        }
    }

    /// Bytes that it takes, with all JSON, about.
    pub(crate) fn bytes(&self) -> usize {
        let data: usize = self.logs.iter().map(|log| log.value.inner.data.data.len()).sum();
        self.heads.len() * HEADER_BYTES + self.logs.len() * LOG_BYTES + data * DATA_COPIES
    }
}

/// The logs of a block that has left the chain, the last one first.
pub(crate) fn removed_logs(removed: &RemovedBlock) -> impl Iterator<Item = Log> + use<> {
    let logs: Vec<_> = convert::logs(&removed.block, &removed.receipts).flatten().collect();
    logs.into_iter().rev().map(|log| Log { removed: true, ..log })
}

/// A transaction that has become executable.
#[derive(Debug)]
pub(crate) struct PendingUpdate {
    pub(crate) transaction: Arc<PoolTransaction>,
    hash: OnceLock<Json>,
    full: OnceLock<Json>,
}

impl PendingUpdate {
    pub(crate) const fn new(transaction: Arc<PoolTransaction>) -> Self {
        Self { transaction, hash: OnceLock::new(), full: OnceLock::new() }
    }

    /// The transaction, or its hash.
    pub(crate) fn json(&self, full: bool) -> Result<Json, serde_json::Error> {
        if full {
            once(&self.full, || Json::new(&convert::pooled(&self.transaction)))
        } else {
            once(&self.hash, || Json::new(&self.transaction.hash()))
        }
    }

    /// Bytes that it takes, with all JSON, about.
    pub(crate) fn bytes(&self) -> usize {
        TRANSACTION_BYTES + self.transaction.encoded_bytes * DATA_COPIES
    }
}

/// What is at a place, made if nothing is there. Two may both make it; one of the results stays.
fn once(
    place: &OnceLock<Json>,
    make: impl FnOnce() -> Result<Json, serde_json::Error>,
) -> Result<Json, serde_json::Error> {
    match place.get() {
        Some(json) => Ok(json.clone()),
        None => {
            let json = make()?;
            Ok(place.get_or_init(|| json).clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Counts how often it is serialised.
    struct Counted<'a>(&'a Cell<usize>);

    impl Serialize for Counted<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.set(self.0.get() + 1);
            serializer.serialize_u64(7)
        }
    }

    #[test]
    fn what_many_are_sent_is_serialised_once() {
        let count = Cell::new(0);
        let shared = Shared::new(Counted(&count));
        assert_eq!(count.get(), 0);
        for _ in 0..1000 {
            assert_eq!(shared.json().unwrap().get(), "7");
        }
        assert_eq!(count.get(), 1);
    }
}
