//! Transactions in their consensus, pooled and unsigned forms.

mod envelope;
mod l1_message;
mod pooled;

pub use envelope::{ScrollTxEnvelope, ScrollTxType, ScrollTypedTransaction};
pub use l1_message::{L1_MESSAGE_TX_TYPE, TxL1Message};
pub use pooled::{ScrollPooledTransaction, ScrollPooledTxType};
