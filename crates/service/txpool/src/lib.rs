#![doc = include_str!("../README.md")]

mod best;
mod config;
mod transaction;

pub use best::{BestTransactions, PendingListener, TransactionSource};
pub use config::TxpoolConfig;
pub use transaction::{PoolTransaction, TransactionOrigin};
