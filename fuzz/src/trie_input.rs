//! Input of the `trie_node` target: nodes, then operations.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_rlp::Header;
use std::collections::BTreeMap;

/// First 31 bytes of a reference to an earlier node; the last byte is its position.
const REFERENCE: [u8; 31] = [0xa5; 31];

/// Trie nodes of which the last is the root, and what is done to the state.
#[derive(Debug)]
pub struct TrieInput {
    /// Nodes, their references replaced by hashes.
    pub nodes: Vec<Bytes>,
    /// Hash of the last node.
    pub root: B256,
    /// Steps, in order.
    pub operations: Vec<Operation>,
}

/// One step.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// What to do; any value means something.
    pub kind: u8,
    /// Key of a raw trie.
    pub key: B256,
    /// Account: the first 20 bytes of `key`.
    pub address: Address,
    /// Storage slot: the last 12 bytes of `key`.
    pub slot: U256,
    /// Value to write; zero removes.
    pub value: u8,
}

impl TrieInput {
    /// Reads `count (length:u16 node)* (kind:u8 key:[u8; 32] value:u8)*`. What is cut off is left
    /// out. `None` without a node.
    pub fn parse(mut data: &[u8]) -> Option<Self> {
        let mut nodes: Vec<Bytes> = Vec::new();
        for _ in 0..take(&mut data, 1)?[0] {
            let length = take(&mut data, 2)?;
            let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
            let node = take(&mut data, length)?;
            nodes.push(with_hashes(node, &nodes));
        }
        let root = keccak256(nodes.last()?);
        let mut operations = Vec::new();
        while let Some([kind, key @ .., value]) = take(&mut data, 34) {
            operations.push(Operation {
                kind: *kind,
                key: B256::from_slice(key),
                address: Address::from_slice(&key[..20]),
                slot: U256::from_be_slice(&key[20..]),
                value: *value,
            });
        }
        Some(Self { nodes, root, operations })
    }
}

impl TrieInput {
    /// Whether every extension leads to a branch, as far as the nodes tell. A trie notices when it
    /// opens the child only, and one that splits such an extension and joins it again gives the
    /// canonical nodes.
    pub fn extensions_lead_to_branches(&self) -> bool {
        let by_hash: BTreeMap<B256, Option<Vec<&[u8]>>> =
            self.nodes.iter().map(|node| (keccak256(node), string_items(node))).collect();
        by_hash.values().flatten().all(|items| match items.as_slice() {
            [path, child]
                if child.len() == 32 && path.first().is_some_and(|flag| flag >> 4 < 2) =>
            {
                let child = by_hash.get(&B256::from_slice(child));
                child.is_none_or(|child| child.as_ref().is_none_or(|items| items.len() != 2))
            }
            _ => true,
        })
    }
}

/// Contents of the items of a list of strings. `None` if it is none; lists count as strings.
fn string_items(mut node: &[u8]) -> Option<Vec<&[u8]>> {
    let mut list = Header::decode_bytes(&mut node, true).ok()?;
    let mut items = Vec::new();
    while !list.is_empty() {
        let header = Header::decode(&mut list).ok()?;
        items.push(take(&mut list, header.payload_length)?);
    }
    Some(items)
}

fn take<'a>(data: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = data.split_at_checked(length)?;
    *data = rest;
    Some(taken)
}

/// A fuzzer cannot guess hashes, so it writes positions.
fn with_hashes(node: &[u8], earlier: &[Bytes]) -> Bytes {
    let mut node = node.to_vec();
    let mut start = 0;
    while let Some(window) = node.get_mut(start..start + 32) {
        if window.starts_with(&REFERENCE)
            && let Some(target) = earlier.get(usize::from(window[31]))
        {
            window.copy_from_slice(keccak256(target).as_slice());
            start += 31;
        }
        start += 1;
    }
    node.into()
}
