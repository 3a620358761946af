//! The chain that comes with the sources, whole and spoilt.

use alloy_rlp::{Decodable, Encodable};
use rollup_primitives::ScrollBlock;
use rollup_workspace::workspace_root;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Hash of the last block.
pub(crate) const HEAD: &str = "0xd9649ca2f4294d71742d57859fefeda7fdcdeb9861e5ec83a5e75fab34898562";

pub(crate) fn chain_file() -> PathBuf {
    workspace_root().join("examples/blocks/chain.rlp")
}

/// Blocks 0 to 20.
pub(crate) fn blocks() -> Vec<ScrollBlock> {
    let bytes = fs::read(chain_file()).unwrap();
    let mut rest = bytes.as_slice();
    let mut blocks = Vec::new();
    while !rest.is_empty() {
        blocks.push(ScrollBlock::decode(&mut rest).unwrap());
    }
    blocks
}

pub(crate) fn encode(blocks: &[ScrollBlock]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for block in blocks {
        block.encode(&mut bytes);
    }
    bytes
}

/// Bytes of the file before a block.
pub(crate) fn offset_of(number: usize) -> usize {
    encode(&blocks()[..number]).len()
}

/// Writes a file beside a data directory.
pub(crate) fn write(directory: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
