//! The last things that happened, by name.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// A map that keeps what was put into it last, and no more than so many entries.
///
/// Looking does not make an entry younger: what is kept does not depend on who asks.
#[derive(Clone, Debug)]
pub struct RecentMap<K, V> {
    /// With the number of the insertion.
    entries: HashMap<K, (u64, V)>,
    /// Oldest first. An entry that was put in again is here more than once; only its last place
    /// counts.
    order: VecDeque<(u64, K)>,
    capacity: usize,
    insertions: u64,
}

impl<K: Copy + Eq + Hash, V> RecentMap<K, V> {
    /// An empty map of so many entries, at least 1.
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Self { entries: HashMap::new(), order: VecDeque::new(), capacity, insertions: 0 }
    }

    /// Puts in an entry, or replaces it, as the youngest. The oldest goes if there are too many.
    pub fn insert(&mut self, key: K, value: V) {
        self.insertions += 1;
        self.entries.insert(key, (self.insertions, value));
        self.order.push_back((self.insertions, key));
        while self.entries.len() > self.capacity {
            let Some((insertion, key)) = self.order.pop_front() else { break };
            if self.is_last_place(insertion, &key) {
                self.entries.remove(&key);
            }
        }
        if self.order.len() > self.capacity.saturating_mul(2) {
            let entries = &self.entries;
            self.order.retain(|(at, key)| entries.get(key).is_some_and(|(last, _)| last == at));
        }
    }

    /// The entry of a key, while it is kept.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    /// The same, to be changed. It does not become younger.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key).map(|(_, value)| value)
    }

    /// Forgets an entry.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.entries.remove(key).map(|(_, value)| value)
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.order.clear();
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn is_last_place(&self, insertion: u64, key: &K) -> bool {
        self.entries.get(key).is_some_and(|(last, _)| *last == insertion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_youngest() {
        let mut map = RecentMap::new(2);
        for key in 1..=3 {
            map.insert(key, key * 10);
        }
        assert_eq!([1, 2, 3].map(|key| map.get(&key).copied()), [None, Some(20), Some(30)]);
    }

    #[test]
    fn what_is_put_in_again_is_the_youngest() {
        let mut map = RecentMap::new(2);
        for (key, value) in [(1, 'a'), (2, 'b'), (1, 'c'), (3, 'd')] {
            map.insert(key, value);
        }
        assert_eq!([1, 2, 3].map(|key| map.get(&key).copied()), [Some('c'), None, Some('d')]);
    }

    #[test]
    fn what_is_forgotten_comes_back_as_the_youngest() {
        let mut map = RecentMap::new(2);
        map.insert(1, 'a');
        map.insert(2, 'b');
        assert_eq!(map.remove(&1), Some('a'));
        map.insert(1, 'c');
        map.insert(3, 'd');
        assert_eq!([1, 2, 3].map(|key| map.get(&key).copied()), [Some('c'), None, Some('d')]);
    }

    #[test]
    fn one_key_again_and_again_needs_no_more_memory() {
        let mut map = RecentMap::new(3);
        map.insert(0, 0);
        for value in 0..1_000 {
            map.insert(1, value);
        }
        assert!(map.order.len() <= 6, "{}", map.order.len());
        assert_eq!((map.len(), map.get(&0), map.get(&1)), (2, Some(&0), Some(&999)));
    }
}
