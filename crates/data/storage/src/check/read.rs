//! Reading past damaged entries: the part that checks entries has reported them.

use rollup_db::{Cursor, DbError, Key, ReadOnly, ReadTx, Table};

type Entry<T> = (<T as Table>::Key, <T as Table>::Value);

/// What is under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found<V> {
    Here(V),
    /// There is an entry, but it does not decode.
    Damaged,
    Missing,
}

impl<V> Found<V> {
    /// The value, if it is there and sound.
    pub(super) fn value(self) -> Option<V> {
        match self {
            Self::Here(value) => Some(value),
            Self::Damaged | Self::Missing => None,
        }
    }

    pub(super) fn of(result: Result<Option<V>, DbError>) -> Result<Self, DbError> {
        match result {
            Ok(Some(value)) => Ok(Self::Here(value)),
            Ok(None) => Ok(Self::Missing),
            Err(error) if is_undecodable(&error) => Ok(Self::Damaged),
            Err(error) => Err(error),
        }
    }
}

const fn is_undecodable(error: &DbError) -> bool {
    matches!(error, DbError::DecodeKey { .. } | DbError::DecodeValue { .. })
}

/// Looks up a key.
pub(super) fn get<T: Table>(tx: &ReadTx, key: &T::Key) -> Result<Found<T::Value>, DbError> {
    Found::of(tx.get::<T>(key))
}

/// The entries of a table that decode, in order.
pub(super) struct Entries<'tx, T: Table> {
    cursor: Cursor<'tx, T, ReadOnly>,
    /// Key to begin at, until the first step.
    start: Option<T::Key>,
}

/// All entries that decode.
pub(super) fn entries<T: Table>(tx: &ReadTx) -> Result<Entries<'_, T>, DbError> {
    Ok(Entries { cursor: tx.cursor()?, start: None })
}

/// The entries that decode, from a key on.
pub(super) fn entries_from<T: Table>(
    tx: &ReadTx,
    start: T::Key,
) -> Result<Entries<'_, T>, DbError> {
    Ok(Entries { cursor: tx.cursor()?, start: Some(start) })
}

impl<T: Table> Iterator for Entries<'_, T> {
    type Item = Result<Entry<T>, DbError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let found = match self.start.take() {
                Some(start) => self.cursor.seek(&start),
                None => self.cursor.next(),
            };
            match found {
                // The cursor has moved to the entry all the same.
                Err(error) if is_undecodable(&error) => {}
                found => return found.transpose(),
            }
        }
    }
}

/// Key of the last entry of a table, whether its value decodes or not.
pub(super) fn last_key<T: Table<Key = u64>>(tx: &ReadTx) -> Result<Option<u64>, DbError> {
    let mut cursor = tx.cursor::<T>()?;
    let mut found = cursor.last();
    loop {
        match found {
            Err(error) if is_undecodable(&error) => found = cursor.prev(),
            found => return Ok(found?.map(|(key, _)| key)),
        }
    }
}

/// Looks up the keys of a table in ascending order, at the price of a walk if none is missing.
pub(super) struct Rows<'tx, T: Table> {
    cursor: Cursor<'tx, T, ReadOnly>,
}

impl<'tx, T: Table> Rows<'tx, T> {
    pub(super) fn new(tx: &'tx ReadTx) -> Result<Self, DbError> {
        Ok(Self { cursor: tx.cursor()? })
    }

    pub(super) fn at(&mut self, key: &T::Key) -> Result<Found<T::Value>, DbError> {
        match self.cursor.next() {
            Ok(Some((next, value))) if next == *key => Ok(Found::Here(value)),
            Err(error) if !is_undecodable(&error) => Err(error),
            _ => Found::of(self.cursor.seek_exact(key)),
        }
    }
}

/// Bytes of a key.
pub(super) fn bytes_of<K: Key>(key: &K) -> Vec<u8> {
    key.encode().as_ref().to_vec()
}
