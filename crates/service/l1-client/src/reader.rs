//! Reading L1.

use crate::{L1Error, L1Header, L1Log, L1LogFilter, L1Tag, L1Transaction};
use alloy_primitives::{Address, B256, Bytes, U256};
use futures::future::BoxFuture;
use std::fmt::Debug;

/// Reads L1, wherever it is read from. Every call ends in bounded time, and may be dropped.
///
/// `Ok(None)` says that L1 has no such block or transaction as far as the endpoint that answered
/// knows: it may lag. Whoever reads ties answers together by hash and parent hash.
pub trait L1Reader: Debug + Send + Sync {
    /// The block that a name stands for now. `None` before there is one, as of a young chain
    /// without a final block.
    ///
    /// # Errors
    /// [`L1Error::Unavailable`].
    fn tagged(&self, tag: L1Tag) -> BoxFuture<'_, Result<Option<L1Header>, L1Error>>;

    /// The block with a number.
    ///
    /// # Errors
    /// [`L1Error::Unavailable`].
    fn header(&self, number: u64) -> BoxFuture<'_, Result<Option<L1Header>, L1Error>>;

    /// The block with a hash.
    ///
    /// # Errors
    /// [`L1Error::Unavailable`].
    fn header_by_hash(&self, hash: B256) -> BoxFuture<'_, Result<Option<L1Header>, L1Error>>;

    /// All logs of one block that a filter looks for, in order.
    ///
    /// # Errors
    /// [`L1Error::UnknownBlock`], [`L1Error::Unavailable`].
    fn block_logs<'a>(
        &'a self,
        header: &'a L1Header,
        filter: &'a L1LogFilter,
    ) -> BoxFuture<'a, Result<Vec<L1Log>, L1Error>>;

    /// Logs of blocks that are final, both ends inclusive, in order, from an endpoint that has the
    /// last of them. That none is left out is not proven.
    ///
    /// # Errors
    /// [`L1Error::TooManyLogs`], [`L1Error::Unavailable`].
    fn range_logs<'a>(
        &'a self,
        from: u64,
        to: u64,
        filter: &'a L1LogFilter,
    ) -> BoxFuture<'a, Result<Vec<L1Log>, L1Error>>;

    /// A transaction that is in a block.
    ///
    /// # Errors
    /// [`L1Error::Unavailable`].
    fn transaction(&self, hash: B256) -> BoxFuture<'_, Result<Option<L1Transaction>, L1Error>>;

    /// Answer of a contract, on the state after a block.
    ///
    /// # Errors
    /// [`L1Error::Reverted`], [`L1Error::UnknownBlock`], [`L1Error::Unavailable`].
    fn call(
        &self,
        to: Address,
        input: Bytes,
        block_hash: B256,
    ) -> BoxFuture<'_, Result<Bytes, L1Error>>;

    /// A storage slot of a contract, in the state after a block.
    ///
    /// # Errors
    /// [`L1Error::UnknownBlock`], [`L1Error::Unavailable`].
    fn storage_at(
        &self,
        address: Address,
        slot: U256,
        block_hash: B256,
    ) -> BoxFuture<'_, Result<U256, L1Error>>;

    /// Whether more endpoints than one agree that the chain has this block: asked before a reorg
    /// deeper than one block is believed. True where the configuration asks for no agreement.
    ///
    /// # Errors
    /// [`L1Error::Unavailable`] if too few endpoints answer to say so.
    fn confirm(&self, number: u64, hash: B256) -> BoxFuture<'_, Result<bool, L1Error>>;

    /// The endpoint that gave answers which contradict what others, or L1 contracts, say is not to
    /// be asked for logs while another one can be.
    fn distrust(&self);
}
