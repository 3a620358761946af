//! Reading over JSON-RPC: as many requests as a number of connections can ask one after the other.

mod connection;
mod content;
mod drive;
mod query;
mod table;

pub(crate) use content::{BLOCK_TRANSACTIONS, BLOCKS, Content, KIND};
pub(crate) use drive::drive;
pub(crate) use query::Query;
pub(crate) use table::ReadTable;
