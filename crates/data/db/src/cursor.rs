//! Cursors.

use crate::{
    codec::{DupValue, Key},
    error::DbError,
    table::{DupTable, Table},
    tx::{Mode, ReadWrite, Tx, decode_key, decode_value},
};
use signet_libmdbx::{Cursor as EngineCursor, MdbxError, ReadResult};
use std::{borrow::Cow, fmt, marker::PhantomData};

type Entry<T> = (<T as Table>::Key, <T as Table>::Value);
type RawEntry<'tx> = (Cow<'tx, [u8]>, Cow<'tx, [u8]>);

/// A position in a table. In a table with several values per key, each value is a position.
///
/// Every method that moves reads the entry it moved to, and gives `None` if there is none. What is
/// read is a copy, so the table may be changed while cursors are open.
///
/// All methods have these errors: [`DbError::DecodeKey`], [`DbError::DecodeValue`],
/// [`DbError::Corrupt`] and [`DbError::Engine`].
pub struct Cursor<'tx, T: Table, M: Mode> {
    tx: &'tx Tx<M>,
    engine: EngineCursor<'tx, M::Kind>,
    /// Whether it was moved. Until then the engine may have it anywhere: it gives out cursors of the
    /// transaction again, where they were left.
    is_placed: bool,
    table: PhantomData<fn() -> T>,
}

impl<T: Table, M: Mode> fmt::Debug for Cursor<'_, T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").field("table", &T::NAME).finish_non_exhaustive()
    }
}

impl<'tx, T: Table, M: Mode> Cursor<'tx, T, M> {
    pub(crate) const fn new(tx: &'tx Tx<M>, engine: EngineCursor<'tx, M::Kind>) -> Self {
        Self { tx, engine, is_placed: false, table: PhantomData }
    }

    /// Moves to the first entry.
    ///
    /// # Errors
    /// Those of all methods.
    pub fn first(&mut self) -> Result<Option<Entry<T>>, DbError> {
        self.is_placed = true;
        let found = self.engine.first();
        self.entry(found)
    }

    /// Moves to the last entry.
    ///
    /// # Errors
    /// Those of all methods.
    pub fn last(&mut self) -> Result<Option<Entry<T>>, DbError> {
        self.is_placed = true;
        let found = self.engine.last();
        self.entry(found)
    }

    /// Moves to the first entry with this key or a greater one.
    ///
    /// # Errors
    /// Those of all methods.
    pub fn seek(&mut self, key: &T::Key) -> Result<Option<Entry<T>>, DbError> {
        self.is_placed = true;
        let found = self.engine.set_range(key.encode().as_ref());
        self.entry(found)
    }

    /// Moves to the first entry with this key. Without one, where the cursor is, is not said.
    ///
    /// # Errors
    /// Those of all methods.
    pub fn seek_exact(&mut self, key: &T::Key) -> Result<Option<T::Value>, DbError> {
        self.is_placed = true;
        let found = self.engine.set(key.encode().as_ref());
        self.value(found)
    }

    /// Moves to the next entry; from nowhere, to the first.
    ///
    /// # Errors
    /// Those of all methods.
    #[expect(clippy::should_implement_trait, reason = "fails, and borrows nothing from itself")]
    pub fn next(&mut self) -> Result<Option<Entry<T>>, DbError> {
        if !self.is_placed {
            return self.first();
        }
        let found = self.engine.next();
        self.entry(found)
    }

    /// Moves to the entry before; from nowhere, to the last.
    ///
    /// # Errors
    /// Those of all methods.
    pub fn prev(&mut self) -> Result<Option<Entry<T>>, DbError> {
        if !self.is_placed {
            return self.last();
        }
        let found = self.engine.prev();
        self.entry(found)
    }

    /// The entry it is at.
    ///
    /// # Errors
    /// Those of all methods.
    pub fn current(&mut self) -> Result<Option<Entry<T>>, DbError> {
        if !self.is_placed {
            return Ok(None);
        }
        let found = self.engine.get_current();
        self.entry(found)
    }

    fn entry(&self, found: ReadResult<Option<RawEntry<'tx>>>) -> Result<Option<Entry<T>>, DbError> {
        let found = found.map_err(|error| self.tx.read_error(error))?;
        found
            .map(|(key, value)| Ok((decode_key::<T>(&key)?, decode_value::<T>(&value)?)))
            .transpose()
    }

    fn value(
        &self,
        found: ReadResult<Option<Cow<'tx, [u8]>>>,
    ) -> Result<Option<T::Value>, DbError> {
        let found = found.map_err(|error| self.tx.read_error(error))?;
        found.map(|value| decode_value::<T>(&value)).transpose()
    }
}

impl<T: DupTable, M: Mode> Cursor<'_, T, M> {
    /// Moves to the first value of `key` whose second key is this or a greater one.
    ///
    /// # Errors
    /// Those of all methods.
    pub fn seek_dup(
        &mut self,
        key: &T::Key,
        sub_key: &<T::Value as DupValue>::SubKey,
    ) -> Result<Option<T::Value>, DbError> {
        self.is_placed = true;
        let found = self.engine.get_both_range(key.encode().as_ref(), sub_key.encode().as_ref());
        self.value(found)
    }

    /// Moves to the next value of the same key. From nowhere there is none.
    ///
    /// # Errors
    /// Those of all methods.
    pub fn next_dup(&mut self) -> Result<Option<Entry<T>>, DbError> {
        if !self.is_placed {
            return Ok(None);
        }
        let found = self.engine.next_dup();
        self.entry(found)
    }

    /// Moves to the value before of the same key. From nowhere there is none.
    ///
    /// # Errors
    /// Those of all methods.
    pub fn prev_dup(&mut self) -> Result<Option<Entry<T>>, DbError> {
        if !self.is_placed {
            return Ok(None);
        }
        let found = self.engine.prev_dup();
        self.entry(found)
    }

    /// Moves to the first value of the next key; from nowhere, of the first.
    ///
    /// # Errors
    /// Those of all methods.
    pub fn next_key(&mut self) -> Result<Option<Entry<T>>, DbError> {
        if !self.is_placed {
            return self.first();
        }
        let found = self.engine.next_nodup();
        self.entry(found)
    }

    /// Moves to the last value of the key before; from nowhere, of the last.
    ///
    /// # Errors
    /// Those of all methods.
    pub fn prev_key(&mut self) -> Result<Option<Entry<T>>, DbError> {
        if !self.is_placed {
            return self.last();
        }
        let found = self.engine.prev_nodup();
        self.entry(found)
    }

    /// Moves to the last value of the key it is at.
    ///
    /// # Errors
    /// Those of all methods.
    pub fn last_dup(&mut self) -> Result<Option<T::Value>, DbError> {
        if !self.is_placed {
            return Ok(None);
        }
        let found = self.engine.last_dup();
        self.value(found)
    }
}

impl<T: Table> Cursor<'_, T, ReadWrite> {
    /// Deletes the entry it is at. A following [`Self::next`] gives the entry after it, and
    /// [`Self::prev`] the one before.
    ///
    /// # Errors
    /// [`DbError::Engine`], also if it is at none.
    pub fn delete_current(&mut self) -> Result<(), DbError> {
        if !self.is_placed {
            return Err(self.tx.inner().error(MdbxError::NoData));
        }
        self.engine.del().map_err(|error| self.tx.inner().error(error))
    }
}
