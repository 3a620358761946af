//! Blocks from a stream of RLP, as geth exports them: one after the other, with nothing in between.

use alloy_rlp::Decodable;
use rollup_primitives::{ScrollBlock, SealedBlock};
use std::{
    io::{self, BufRead, Read},
    path::PathBuf,
};
use thiserror::Error;

/// Largest block that is read, in bytes. The calldata of a full block has two megabytes at most.
const MAX_BLOCK_BYTES: u64 = 16 << 20;
/// First byte of the shortest list, and of the shortest list whose length has bytes of its own.
const SHORT_LIST: u8 = 0xc0;
const LONG_LIST: u8 = 0xf8;
/// Longest payload of a list whose length is in its first byte.
const MAX_SHORT_BYTES: u64 = 55;

/// A place in a file at which there is no block.
#[derive(Debug, Error)]
#[error("{path}: no block can be read at byte {offset}, {}", After(*.after))]
pub(crate) struct ReadError {
    pub(crate) path: PathBuf,
    /// Where the block starts.
    pub(crate) offset: u64,
    /// Number of the block before it.
    pub(crate) after: Option<u64>,
    pub(crate) source: ReadFault,
}

#[derive(derive_more::Display)]
#[display("{}", _0.map_or_else(|| "the start of the file".to_owned(), |number| format!("behind block {number}")))]
struct After(Option<u64>);

/// Why there is none.
#[derive(Debug, Error)]
pub(crate) enum ReadFault {
    /// Bytes of something else.
    #[error("this is not the RLP of a block; a file of blocks as `export` writes it is needed")]
    NotAList,
    /// A length that is written in more bytes than it needs.
    #[error("the length of the block is not in its shortest form")]
    Length,
    /// A block that no chain of this kind has.
    #[error("the block would have {bytes} bytes, more than {MAX_BLOCK_BYTES}")]
    TooLarge { bytes: u64 },
    /// The rest of the file is missing.
    #[error("the file ends within the block; get the whole file and import it again")]
    Truncated,
    /// A list that is not a block.
    #[error("this is not a block")]
    Rlp(#[from] alloy_rlp::Error),
    /// The operating system does not give the bytes.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
}

/// The blocks of a file, in memory one at a time.
pub(super) struct Blocks<R> {
    input: R,
    path: PathBuf,
    offset: u64,
    last: Option<u64>,
    buffer: Vec<u8>,
}

impl<R: BufRead> Blocks<R> {
    pub(super) const fn new(input: R, path: PathBuf) -> Self {
        Self { input, path, offset: 0, last: None, buffer: Vec::new() }
    }

    /// Bytes of the blocks so far.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// The next block; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<SealedBlock>, ReadError> {
        let (path, offset, after) = (&self.path, self.offset, self.last);
        let read = read_block(&mut self.input, &mut self.buffer).map_err(|source| ReadError {
            path: path.clone(),
            offset,
            after,
            source,
        })?;
        self.offset += self.buffer.len() as u64;
        self.last = read.as_ref().map(|block| block.number).or(self.last);
        Ok(read)
    }
}

fn read_block(
    input: &mut impl BufRead,
    buffer: &mut Vec<u8>,
) -> Result<Option<SealedBlock>, ReadFault> {
    buffer.clear();
    if fill(input, buffer, 1)? == 0 {
        return Ok(None);
    }
    let payload = payload_length(input, buffer)?;
    let bytes = buffer.len() as u64 + payload;
    if bytes > MAX_BLOCK_BYTES {
        return Err(ReadFault::TooLarge { bytes });
    }
    if fill(input, buffer, payload)? < payload {
        return Err(ReadFault::Truncated);
    }
    let mut rest = buffer.as_slice();
    // The list ends where its length says, so nothing can be left.
    Ok(Some(SealedBlock::seal_slow(ScrollBlock::decode(&mut rest)?)))
}

