//! Transactions.

use crate::{
    codec::{Key, Value},
    config::{MAX_DUP_KEY_BYTES, MAX_DUP_VALUE_BYTES, MAX_KEY_BYTES, MAX_VALUE_BYTES},
    cursor::Cursor,
    database::Inner,
    error::DbError,
    readers::ReaderSlot,
    table::{DupTable, Table},
    walk::{Walk, WalkBack, WalkDup},
};
use parking_lot::{ArcMutexGuard, Mutex, RawMutex};
use signet_libmdbx::{MdbxError, ReadError, WriteFlags, tx::Tx as EngineTx};
use std::{borrow::Cow, cell::Cell, fmt, ops::RangeBounds, sync::Arc, time::Duration};

mod sealed {
    use signet_libmdbx::{
        TransactionKind,
        tx::{PtrUnsync, SyncKind},
    };
    use std::fmt;

    /// What the engine calls a mode.
    #[expect(unnameable_types, reason = "seals the public trait")]
    pub trait EngineMode: fmt::Debug + 'static {
        type Kind: TransactionKind + SyncKind<Access = PtrUnsync>;
        type Hold;
    }
}

/// Whether a transaction may write: [`ReadOnly`] or [`ReadWrite`].
pub trait Mode: sealed::EngineMode {}

/// Of a [`ReadTx`].
#[derive(Clone, Copy, Debug)]
pub enum ReadOnly {}

/// Of a [`WriteTx`].
#[derive(Clone, Copy, Debug)]
pub enum ReadWrite {}

impl sealed::EngineMode for ReadOnly {
    type Kind = signet_libmdbx::Ro;
    type Hold = ReaderSlot;
}

impl sealed::EngineMode for ReadWrite {
    type Kind = signet_libmdbx::Rw;
    type Hold = WriterHold;
}

impl Mode for ReadOnly {}
impl Mode for ReadWrite {}

/// A snapshot. May be moved to another thread, but not used by two at a time.
pub type ReadTx = Tx<ReadOnly>;
/// The write transaction: sees its own changes; nobody else does until [`WriteTx::commit`].
/// Dropped without a commit, it changes nothing. Stays on the thread that started it.
pub type WriteTx = Tx<ReadWrite>;

/// A transaction. Functions that read may be generic over its mode.
///
/// A read transaction is not shared between threads:
/// ```compile_fail
/// fn shared<T: Sync>() {}
/// shared::<rollup_db::ReadTx>();
/// ```
/// and no cursor is moved to another one:
/// ```compile_fail
/// fn moved<T: Send>() {}
/// moved::<rollup_db::Cursor<'static, rollup_db::Headers, rollup_db::ReadOnly>>();
/// ```
pub struct Tx<M: Mode> {
    // Dropped in this order: the transaction ends before its slot or turn is given to another,
    // and before the database can be closed.
    engine: EngineTx<M::Kind>,
    hold: M::Hold,
    inner: Arc<Inner>,
}

/// The turn of a writer, and its buffer.
#[expect(unnameable_types, missing_debug_implementations, reason = "part of a sealed trait")]
pub struct WriterHold {
    _turn: ArcMutexGuard<RawMutex, ()>,
    buffer: Cell<Vec<u8>>,
}

impl<M: Mode> fmt::Debug for Tx<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

impl<M: Mode> Tx<M> {
    /// Value of a key; of a key with several, the first.
    ///
    /// # Errors
    /// [`DbError::DecodeValue`], [`DbError::Corrupt`] or [`DbError::UnknownTable`].
    pub fn get<T: Table>(&self, key: &T::Key) -> Result<Option<T::Value>, DbError> {
        let handle = self.inner.handles.get::<T>()?;
        let bytes = self
            .engine
            .get::<Cow<'_, [u8]>>(handle.dbi(), key.encode().as_ref())
            .map_err(|error| self.read_error(error))?;
        bytes.map(|bytes| decode_value::<T>(&bytes)).transpose()
    }

    /// Whether a key has a value.
    ///
    /// # Errors
    /// As [`Self::get`], but for the value, which is not read.
    pub fn contains<T: Table>(&self, key: &T::Key) -> Result<bool, DbError> {
        let handle = self.inner.handles.get::<T>()?;
        self.engine
            .get::<()>(handle.dbi(), key.encode().as_ref())
            .map(|found| found.is_some())
            .map_err(|error| self.read_error(error))
    }

