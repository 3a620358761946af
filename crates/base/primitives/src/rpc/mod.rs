//! JSON-RPC forms (spec/execution 8.1 and 8.2).

mod receipt;
mod transaction;

pub use receipt::ScrollTransactionReceipt;
pub use transaction::ScrollTransaction;
