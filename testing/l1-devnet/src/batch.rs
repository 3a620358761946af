//! Batches, as the rollup contract sees them.

use alloy_eips::eip4844::{Blob, kzg_to_versioned_hash};
use alloy_primitives::{B256, Bytes, b256, keccak256};

/// Data bytes in each 32 bytes of a blob: the first one must be zero.
const BYTES_IN_ELEMENT: usize = 31;

/// A batch that is committed, or is about to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1Batch {
    /// Index.
    pub index: u64,
    /// Bytes of its header.
    pub header: Bytes,
    /// Versioned hash of its blob; `None` of the batch with the genesis block.
    pub blob_hash: Option<B256>,
}

impl L1Batch {
    /// The batch with the genesis block of the chain specification `dev`: every deployment has it.
    pub fn genesis() -> Self {
        let data_hash = b256!("37c88be85675e10919dd90d02f4f5f3a27c31b40e1215ee724b3de44220e6ce6");
        let header = [&[0; 25][..], data_hash.as_slice(), &[0; 32]].concat();
        Self { index: 0, header: header.into(), blob_hash: None }
    }

    /// The next batch, of a codec version from 7 on.
    pub(crate) fn child(&self, version: u8, commitment: &[u8]) -> Self {
        let index = self.index + 1;
        let blob_hash = kzg_to_versioned_hash(commitment);
        let parent = self.hash();
        let header =
            [&[version][..], &index.to_be_bytes(), blob_hash.as_slice(), parent.as_slice()];
        Self { index, header: header.concat().into(), blob_hash: Some(blob_hash) }
    }

    /// Hash of the batch.
    pub fn hash(&self) -> B256 {
        keccak256(&self.header)
    }
}

/// A blob with these bytes, as many as fit: 31 in each of its 4096 elements.
pub fn blob(content: &[u8]) -> Box<Blob> {
    let mut blob = Box::<Blob>::default();
    let elements = blob.0.chunks_exact_mut(BYTES_IN_ELEMENT + 1);
    for (element, bytes) in elements.zip(content.chunks(BYTES_IN_ELEMENT)) {
        element[1..=bytes.len()].copy_from_slice(bytes);
    }
    blob
}