    /// A cursor over a table, at no entry.
    ///
    /// # Errors
    /// [`DbError::UnknownTable`] or [`DbError::Engine`].
    pub fn cursor<T: Table>(&self) -> Result<Cursor<'_, T, M>, DbError> {
        let handle = self.inner.handles.get::<T>()?;
        let cursor = self.engine.cursor(handle).map_err(|error| self.inner.error(error))?;
        Ok(Cursor::new(self, cursor))
    }

    /// Entries with a key in `range`, in order.
    ///
    /// # Errors
    /// As [`Self::cursor`]. The items have the errors of [`Cursor::next`].
    pub fn walk<T: Table>(
        &self,
        range: impl RangeBounds<T::Key>,
    ) -> Result<Walk<'_, T, M>, DbError> {
        Ok(Walk::new(self.cursor()?, range.start_bound().cloned(), range.end_bound().cloned()))
    }

    /// Entries with a key in `range`, in reverse order.
    ///
    /// # Errors
    /// As [`Self::walk`].
    pub fn walk_back<T: Table>(
        &self,
        range: impl RangeBounds<T::Key>,
    ) -> Result<WalkBack<'_, T, M>, DbError> {
        Ok(WalkBack::new(self.cursor()?, range.start_bound().cloned(), range.end_bound().cloned()))
    }

    /// Values of one key, in order.
    ///
    /// # Errors
    /// As [`Self::walk`].
    pub fn walk_dup<T: DupTable>(&self, key: T::Key) -> Result<WalkDup<'_, T, M>, DbError> {
        Ok(WalkDup::new(self.cursor()?, key))
    }

    /// Entries in a table; each value of a key counts.
    ///
    /// # Errors
    /// [`DbError::UnknownTable`] or [`DbError::Engine`].
    pub fn entry_count<T: Table>(&self) -> Result<u64, DbError> {
        let handle = self.inner.handles.get::<T>()?;
        let stat = self.engine.db_stat(&handle).map_err(|error| self.inner.error(error))?;
        Ok(stat.entries() as u64)
    }

    /// Number of the snapshot: one more with every commit. In a write transaction, the number that
    /// its commit will have.
    ///
    /// # Errors
    /// [`DbError::Engine`].
    pub fn id(&self) -> Result<u64, DbError> {
        self.engine.id().map_err(|error| self.inner.error(error))
    }

    pub(crate) const fn engine(&self) -> &EngineTx<M::Kind> {
        &self.engine
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    pub(crate) fn read_error(&self, error: ReadError) -> DbError {
        match error {
            ReadError::Mdbx(error) => self.inner.error(error),
            // Only bytes are read from the engine, and those are never refused.
            ReadError::Decoding(_) => self.inner.error(MdbxError::Problem),
        }
    }
}

impl ReadTx {
    pub(crate) fn begin(inner: Arc<Inner>) -> Result<Self, DbError> {
        let hold = inner.readers.register();
        let engine = inner.environment.begin_ro_unsync().map_err(|error| inner.error(error))?;
        Ok(Self { engine, hold, inner })
    }

    /// How long it has been open.
    pub fn age(&self) -> Duration {
        self.hold.age()
    }
}

impl WriteTx {
    pub(crate) fn begin(inner: Arc<Inner>) -> Result<Self, DbError> {
        if inner.is_read_only() {
            return Err(DbError::ReadOnly { path: inner.path.clone() });
        }
        let turn = Mutex::lock_arc(&inner.writer);
        let engine = inner.environment.begin_rw_unsync().map_err(|error| inner.error(error))?;
        let hold = WriterHold { _turn: turn, buffer: Cell::default() };
        Ok(Self { engine, hold, inner })
    }

    /// Sets the value of a key. In a table with several values per key, adds the value; one that is
    /// there already stays. To change a value there, delete the old one first.
    ///
    /// # Errors
    /// [`DbError::KeySize`], [`DbError::ValueSize`], [`DbError::Full`], [`DbError::NoSpace`],
    /// [`DbError::UnknownTable`] or [`DbError::Engine`]. After an error other than of size or
    /// table, drop the transaction.
    pub fn put<T: Table>(&self, key: &T::Key, value: &T::Value) -> Result<(), DbError> {
        self.write::<T>(key, value, WriteFlags::UPSERT)
    }

    /// Adds an entry after the last one of the table: faster than [`Self::put`], and packs pages.
    ///
    /// # Errors
    /// [`DbError::OutOfOrder`] if the key is not after the last one; or as [`Self::put`].
    pub fn append<T: Table>(&self, key: &T::Key, value: &T::Value) -> Result<(), DbError> {
        self.write::<T>(key, value, WriteFlags::APPEND | WriteFlags::NO_OVERWRITE)
    }

    /// Adds a value after the last one of its key.
    ///
    /// # Errors
    /// [`DbError::OutOfOrder`] if the value is not after the last one of the key; or as
    /// [`Self::put`].
    pub fn append_dup<T: DupTable>(&self, key: &T::Key, value: &T::Value) -> Result<(), DbError> {
        self.write::<T>(key, value, WriteFlags::APPEND_DUP | WriteFlags::NO_DUP_DATA)
    }

