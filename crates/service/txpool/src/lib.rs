#![doc = include_str!("../README.md")]

mod best;
mod config;
mod content;
mod error;
mod explanation;
mod handle;
mod history;
mod journal;
mod metrics;
mod pool;
mod transaction;
mod validation;
mod worker;

pub use best::{BestTransactions, PendingListener, TransactionSource};
pub use config::TxpoolConfig;
pub use content::{PoolContent, PoolSize, TransactionsBySender};
pub use error::{PoolError, PoolErrorKind, TxpoolStartError};
pub use explanation::{
    Departure, DepartureReason, Explanation, PoolPlace, Rejection, Reorged, TransactionHistory,
    WaitsFor,
};
pub use handle::Txpool;
pub use transaction::{PoolTransaction, TransactionOrigin};
