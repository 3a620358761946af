//! Applying a sorted batch of changes in one walk.
//!
//! Each branch is looked at once, after all changes below it: a branch that loses one child and
//! gains another is never merged with a sibling in between, so the sibling need not be read.

use nybbles::Nibbles;

use crate::{
    TrieError,
    node::{Body, Branch, Kids, Leaf, Node, OpenNode, Record, empty_kids},
    reader::Reader,
};

/// A write of one leaf.
#[derive(Debug)]
pub(crate) struct Change {
    /// 64 nibbles.
    pub(crate) key: Nibbles,
    /// Not empty; `None` removes the leaf.
    pub(crate) value: Option<Vec<u8>>,
    /// Whether the trie is known to hold `key`.
    pub(crate) is_known: bool,
}

/// One walk over a trie.
#[derive(Debug)]
pub(crate) struct Walk<R> {
    pub(crate) reader: R,
    /// Branches that had a record and are no more, deepest first.
    pub(crate) removed: Vec<Nibbles>,
}

impl<R: Reader> Walk<R> {
    pub(crate) const fn new(reader: R) -> Self {
        Self { reader, removed: Vec::new() }
    }
}

/// What became of an open node.
enum Outcome {
    Same,
    Edited,
    Replaced(Node),
}

/// Applies `changes`, sorted by key without duplicates and all below `path`, to the slot at `path`.
/// Returns whether the slot changed.
pub(crate) fn update<R: Reader>(
    node: &mut Node,
    path: &Nibbles,
    changes: &mut [Change],
    walk: &mut Walk<R>,
) -> Result<bool, TrieError> {
    if changes.is_empty() {
        return Ok(false);
    }
    let outcome = if node.is_unread_leaf() && changes.iter().any(|change| change.is_known) {
        // The leaf is the one that is written, so its old value is of no interest.
        Outcome::Replaced(build(path, &mut take_inserts(changes)))
    } else {
        match node.open(path, &mut walk.reader)? {
            None => fill_empty(path, changes),
            Some(OpenNode::Leaf(leaf)) => update_leaf(leaf, path, changes),
            Some(OpenNode::Branch(branch)) => update_branch(branch, path, changes, walk)?,
        }
    };
    match outcome {
        Outcome::Same => Ok(false),
        Outcome::Edited => Ok(true),
        Outcome::Replaced(replacement) => {
            *node = replacement;
            Ok(true)
        }
    }
}

fn fill_empty(path: &Nibbles, changes: &mut [Change]) -> Outcome {
    let mut leaves = take_inserts(changes);
    if leaves.is_empty() { Outcome::Same } else { Outcome::Replaced(build(path, &mut leaves)) }
}

fn update_leaf(leaf: &mut Leaf, path: &Nibbles, changes: &mut [Change]) -> Outcome {
    let key = path.join(&leaf.suffix);
    let own = changes.binary_search_by(|change| change.key.cmp(&key));
    if changes.iter().any(|change| change.value.is_some() && change.key != key) {
        let mut leaves = take_inserts(changes);
        if own.is_err() {
            let at = leaves.partition_point(|(other, _)| *other < key);
            leaves.insert(at, (key, std::mem::take(&mut leaf.value)));
        }
        return Outcome::Replaced(build(path, &mut leaves));
    }
    match own.map(|index| changes[index].value.take()) {
        Err(_) => Outcome::Same,
        Ok(None) => Outcome::Replaced(Node::Empty),
        Ok(Some(value)) if value == leaf.value => Outcome::Same,
        Ok(Some(value)) => {
            leaf.value = value;
            leaf.reference = None;
            Outcome::Edited
        }
    }
}

fn update_branch<R: Reader>(
    branch: &mut Branch,
    path: &Nibbles,
    changes: &mut [Change],
    walk: &mut Walk<R>,
) -> Result<Outcome, TrieError> {
    let mut body_path = path.join(&branch.prefix);
    if let Some(depth) = divergence(changes, path, &body_path) {
        branch.split_prefix(depth - path.len());
        body_path.truncate(depth);
    }
    // Beside the prefix only removals are left, of keys that the trie does not hold.
    let changes = below(changes, &body_path);
    if changes.is_empty() {
        return Ok(Outcome::Same);
    }
    let kids = branch.open(&body_path, &mut walk.reader)?;
    if !update_kids(kids, &body_path, changes, walk)? {
        return Ok(Outcome::Same);
    }
    branch.touch();
    collapse(branch, &body_path, walk)
}

