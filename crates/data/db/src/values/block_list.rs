//! Ascending lists of block numbers.

use crate::{
    codec::{Reader, Value, Writer},
    error::DecodeError,
};

/// Numbers of blocks, each above the one before: a shard of a history index. Stored as the first
/// number and the differences, one to two bytes per block of a busy key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockList(Vec<u64>);

impl BlockList {
    /// The list of these blocks, or `None` if they do not ascend.
    pub fn new(blocks: Vec<u64>) -> Option<Self> {
        blocks.is_sorted_by(|a, b| a < b).then_some(Self(blocks))
    }

    /// Adds a block at the end. Gives `false`, and changes nothing, if it is not above the last.
    pub fn push(&mut self, block: u64) -> bool {
        let ascends = self.last().is_none_or(|last| last < block);
        if ascends {
            self.0.push(block);
        }
        ascends
    }

    /// Removes the blocks from `block` on.
    pub fn truncate_from(&mut self, block: u64) {
        self.0.truncate(self.0.partition_point(|number| *number < block));
    }

    /// Splits off everything after the first `length` blocks.
    pub fn split_off(&mut self, length: usize) -> Self {
        Self(self.0.split_off(length.min(self.0.len())))
    }

    /// The lowest block at or above `block`.
    pub fn first_from(&self, block: u64) -> Option<u64> {
        self.0.get(self.0.partition_point(|number| *number < block)).copied()
    }

    /// The highest block at or below `block`.
    pub fn last_to(&self, block: u64) -> Option<u64> {
        let end = self.0.partition_point(|number| *number <= block);
        self.0.get(..end)?.last().copied()
    }

    /// The lowest block.
    pub fn first(&self) -> Option<u64> {
        self.0.first().copied()
    }

    /// The highest block.
    pub fn last(&self) -> Option<u64> {
        self.0.last().copied()
    }

    /// How many blocks.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The blocks, lowest first.
    pub fn as_slice(&self) -> &[u64] {
        &self.0
    }
}

impl Value for BlockList {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut out = Writer(out);
        let mut last = 0;
        for block in &self.0 {
            out.number(block - last);
            last = *block;
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        // A difference takes at least one byte, so this many blocks at most.
        let mut blocks = Vec::with_capacity(bytes.len());
        let mut last: Option<u64> = None;
        while !reader.is_empty() {
            let difference = reader.number()?;
            let block = match last {
                None => difference,
                Some(_) if difference == 0 => return Err(DecodeError::NotAscending),
                Some(last) => last.checked_add(difference).ok_or(DecodeError::NotAscending)?,
            };
            blocks.push(block);
            last = Some(block);
        }
        Ok(Self(blocks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::test_utils::{assert_round_trip, assert_survives_damage};
    use alloy_primitives::hex;
    use proptest::{collection::btree_set, prelude::*};

    proptest! {
        #[test]
        fn lists_are_read_back(blocks in btree_set(prop_oneof![0..300_u64, any::<u64>()], 0..60)) {
            let list = BlockList::new(blocks.into_iter().collect()).unwrap();
            assert_round_trip(&list);
            assert_survives_damage(&list);
        }

        #[test]
        fn finds_and_cuts_like_a_set(blocks in btree_set(0..60_u64, 0..40), at in 0..70_u64) {
            let mut list = BlockList::new(blocks.iter().copied().collect()).unwrap();
            prop_assert_eq!(list.first_from(at), blocks.range(at..).next().copied());
            prop_assert_eq!(list.last_to(at), blocks.range(..=at).next_back().copied());
            list.truncate_from(at);
            let below: Vec<u64> = blocks.range(..at).copied().collect();
            prop_assert_eq!(list.as_slice(), &below);
        }
    }

    // The file format.
    #[test]
    fn list_bytes_are_stable() {
        let mut bytes = Vec::new();
        BlockList::new(vec![300, 301, 500]).unwrap().encode(&mut bytes);
        assert_eq!(bytes, hex!("ac02 01 c701"));
    }

    #[test]
    fn refuses_blocks_that_do_not_ascend() {
        assert_eq!(BlockList::new(vec![1, 1]), None);
        let mut list = BlockList::default();
        assert!(list.push(0));
        assert!(!list.push(0));
        assert!(list.push(2));
        assert_eq!(list.as_slice(), [0, 2]);
        assert_eq!(BlockList::decode(&[5, 0]), Err(DecodeError::NotAscending));
        let overflow = hex!("ffffffffffffffffff01 01");
        assert_eq!(BlockList::decode(&overflow), Err(DecodeError::NotAscending));
    }

    #[test]
    fn splits_at_a_length() {
        let mut list = BlockList::new(vec![1, 2, 3]).unwrap();
        assert_eq!(list.split_off(2).as_slice(), [3]);
        assert_eq!(list.as_slice(), [1, 2]);
        assert!(list.split_off(9).is_empty());
    }
}
