//! What the payload of a block's record holds.
//!
//! ```text
//! 1      version
//! 8 + n  length of the block's RLP, and the RLP
//! 1      1 if a signature follows, 0 if not
//! 65     signature, if there is one
//! 8 + n  length of the rollup records, and the rollup records
//! ```
//!
//! Numbers are little-endian. Nothing follows.

use crate::log::{
    checksum::u64_at,
    error::LoggedBlockError,
    record::{LogRecord, RecordKind},
};
use alloy_primitives::Bytes;
use alloy_rlp::{Decodable, Encodable};
use rollup_primitives::{BLOCK_SIGNATURE_LENGTH, BlockSignature, SealedBlock};

const VERSION: u8 = 1;
const LENGTH_BYTES: usize = 8;

/// A block as it is logged, with what must be durable together with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedBlock {
    /// The block.
    pub block: SealedBlock,
    /// The authorized signer's signature, unless the block was derived from L1.
    pub signature: Option<BlockSignature>,
    /// The rollup records that go with the block, in an encoding of their owner. The store logs
    /// none: what it records of a block follows from the block.
    pub rollup: Bytes,
}

impl LoggedBlock {
    /// Number of the block.
    pub const fn number(&self) -> u64 {
        self.block.header().number
    }

    /// Appends the encoding to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode(&self.block, self.signature.as_ref(), &self.rollup, out);
    }

    /// Reads an encoding that fills `payload`. The hash of the block is computed.
    ///
    /// # Errors
    /// [`LoggedBlockError`], any variant but `Number` and `NotABlock`.
    pub fn decode(payload: &[u8]) -> Result<Self, LoggedBlockError> {
        let mut cursor = Cursor(payload);
        let version = cursor.byte("version")?;
        if version != VERSION {
            return Err(LoggedBlockError::UnsupportedVersion { version });
        }
        let mut rlp = cursor.list("block")?;
        let block = SealedBlock::decode(&mut rlp)?;
        if !rlp.is_empty() {
            return Err(LoggedBlockError::TrailingBytes { bytes: rlp.len() });
        }
        let signature = match cursor.byte("signature flag")? {
            0 => None,
            1 => Some(cursor.bytes(BLOCK_SIGNATURE_LENGTH, "signature")?.try_into()?),
            flag => return Err(LoggedBlockError::SignatureFlag { flag }),
        };
        let rollup = Bytes::copy_from_slice(cursor.list("rollup records")?);
        match cursor.0.len() {
            0 => Ok(Self { block, signature, rollup }),
            bytes => Err(LoggedBlockError::TrailingBytes { bytes }),
        }
    }
}

impl TryFrom<&LogRecord> for LoggedBlock {
    type Error = LoggedBlockError;

    /// Reads the block of a record.
    ///
    /// # Errors
    /// As [`LoggedBlock::decode`], and if the record is not that of this block.
    fn try_from(record: &LogRecord) -> Result<Self, Self::Error> {
        if record.kind != RecordKind::Block {
            return Err(LoggedBlockError::NotABlock { sequence: record.sequence });
        }
        let block = Self::decode(&record.payload)?;
        if block.number() != record.number {
            let number = block.number();
            return Err(LoggedBlockError::Number { record: record.number, block: number });
        }
        Ok(block)
    }
}

/// Appends the encoding of a logged block of these parts to `out`.
pub(crate) fn encode(
    block: &SealedBlock,
    signature: Option<&BlockSignature>,
    rollup: &[u8],
    out: &mut Vec<u8>,
) {
    let block_bytes = block.length();
    out.reserve(3 * LENGTH_BYTES + BLOCK_SIGNATURE_LENGTH + block_bytes + rollup.len());
    out.push(VERSION);
    push_length(out, block_bytes);
    block.encode(out);
    out.push(u8::from(signature.is_some()));
    if let Some(signature) = signature {
        out.extend_from_slice(&signature.to_bytes());
    }
    push_length(out, rollup.len());
    out.extend_from_slice(rollup);
}

fn push_length(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(&(length as u64).to_le_bytes());
}

