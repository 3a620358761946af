#![doc = include_str!("../README.md")]

mod decode;
mod error;
mod hash;
mod node;
mod post_state;
mod source;
mod trie;
mod update;
mod witness_nodes;
mod witness_state;

pub use alloy_trie::{EMPTY_ROOT_HASH, TrieAccount};
pub use error::{NodeError, TrieError};
pub use post_state::{AccountChange, AccountInfo, PostState};
pub use source::NodeSource;
pub use trie::SparseTrie;
pub use witness_nodes::WitnessNodes;
pub use witness_state::WitnessState;
