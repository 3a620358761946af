//! Codes of contracts, ready to run.

use super::{
    shards::{SHARDS, Shards},
    stats::HitCount,
};
use alloy_primitives::B256;
use quick_cache::Weighter;
use revm::bytecode::Bytecode;

/// What an entry takes besides its code.
const ENTRY_BYTES: u64 = 256;
/// Sizes the directory of the shards; it grows with more.
const TYPICAL_CODE_BYTES: u64 = 8 * 1024;

#[derive(Debug)]
pub(super) struct Codes {
    shards: Shards<B256, Bytecode, CodeWeighter>,
}

/// Bytes of a code and of the bitmap of its jump destinations.
#[derive(Clone, Debug)]
struct CodeWeighter;

impl Weighter<B256, Bytecode> for CodeWeighter {
    fn weight(&self, _: &B256, code: &Bytecode) -> u64 {
        let code_bytes = code.bytes_slice().len() as u64;
        ENTRY_BYTES + code_bytes + code_bytes / 8
    }
}

impl Codes {
    pub(super) fn new(bytes: u64) -> Self {
        // Only a hint: at the least one for each shard.
        let entries = usize::try_from(bytes / TYPICAL_CODE_BYTES).unwrap_or(SHARDS);
        Self { shards: Shards::new(entries, bytes, &CodeWeighter) }
    }

    pub(super) fn get(&self, hash: &B256) -> Option<Bytecode> {
        let mut shard = self.shards.lock(hash);
        let found = shard.entries.get(hash).cloned();
        shard.reads.count(found.is_some());
        found
    }

    pub(super) fn insert(&self, hash: B256, code: Bytecode) {
        self.shards.lock(&hash).entries.insert(hash, code);
    }

    pub(super) fn reads(&self) -> HitCount {
        self.shards.reads()
    }
}
