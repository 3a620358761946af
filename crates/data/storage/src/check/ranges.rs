//! Which transactions each block has.

use super::{
    read::{Entries, entries, last_key},
    run::Run,
};
use rollup_db::{BlockBodyIndex, BlockBodyIndices, DbError, ReadTx, Transactions};
use std::{iter::Peekable, ops::Range};

/// Blocks up to the head, with their transactions.
pub(super) struct Blocks<'tx> {
    indices: Peekable<Entries<'tx, BlockBodyIndices>>,
    end_block: u64,
    /// First number and end of transactions of the block that is to come.
    expected: (u64, u64),
    /// Number after the last transaction.
    end_transaction: u64,
}

/// Transactions of a block, as the table of indices has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BlockRange {
    pub(super) number: u64,
    pub(super) index: BlockBodyIndex,
    /// The block that had to come.
    pub(super) expected_number: u64,
    /// The transaction that the block had to begin with, if the one before it is there.
    pub(super) expected_first: Option<u64>,
    /// Whether it begins where the block before ends, and does not reach into the next.
    pub(super) is_sound: bool,
    /// Numbers of those transactions of the block that are not after the last one of all.
    pub(super) transactions: Range<u64>,
}

impl<'tx> Blocks<'tx> {
    pub(super) fn new(run: &Run<'_>, tx: &'tx ReadTx) -> Result<Self, DbError> {
        let last_transaction = last_key::<Transactions>(tx)?;
        Ok(Self {
            indices: entries(tx)?.peekable(),
            end_block: run.end_block,
            expected: (0, 0),
            end_transaction: last_transaction.map_or(0, |last| last.saturating_add(1)),
        })
    }

    /// Number after the last transaction of the blocks so far.
    pub(super) const fn end(&self) -> (u64, u64) {
        self.expected
    }

    fn range(&mut self, number: u64, index: BlockBodyIndex) -> BlockRange {
        let Range { start, end } = index.transactions();
        let (expected_number, expected_first) = self.expected;
        let expected_first = (expected_number == number).then_some(expected_first);
        let reaches_into_next = match self.indices.peek() {
            Some(Ok((next, index))) => *next < self.end_block && index.first_transaction < end,
            _ => false,
        };
        self.expected = (number.saturating_add(1), end);
        BlockRange {
            number,
            index,
            expected_number,
            expected_first,
            is_sound: expected_first.is_none_or(|first| first == start) && !reaches_into_next,
            transactions: start..end.min(self.end_transaction).max(start),
        }
    }
}

impl Iterator for Blocks<'_> {
    type Item = Result<BlockRange, DbError>;

    fn next(&mut self) -> Option<Self::Item> {
        let end_block = self.end_block;
        match self
            .indices
            .next_if(|entry| !matches!(entry, Ok((number, _)) if *number >= end_block))?
        {
            Ok((number, index)) => Some(Ok(self.range(number, index))),
            Err(error) => Some(Err(error)),
        }
    }
}
