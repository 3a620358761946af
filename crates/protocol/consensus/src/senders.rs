//! The senders of a block's transactions.

use crate::error::SenderError;
use alloy_consensus::transaction::SignerRecoverable;
use alloy_primitives::Address;
use rollup_primitives::{RecoveredBlock, SealedBlock};

/// Recovers the sender of each transaction from its signature. An L1 message names its own.
///
/// # Errors
/// The first transaction whose signature names no sender.
pub fn recover_senders(block: SealedBlock) -> Result<RecoveredBlock, SenderError> {
    let senders = block
        .body()
        .transactions
        .iter()
        .enumerate()
        .map(|(index, tx)| tx.recover_signer().map_err(|source| SenderError { index, source }))
        .collect::<Result<Vec<Address>, _>>()?;
    Ok(RecoveredBlock::new_sealed(block, senders))
}