fn update_kids<R: Reader>(
    kids: &mut Kids,
    path: &Nibbles,
    changes: &mut [Change],
    walk: &mut Walk<R>,
) -> Result<bool, TrieError> {
    let depth = path.len();
    let mut changed = false;
    for group in
        changes.chunk_by_mut(|a, b| a.key.get_unchecked(depth) == b.key.get_unchecked(depth))
    {
        let nibble = group[0].key.get_unchecked(depth);
        let mut kid_path = *path;
        kid_path.push(nibble);
        changed |= update(&mut kids[usize::from(nibble)], &kid_path, group, walk)?;
    }
    Ok(changed)
}

/// Restores the invariant that a branch has two children or more.
fn collapse<R: Reader>(
    branch: &mut Branch,
    body_path: &Nibbles,
    walk: &mut Walk<R>,
) -> Result<Outcome, TrieError> {
    let (mut head, mut kid_path) = (branch.prefix, *body_path);
    let is_recorded = branch.record != Record::Absent;
    let kids = branch.open(body_path, &mut walk.reader)?;
    let mut live = (0..16_u8).zip(kids.iter_mut()).filter(|(_, kid)| !kid.is_empty());
    let first = live.next();
    if first.is_some() && live.next().is_some() {
        return Ok(Outcome::Edited);
    }
    if is_recorded {
        walk.removed.push(*body_path);
    }
    let Some((nibble, kid)) = first else {
        return Ok(Outcome::Replaced(Node::Empty));
    };
    head.push(nibble);
    kid_path.push(nibble);
    if let Some(node) = kid.open(&kid_path, &mut walk.reader)? {
        node.prepend(&head);
    }
    Ok(Outcome::Replaced(std::mem::take(kid)))
}

/// The depth at which the first insert leaves the prefix between `path` and `body_path`, if any does.
fn divergence(changes: &[Change], path: &Nibbles, body_path: &Nibbles) -> Option<usize> {
    if path.len() == body_path.len() {
        return None;
    }
    let inserts = changes.iter().filter(|change| change.value.is_some());
    let depth = inserts.map(|change| change.key.common_prefix_length(body_path)).min()?;
    (depth < body_path.len()).then_some(depth)
}

/// The changes whose keys start with `path`.
fn below<'a>(changes: &'a mut [Change], path: &Nibbles) -> &'a mut [Change] {
    let start = changes.partition_point(|change| change.key < *path);
    let rest = &mut changes[start..];
    let end = rest.partition_point(|change| change.key.starts_with(path));
    &mut rest[..end]
}

fn take_inserts(changes: &mut [Change]) -> Vec<(Nibbles, Vec<u8>)> {
    changes
        .iter_mut()
        .filter_map(|change| change.value.take().map(|value| (change.key, value)))
        .collect()
}

/// The subtree of `leaves` (at least one, sorted, all below `path`) for the slot at `path`.
fn build(path: &Nibbles, leaves: &mut [(Nibbles, Vec<u8>)]) -> Node {
    let [(first, value), rest @ ..] = leaves else {
        return Node::Empty;
    };
    let (first, Some((last, _))) = (*first, rest.last()) else {
        return Node::leaf(first.slice(path.len()..), std::mem::take(value));
    };
    let depth = first.common_prefix_length(last);
    let mut kids = empty_kids();
    for group in leaves.chunk_by_mut(|a, b| a.0.get_unchecked(depth) == b.0.get_unchecked(depth)) {
        let key = group[0].0;
        kids[usize::from(key.get_unchecked(depth))] = build(&key.slice(..=depth), group);
    }
    Node::branch(first.slice(path.len()..depth), Body::Open(kids), Record::Absent)
}
