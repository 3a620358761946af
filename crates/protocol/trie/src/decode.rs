//! Decoding of trie nodes from untrusted bytes.

use alloy_primitives::B256;
use alloy_rlp::{EMPTY_STRING_CODE, Header};
use alloy_trie::nodes::RlpNode;
use nybbles::Nibbles;

use crate::{
    NodeError,
    node::{Body, Branch, KEY_NIBBLES, Kids, Leaf, Node, OpenNode, Record, empty_kids},
};

/// Nodes from this length on are referred to by their hash, shorter ones are inlined.
const HASHED_NODE_BYTES: usize = 32;
/// Sixteen children and a value.
const BRANCH_ITEMS: usize = 17;

/// A node as it was encoded.
#[derive(Debug)]
pub(crate) enum Decoded {
    Leaf(Box<Leaf>),
    /// An extension with what it leads to.
    Extension(Box<Branch>),
    /// A branch without a prefix.
    Branch {
        kids: Box<Kids>,
        reference: RlpNode,
    },
}

impl From<Decoded> for OpenNode {
    fn from(node: Decoded) -> Self {
        match node {
            Decoded::Leaf(leaf) => Self::Leaf(leaf),
            Decoded::Extension(branch) => Self::Branch(branch),
            Decoded::Branch { kids, reference } => Self::Branch(Box::new(Branch {
                prefix: Nibbles::new(),
                body: Body::Open(kids),
                reference: Some(reference),
                record: Record::Absent,
            })),
        }
    }
}

/// Decodes the node `rlp` that its parent refers to by `hash` and that stands `depth` nibbles below
/// the root.
pub(crate) fn decode_hashed(rlp: &[u8], depth: usize, hash: B256) -> Result<Decoded, NodeError> {
    if rlp.len() < HASHED_NODE_BYTES {
        return Err(NodeError::NotInlined(rlp.len()));
    }
    decode_node(rlp, depth, RlpNode::word_rlp(&hash))
}

/// Recursion ends because a node is inlined only in a longer one.
fn decode_node(mut rlp: &[u8], depth: usize, reference: RlpNode) -> Result<Decoded, NodeError> {
    let payload = Header::decode_bytes(&mut rlp, true)?;
    if !rlp.is_empty() {
        return Err(NodeError::TrailingBytes);
    }
    let mut items = [Item::default(); BRANCH_ITEMS];
    match split_items(payload, &mut items)? {
        2 => {
            let (is_leaf, path) = decode_path(&items[0])?;
            if is_leaf {
                decode_leaf(path, &items[1], depth, reference)
            } else {
                decode_extension(path, &items[1], depth, reference)
            }
        }
        BRANCH_ITEMS => decode_branch(&items, depth, reference),
        _ => Err(NodeError::ItemCount),
    }
}

fn decode_leaf(
    suffix: Nibbles,
    value: &Item<'_>,
    depth: usize,
    reference: RlpNode,
) -> Result<Decoded, NodeError> {
    let end = depth + suffix.len();
    if end != KEY_NIBBLES {
        return Err(NodeError::LeafDepth(end));
    }
    let value = value.string()?;
    if value.is_empty() {
        return Err(NodeError::EmptyValue);
    }
    let reference = Some(reference);
    Ok(Decoded::Leaf(Box::new(Leaf { suffix, value: value.to_vec(), reference })))
}

fn decode_extension(
    prefix: Nibbles,
    child: &Item<'_>,
    depth: usize,
    reference: RlpNode,
) -> Result<Decoded, NodeError> {
    if prefix.is_empty() {
        return Err(NodeError::EmptyExtension);
    }
    let depth = depth + prefix.len();
    if depth >= KEY_NIBBLES {
        return Err(NodeError::PathTooLong);
    }
    let body = match child.child()? {
        Child::Hash(hash) => Body::Sealed(hash),
        Child::Inline { rlp, reference } => match decode_node(rlp, depth, reference)? {
            Decoded::Branch { kids, .. } => Body::Open(kids),
            Decoded::Leaf(_) | Decoded::Extension(_) => return Err(NodeError::ExtensionChild),
        },
        Child::Empty => return Err(NodeError::ExtensionChild),
    };
    let (reference, record) = (Some(reference), Record::Absent);
    Ok(Decoded::Extension(Box::new(Branch { prefix, body, reference, record })))
}