/// The bytes that are not read yet.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn bytes(&mut self, length: usize, field: &'static str) -> Result<&'a [u8], LoggedBlockError> {
        let split = self.0.split_at_checked(length);
        let (bytes, rest) = split.ok_or(LoggedBlockError::Truncated { field })?;
        self.0 = rest;
        Ok(bytes)
    }

    fn byte(&mut self, field: &'static str) -> Result<u8, LoggedBlockError> {
        self.bytes(1, field).map(|bytes| bytes[0])
    }

    /// Bytes with their length before them.
    fn list(&mut self, field: &'static str) -> Result<&'a [u8], LoggedBlockError> {
        let length = u64_at(self.bytes(LENGTH_BYTES, field)?, 0);
        // A length beyond the address space is beyond the payload too.
        self.bytes(usize::try_from(length).unwrap_or(usize::MAX), field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address, B256, Signature, U256, bytes};
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};
    use rollup_primitives::{ScrollBlock, ScrollBlockBody, ScrollHeader, TxL1Message};
    use rstest::rstest;

    fn logged(number: u64, messages: u64, is_signed: bool, rollup: Bytes) -> LoggedBlock {
        let message = |queue_index| TxL1Message {
            queue_index,
            to: Address::repeat_byte(1),
            value: U256::from(queue_index),
            input: vec![3; 100].into(),
            ..TxL1Message::default()
        };
        let block = ScrollBlock {
            header: ScrollHeader { number, base_fee_per_gas: Some(7), ..ScrollHeader::default() },
            body: ScrollBlockBody {
                transactions: (0..messages).map(|index| message(index).into()).collect(),
                ..ScrollBlockBody::default()
            },
        };
        let signature = Signature::new(U256::from(5), U256::from(number), is_signed);
        LoggedBlock {
            block: SealedBlock::seal_slow(block),
            signature: is_signed.then_some(BlockSignature::new(signature)),
            rollup,
        }
    }

    fn encoded(block: &LoggedBlock) -> Vec<u8> {
        let mut bytes = Vec::new();
        block.encode(&mut bytes);
        bytes
    }

    fn record(number: u64, block: &LoggedBlock) -> LogRecord {
        LogRecord { sequence: 9, kind: RecordKind::Block, number, payload: encoded(block) }
    }

    proptest! {
        #[test]
        fn decodes_what_it_encodes(
            number in any::<u64>(),
            messages in 0_u64..4,
            is_signed in any::<bool>(),
            rollup in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let block = logged(number, messages, is_signed, rollup.into());
            let decoded = LoggedBlock::decode(&encoded(&block)).unwrap();
            prop_assert_eq!(decoded.block.hash(), block.block.hash());
            prop_assert_eq!(&decoded, &block);
            prop_assert_eq!(LoggedBlock::try_from(&record(number, &block)).unwrap(), block);
        }

        #[test]
        fn refuses_or_reads_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            // No panic and no allocation by a length that is not there.
            if let Ok(block) = LoggedBlock::decode(&bytes) {
                prop_assert_eq!(encoded(&block), bytes);
            }
        }
    }

    #[test]
    fn refuses_a_payload_cut_or_extended_at_any_byte() {
        let bytes = encoded(&logged(4, 2, true, bytes!("010203")));
        for length in 0..bytes.len() {
            let error = LoggedBlock::decode(&bytes[..length]).unwrap_err();
            assert!(matches!(error, LoggedBlockError::Truncated { .. }), "{length}: {error:?}");
        }
        let extended = [bytes, vec![0]].concat();
        let error = LoggedBlock::decode(&extended).unwrap_err();
        assert!(matches!(error, LoggedBlockError::TrailingBytes { bytes: 1 }));
    }

    #[rstest]
    #[case::version(0, "version 2")]
    #[case::length_of_the_block(8, "middle of its block")]
    #[case::rlp(9, "invalid block")]
    #[case::signature_flag(usize::MAX, "signature flag 2")]
    fn names_what_is_wrong(#[case] offset: usize, #[case] expected: &str) {
        let block = logged(4, 0, false, Bytes::new());
        let mut bytes = encoded(&block);
        let offset = offset.min(bytes.len() - LENGTH_BYTES - 1);
        bytes[offset] = if offset == 8 { 0xff } else { 2 };
        let error = LoggedBlock::decode(&bytes).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn refuses_the_record_of_another_block_and_of_an_unwind() {
        let block = logged(4, 0, false, Bytes::new());
        let error = LoggedBlock::try_from(&record(5, &block)).unwrap_err();
        assert!(matches!(error, LoggedBlockError::Number { record: 5, block: 4 }));
        let unwind = LogRecord { kind: RecordKind::Unwind, ..record(4, &block) };
        let error = LoggedBlock::try_from(&unwind).unwrap_err();
        assert!(matches!(error, LoggedBlockError::NotABlock { sequence: 9 }));
    }

    #[test]
    fn passes_through_the_log() {
        let dir = tempfile::tempdir().unwrap();
        let block = logged(4, 3, true, bytes!("0102"));
        let (mut log, _) = crate::BlockLog::open(dir.path(), crate::LogConfig::default()).unwrap();
        log.append_block(&block).unwrap();
        let record = log.last().unwrap().unwrap();
        assert_eq!(record.number, 4);
        assert_eq!(record.payload, encoded(&block));
        assert_eq!(LoggedBlock::try_from(&record).unwrap(), block);
        assert_ne!(block.block.hash(), B256::ZERO);
    }
}
