//! The senders of a block's transactions.

use crate::error::SenderError;
use alloy_consensus::{crypto::RecoveryError, transaction::SignerRecoverable};
use alloy_primitives::Address;
use rayon::prelude::*;
use rollup_primitives::{RecoveredBlock, ScrollTxEnvelope, SealedBlock};

/// Transactions from which on they are shared out among threads. On two cores 8 of them take as
/// long either way (0.25 ms), 32 take half the time.
const PARALLEL_FROM: usize = 32;

/// Recovers the sender of each transaction from its signature. An L1 message names its own.
///
/// # Errors
/// The first transaction whose signature names no sender.
pub fn recover_senders(block: SealedBlock) -> Result<RecoveredBlock, SenderError> {
    let transactions = &block.body().transactions;
    let senders: Vec<_> = if transactions.len() < PARALLEL_FROM {
        transactions.iter().map(recover).collect()
    } else {
        transactions.par_iter().map(recover).collect()
    };
    let senders = senders
        .into_iter()
        .enumerate()
        .map(|(index, sender)| sender.map_err(|source| SenderError { index, source }))
        .collect::<Result<_, _>>()?;
    Ok(RecoveredBlock::new_sealed(block, senders))
}

fn recover(transaction: &ScrollTxEnvelope) -> Result<Address, RecoveryError> {
    transaction.recover_signer()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_consensus::{SignableTransaction, TxLegacy, crypto::secp256k1::sign_message};
    use alloy_primitives::{B256, Signature, U256};
    use rollup_primitives::{ScrollBlock, ScrollBlockBody, TxL1Message};

    /// A transaction by the account of the private key 1 or 2.
    fn signed(nonce: u64, key: u8) -> ScrollTxEnvelope {
        let tx = TxLegacy { nonce, ..Default::default() };
        let signature = sign_message(B256::with_last_byte(key), tx.signature_hash()).unwrap();
        tx.into_signed(signature).into()
    }

    fn unsigned() -> ScrollTxEnvelope {
        let nobody = Signature::new(U256::ZERO, U256::ZERO, false);
        TxLegacy::default().into_signed(nobody).into()
    }

    fn block(transactions: Vec<ScrollTxEnvelope>) -> SealedBlock {
        let body = ScrollBlockBody { transactions, ..Default::default() };
        SealedBlock::seal_slow(ScrollBlock { header: Default::default(), body })
    }

    #[test]
    fn senders_are_in_the_order_of_their_transactions() {
        let sender = |key| signed(0, key).recover_signer().unwrap();
        assert_ne!(sender(1), sender(2));
        let queue = Address::repeat_byte(0x11);
        for count in [0, 1, PARALLEL_FROM as u64 - 2, PARALLEL_FROM as u64 - 1, 100] {
            let message = TxL1Message { sender: queue, ..Default::default() };
            let key = |nonce: u64| if nonce.is_multiple_of(3) { 1 } else { 2 };
            let transactions = std::iter::once(message.into())
                .chain((0..count).map(|nonce| signed(nonce, key(nonce))))
                .collect();
            let recovered = recover_senders(block(transactions)).unwrap();
            let expected: Vec<_> =
                std::iter::once(queue).chain((0..count).map(|nonce| sender(key(nonce)))).collect();
            assert_eq!(recovered.senders(), expected, "{count}");
        }
    }

    #[test]
    fn the_first_transaction_without_a_sender_is_named() {
        for count in [20, 200] {
            let mut transactions: Vec<_> = (0..count).map(|nonce| signed(nonce, 1)).collect();
            for without_sender in [19, 12, 5] {
                transactions[without_sender] = unsigned();
                let err = recover_senders(block(transactions.clone())).unwrap_err();
                assert_eq!(err.index, without_sender, "{count}");
            }
        }
    }
}
