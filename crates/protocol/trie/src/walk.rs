//! The walk to one key.

use alloy_primitives::B256;
use alloy_trie::EMPTY_ROOT_HASH;
use nybbles::Nibbles;

use crate::{
    TrieError,
    node::{Node, OpenNode},
    reader::Reader,
};

impl Node {
    /// The trie with root hash `root`, nothing of it read.
    pub(crate) fn from_root(root: B256) -> Self {
        if root == EMPTY_ROOT_HASH { Self::Empty } else { Self::hashed(&root) }
    }

    /// The value of `key` in the trie with this root. Shows `visit` the nodes on the way, each with
    /// the path of its slot.
    pub(crate) fn trace<R: Reader>(
        &mut self,
        key: &Nibbles,
        reader: &mut R,
        mut visit: impl FnMut(&Nibbles, &OpenNode),
    ) -> Result<Option<&[u8]>, TrieError> {
        let mut path = Nibbles::new();
        let mut node = self;
        loop {
            let Some(open) = node.open(&path, reader)? else {
                return Ok(None);
            };
            visit(&path, open);
            match open {
                OpenNode::Leaf(leaf) => {
                    let found = key.ends_with(&leaf.suffix);
                    return Ok(found.then_some(leaf.value.as_slice()));
                }
                OpenNode::Branch(branch) => {
                    path.extend(&branch.prefix);
                    if !key.starts_with(&path) {
                        return Ok(None);
                    }
                    // The branch proper is above the end of the key, so there is a next nibble.
                    let nibble = key.get_unchecked(path.len());
                    node = &mut branch.open(&path, reader)?[usize::from(nibble)];
                    path.push(nibble);
                }
            }
        }
    }
}
