//! What several scenarios need.

use alloy_primitives::{Address, TxHash};
use rollup_devnet::{Call, Slot, TestNode, Wallet};
use rollup_primitives::{RecoveredBlock, ScrollTxEnvelope};
use rollup_storage::ExecutedBlock;
use std::sync::Arc;

pub(crate) const RECIPIENT: Address = Address::repeat_byte(0xee);

/// Hashes of the transactions in a block.
pub(crate) fn hashes(block: &RecoveredBlock) -> Vec<TxHash> {
    block.body().transactions.iter().map(ScrollTxEnvelope::hash).copied().collect()
}

/// Queue indices of the L1 messages in a block.
pub(crate) fn queue_indices(block: &RecoveredBlock) -> Vec<u64> {
    block.body().transactions.iter().filter_map(ScrollTxEnvelope::queue_index).collect()
}

/// Makes blocks of one transfer each.
pub(crate) async fn transfers(
    node: &mut TestNode,
    wallet: &mut Wallet,
    blocks: u64,
) -> Vec<TxHash> {
    let mut made = Vec::new();
    for wei in 1..=blocks {
        let hash = node.submit(wallet.next(Call::transfer(RECIPIENT, wei)).unwrap()).await.unwrap();
        let block = node.block().await.unwrap();
        assert_eq!(hashes(&block.block), [hash]);
        made.push(hash);
    }
    made
}

/// The block of a slot, which has one.
pub(crate) fn block_of(slot: Slot) -> Arc<ExecutedBlock> {
    match slot {
        Slot::Block(block) => block,
        other => panic!("there is no block: {other:?}"),
    }
}