    /// Deletes a key with all its values. Gives whether it had one.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub fn delete<T: Table>(&self, key: &T::Key) -> Result<bool, DbError> {
        let handle = self.inner.handles.get::<T>()?;
        let key = key.encode();
        check_key_size::<T>(key.as_ref())?;
        self.engine.del(handle, key, None).map_err(|error| self.inner.error(error))
    }

    /// Deletes one value of a key. Gives whether the key had it.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub fn delete_dup<T: DupTable>(&self, key: &T::Key, value: &T::Value) -> Result<bool, DbError> {
        let handle = self.inner.handles.get::<T>()?;
        let key = key.encode();
        check_key_size::<T>(key.as_ref())?;
        self.with_encoded(value, |value| {
            check_value_size::<T>(value)?;
            self.engine.del(handle, key, Some(value)).map_err(|error| self.inner.error(error))
        })
    }

    /// Deletes every entry of a table.
    ///
    /// # Errors
    /// [`DbError::UnknownTable`] or [`DbError::Engine`].
    pub fn clear<T: Table>(&self) -> Result<(), DbError> {
        let handle = self.inner.handles.get::<T>()?;
        self.engine.clear_db(handle).map_err(|error| self.inner.error(error))
    }

    /// Makes the changes durable, then visible to transactions that start later.
    ///
    /// # Errors
    /// [`DbError::NoSpace`], [`DbError::Full`] or [`DbError::Engine`]: then nothing has changed.
    pub fn commit(self) -> Result<(), DbError> {
        let Self { engine, hold, inner } = self;
        let result = engine.commit().map_err(|error| inner.error(error));
        drop(hold);
        result
    }

    fn write<T: Table>(
        &self,
        key: &T::Key,
        value: &T::Value,
        flags: WriteFlags,
    ) -> Result<(), DbError> {
        let handle = self.inner.handles.get::<T>()?;
        let key = key.encode();
        let key = key.as_ref();
        check_key_size::<T>(key)?;
        self.with_encoded(value, |value| {
            check_value_size::<T>(value)?;
            self.engine.put(handle, key, value, flags).map_err(|error| match error {
                MdbxError::KeyMismatch | MdbxError::KeyExist => {
                    DbError::OutOfOrder { table: T::NAME, key: key.to_vec().into() }
                }
                error => self.inner.error(error),
            })
        })
    }

    /// Calls with the bytes of a value, in a buffer that is used again.
    fn with_encoded<V: Value, R>(&self, value: &V, call: impl FnOnce(&[u8]) -> R) -> R {
        let mut buffer = self.hold.buffer.take();
        buffer.clear();
        value.encode(&mut buffer);
        let result = call(&buffer);
        self.hold.buffer.set(buffer);
        result
    }
}

pub(crate) fn decode_key<T: Table>(bytes: &[u8]) -> Result<T::Key, DbError> {
    T::Key::decode(bytes).map_err(|source| DbError::DecodeKey {
        table: T::NAME,
        key: bytes.to_vec().into(),
        source,
    })
}

pub(crate) fn decode_value<T: Table>(bytes: &[u8]) -> Result<T::Value, DbError> {
    T::Value::decode(bytes).map_err(|source| DbError::DecodeValue { table: T::NAME, source })
}

/// The engine checks no sizes in a release build: too long a key ends the process.
pub(crate) const fn check_key_size<T: Table>(key: &[u8]) -> Result<(), DbError> {
    let limit = if T::DUP { MAX_DUP_KEY_BYTES } else { MAX_KEY_BYTES };
    if key.len() <= limit {
        return Ok(());
    }
    Err(DbError::KeySize { table: T::NAME, size: key.len(), limit })
}

pub(crate) const fn check_value_size<T: Table>(value: &[u8]) -> Result<(), DbError> {
    let limit = if T::DUP { MAX_DUP_VALUE_BYTES } else { MAX_VALUE_BYTES };
    if value.len() <= limit {
        return Ok(());
    }
    Err(DbError::ValueSize { table: T::NAME, size: value.len(), limit })
}

#[cfg(test)]
mod tests {
    use super::*;
    use signet_libmdbx::ffi;

    #[test]
    fn a_read_transaction_may_change_threads() {
        fn assert_send<T: Send>() {}
        assert_send::<ReadTx>();
    }

    #[test]
    #[expect(unsafe_code, reason = "the limits of the engine are to be had from C only")]
    fn limits_are_those_of_the_engine() {
        let page = isize::try_from(crate::PAGE_SIZE_BYTES).unwrap();
        let dup = ffi::MDBX_DUPSORT;
        // SAFETY: pure functions of their arguments.
        let (key, dup_key, value, dup_value) = unsafe {
            (
                ffi::mdbx_limits_keysize_max(page, 0),
                ffi::mdbx_limits_keysize_max(page, dup),
                ffi::mdbx_limits_valsize_max(page, 0),
                ffi::mdbx_limits_valsize_max(page, dup),
            )
        };
        assert_eq!(usize::try_from(key), Ok(MAX_KEY_BYTES));
        assert_eq!(usize::try_from(dup_key), Ok(MAX_DUP_KEY_BYTES));
        assert_eq!(usize::try_from(dup_value), Ok(MAX_DUP_VALUE_BYTES));
        assert!(usize::try_from(value).unwrap() >= MAX_VALUE_BYTES);
    }
}
