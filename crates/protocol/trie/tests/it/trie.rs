use std::borrow::Cow;

use alloy_primitives::{B256, Bytes, b256, keccak256};
use alloy_trie::{
    EMPTY_ROOT_HASH, TrieMask,
    nodes::{BranchNodeRef, ExtensionNodeRef, RlpNode},
};
use nybbles::Nibbles;
use proptest::prelude::*;
use rollup_trie::{NodeError, NodeSource, SparseTrie, TrieError, WitnessNodes};

use crate::support::{
    Changes, Leaves, Recorder, all_nodes, apply_to_leaves, batches, keys, leaves,
    root_from_scratch, witness,
};

fn sparse(leaves: &Leaves) -> SparseTrie {
    SparseTrie::from_root(root_from_scratch(leaves))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn root_follows_batches_from_empty(batches in batches()) {
        let (mut trie, mut model) = (SparseTrie::empty(), Leaves::new());
        for batch in batches {
            apply_to_leaves(&mut model, &batch);
            trie.apply(batch, &WitnessNodes::default()).unwrap();
            prop_assert_eq!(trie.root(), root_from_scratch(&model));
        }
    }

    #[test]
    fn root_and_values_follow_batches_from_witness(initial in leaves(), batches in batches()) {
        let nodes = witness(&initial);
        let (mut trie, mut model) = (sparse(&initial), initial);
        for batch in batches {
            let probed: Vec<B256> = batch.keys().copied().collect();
            apply_to_leaves(&mut model, &batch);
            trie.apply(batch, &nodes).unwrap();
            for key in probed {
                prop_assert_eq!(trie.get(key, &nodes).unwrap(), model.get(&key).map(Vec::as_slice));
            }
            prop_assert_eq!(trie.root(), root_from_scratch(&model));
        }
        for (key, value) in &model {
            prop_assert_eq!(trie.get(*key, &nodes).unwrap(), Some(value.as_slice()));
        }
    }

    #[test]
    fn batch_needs_no_node_that_single_writes_do_not(initial in leaves(), batches in batches()) {
        let nodes = witness(&initial);
        let batch = &batches[0];
        let (together, one_by_one) = (Recorder::new(&nodes), Recorder::new(&nodes));

        let mut trie = sparse(&initial);
        trie.apply(batch.clone(), &together).unwrap();

        let mut other = sparse(&initial);
        for (key, value) in batch {
            if let Some(value) = value {
                other.update(*key, value.clone(), &one_by_one).unwrap();
            }
        }
        for (key, value) in batch {
            if value.is_none() {
                other.remove(*key, &one_by_one).unwrap();
            }
        }
        prop_assert_eq!(trie.root(), other.root());
        prop_assert!(together.seen().is_subset(&one_by_one.seen()));
    }

    #[test]
    fn exactly_the_nodes_asked_for_are_needed(initial in leaves(), batches in batches()) {
        let nodes = witness(&initial);
        let recorder = Recorder::new(&nodes);
        let (mut trie, mut model) = (sparse(&initial), initial.clone());
        for batch in &batches {
            apply_to_leaves(&mut model, batch);
            trie.apply(batch.clone(), &recorder).unwrap();
        }

        let run = |source: &dyn NodeSource| {
            let mut trie = sparse(&initial);
            for batch in &batches {
                trie.apply(batch.clone(), source)?;
            }
            Ok(trie.root())
        };
        prop_assert_eq!(run(&recorder.seen_nodes()), Ok(root_from_scratch(&model)));
        for hidden in recorder.seen() {
            match run(&Recorder::hiding(&nodes, hidden)) {
                Err(TrieError::MissingNode { hash, .. }) => prop_assert_eq!(hash, hidden),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn writing_what_is_there_reads_like_a_read(initial in leaves(), absent in prop::collection::vec(keys(), 0..10)) {
        let nodes = witness(&initial);
        let mut batch: Changes = absent.into_iter().map(|key| (key, None)).collect();
        batch.extend(initial.iter().map(|(key, value)| (*key, Some(value.clone()))).step_by(2));
        batch.retain(|key, value| value.is_some() || !initial.contains_key(key));

        let (reads, writes) = (Recorder::new(&nodes), Recorder::new(&nodes));
        let mut trie = sparse(&initial);
        for key in batch.keys() {
            trie.get(*key, &reads).unwrap();
        }
        let mut trie = sparse(&initial);
        trie.apply(batch, &writes).unwrap();
        prop_assert_eq!(trie.root(), root_from_scratch(&initial));
        prop_assert_eq!(writes.seen(), reads.seen());
    }

    #[test]
    fn removing_every_key_leaves_the_empty_root(initial in leaves(), at_once in any::<bool>()) {
        let nodes = witness(&initial);
        let mut trie = sparse(&initial);
        if at_once {
            trie.apply(initial.keys().map(|key| (*key, None)).collect(), &nodes).unwrap();
        } else {
            for key in initial.keys() {
                trie.remove(*key, &nodes).unwrap();
            }
        }
        prop_assert_eq!(trie.root(), EMPTY_ROOT_HASH);
    }
}

const KEY_1: B256 = b256!("1100000000000000000000000000000000000000000000000000000000000000");
const KEY_1A: B256 = b256!("1120000000000000000000000000000000000000000000000000000000000000");
const KEY_2: B256 = b256!("2100000000000000000000000000000000000000000000000000000000000000");
const KEY_3: B256 = b256!("3100000000000000000000000000000000000000000000000000000000000000");

/// Differs from key to key, and is too long to be inlined.
fn value_of(key: B256) -> Vec<u8> {
    [key.as_slice(), &[0xcc]].concat()
}

fn leaves_of(keys: &[B256]) -> Leaves {
    keys.iter().map(|key| (*key, value_of(*key))).collect()
}

/// The nodes of the trie of `leaves`, but for one.
fn without(leaves: &Leaves, hidden: &B256) -> WitnessNodes {
    all_nodes(leaves).into_iter().filter(|node| keccak256(node) != *hidden).collect()
}

/// Hash of the only node that a walk to `key` reads after those of a walk to `other`.
fn last_node(leaves: &Leaves, key: B256, other: B256) -> B256 {
    let nodes = witness(leaves);
    let recorders = [key, other].map(|key| {
        let recorder = Recorder::new(&nodes);
        sparse(leaves).get(key, &recorder).unwrap();
        recorder.seen()
    });
    let [hash] = recorders[0].difference(&recorders[1]).copied().collect::<Vec<_>>()[..] else {
        panic!("not one node")
    };
    hash
}

#[test]
fn removal_reads_the_last_sibling_and_names_it_if_missing() {
    let initial = leaves_of(&[KEY_1, KEY_2]);
    let hidden = last_node(&initial, KEY_2, KEY_1);
    let error = sparse(&initial).remove(KEY_1, &without(&initial, &hidden)).unwrap_err();
    let path = Nibbles::from_nibbles([2]);
    assert_eq!(error, TrieError::MissingNode { hash: hidden, path });
}

#[test]
fn removal_beside_an_insert_does_not_read_the_sibling() {
    let initial = leaves_of(&[KEY_1, KEY_2]);
    let nodes = without(&initial, &last_node(&initial, KEY_2, KEY_1));
    let mut trie = sparse(&initial);
    trie.apply([(KEY_1, None), (KEY_3, Some(value_of(KEY_3)))].into(), &nodes).unwrap();
    assert_eq!(trie.root(), root_from_scratch(&leaves_of(&[KEY_2, KEY_3])));
}

#[test]
fn removal_beside_two_siblings_reads_neither() {
    let initial = leaves_of(&[KEY_1, KEY_2, KEY_3]);
    let nodes = without(&initial, &last_node(&initial, KEY_2, KEY_1));
    let mut trie = sparse(&initial);
    trie.remove(KEY_1, &nodes).unwrap();
    assert_eq!(trie.root(), root_from_scratch(&leaves_of(&[KEY_2, KEY_3])));
}

/// The root is an extension over `11`; the branch below it is missing.
#[test]
fn key_outside_an_extension_does_not_read_its_branch() {
    let initial = leaves_of(&[KEY_1, KEY_1A]);
    let nodes = all_nodes(&initial);
    let extension = nodes.iter().find(|node| keccak256(node) == root_from_scratch(&initial));
    let nodes: WitnessNodes = extension.cloned().into_iter().collect();

    let mut trie = sparse(&initial);
    assert_eq!(trie.get(KEY_2, &nodes), Ok(None));
    trie.remove(KEY_2, &nodes).unwrap();
    assert_eq!(trie.root(), root_from_scratch(&initial));
    trie.update(KEY_2, value_of(KEY_2), &nodes).unwrap();
    assert_eq!(trie.root(), root_from_scratch(&leaves_of(&[KEY_1, KEY_1A, KEY_2])));

    let error = trie.get(KEY_1, &nodes).unwrap_err();
    assert!(matches!(error, TrieError::MissingNode { path, .. } if path.to_vec() == [1, 1]));
}

#[test]
fn empty_value_removes() {
    let nodes = WitnessNodes::default();
    let mut trie = SparseTrie::empty();
    trie.update(KEY_1, vec![1], &nodes).unwrap();
    trie.update(KEY_1, vec![], &nodes).unwrap();
    assert_eq!(trie.root(), EMPTY_ROOT_HASH);
}

#[test]
fn missing_root_is_named() {
    let root = B256::repeat_byte(1);
    let error = SparseTrie::from_root(root).get(KEY_1, &WitnessNodes::default()).unwrap_err();
    assert_eq!(error, TrieError::MissingNode { hash: root, path: Nibbles::new() });
}

/// Answers every question with the same node, as no hash function allows but a faulty source does.
struct Echo(Vec<u8>);

impl NodeSource for Echo {
    fn node(&self, _: &Nibbles, _: &B256) -> Result<Option<Cow<'_, [u8]>>, TrieError> {
        Ok(Some(Cow::Borrowed(&self.0)))
    }
}

#[test]
fn endless_chain_of_nodes_ends_at_the_key_length() {
    let child = RlpNode::word_rlp(&B256::repeat_byte(7));
    let (mut branch, mut extension) = (Vec::new(), Vec::new());
    BranchNodeRef::new(&vec![child.clone(); 16], TrieMask::new(u16::MAX)).rlp(&mut branch);
    ExtensionNodeRef::new(&Nibbles::from_nibbles([1]), &child).rlp(&mut extension);

    let cases = [(branch, 64, NodeError::PathTooLong), (extension, 1, NodeError::ExtensionChild)];
    for (node, depth, expected) in cases {
        let source = Echo(node);
        let trie = SparseTrie::from_root(B256::repeat_byte(9));
        let errors = [
            trie.clone().get(KEY_1, &source).map(drop),
            trie.clone().update(KEY_1, vec![1], &source),
            trie.clone().remove(KEY_1, &source),
        ];
        for error in errors {
            let Err(TrieError::InvalidNode { path, reason, .. }) = error else {
                panic!("{error:?}")
            };
            assert_eq!((path.len(), reason), (depth, expected));
        }
    }
}

#[test]
fn damaged_node_is_named() {
    let node = Bytes::from(vec![0xee; 40]);
    let hash = keccak256(&node);
    let nodes: WitnessNodes = std::iter::once(node).collect();
    assert!(matches!(
        SparseTrie::from_root(hash).get(KEY_1, &nodes),
        Err(TrieError::InvalidNode { hash: found, reason: NodeError::Rlp(_), .. }) if found == hash
    ));
}
