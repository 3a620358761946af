//! Funded accounts of the development chain.

use alloy_consensus::{SignableTransaction, TxEip1559, transaction::RlpEcdsaEncodableTx};
use alloy_primitives::{Address, B256, Signature, TxKind, U256};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;

/// Chain id of the development chain.
pub(crate) const CHAIN_ID: u64 = 1337;

/// Private keys of the accounts.
pub(crate) const KEYS: [&str; 4] = [
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
];

/// An account and the nonce of its next transaction.
#[derive(Clone, Debug)]
pub(crate) struct Wallet {
    signer: PrivateKeySigner,
    pub(crate) nonce: u64,
}

impl Wallet {
    /// One of the funded accounts, which has sent nothing yet.
    pub(crate) fn funded(index: usize) -> Self {
        Self::of(KEYS[index])
    }

    pub(crate) fn of(key: &str) -> Self {
        Self { signer: key.parse().unwrap(), nonce: 0 }
    }

    pub(crate) const fn address(&self) -> Address {
        self.signer.address()
    }

    /// A transfer of 1 wei that every block takes.
    pub(crate) fn transfer(&self) -> TxEip1559 {
        TxEip1559 {
            chain_id: CHAIN_ID,
            nonce: self.nonce,
            gas_limit: 21_000,
            max_fee_per_gas: 10_000_000_000,
            max_priority_fee_per_gas: 100,
            to: TxKind::Call(Address::repeat_byte(0x11)),
            value: U256::ONE,
            ..TxEip1559::default()
        }
    }

    pub(crate) fn signature(&self, tx: &impl SignableTransaction<Signature>) -> Signature {
        self.sign_hash(tx.signature_hash())
    }

    pub(crate) fn sign_hash(&self, hash: B256) -> Signature {
        self.signer.sign_hash_sync(&hash).unwrap()
    }

    /// The bytes of a transaction of this account.
    pub(crate) fn sign(
        &self,
        tx: &(impl SignableTransaction<Signature> + RlpEcdsaEncodableTx),
    ) -> Vec<u8> {
        encode(tx, &self.signature(tx))
    }

    /// The bytes of the next transfer.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let raw = self.sign(&self.transfer());
        self.nonce += 1;
        raw
    }
}

/// The bytes of a transaction with a signature, whether it fits or not.
pub(crate) fn encode(tx: &impl RlpEcdsaEncodableTx, signature: &Signature) -> Vec<u8> {
    let mut raw = Vec::new();
    tx.eip2718_encode(signature, &mut raw);
    raw
}
