#![doc = include_str!("../README.md")]

mod trie_input;

pub use trie_input::{Operation, TrieInput};
