//! Whether a transaction may be in the pool: what it says by itself, then what the state says.

mod decode;
mod head;
mod intrinsic;
mod state;

pub(crate) use decode::{DecodedTransaction, decode};
pub(crate) use head::Head;
pub(crate) use intrinsic::{CheckedTransaction, Rules};
pub(crate) use state::{SenderState, admit, reprice};