/// Length of the list whose first byte was read; reads the rest of its header.
fn payload_length(input: &mut impl BufRead, buffer: &mut Vec<u8>) -> Result<u64, ReadFault> {
    let first = buffer.first().copied().unwrap_or_default();
    if first < SHORT_LIST {
        return Err(ReadFault::NotAList);
    }
    if first < LONG_LIST {
        return Ok((first - SHORT_LIST).into());
    }
    let length_bytes = u64::from(first - LONG_LIST) + 1;
    if fill(input, buffer, length_bytes)? < length_bytes {
        return Err(ReadFault::Truncated);
    }
    let digits = buffer.get(1..).unwrap_or_default();
    let length = digits.iter().fold(0, |length, digit| length << 8 | u64::from(*digit));
    if digits.first() == Some(&0) || length <= MAX_SHORT_BYTES {
        return Err(ReadFault::Length);
    }
    // So that no sum with it overflows.
    if length > MAX_BLOCK_BYTES {
        return Err(ReadFault::TooLarge { bytes: length });
    }
    Ok(length)
}

/// Reads up to `bytes` more. The buffer grows with what arrives, not with what is promised.
fn fill(input: &mut impl BufRead, buffer: &mut Vec<u8>, bytes: u64) -> io::Result<u64> {
    Ok(input.take(bytes).read_to_end(buffer)? as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_rlp::Encodable;
    use rollup_primitives::ScrollHeader;
    use rstest::rstest;

    fn block(number: u64) -> Vec<u8> {
        let header = ScrollHeader { number, ..Default::default() };
        let mut bytes = Vec::new();
        ScrollBlock { header, body: Default::default() }.encode(&mut bytes);
        bytes
    }

    fn blocks(bytes: &[u8]) -> Blocks<&[u8]> {
        Blocks::new(bytes, "file".into())
    }

    #[test]
    fn blocks_are_read_one_after_the_other() {
        let bytes = [block(1), block(2)].concat();
        let mut blocks = blocks(&bytes);
        assert_eq!(blocks.next().unwrap().unwrap().number, 1);
        assert_eq!(blocks.offset(), block(1).len() as u64);
        assert_eq!(blocks.next().unwrap().unwrap().number, 2);
        assert_eq!(blocks.next().unwrap(), None);
        assert_eq!(blocks.offset(), bytes.len() as u64);
        assert_eq!(self::blocks(&[]).next().unwrap(), None);
    }

    #[test]
    fn a_block_that_is_cut_anywhere_is_not_the_end() {
        let bytes = block(1);
        for length in 1..bytes.len() {
            let error = blocks(&bytes[..length]).next().unwrap_err();
            assert!(matches!(error.source, ReadFault::Truncated), "{length}: {error}");
        }
    }

    #[rstest]
    #[case::text(b"hello".to_vec(), "not the RLP of a block")]
    #[case::empty_list(vec![0xc0], "this is not a block")]
    #[case::another_list(vec![0xc3, 1, 2, 3], "this is not a block")]
    #[case::long_form_of_a_short_list(vec![0xf8, 55], "shortest form")]
    #[case::length_with_a_leading_zero(vec![0xf9, 0, 200], "shortest form")]
    #[case::one_byte_too_many(vec![0xfb, 1, 0, 0, 1], "would have 16777217 bytes")]
    #[case::header_makes_it_too_long(vec![0xfb, 1, 0, 0, 0], "would have 16777221 bytes")]
    #[case::longest_length(vec![0xff; 9], "would have 18446744073709551615 bytes")]
    fn what_is_no_block_is_refused(#[case] tail: Vec<u8>, #[case] expected: &str) {
        let bytes = [block(7), tail].concat();
        let mut blocks = blocks(&bytes);
        blocks.next().unwrap();
        let error = blocks.next().unwrap_err();
        let source = error.source.to_string();
        assert!(source.contains(expected), "{source}");
        let place =
            format!("file: no block can be read at byte {}, behind block 7", block(7).len());
        assert_eq!(error.to_string(), place);
    }

    #[test]
    fn memory_is_taken_for_what_is_there_and_not_for_what_is_promised() {
        let mut blocks = blocks(&[0xfa, 0xf0, 0, 0, 1, 2, 3]);
        assert!(matches!(blocks.next().unwrap_err().source, ReadFault::Truncated));
        assert!(blocks.buffer.capacity() < 1024, "{}", blocks.buffer.capacity());
    }
}
