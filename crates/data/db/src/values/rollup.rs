//! Records of what was published on L1.

use crate::{
    codec::{Reader, Value, Writer, decode_rlp},
    error::DecodeError,
};
use alloy_primitives::B256;
use alloy_rlp::Encodable;
use rollup_primitives::TxL1Message;

/// An L1 message, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredL1Message {
    /// The message.
    pub message: TxL1Message,
    /// Its transaction hash on L2.
    pub hash: B256,
    /// L1 block that enqueued it.
    pub l1_block_number: u64,
    /// Rolling hash of the queue after it; `None` before message queue V2.
    pub queue_hash: Option<B256>,
    /// L2 block that includes it, if one does.
    pub l2_block_number: Option<u64>,
    /// Whether a batch passed it over.
    pub skipped: bool,
}

/// Identity of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BatchId {
    /// Batch index.
    pub index: u64,
    /// Batch hash.
    pub hash: B256,
}

/// The L1 transaction that committed a batch. Its calldata is in a table of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchCommit {
    /// L1 block of the transaction.
    pub l1_block_number: u64,
    /// Time of that block, in seconds since 1970.
    pub l1_timestamp: u64,
    /// Hash of the transaction.
    pub l1_transaction_hash: B256,
    /// Versioned hash of the blob; `None` for codec v0.
    pub blob_hash: Option<B256>,
}

/// Which L2 blocks a batch holds; known once it was derived. Both ends are inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchBlocks {
    /// Lowest block.
    pub first: u64,
    /// Highest block.
    pub last: u64,
}

/// What the finalization of a batch says about the state after its last block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRoots {
    /// State root.
    pub state: B256,
    /// Root of the tree of L2 to L1 messages.
    pub withdraw: B256,
}

/// A batch, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredBatch {
    /// How it was committed.
    pub commit: BatchCommit,
    /// Its blocks.
    pub blocks: Option<BatchBlocks>,
    /// L1 block of the finalization that covers it.
    pub finalized_l1_block: Option<u64>,
    /// What the finalization says, if it names this batch: the last one of a bundle.
    pub finalized_roots: Option<BatchRoots>,
    /// L1 block of its revert.
    pub reverted_l1_block: Option<u64>,
    /// Whether its blocks are in the local chain, at or below safe.
    pub consolidated: bool,
}

/// Bits of the leading byte of a record, each of which says that an optional field follows.
mod present {
    pub(super) const QUEUE_HASH: u8 = 1;
    pub(super) const L2_BLOCK: u8 = 2;
    pub(super) const SKIPPED: u8 = 4;

    pub(super) const BLOB: u8 = 1;
    pub(super) const BLOCKS: u8 = 2;
    pub(super) const FINALIZED: u8 = 4;
    pub(super) const REVERTED: u8 = 8;
    pub(super) const CONSOLIDATED: u8 = 16;
    pub(super) const ROOTS: u8 = 32;
}

const fn bit(condition: bool, bit: u8) -> u8 {
    if condition { bit } else { 0 }
}

fn optional<'a, T>(
    reader: &mut Reader<'a>,
    present: bool,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    if present { read(reader).map(Some) } else { Ok(None) }
}

impl Value for StoredL1Message {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer(out);
        writer.byte(
            bit(self.queue_hash.is_some(), present::QUEUE_HASH)
                | bit(self.l2_block_number.is_some(), present::L2_BLOCK)
                | bit(self.skipped, present::SKIPPED),
        );
        writer.hash(&self.hash);
        writer.number(self.l1_block_number);
        if let Some(hash) = &self.queue_hash {
            writer.hash(hash);
        }
        if let Some(number) = self.l2_block_number {
            writer.number(number);
        }
        Encodable::encode(&self.message, out);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let flags = reader.byte()?;
        if flags & !(present::QUEUE_HASH | present::L2_BLOCK | present::SKIPPED) != 0 {
            return Err(DecodeError::UnknownTag(flags));
        }
        Ok(Self {
            hash: reader.hash()?,
            l1_block_number: reader.number()?,
            queue_hash: optional(&mut reader, flags & present::QUEUE_HASH != 0, Reader::hash)?,
            l2_block_number: optional(&mut reader, flags & present::L2_BLOCK != 0, Reader::number)?,
            skipped: flags & present::SKIPPED != 0,
            message: decode_rlp(reader.rest())?,
        })
    }
}

impl Value for BatchId {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut out = Writer(out);
        out.number(self.index);
        out.hash(&self.hash);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let value = Self { index: reader.number()?, hash: reader.hash()? };
        reader.finish()?;
        Ok(value)
    }
}

