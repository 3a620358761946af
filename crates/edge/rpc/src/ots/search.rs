//! Transactions of an account, page by page.

use super::blocks::Receipt;
use crate::{
    eth::{EthRpc, Json, blocks::CachedBlock, convert, error::EthError, replay::ReplayState},
    trace::{Replayed, bounded, each_of_block},
};
use alloy_eips::BlockId;
use alloy_primitives::Address;
use revm::DatabaseRef as _;
use revm_inspectors::tracing::TracingInspectorConfig;
use rollup_chainspec::FEE_VAULT;
use rollup_primitives::ScrollTransaction;
use rollup_storage::{ChainView, StorageError};
use serde::Serialize;
use std::{ops::ControlFlow, sync::Arc};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

/// Transactions after which a page ends with its block.
const MAX_PAGE_SIZE: usize = 25;

/// Why a search is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum SearchError {
    /// A page of no or too many transactions.
    #[error("page size must be between 1 and {max}")]
    PageSize {
        /// Transactions that may be.
        max: usize,
    },
    /// The account was changed very often without appearing in a transaction.
    #[error(
        "the account appears in none of the {max} blocks nearest to {from} that changed it; \
         search on from another block"
    )]
    TooManyBlocks {
        /// Blocks that were searched.
        max: usize,
        /// Block that the search began at.
        from: u64,
    },
}

/// Which way a search goes from its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// To older blocks.
    Before,
    /// To newer blocks.
    After,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    txs: Vec<ScrollTransaction>,
    receipts: Vec<Receipt>,
    first_page: bool,
    last_page: bool,
}

/// Transactions, of whole blocks, and whether there may be more.
#[derive(Debug, Default)]
struct Found {
    /// In the order of the search; places in a block ascend.
    blocks: Vec<(Arc<CachedBlock>, Vec<usize>)>,
    has_more: bool,
}

/// A page of the transactions in which an account appears, newest first.
///
/// # Errors
/// [`EthError::Search`], [`EthError::Pruned`] where the search would have to go on below the start
/// of the history, and as for [`each_of_block`].
pub(super) fn search(
    eth: &EthRpc,
    address: Address,
    block: u64,
    page_size: usize,
    direction: Direction,
    cancelled: &CancellationToken,
) -> Result<Json, EthError> {
    if !(1..=MAX_PAGE_SIZE).contains(&page_size) {
        return Err(SearchError::PageSize { max: MAX_PAGE_SIZE }.into());
    }
    let view = eth.view()?;
    let search = Search { eth, view: &view, address, page_size, cancelled };
    let mut found = search.from(block, direction)?;
    if direction == Direction::After {
        found.blocks.reverse();
    }
    let mut page =
        Page { txs: Vec::new(), receipts: Vec::new(), first_page: false, last_page: false };
    (page.first_page, page.last_page) = match direction {
        Direction::Before => (block == 0 || block > view.head()?.number, !found.has_more),
        Direction::After => (!found.has_more, block == 0),
    };
    for (block, places) in &found.blocks {
        for &place in places.iter().rev() {
            page.txs.extend(convert::transaction(block.block(), place));
            page.receipts.extend(Receipt::of(&view, block, place)?);
        }
    }
    bounded(&page, eth.config().max_trace_bytes)
}

#[derive(Debug)]
struct Search<'a> {
    eth: &'a EthRpc,
    view: &'a ChainView,
    address: Address,
    page_size: usize,
    cancelled: &'a CancellationToken,
}

impl Search<'_> {
    fn from(&self, block: u64, direction: Direction) -> Result<Found, EthError> {
        let start = self.view.history_start()?;
        let pruned = |number| StorageError::Pruned { number, first: start };
        if direction == Direction::After && block < start {
            return Err(pruned(block).into());
        }
        let max = self.eth.config().max_searched_blocks;
        let mut found = Found::default();
        let (mut count, mut searched) = (0, 0);
        let mut next = self.next_from(block, direction)?;
        while let Some(number) = next {
            if count >= self.page_size {
                found.has_more = true;
                return Ok(found);
            }
            if searched >= max {
                found.has_more = true;
                let err = SearchError::TooManyBlocks { max, from: block };
                return if count > 0 { Ok(found) } else { Err(err.into()) };
            }
            searched += 1;
            let missing = StorageError::Missing { table: "Headers", number };
            let block = self.eth.find_block(self.view, BlockId::number(number))?.ok_or(missing)?;
            let places = self.places_in(&block)?;
            if !places.is_empty() {
                count += places.len();
                found.blocks.push((block, places));
            }
            next = self.next_from(number, direction)?;
        }
        if direction == Direction::Before && start > 0 {
            // What came before is not known.
            found.has_more = true;
            if count == 0 {
                return Err(pruned(start.saturating_sub(1)).into());
            }
        }
        Ok(found)
    }

    /// The nearest block that changed the account; block 0 stands for the far end of the chain.
    fn next_from(&self, block: u64, direction: Direction) -> Result<Option<u64>, StorageError> {
        match direction {
            Direction::Before => {
                let below = if block == 0 { u64::MAX } else { block };
                self.view.last_account_change(self.address, below)
            }
            Direction::After => {
                self.view.next_account_change(self.address, block.saturating_add(1))
            }
        }
    }

    /// The transactions of a block in which the account appears.
    fn places_in(&self, block: &Arc<CachedBlock>) -> Result<Vec<usize>, EthError> {
        let config = TracingInspectorConfig::default_parity().set_record_inputs(false);
        let (mut places, mut place) = (Vec::new(), 0);
        each_of_block(self.eth, self.view, Arc::clone(block), config, self.cancelled, |done| {
            if appears(self.address, &done)? {
                places.push(place);
            }
            place += 1;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(places)
    }
}

/// Whether a transaction is from the account, calls or creates it, or changes it in another way
/// than by paying fees to it.
fn appears(address: Address, done: &Replayed<'_, '_>) -> Result<bool, EthError> {
    let mut calls = done.recorder.traces().nodes().iter().map(|node| &node.trace);
    if calls.any(|call| call.caller == address || call.address == address) {
        return Ok(true);
    }
    Ok(address != FEE_VAULT && is_changed(address, done, done.before)?)
}

fn is_changed(
    address: Address,
    done: &Replayed<'_, '_>,
    before: &ReplayState<'_>,
) -> Result<bool, EthError> {
    let Some(account) = done.done.state.get(&address) else { return Ok(false) };
    if account.storage.values().any(|slot| slot.is_changed()) {
        return Ok(true);
    }
    Ok(before.basic_ref(address)?.unwrap_or_default() != account.info)
}
