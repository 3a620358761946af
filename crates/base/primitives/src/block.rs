//! Blocks in their plain, sealed and recovered forms.

use crate::{receipt::ScrollReceipt, transaction::ScrollTxEnvelope};
use reth_primitives_traits::{
    NodePrimitives, RecoveredBlock as RethRecoveredBlock, SealedBlock as RethSealedBlock,
};
use serde::{Deserialize, Serialize};

/// Header of an L2 block: Ethereum's, of which only the first 15 fields and, from Curie, the
/// base fee are ever present.
pub type ScrollHeader = alloy_consensus::Header;
/// Body of an L2 block: transactions, no ommers, no withdrawals list.
pub type ScrollBlockBody = alloy_consensus::BlockBody<ScrollTxEnvelope>;
/// An L2 block.
pub type ScrollBlock = alloy_consensus::Block<ScrollTxEnvelope>;
/// A header with its hash.
pub type SealedHeader = reth_primitives_traits::SealedHeader<ScrollHeader>;
/// A block with its hash.
pub type SealedBlock = RethSealedBlock<ScrollBlock>;
/// A block with its hash and the sender of each transaction.
pub type RecoveredBlock = RethRecoveredBlock<ScrollBlock>;

/// The concrete types of this chain, for code that is generic over reth's primitives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScrollPrimitives;

impl NodePrimitives for ScrollPrimitives {
    type Block = ScrollBlock;
    type BlockHeader = ScrollHeader;
    type BlockBody = ScrollBlockBody;
    type SignedTx = ScrollTxEnvelope;
    type Receipt = ScrollReceipt;
}
