//! Iterators over parts of a table.

use crate::{
    cursor::Cursor,
    error::DbError,
    table::{DupTable, Table},
    tx::Mode,
};
use std::{fmt, ops::Bound};

type Entry<T> = (<T as Table>::Key, <T as Table>::Value);

#[derive(Clone, Debug)]
enum State<S> {
    /// Nothing read yet.
    Start(S),
    /// At an entry of the range.
    Inside,
    /// At the end, or after an error.
    Done,
}

impl<S> State<S> {
    /// The state, leaving [`State::Done`] until a step has gone well.
    const fn take(&mut self) -> Self {
        std::mem::replace(self, Self::Done)
    }
}

/// Entries of a range, in order. Ends after the first error.
pub struct Walk<'tx, T: Table, M: Mode> {
    cursor: Cursor<'tx, T, M>,
    state: State<Bound<T::Key>>,
    end: Bound<T::Key>,
}

/// Entries of a range, in reverse order. Ends after the first error.
pub struct WalkBack<'tx, T: Table, M: Mode> {
    cursor: Cursor<'tx, T, M>,
    start: Bound<T::Key>,
    state: State<Bound<T::Key>>,
}

/// Values of a key, in order. Ends after the first error.
pub struct WalkDup<'tx, T: DupTable, M: Mode> {
    cursor: Cursor<'tx, T, M>,
    state: State<T::Key>,
}

impl<'tx, T: Table, M: Mode> Walk<'tx, T, M> {
    pub(crate) const fn new(
        cursor: Cursor<'tx, T, M>,
        start: Bound<T::Key>,
        end: Bound<T::Key>,
    ) -> Self {
        Self { cursor, state: State::Start(start), end }
    }

    fn step(&mut self) -> Result<Option<Entry<T>>, DbError> {
        let found = match self.state.take() {
            State::Done => return Ok(None),
            State::Inside => self.cursor.next()?,
            State::Start(Bound::Unbounded) => self.cursor.first()?,
            State::Start(Bound::Included(start)) => self.cursor.seek(&start)?,
            State::Start(Bound::Excluded(start)) => {
                let mut found = self.cursor.seek(&start)?;
                while found.as_ref().is_some_and(|(key, _)| *key == start) {
                    found = self.cursor.next()?;
                }
                found
            }
        };
        let inside = found.filter(|(key, _)| match &self.end {
            Bound::Unbounded => true,
            Bound::Included(end) => key <= end,
            Bound::Excluded(end) => key < end,
        });
        if inside.is_some() {
            self.state = State::Inside;
        }
        Ok(inside)
    }
}

impl<'tx, T: Table, M: Mode> WalkBack<'tx, T, M> {
    pub(crate) const fn new(
        cursor: Cursor<'tx, T, M>,
        start: Bound<T::Key>,
        end: Bound<T::Key>,
    ) -> Self {
        Self { cursor, start, state: State::Start(end) }
    }

    fn step(&mut self) -> Result<Option<Entry<T>>, DbError> {
        let found = match self.state.take() {
            State::Done => return Ok(None),
            State::Inside => self.cursor.prev()?,
            State::Start(Bound::Unbounded) => self.cursor.last()?,
            State::Start(Bound::Included(end)) => {
                // Past every value of the last key, then one back.
                let mut found = self.cursor.seek(&end)?;
                while found.as_ref().is_some_and(|(key, _)| *key == end) {
                    found = self.cursor.next()?;
                }
                self.before(found.is_some())?
            }
            State::Start(Bound::Excluded(end)) => {
                let found = self.cursor.seek(&end)?.is_some();
                self.before(found)?
            }
        };
        let inside = found.filter(|(key, _)| match &self.start {
            Bound::Unbounded => true,
            Bound::Included(start) => key >= start,
            Bound::Excluded(start) => key > start,
        });
        if inside.is_some() {
            self.state = State::Inside;
        }
        Ok(inside)
    }

    /// The entry before the one that was found, or the last one.
    fn before(&mut self, found: bool) -> Result<Option<Entry<T>>, DbError> {
        if found { self.cursor.prev() } else { self.cursor.last() }
    }
}

impl<'tx, T: DupTable, M: Mode> WalkDup<'tx, T, M> {
    pub(crate) const fn new(cursor: Cursor<'tx, T, M>, key: T::Key) -> Self {
        Self { cursor, state: State::Start(key) }
    }

    fn step(&mut self) -> Result<Option<T::Value>, DbError> {
        let found = match self.state.take() {
            State::Done => None,
            State::Inside => self.cursor.next_dup()?.map(|(_, value)| value),
            State::Start(key) => self.cursor.seek_exact(&key)?,
        };
        if found.is_some() {
            self.state = State::Inside;
        }
        Ok(found)
    }
}

impl<T: Table, M: Mode> Iterator for Walk<'_, T, M> {
    type Item = Result<Entry<T>, DbError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

impl<T: Table, M: Mode> Iterator for WalkBack<'_, T, M> {
    type Item = Result<Entry<T>, DbError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

impl<T: DupTable, M: Mode> Iterator for WalkDup<'_, T, M> {
    type Item = Result<T::Value, DbError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

impl<T: Table, M: Mode> fmt::Debug for Walk<'_, T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk").field("table", &T::NAME).finish_non_exhaustive()
    }
}

impl<T: Table, M: Mode> fmt::Debug for WalkBack<'_, T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WalkBack").field("table", &T::NAME).finish_non_exhaustive()
    }
}

impl<T: DupTable, M: Mode> fmt::Debug for WalkDup<'_, T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WalkDup").field("table", &T::NAME).finish_non_exhaustive()
    }
}