impl Value for StoredBatch {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut out = Writer(out);
        out.byte(
            bit(self.commit.blob_hash.is_some(), present::BLOB)
                | bit(self.blocks.is_some(), present::BLOCKS)
                | bit(self.finalized_l1_block.is_some(), present::FINALIZED)
                | bit(self.reverted_l1_block.is_some(), present::REVERTED)
                | bit(self.consolidated, present::CONSOLIDATED)
                | bit(self.finalized_roots.is_some(), present::ROOTS),
        );
        out.number(self.commit.l1_block_number);
        out.number(self.commit.l1_timestamp);
        out.hash(&self.commit.l1_transaction_hash);
        if let Some(hash) = &self.commit.blob_hash {
            out.hash(hash);
        }
        if let Some(blocks) = self.blocks {
            out.number(blocks.first);
            out.number(blocks.last);
        }
        for number in [self.finalized_l1_block, self.reverted_l1_block].into_iter().flatten() {
            out.number(number);
        }
        if let Some(roots) = &self.finalized_roots {
            out.hash(&roots.state);
            out.hash(&roots.withdraw);
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let flags = reader.byte()?;
        let has = |bit| flags & bit != 0;
        if has(!(present::BLOB
            | present::BLOCKS
            | present::FINALIZED
            | present::REVERTED
            | present::CONSOLIDATED
            | present::ROOTS))
        {
            return Err(DecodeError::UnknownTag(flags));
        }
        let commit = BatchCommit {
            l1_block_number: reader.number()?,
            l1_timestamp: reader.number()?,
            l1_transaction_hash: reader.hash()?,
            blob_hash: optional(&mut reader, has(present::BLOB), Reader::hash)?,
        };
        let blocks = optional(&mut reader, has(present::BLOCKS), |reader| {
            Ok(BatchBlocks { first: reader.number()?, last: reader.number()? })
        })?;
        let value = Self {
            commit,
            blocks,
            finalized_l1_block: optional(&mut reader, has(present::FINALIZED), Reader::number)?,
            reverted_l1_block: optional(&mut reader, has(present::REVERTED), Reader::number)?,
            finalized_roots: optional(&mut reader, has(present::ROOTS), |reader| {
                Ok(BatchRoots { state: reader.hash()?, withdraw: reader.hash()? })
            })?,
            consolidated: has(present::CONSOLIDATED),
        };
        reader.finish()?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::test_utils::{assert_round_trip, assert_survives_damage};
    use alloy_eips::BlockNumHash;
    use alloy_primitives::{Signature, U256};
    use proptest::prelude::*;
    use rollup_primitives::BlockSignature;

    proptest! {
        #[test]
        fn messages_are_read_back(
            queue_index: u64,
            hash: [u8; 32],
            queue_hash: Option<[u8; 32]>,
            l1_block_number: u64,
            l2_block_number: Option<u64>,
            skipped: bool,
            input: Vec<u8>,
        ) {
            let message = TxL1Message { queue_index, input: input.into(), ..Default::default() };
            let stored = StoredL1Message {
                message,
                hash: hash.into(),
                l1_block_number,
                queue_hash: queue_hash.map(B256::from),
                l2_block_number,
                skipped,
            };
            assert_round_trip(&stored);
            assert_survives_damage(&stored);
        }

        #[test]
        fn batches_are_read_back(
            (number, timestamp) in any::<(u64, u64)>(),
            hash: [u8; 32],
            blob_hash: Option<[u8; 32]>,
            blocks: Option<(u64, u64)>,
            finalized_l1_block: Option<u64>,
            reverted_l1_block: Option<u64>,
            roots: Option<([u8; 32], [u8; 32])>,
            consolidated: bool,
        ) {
            let hash = B256::from(hash);
            let commit = BatchCommit {
                l1_block_number: number,
                l1_timestamp: timestamp,
                l1_transaction_hash: hash,
                blob_hash: blob_hash.map(B256::from),
            };
            let blocks = blocks.map(|(first, last)| BatchBlocks { first, last });
            let finalized_roots = roots.map(|(state, withdraw)| BatchRoots {
                state: state.into(),
                withdraw: withdraw.into(),
            });
            let stored = StoredBatch {
                commit,
                blocks,
                finalized_l1_block,
                finalized_roots,
                reverted_l1_block,
                consolidated,
            };
            assert_round_trip(&stored);
            assert_survives_damage(&stored);
            assert_round_trip(&BatchId { index: number, hash });
            assert_survives_damage(&BatchId { index: number, hash });
            assert_round_trip(&BlockNumHash { number, hash });
            assert_survives_damage(&BlockNumHash { number, hash });
        }

        #[test]
        fn signatures_are_read_back(r: [u8; 32], s: [u8; 32], odd: bool) {
            let signature =
                Signature::new(U256::from_be_bytes(r), U256::from_be_bytes(s), odd);
            assert_round_trip(&BlockSignature::new(signature));
            assert_survives_damage(&BlockSignature::new(signature));
        }
    }

    #[test]
    fn rejects_unknown_flags() {
        assert_eq!(StoredBatch::decode(&[64]), Err(DecodeError::UnknownTag(64)));
        assert_eq!(StoredL1Message::decode(&[8]), Err(DecodeError::UnknownTag(8)));
    }
}
