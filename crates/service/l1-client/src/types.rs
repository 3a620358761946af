//! What L1 is read as.

use alloy_primitives::{Address, B256, Bloom, BloomInput, Bytes, Log};

/// Which block is asked for by a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum L1Tag {
    /// The newest block.
    Latest,
    /// The newest block that is unlikely to be reorganized away.
    Safe,
    /// The newest final block.
    Finalized,
}

/// Header of an L1 block, as far as it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L1Header {
    /// Number.
    pub number: u64,
    /// Hash.
    pub hash: B256,
    /// Hash of the block before.
    pub parent_hash: B256,
    /// Time, in seconds since 1970.
    pub timestamp: u64,
    /// Bloom filter over the logs of the block.
    pub logs_bloom: Bloom,
    /// Root of the receipts of the block.
    pub receipts_root: B256,
    /// Whether the hash was computed anew from all fields. False for a block of a fork of L1 whose
    /// header has fields that are not known here: then bloom filter and root prove nothing.
    pub is_verified: bool,
}

/// Logs that are looked for: those of any of the addresses whose first topic is any of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1LogFilter {
    /// Contracts.
    pub addresses: Vec<Address>,
    /// First topics: hashes of event signatures.
    pub topics: Vec<B256>,
}

impl L1LogFilter {
    /// Whether a log is looked for.
    pub fn matches(&self, log: &Log) -> bool {
        let topic = log.data.topics().first();
        self.addresses.contains(&log.address)
            && topic.is_some_and(|topic| self.topics.contains(topic))
    }

    /// Whether a block with this bloom filter may have such logs. If not, it has none.
    pub fn may_match(&self, bloom: &Bloom) -> bool {
        let has = |bytes: &[u8]| bloom.contains_input(BloomInput::Raw(bytes));
        self.addresses.iter().any(|address| has(address.as_slice()))
            && self.topics.iter().any(|topic| has(topic.as_slice()))
    }
}

/// A log of L1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1Log {
    /// Number of its block.
    pub block_number: u64,
    /// Hash of its block.
    pub block_hash: B256,
    /// Position in the block.
    pub log_index: u64,
    /// Hash of its transaction.
    pub transaction_hash: B256,
    /// Address, topics and data.
    pub log: Log,
}

/// A transaction of L1, as far as it is needed to read a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1Transaction {
    /// Hash.
    pub hash: B256,
    /// Hash of the block that includes it.
    pub block_hash: B256,
    /// Called contract; `None` if one is created.
    pub to: Option<Address>,
    /// Calldata.
    pub input: Bytes,
    /// Versioned hashes of its blobs, in order.
    pub blob_hashes: Vec<B256>,
}
