/// What a [`StateCache`](super::StateCache) has done since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Reads of accounts.
    pub accounts: HitCount,
    /// Reads of slots.
    pub slots: HitCount,
    /// Reads of codes.
    pub codes: HitCount,
    /// Times all accounts and slots were dropped: unwinds, and commits that were not told.
    pub drops: u64,
}

/// Reads that the cache answered, and those that it did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HitCount {
    /// Answered by the cache.
    pub hits: u64,
    /// Answered by the reader's snapshot.
    pub misses: u64,
}

impl HitCount {
    /// Counts a read that found something or did not.
    pub(super) const fn count(&mut self, found: bool) {
        if found {
            self.hits += 1;
        } else {
            self.misses += 1;
        }
    }

    pub(super) const fn add(self, other: Self) -> Self {
        Self { hits: self.hits + other.hits, misses: self.misses + other.misses }
    }
}