fn decode_branch(
    items: &[Item<'_>; BRANCH_ITEMS],
    depth: usize,
    reference: RlpNode,
) -> Result<Decoded, NodeError> {
    if depth >= KEY_NIBBLES {
        return Err(NodeError::PathTooLong);
    }
    let [children @ .., value] = items;
    if value.rlp != [EMPTY_STRING_CODE] {
        return Err(NodeError::BranchValue);
    }
    let mut kids = empty_kids();
    let mut count = 0;
    for (kid, item) in kids.iter_mut().zip(children) {
        *kid = match item.child()? {
            Child::Empty => continue,
            Child::Hash(hash) => Node::hashed(&hash),
            Child::Inline { rlp, reference } => {
                Node::Open(decode_node(rlp, depth + 1, reference)?.into())
            }
        };
        count += 1;
    }
    if count < 2 {
        return Err(NodeError::ChildCount(count));
    }
    Ok(Decoded::Branch { kids, reference })
}

/// The path of a leaf (`true`) or an extension (`false`).
fn decode_path(item: &Item<'_>) -> Result<(bool, Nibbles), NodeError> {
    let (&prefix, packed) = item.string()?.split_first().ok_or(NodeError::MissingPathPrefix)?;
    let (flag, low) = (prefix >> 4, prefix & 0x0f);
    let (is_leaf, is_odd) = match flag {
        0..=3 => (flag & 2 != 0, flag & 1 != 0),
        _ => return Err(NodeError::PathPrefix(prefix)),
    };
    if !is_odd && low != 0 {
        return Err(NodeError::PathPrefix(prefix));
    }
    if packed.len() * 2 + usize::from(is_odd) > KEY_NIBBLES {
        return Err(NodeError::PathTooLong);
    }
    let packed = Nibbles::unpack(packed);
    let path = if is_odd { Nibbles::from_nibbles_unchecked([low]).join(&packed) } else { packed };
    Ok((is_leaf, path))
}

/// One item of a node's list.
#[derive(Clone, Copy, Default)]
struct Item<'a> {
    /// With its RLP header.
    rlp: &'a [u8],
    payload: &'a [u8],
    is_list: bool,
}

/// A reference to a child.
enum Child<'a> {
    Empty,
    Hash(B256),
    Inline { rlp: &'a [u8], reference: RlpNode },
}

impl<'a> Item<'a> {
    const fn string(&self) -> Result<&'a [u8], NodeError> {
        if self.is_list {
            return Err(NodeError::Rlp(alloy_rlp::Error::UnexpectedList));
        }
        Ok(self.payload)
    }

    fn child(&self) -> Result<Child<'a>, NodeError> {
        match (self.is_list, self.payload.len()) {
            (false, 0) => Ok(Child::Empty),
            (false, 32) => Ok(Child::Hash(B256::from_slice(self.payload))),
            (true, _) if self.rlp.len() < HASHED_NODE_BYTES => {
                // Shorter than a hash, so the reference is the node itself.
                Ok(Child::Inline { rlp: self.rlp, reference: RlpNode::from_rlp(self.rlp) })
            }
            _ => Err(NodeError::ChildReference),
        }
    }
}

