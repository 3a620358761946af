//! The recorded blocks.

use crate::TestData;
use alloy_primitives::B256;
use eyre::{Result, WrapErr};
use rollup_stateless::BlockWitness;
use serde::Deserialize;
use std::{fs, path::Path};

/// One line of the index.
#[derive(Clone, Debug, Deserialize)]
pub struct BlockRecord {
    /// Path of the witness below the folder of the index.
    pub file: String,
    /// Rules of the block.
    pub fork: String,
    /// `mpt` or `zktrie`.
    pub state_scheme: String,
    /// Block hash.
    pub block_hash: B256,
    /// State root after the block.
    pub state_root: B256,
    /// Gas used.
    pub gas_used: u64,
    /// Number of transactions.
    pub tx_count: usize,
}

impl BlockRecord {
    /// Whether it is a Scroll block over a Merkle-Patricia trie.
    pub fn is_executable(&self) -> bool {
        self.state_scheme == "mpt" && !self.fork.starts_with("ethereum-")
    }
}

/// Reads the index of the recorded blocks.
///
/// # Errors
/// If it is absent or not as described in its README.
pub fn read_block_index(data: &TestData) -> Result<Vec<BlockRecord>> {
    #[derive(Deserialize)]
    struct Index {
        blocks: Vec<BlockRecord>,
    }
    let path = data.path("data/blocks/index.json");
    let json = fs::read(&path).wrap_err_with(|| path.display().to_string())?;
    Ok(serde_json::from_slice::<Index>(&json)?.blocks)
}

/// Reads one recorded block, named as in the index.
///
/// # Errors
/// If it is absent or no witness.
pub fn read_witness(data: &TestData, file: &str) -> Result<BlockWitness> {
    let json = read_zst(&data.path("data/blocks").join(file))?;
    BlockWitness::from_json(&json).wrap_err_with(|| file.to_owned())
}

/// Reads a file compressed with zstd.
///
/// # Errors
/// If it is absent or not so compressed.
pub fn read_zst(path: &Path) -> Result<Vec<u8>> {
    let file = fs::File::open(path).wrap_err_with(|| path.display().to_string())?;
    zstd::decode_all(file).wrap_err_with(|| path.display().to_string())
}
