//! A stored chain, a source of transactions, and transactions.

mod chain;
mod source;
mod transactions;

pub(crate) use chain::{Chain, assert_valid, attributes, wait};
pub(crate) use source::{EndlessSource, ListSource, hashes};
pub(crate) use transactions::{
    ENDLESS, LOGGING, RECIPIENT, REVERTING, STORING, Sender, THIEF, Tx, codes, l1_message, pooled,
};
