#![doc = include_str!("../README.md")]

mod block;
mod error;
mod payload;
mod receipt;
mod rpc;
mod signature;
mod transaction;

pub use block::{
    RecoveredBlock, ScrollBlock, ScrollBlockBody, ScrollHeader, ScrollPrimitives, SealedBlock,
    SealedHeader,
};
pub use error::BlockSignatureError;
pub use payload::{PayloadAttributes, PayloadId};
pub use receipt::ScrollReceipt;
pub use rpc::{ScrollTransaction, ScrollTransactionReceipt};
pub use signature::{
    BLOCK_SIGNATURE_LENGTH, BlockSignature, CLIQUE_VANITY_LENGTH, block_signing_hash,
    clique_seal_hash, recover_clique_signer,
};
pub use transaction::{
    L1_MESSAGE_TX_TYPE, ScrollPooledTransaction, ScrollPooledTxType, ScrollTxEnvelope,
    ScrollTxType, ScrollTypedTransaction, TxL1Message,
};
