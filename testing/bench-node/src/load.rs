//! Transactions, signed before anything is measured.

use crate::{
    chain::{CHAIN_ID, Chain, TOKEN, WRITER},
    client::send_raw,
};
use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use eyre::Result;
use rayon::prelude::*;
use std::ops::Range;

/// Connections that transactions are sent over. A sender keeps to one, so that its nonces come in
/// order.
pub(crate) const CONNECTIONS: usize = 4;
/// Transactions in a batch.
pub(crate) const BATCH: usize = 100;

const MAX_FEE_WEI: u128 = 100_000_000_000;
const TIP_WEI: u128 = 1_000_000_000;
/// First four bytes of the input of a transfer of the token.
const TRANSFER_SELECTOR: [u8; 4] = hex!("a9059cbb");

/// What transactions do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// They move coins to one of many accounts.
    Transfer,
    /// They move a token to one of many accounts.
    Token,
    /// Each writes four slots that nobody wrote before.
    FreshStorage,
    /// All of them in turns.
    Mixed,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfers",
            Self::Token => "ERC-20 transfers",
            Self::FreshStorage => "fresh storage",
            Self::Mixed => "mixed transactions",
        }
    }
}

/// A signed transaction.
#[derive(Clone, Debug)]
pub(crate) struct SignedTransaction {
    pub(crate) hash: B256,
    /// EIP-2718 bytes in hex.
    pub(crate) raw: String,
}

/// Transactions of a kind, by their places among all of that kind: senders take turns.
pub(crate) fn sign(
    chain: &Chain,
    kind: Kind,
    places: Range<usize>,
) -> Result<Vec<SignedTransaction>> {
    places.into_par_iter().map(|at| sign_one(chain, kind, at)).collect()
}

fn sign_one(chain: &Chain, kind: Kind, at: usize) -> Result<SignedTransaction> {
    let senders = chain.senders.len();
    let sender: &PrivateKeySigner = &chain.senders[at % senders];
    let recipient = chain.recipients[at * 7_919 % chain.recipients.len()];
    let (to, value, gas_limit, input) = call(kind, recipient, at);
    let tx = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce: u64::try_from(at / senders)?,
        gas_limit,
        max_fee_per_gas: MAX_FEE_WEI,
        max_priority_fee_per_gas: TIP_WEI,
        to: to.into(),
        value: U256::from(value),
        access_list: Default::default(),
        input,
    };
    let signature = sender.sign_hash_sync(&tx.signature_hash())?;
    let signed = tx.into_signed(signature);
    let raw = hex::encode_prefixed(signed.encoded_2718());
    Ok(SignedTransaction { hash: *signed.hash(), raw })
}

/// Recipient, value, gas limit and input.
fn call(kind: Kind, recipient: Address, at: usize) -> (Address, u64, u64, Bytes) {
    match kind {
        Kind::Transfer => (recipient, 1, 21_000, Bytes::new()),
        Kind::Token => {
            let amount = B256::with_last_byte(1);
            let words = [recipient.into_word(), amount].concat();
            (TOKEN, 0, 100_000, [TRANSFER_SELECTOR.as_slice(), &words].concat().into())
        }
        Kind::FreshStorage => {
            let slot = keccak256((at as u64).to_be_bytes());
            (WRITER, 0, 150_000, slot.0.into())
        }
        Kind::Mixed => {
            let kinds = [Kind::Transfer, Kind::Token, Kind::FreshStorage];
            call(kinds[at % kinds.len()], recipient, at)
        }
    }
}

/// Bodies of requests with [`BATCH`] transactions each, for one connection after the other.
pub(crate) fn batches(transactions: &[SignedTransaction], senders: usize) -> Vec<Vec<String>> {
    let of = |connection: usize| {
        let own: Vec<_> = (0..)
            .zip(transactions)
            .filter(|(at, _)| at % senders % CONNECTIONS == connection)
            .map(|(_, transaction)| send_raw(&transaction.raw))
            .collect();
        own.chunks_exact(BATCH).map(|calls| format!("[{}]", calls.join(","))).collect()
    };
    (0..CONNECTIONS).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_keeps_to_one_connection_and_its_nonces_to_their_order() {
        let transactions: Vec<_> = (0..4_000)
            .map(|at| SignedTransaction {
                hash: B256::ZERO,
                raw: format!("{}/{}", at % 10, at / 10),
            })
            .collect();
        let connections = batches(&transactions, 10);
        let mut seen = [(usize::MAX, 0); 10];
        let mut sent = 0;
        for (connection, bodies) in connections.iter().enumerate() {
            for text in bodies.iter().flat_map(|body| body.split('"')) {
                let Some((sender, nonce)) = text.split_once('/') else { continue };
                let (sender, nonce) =
                    (sender.parse::<usize>().unwrap(), nonce.parse::<u32>().unwrap());
                let (of, next) = &mut seen[sender];
                assert!(*of == usize::MAX || *of == connection);
                assert_eq!(*next, nonce);
                (*of, *next) = (connection, nonce + 1);
                sent += 1;
            }
        }
        assert_eq!(sent, 4_000);
    }
}
