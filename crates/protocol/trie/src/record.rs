use alloy_rlp::EMPTY_STRING_CODE;
use alloy_trie::nodes::RlpNode;

use crate::{
    RecordError,
    node::{Kids, Kind, Node, empty_kids},
};

const MASK_BYTES: usize = 2;
/// First byte of a reference by hash.
const HASH_CODE: u8 = EMPTY_STRING_CODE + 32;
const HASH_REFERENCE_BYTES: usize = 33;
const EMPTY_LIST_CODE: u8 = 0xc0;
/// First byte of the longest node that is inlined: 31 bytes with this one.
const MAX_INLINE_CODE: u8 = EMPTY_LIST_CODE + 30;

/// A branch as a database keeps it, under the path of the branch (one byte per nibble keeps the
/// order of paths).
///
/// Extensions are not kept: the branch in a slot is the one with the first path at or after the path
/// of the slot, and the extension is what lies between. Leaves are not kept either, as the table of
/// leaves has them. A trie with less than two leaves has no record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BranchRecord {
    state_mask: u16,
    branch_mask: u16,
    /// One per bit of `state_mask`, lowest first.
    references: Vec<RlpNode>,
}

impl BranchRecord {
    /// Bit n is set if there is a child under nibble n.
    pub const fn state_mask(&self) -> u16 {
        self.state_mask
    }

    /// Bit n is set if the child under nibble n is a branch or an extension, not a leaf.
    pub const fn branch_mask(&self) -> u16 {
        self.branch_mask
    }

    /// How the branch refers to its children, in the order of their nibbles: the RLP of a hash, or a
    /// node of less than 32 bytes itself.
    pub fn references(&self) -> &[RlpNode] {
        &self.references
    }

    /// Both masks, big-endian, and the references.
    pub fn encode(&self) -> Vec<u8> {
        let length = self.references.iter().map(|reference| reference.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(2 * MASK_BYTES + length);
        bytes.extend_from_slice(&self.state_mask.to_be_bytes());
        bytes.extend_from_slice(&self.branch_mask.to_be_bytes());
        for reference in &self.references {
            bytes.extend_from_slice(reference);
        }
        bytes
    }

    /// Reads what [`Self::encode`] wrote. Inlined children are not looked into.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if `bytes` are not exactly one record.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let (state_mask, bytes) = split_mask(bytes)?;
        let (branch_mask, mut bytes) = split_mask(bytes)?;
        if state_mask.count_ones() < 2 {
            return Err(RecordError::ChildCount(state_mask.count_ones()));
        }
        if branch_mask & !state_mask != 0 {
            return Err(RecordError::BranchMask);
        }
        let mut references = Vec::with_capacity(state_mask.count_ones() as usize);
        for _ in 0..state_mask.count_ones() {
            let (reference, rest) = split_reference(bytes)?;
            references.push(reference);
            bytes = rest;
        }
        if !bytes.is_empty() {
            return Err(RecordError::TrailingBytes(bytes.len()));
        }
        Ok(Self { state_mask, branch_mask, references })
    }

    /// The record of a branch whose children are encoded.
    pub(crate) fn of(kids: &Kids) -> Self {
        let count = kids.iter().filter(|kid| !kid.is_empty()).count();
        let mut record = Self { references: Vec::with_capacity(count), ..Self::default() };
        for (nibble, kid) in kids.iter().enumerate() {
            if let Some(reference) = kid.encoded() {
                record.state_mask |= 1 << nibble;
                record.branch_mask |= u16::from(kid.is_branch()) << nibble;
                record.references.push(reference.clone());
            }
        }
        record
    }

    /// The children, none of them read.
    pub(crate) fn kids(&self) -> Box<Kids> {
        let mut kids = empty_kids();
        let (state, branches) = (self.state_mask, self.branch_mask);
        let slots = kids.iter_mut().enumerate().filter(|(nibble, _)| state & (1 << nibble) != 0);
        for ((nibble, kid), reference) in slots.zip(&self.references) {
            let kind = if branches & (1 << nibble) == 0 { Kind::Leaf } else { Kind::Branch };
            *kid = Node::Ref { reference: reference.clone(), kind };
        }
        kids
    }
}