/// Splits the payload of a list, and returns the number of its items.
fn split_items<'a>(
    mut payload: &'a [u8],
    items: &mut [Item<'a>; BRANCH_ITEMS],
) -> Result<usize, NodeError> {
    let mut count = 0;
    while !payload.is_empty() {
        let item = items.get_mut(count).ok_or(NodeError::ItemCount)?;
        let start = payload;
        // Checks that `payload_length` bytes are left.
        let Header { list, payload_length } = Header::decode(&mut payload)?;
        let (content, rest) = payload.split_at(payload_length);
        let rlp = &start[..start.len() - rest.len()];
        *item = Item { rlp, payload: content, is_list: list };
        payload = rest;
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;
    use alloy_rlp::BufMut;
    use alloy_trie::nodes::{ExtensionNodeRef, LeafNodeRef};
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::hash::Encoder;

    const HASH: [u8; 32] = [0x11; 32];

    fn list(items: &[Vec<u8>]) -> Vec<u8> {
        let payload = items.concat();
        let mut out = Vec::new();
        Header { list: true, payload_length: payload.len() }.encode(&mut out);
        out.put_slice(&payload);
        out
    }

    fn string(bytes: &[u8]) -> Vec<u8> {
        alloy_rlp::encode(bytes)
    }

    /// A branch with hashes in its first `children` slots.
    fn branch(children: usize) -> Vec<Vec<u8>> {
        let mut items = vec![string(&[]); 17];
        items[..children].fill(string(&HASH));
        items
    }

    fn with(mut items: Vec<Vec<u8>>, index: usize, item: Vec<u8>) -> Vec<u8> {
        items[index] = item;
        list(&items)
    }

    /// A leaf or an extension: path with its prefix, and the second item.
    fn pair(path: &[u8], second: Vec<u8>) -> Vec<u8> {
        list(&[string(path), second])
    }

    fn leaf_path(nibbles: usize) -> Vec<u8> {
        let mut path = vec![if nibbles.is_multiple_of(2) { 0x20 } else { 0x35 }];
        path.resize(1 + nibbles / 2, 0xab);
        path
    }

    fn decode(rlp: &[u8], depth: usize) -> Result<Decoded, NodeError> {
        decode_hashed(rlp, depth, B256::ZERO)
    }

    #[rstest]
    #[case::empty_input(vec![], 0, NodeError::NotInlined(0))]
    #[case::short_node(pair(&leaf_path(1), string(&[1])), 63, NodeError::NotInlined(3))]
    #[case::string(string(&[7; 40]), 0, NodeError::Rlp(alloy_rlp::Error::UnexpectedString))]
    #[case::trailing([list(&branch(2)), vec![0]].concat(), 0, NodeError::TrailingBytes)]
    #[case::truncated(list(&branch(2))[..60].to_vec(), 0, NodeError::Rlp(alloy_rlp::Error::InputTooShort))]
    #[case::one_item(list(&[string(&[7; 40])]), 0, NodeError::ItemCount)]
    #[case::three_items(list(&[string(&leaf_path(64)), string(&[1]), string(&[1])]), 0, NodeError::ItemCount)]
    #[case::sixteen_items(list(&branch(2)[..16]), 0, NodeError::ItemCount)]
    #[case::eighteen_items(list(&[branch(2), vec![string(&[])]].concat()), 0, NodeError::ItemCount)]
    #[case::branch_value(with(branch(2), 16, string(&[1])), 0, NodeError::BranchValue)]
    #[case::branch_list_value(with(branch(2), 16, list(&[])), 0, NodeError::BranchValue)]
    #[case::one_child(list(&branch(1)), 0, NodeError::ChildCount(1))]
    #[case::no_child(with(branch(0), 0, string(&[])), 0, NodeError::NotInlined(18))]
    #[case::short_hash(with(branch(2), 5, string(&[1; 31])), 0, NodeError::ChildReference)]
    #[case::long_hash(with(branch(2), 5, string(&[1; 33])), 0, NodeError::ChildReference)]
    #[case::byte_child(with(branch(2), 5, string(&[1])), 0, NodeError::ChildReference)]
    #[case::long_inline(with(branch(2), 5, pair(&leaf_path(1), string(&[9; 40]))), 62, NodeError::ChildReference)]
    #[case::empty_inline(with(branch(2), 5, list(&[])), 0, NodeError::ItemCount)]
    #[case::inline_leaf_too_high(with(branch(2), 5, pair(&leaf_path(1), string(&[1]))), 0, NodeError::LeafDepth(2))]
    #[case::branch_too_deep(list(&branch(2)), 64, NodeError::PathTooLong)]
    #[case::no_prefix(pair(&[], string(&[9; 40])), 0, NodeError::MissingPathPrefix)]
    #[case::list_path(list(&[list(&[]), string(&[9; 40])]), 0, NodeError::Rlp(alloy_rlp::Error::UnexpectedList))]
    #[case::unknown_flag(pair(&[0x40, 0xab], string(&HASH)), 0, NodeError::PathPrefix(0x40))]
    #[case::high_flag(pair(&[0xf0, 0xab], string(&HASH)), 0, NodeError::PathPrefix(0xf0))]
    #[case::stray_bits(pair(&[0x05, 0xab], string(&HASH)), 0, NodeError::PathPrefix(0x05))]
    #[case::stray_leaf_bits(pair(&[0x21, 0xab], string(&[9; 40])), 62, NodeError::PathPrefix(0x21))]
    #[case::long_path(pair(&leaf_path(65), string(&[1])), 0, NodeError::PathTooLong)]
    #[case::very_long_path(pair(&leaf_path(600), string(&[1])), 0, NodeError::PathTooLong)]
    #[case::leaf_too_high(pair(&leaf_path(63), string(&[1])), 0, NodeError::LeafDepth(63))]
    #[case::leaf_too_deep(pair(&leaf_path(64), string(&[1])), 1, NodeError::LeafDepth(65))]
    #[case::leaf_without_value(pair(&leaf_path(64), string(&[])), 0, NodeError::EmptyValue)]
    #[case::leaf_with_list(pair(&leaf_path(64), list(&[])), 0, NodeError::Rlp(alloy_rlp::Error::UnexpectedList))]
    #[case::empty_extension(pair(&[0x00], string(&HASH)), 0, NodeError::EmptyExtension)]
    #[case::extension_to_nothing(pair(&[0; 33], string(&[])), 0, NodeError::PathTooLong)]
    #[case::short_extension_to_nothing(pair(&[0; 32], string(&[])), 0, NodeError::ExtensionChild)]
    #[case::extension_too_deep(pair(&[0x1a], string(&HASH)), 63, NodeError::PathTooLong)]
    #[case::extension_to_leaf(pair(&[0; 31], pair(&leaf_path(4), string(&[1]))), 0, NodeError::ExtensionChild)]
    #[case::extension_to_extension(pair(&[0; 31], pair(&[0x1a], list(&[]))), 0, NodeError::ItemCount)]
    #[case::single_byte_in_two(hex!("e281208f").iter().copied().chain([0; 31]).collect(), 0, NodeError::Rlp(alloy_rlp::Error::NonCanonicalSingleByte))]
    fn rejects_malformed_node(
        #[case] rlp: Vec<u8>,
        #[case] depth: usize,
        #[case] expected: NodeError,
    ) {
        assert_eq!(decode(&rlp, depth).unwrap_err(), expected);
    }

    #[test]
    fn decodes_each_kind_of_node() {
        assert!(matches!(
            decode(&pair(&leaf_path(64), string(&[1])), 0),
            Ok(Decoded::Leaf(leaf)) if leaf.suffix.len() == 64 && leaf.value == [1]
        ));
        assert!(matches!(
            decode(&pair(&[0x1a], string(&HASH)), 62),
            Ok(Decoded::Extension(branch))
                if branch.prefix.to_vec() == [0xa] && matches!(branch.body, Body::Sealed(hash) if hash == HASH)
        ));
        let mut items = branch(1);
        items[9] = pair(&leaf_path(1), string(&[1]));
        let Ok(Decoded::Branch { kids, .. }) = decode(&list(&items), 62) else {
            panic!("not a branch")
        };
        assert!(
            matches!(&kids[0], Node::Ref { reference, .. } if reference.as_hash() == Some(HASH.into()))
        );
        assert!(
            matches!(&kids[9], Node::Open(OpenNode::Leaf(leaf)) if leaf.suffix.to_vec() == [5])
        );
        assert_eq!(kids.iter().filter(|kid| kid.is_empty()).count(), 14);
    }

    #[test]
    fn decodes_branch_inlined_in_extension() {
        let mut items = branch(0);
        items[3] = pair(&[0x20], string(&[1]));
        items[4] = pair(&[0x20], string(&[2]));
        let inner = list(&items);
        assert!(inner.len() < 32);
        let mut path = vec![0x11];
        path.resize(32, 0xab);
        let Ok(Decoded::Extension(branch)) = decode(&pair(&path, inner), 0) else {
            panic!("not an extension")
        };
        assert_eq!(branch.prefix.len(), 63);
        assert!(
            matches!(&branch.body, Body::Open(kids) if !kids[3].is_empty() && kids[5].is_empty())
        );
    }

    /// The reference of `node`, encoded anew instead of taken from where it was read.
    fn encode(node: Decoded) -> RlpNode {
        let mut node = OpenNode::from(node);
        node.prepend(&Nibbles::new());
        node.encode(&Nibbles::new(), &mut Encoder::default());
        node.encoded().unwrap().clone()
    }

    proptest! {
        #[test]
        fn leaf_round_trips(
            suffix in prop::collection::vec(0_u8..16, 0..=64),
            value in prop::collection::vec(any::<u8>(), 32..80),
        ) {
            let suffix = Nibbles::from_nibbles(&suffix);
            let mut rlp = Vec::new();
            let reference = LeafNodeRef::new(&suffix, &value).rlp(&mut rlp);
            prop_assert_eq!(encode(decode(&rlp, 64 - suffix.len()).unwrap()), reference);
        }

        #[test]
        fn extension_round_trips(prefix in prop::collection::vec(0_u8..16, 1..=63), hash in any::<[u8; 32]>()) {
            let prefix = Nibbles::from_nibbles(&prefix);
            let mut rlp = Vec::new();
            let reference = ExtensionNodeRef::new(&prefix, &string(&hash)).rlp(&mut rlp);
            prop_assert_eq!(encode(decode(&rlp, 63 - prefix.len()).unwrap()), reference);
        }

        #[test]
        fn branch_round_trips(
            hashes in prop::collection::btree_map(0_usize..8, any::<[u8; 32]>(), 1..8),
            inlined in prop::collection::btree_map(8_usize..16, 1_u8..=255, 1..8),
        ) {
            let mut items = branch(0);
            for (index, hash) in hashes {
                items[index] = string(&hash);
            }
            for (index, value) in inlined {
                items[index] = pair(&leaf_path(5), string(&[value]));
            }
            let rlp = list(&items);
            prop_assert_eq!(encode(decode(&rlp, 58).unwrap()), RlpNode::from_rlp(&rlp));
        }

        #[test]
        fn never_panics_on_arbitrary_bytes(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            depth in 0_usize..=64,
        ) {
            decode(&bytes, depth).ok();
        }

        /// Lists of random items get past the list header, where arbitrary bytes seldom do.
        #[test]
        fn never_panics_on_arbitrary_items(
            items in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 2..18),
            wrap in any::<u32>(),
            depth in 0_usize..=64,
        ) {
            let items: Vec<_> = items.iter().enumerate().map(|(i, item)| {
                if wrap & (1 << i) == 0 { string(item) } else { list(std::slice::from_ref(item)) }
            }).collect();
            decode(&list(&items), depth).ok();
        }

        /// Flipping one byte of a good node never breaks what later code relies on.
        #[test]
        fn never_panics_on_damaged_node(at in any::<prop::sample::Index>(), byte in any::<u8>(), depth in 0_usize..=64) {
            let mut items = branch(5);
            items[9] = pair(&leaf_path(3), string(&[1, 2, 3]));
            let mut rlp = list(&items);
            let at = at.index(rlp.len());
            rlp[at] = byte;
            if let Ok(Decoded::Branch { kids, .. }) = decode(&rlp, depth) {
                prop_assert!(depth < 64);
                prop_assert!(kids.iter().filter(|kid| !kid.is_empty()).count() >= 2);
            }
        }
    }
}
