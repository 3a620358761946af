//! Finding the keys of a table that nothing accounts for, in memory that does not grow with it.

use super::{read::bytes_of, run::Run};
use crate::error::StorageError;
use alloy_primitives::hex;
use rollup_db::{Key, Table};
use twox_hash::XxHash3_64;

/// Longest key, in bytes.
const MAX_KEY_BYTES: usize = 96;
/// Buckets that keys are spread over.
const BUCKETS: usize = 1 << 14;

/// The difference of two sets of keys, as a table of buckets: number and exclusive or of the keys in
/// each. A bucket in which one key differs has that key.
pub(super) struct Sketch {
    buckets: Vec<Bucket>,
}

#[derive(Clone)]
struct Bucket {
    count: i64,
    /// Key and, last, its length.
    xor: [u8; MAX_KEY_BYTES + 1],
}

impl Default for Sketch {
    fn default() -> Self {
        let empty = Bucket { count: 0, xor: [0; MAX_KEY_BYTES + 1] };
        Self { buckets: vec![empty; BUCKETS] }
    }
}

impl Sketch {
    /// Adds a key of the one set.
    pub(super) fn add(&mut self, key: &[u8]) {
        self.change(key, 1);
    }

    /// Adds a key of the other set.
    pub(super) fn remove(&mut self, key: &[u8]) {
        self.change(key, -1);
    }

    fn change(&mut self, key: &[u8], by: i64) {
        let bucket = &mut self.buckets[bucket_of(key)];
        bucket.count += by;
        for (xor, byte) in bucket.xor.iter_mut().zip(key) {
            *xor ^= byte;
        }
        // INVARIANT: no key is longer.
        bucket.xor[MAX_KEY_BYTES] ^= u8::try_from(key.len()).unwrap_or(u8::MAX);
    }

    /// The keys that only the one set has, as far as they are alone in their bucket, and how many
    /// others there are.
    pub(super) fn difference(&self) -> (Vec<Vec<u8>>, u64) {
        let mut keys = Vec::new();
        let mut others = 0;
        for bucket in &self.buckets {
            let length = usize::from(bucket.xor[MAX_KEY_BYTES]);
            match (bucket.count, bucket.xor.get(..length)) {
                (1, Some(key)) => keys.push(key.to_vec()),
                // Fewer than none: entries that do not decode, which are reported elsewhere.
                (count, _) => others += u64::try_from(count).unwrap_or_default(),
            }
        }
        (keys, others)
    }
}

fn bucket_of(key: &[u8]) -> usize {
    // INVARIANT: less than the number of buckets.
    usize::try_from(XxHash3_64::oneshot(key) % BUCKETS as u64).unwrap_or_default()
}

/// The keys of a table that something accounts for.
#[derive(Default)]
pub(super) struct Known {
    sketch: Sketch,
    count: u64,
}

impl Known {
    /// Notes a key of the table, once.
    pub(super) fn add<K: Key>(&mut self, key: &K) {
        self.sketch.remove(&bytes_of(key));
        self.count += 1;
    }

    /// Reports the entries of the table with other keys.
    pub(super) fn report_others<T: Table>(
        mut self,
        run: &mut Run<'_>,
        problem: &str,
    ) -> Result<(), StorageError> {
        if run.tx.entry_count::<T>()? == self.count {
            return Ok(());
        }
        run.tx.visit_raw(T::NAME, &[], |key, _| {
            self.sketch.add(key);
            true
        })?;
        let (keys, others) = self.sketch.difference();
        // First, so that it is kept.
        if others > 0 {
            run.find_in(
                T::NAME,
                String::new(),
                format!("has {others} more entries: each {problem}"),
            );
        }
        for bytes in keys {
            let text = T::Key::decode(&bytes)
                .map_or_else(|_| hex::encode_prefixed(&bytes), |key| key.text());
            run.find_in(T::NAME, text, problem.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::btree_set, prelude::*};
    use std::collections::BTreeSet;

    fn difference(all: &BTreeSet<Vec<u8>>, known: &BTreeSet<Vec<u8>>) -> (Vec<Vec<u8>>, u64) {
        let mut sketch = Sketch::default();
        for key in known {
            sketch.remove(key);
        }
        for key in all {
            sketch.add(key);
        }
        let (mut keys, others) = sketch.difference();
        keys.sort();
        (keys, others)
    }

    proptest! {
        #[test]
        fn keys_that_only_one_set_has_are_found_or_counted(
            known in btree_set(prop::collection::vec(any::<u8>(), 0..=MAX_KEY_BYTES), 0..200),
            strays in btree_set(prop::collection::vec(any::<u8>(), 0..=MAX_KEY_BYTES), 0..8),
        ) {
            let strays: BTreeSet<_> = strays.difference(&known).cloned().collect();
            let all: BTreeSet<_> = known.union(&strays).cloned().collect();
            let (keys, others) = difference(&all, &known);
            prop_assert!(keys.iter().all(|key| strays.contains(key)));
            prop_assert_eq!(keys.len() as u64 + others, strays.len() as u64);
        }
    }

    #[test]
    fn more_strays_than_buckets_are_counted() {
        let all: BTreeSet<_> =
            (0..3 * BUCKETS).map(|number| number.to_be_bytes().to_vec()).collect();
        let (keys, others) = difference(&all, &BTreeSet::new());
        assert_eq!(keys.len() as u64 + others, all.len() as u64);
        assert!(others > 0);
    }
}
