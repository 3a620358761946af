use std::error::Error;

use alloy_primitives::B256;
use nybbles::Nibbles;

use crate::BranchRecord;

/// What a database keeps of one trie: the records of its branches, and its leaves.
///
/// Records and leaves must show the same state of the trie. While a trie is changed that is the
/// state before the change, so leaves are written after the root was computed.
pub trait TrieCursor {
    /// Whatever keeps the database from answering.
    type Error: Error + Send + Sync + 'static;

    /// The record with the first path at or after `path`.
    ///
    /// # Errors
    ///
    /// Whatever keeps the database from answering, a record that cannot be decoded among it.
    fn seek_branch(
        &mut self,
        path: &Nibbles,
    ) -> Result<Option<(Nibbles, BranchRecord)>, Self::Error>;

    /// The leaf with the first key at or after `key`: the key, and the value as the trie commits to
    /// it ([`account_leaf`](crate::account_leaf), [`slot_leaf`](crate::slot_leaf)).
    ///
    /// # Errors
    ///
    /// Whatever keeps the database from answering.
    fn seek_leaf(&mut self, key: B256) -> Result<Option<(B256, Vec<u8>)>, Self::Error>;
}

impl<C: TrieCursor + ?Sized> TrieCursor for &mut C {
    type Error = C::Error;

    fn seek_branch(&mut self, path: &Nibbles) -> Result<Option<(Nibbles, BranchRecord)>, C::Error> {
        (**self).seek_branch(path)
    }

    fn seek_leaf(&mut self, key: B256) -> Result<Option<(B256, Vec<u8>)>, C::Error> {
        (**self).seek_leaf(key)
    }
}

/// What a database keeps of all tries of a state.
pub trait StateSource {
    /// Whatever keeps the database from answering.
    type Error: Error + Send + Sync + 'static;
    /// Cursor of the account trie.
    type Accounts<'a>: TrieCursor
    where
        Self: 'a;
    /// Cursor of a storage trie; it does not leave the account it was made for.
    type Storage<'a>: TrieCursor
    where
        Self: 'a;

    /// The account trie: keys are hashed addresses.
    ///
    /// # Errors
    ///
    /// Whatever keeps the database from making the cursor.
    fn account_cursor(&self) -> Result<Self::Accounts<'_>, Self::Error>;

    /// The storage trie of an account: keys are hashed slots. That of an account without storage
    /// has neither records nor leaves.
    ///
    /// # Errors
    ///
    /// Whatever keeps the database from making the cursor.
    fn storage_cursor(&self, hashed_address: B256) -> Result<Self::Storage<'_>, Self::Error>;
}
