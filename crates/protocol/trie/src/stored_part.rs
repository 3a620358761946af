//! From the nodes of a witness to the records and leaves of a database.

use std::collections::BTreeMap;

use alloy_primitives::{B256, U256};
use alloy_trie::{EMPTY_ROOT_HASH, TrieAccount};
use nybbles::Nibbles;

use crate::{
    BranchRecord, TrieError, WitnessNodes,
    node::{Body, Branch, Kind, Node, OpenNode, node_hash},
    reader::WitnessReader,
    state_proof::decode_slot,
    state_trie::decode_account,
};

/// Nodes that are loaded at most, each as often as it occurs. A few nodes that refer to each other
/// many times would else make a part of any size.
const MAX_NODES: usize = 1 << 19;

/// The part of a trie that a witness shows, as a database keeps it.
///
/// A [`StoredTrie`](crate::StoredTrie) over it gives the root that the whole trie would give, if the
/// witness holds the nodes on the paths of the changed keys, the branches behind their extensions,
/// and the last child of each branch that is left with one (with the branch behind it, if it is an
/// extension). Else it gives [`TrieError::MissingRecord`] or [`TrieError::MissingLeaf`]:
///
/// - A child of which the witness has only the hash is in the branch mask of its record, whatever
///   it is. No record is at or below its path, so it cannot be walked into; and it is never taken
///   for a leaf, which would be overwritten unread if the caller says that its key exists.
/// - The branch behind an extension has no record if the witness lacks it. The extension alone
///   cannot be kept.
///
/// That a key has no leaf here does not say that the trie has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TriePart {
    /// By the path of the branch.
    pub records: BTreeMap<Nibbles, BranchRecord>,
    /// Values by key, none of them empty.
    pub leaves: BTreeMap<B256, Vec<u8>>,
}

/// The part of a state that a witness shows, as a database keeps it.
///
/// What [`TriePart`] says of a trie holds of each trie in it. A change of the storage alone of an
/// account that is not shown is [`TrieError::StorageWithoutAccount`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatePart {
    /// By hashed address.
    pub accounts: BTreeMap<B256, TrieAccount>,
    /// Records of the account trie, by the path of the branch.
    pub account_records: BTreeMap<Nibbles, BranchRecord>,
    /// By hashed address: each storage trie of `accounts` whose root node the witness has.
    pub storages: BTreeMap<B256, StoragePart>,
}

/// The part of a storage trie that a witness shows, as a database keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoragePart {
    /// Values by hashed slot.
    pub slots: BTreeMap<B256, U256>,
    /// By the path of the branch.
    pub records: BTreeMap<Nibbles, BranchRecord>,
}

impl WitnessNodes {
    /// The part of the trie with root hash `root` that the nodes show.
    ///
    /// # Errors
    ///
    /// [`TrieError::MissingNode`] if the root node is missing, [`TrieError::InvalidNode`] for a node
    /// that can be reached from it and is malformed, [`TrieError::PartTooLarge`] if there are too
    /// many of them.
    pub fn trie_part(&self, root: B256) -> Result<TriePart, TrieError> {
        Loader::new(self).load(root)
    }

    /// The part of the state with root `root` that the nodes show: of the account trie, and of the
    /// storage trie of each account shown whose root node is among them.
    ///
    /// # Errors
    ///
    /// As for [`Self::trie_part`]; [`TrieError::InvalidStoredAccount`] or
    /// [`TrieError::InvalidStoredSlot`] for a leaf that holds something else.
    pub fn state_part(&self, root: B256) -> Result<StatePart, TrieError> {
        let mut loader = Loader::new(self);
        let TriePart { records, leaves } = loader.load(root)?;
        let mut state = StatePart { account_records: records, ..StatePart::default() };
        for (hashed_address, leaf) in leaves {
            let account = decode_account(hashed_address, &leaf)?;
            let root = account.storage_root;
            if root != EMPTY_ROOT_HASH && self.get(&root).is_some() {
                state.storages.insert(hashed_address, loader.load(root)?.try_into()?);
            }
            state.accounts.insert(hashed_address, account);
        }
        Ok(state)
    }
}

impl TryFrom<TriePart> for StoragePart {
    type Error = TrieError;

    fn try_from(TriePart { records, leaves }: TriePart) -> Result<Self, TrieError> {
        let slot = |(key, leaf): (B256, Vec<u8>)| Ok((key, decode_slot(key, &leaf)?));
        let slots = leaves.into_iter().map(slot).collect::<Result<_, TrieError>>()?;
        Ok(Self { slots, records })
    }
}

/// A walk over everything that can be reached from some roots.
struct Loader<'a> {
    nodes: &'a WitnessNodes,
    loaded: usize,
    part: TriePart,
}

impl<'a> Loader<'a> {
    fn new(nodes: &'a WitnessNodes) -> Self {
        Self { nodes, loaded: 0, part: TriePart::default() }
    }

    fn load(&mut self, root: B256) -> Result<TriePart, TrieError> {
        self.open(&mut Node::from_root(root), &Nibbles::new())?;
        Ok(std::mem::take(&mut self.part))
    }

    /// Loads what is in and below the slot at `path`, if the nodes show it.
    fn child(&mut self, node: &mut Node, path: &Nibbles) -> Result<(), TrieError> {
        if let Node::Ref { reference, kind } = node
            && self.nodes.get(&node_hash(reference)).is_none()
        {
            *kind = Kind::Branch;
            return Ok(());
        }
        self.open(node, path)
    }

    fn open(&mut self, node: &mut Node, path: &Nibbles) -> Result<(), TrieError> {
        self.loaded += 1;
        if self.loaded > MAX_NODES {
            return Err(TrieError::PartTooLarge { limit: MAX_NODES });
        }
        match node.open(path, &mut WitnessReader(self.nodes))? {
            None => {}
            Some(OpenNode::Leaf(leaf)) => {
                let mut key = B256::ZERO;
                path.join(&leaf.suffix).pack_to(key.as_mut_slice());
                self.part.leaves.insert(key, std::mem::take(&mut leaf.value));
            }
            Some(OpenNode::Branch(branch)) => self.branch(branch, path)?,
        }
        // Its reference and its kind are all that the record above it needs.
        node.prune(0);
        Ok(())
    }

    fn branch(&mut self, branch: &mut Branch, path: &Nibbles) -> Result<(), TrieError> {
        let mut path = path.join(&branch.prefix);
        if matches!(&branch.body, Body::Sealed(hash) if self.nodes.get(hash).is_none()) {
            return Ok(());
        }
        let kids = branch.open(&path, &mut WitnessReader(self.nodes))?;
        for (nibble, kid) in (0..16_u8).zip(kids.iter_mut()).filter(|(_, kid)| !kid.is_empty()) {
            path.push(nibble);
            self.child(kid, &path)?;
            path.pop();
        }
        self.part.records.insert(path, BranchRecord::of(kids));
        Ok(())
    }
}