fn split_mask(bytes: &[u8]) -> Result<(u16, &[u8]), RecordError> {
    let (mask, rest) = bytes.split_first_chunk::<MASK_BYTES>().ok_or(RecordError::UnexpectedEnd)?;
    Ok((u16::from_be_bytes(*mask), rest))
}

fn split_reference(bytes: &[u8]) -> Result<(RlpNode, &[u8]), RecordError> {
    let first = *bytes.first().ok_or(RecordError::UnexpectedEnd)?;
    let length = match first {
        HASH_CODE => HASH_REFERENCE_BYTES,
        EMPTY_LIST_CODE..=MAX_INLINE_CODE => usize::from(first - EMPTY_LIST_CODE) + 1,
        _ => return Err(RecordError::ChildReference(first)),
    };
    let (reference, rest) = bytes.split_at_checked(length).ok_or(RecordError::UnexpectedEnd)?;
    let reference = RlpNode::from_raw(reference).ok_or(RecordError::ChildReference(first))?;
    Ok((reference, rest))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn bytes(state_mask: u16, branch_mask: u16, references: &[&[u8]]) -> Vec<u8> {
        [&state_mask.to_be_bytes(), &branch_mask.to_be_bytes(), references.concat().as_slice()]
            .concat()
    }

    fn hash() -> RlpNode {
        RlpNode::word_rlp(&B256::repeat_byte(0x11))
    }

    #[rstest]
    #[case::nothing(vec![], RecordError::UnexpectedEnd)]
    #[case::half_a_mask(vec![0, 3, 0], RecordError::UnexpectedEnd)]
    #[case::no_child(bytes(0, 0, &[]), RecordError::ChildCount(0))]
    #[case::one_child(bytes(8, 0, &[&hash()]), RecordError::ChildCount(1))]
    #[case::branch_without_child(bytes(3, 4, &[&hash(), &hash()]), RecordError::BranchMask)]
    #[case::missing_child(bytes(3, 0, &[&hash()]), RecordError::UnexpectedEnd)]
    #[case::cut_hash(bytes(3, 0, &[&hash(), &hash()[..32]]), RecordError::UnexpectedEnd)]
    #[case::cut_inline(bytes(3, 0, &[&hash(), &[0xc3, 1, 2]]), RecordError::UnexpectedEnd)]
    #[case::long_inline(bytes(3, 0, &[&hash(), &[0xdf; 40]]), RecordError::ChildReference(0xdf))]
    #[case::string(bytes(3, 0, &[&hash(), &[0x82, 1, 1]]), RecordError::ChildReference(0x82))]
    #[case::trailing(bytes(3, 0, &[&hash(), &hash(), &[7]]), RecordError::TrailingBytes(1))]
    fn rejects_malformed_record(#[case] bytes: Vec<u8>, #[case] expected: RecordError) {
        assert_eq!(BranchRecord::decode(&bytes), Err(expected));
    }

    proptest! {
        #[test]
        fn never_panics_and_round_trips_what_it_accepts(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(record) = BranchRecord::decode(&bytes) {
                prop_assert_eq!(record.encode(), bytes);
                prop_assert_eq!(BranchRecord::of(&record.kids()), record);
            }
        }

        #[test]
        fn round_trips(state_mask: u16, branch_mask: u16, inlined: u16, byte: u8) {
            prop_assume!(state_mask.count_ones() >= 2);
            let hash = hash();
            let references: Vec<_> = (0..state_mask.count_ones()).map(|bit| {
                if inlined & (1 << bit) == 0 { hash.to_vec() } else { vec![0xc3, 1, 2, byte] }
            }).collect();
            let references: Vec<_> = references.iter().map(Vec::as_slice).collect();
            let bytes = bytes(state_mask, branch_mask & state_mask, &references);
            let record = BranchRecord::decode(&bytes).unwrap();
            prop_assert_eq!(record.encode(), bytes);
            prop_assert_eq!(record.state_mask(), state_mask);
            prop_assert_eq!(record.branch_mask(), branch_mask & state_mask);
            let found: Vec<&[u8]> = record.references().iter().map(|reference| &**reference).collect();
            prop_assert_eq!(found, references);
            prop_assert_eq!(BranchRecord::of(&record.kids()), record);
        }
    }
}
