//! What one endpoint is asked for, and whether its answer can be right.

mod contract;
mod header;
mod logs;
mod receipts;
mod transaction;

pub(crate) use contract::{call, storage_at};
pub(crate) use header::{Asked, header};
pub(crate) use logs::{block_logs, range_logs};
pub(crate) use transaction::transaction;

use crate::{L1Error, endpoint::Fault};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use thiserror::Error;

/// An answer.
#[derive(Debug)]
pub(crate) struct Outcome<T> {
    pub(crate) answer: Result<T, L1Error>,
    /// Whether it is as good as that of any other endpoint. If not, as when there is nothing of
    /// what was asked for, the others are asked too: one of them may know more.
    pub(crate) is_sure: bool,
}

impl<T> Outcome<T> {
    pub(crate) const fn sure(answer: T) -> Self {
        Self { answer: Ok(answer), is_sure: true }
    }

    pub(crate) const fn unsure(answer: T) -> Self {
        Self { answer: Ok(answer), is_sure: false }
    }
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum Flaw {
    #[error("the hash of the header is not that of its fields")]
    HeaderHash,
    #[error("the header is that of another block")]
    OtherHeader,
    #[error("the receipts are not those of the block")]
    Receipts,
    #[error("a log is of another block")]
    LogBlock,
    #[error("a log was removed")]
    RemovedLog,
    #[error("logs are out of order")]
    LogOrder,
    #[error("a log was not asked for")]
    OtherLog,
    #[error("the transaction is another one")]
    OtherTransaction,
}

/// Reads what a method gives.
pub(crate) fn read<T: DeserializeOwned>(json: &RawValue) -> Result<T, Fault> {
    serde_json::from_str(json.get()).map_err(Fault::Unreadable)
}
