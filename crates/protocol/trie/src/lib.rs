#![doc = include_str!("../README.md")]

mod builder;
mod cursor;
mod decode;
mod error;
mod hash;
mod hashed_state;
mod node;
mod post_state;
mod proof;
mod reader;
mod record;
mod source;
mod state_proof;
mod state_trie;
mod stored_trie;
mod trie;
mod update;
mod walk;
mod witness_nodes;
mod witness_state;

pub use alloy_trie::{EMPTY_ROOT_HASH, TrieAccount};
pub use builder::TrieBuilder;
pub use cursor::{StateSource, TrieCursor};
pub use error::{NodeError, RecordError, SourceError, TrieError};
pub use hashed_state::{HashedPostState, HashedStorage, account_leaf, slot_leaf};
pub use post_state::{AccountChange, AccountInfo, PostState};
pub use proof::Multiproof;
pub use record::BranchRecord;
pub use source::NodeSource;
pub use state_proof::{AccountProof, SlotProof, StateMultiproof};
pub use state_trie::{StateTrie, StateUpdates, StorageTrieUpdates};
pub use stored_trie::{LeafChange, StoredTrie, TrieUpdates};
pub use trie::SparseTrie;
pub use witness_nodes::WitnessNodes;
pub use witness_state::WitnessState;
