//! The transactions that may travel between peers and wait in the pool.

use super::envelope::ScrollTxEnvelope;
use alloy_consensus::{
    InMemorySize, Signed, TransactionEnvelope, TxEip1559, TxEip2930, TxEip7702, TxLegacy,
    crypto::RecoveryError,
    error::ValueError,
    transaction::{SignerRecoverable, TxHashRef},
};
use alloy_primitives::{Address, B256, Signature};

/// A signed transaction: every type of [`ScrollTxEnvelope`] but the L1 message.
#[derive(Clone, Debug, TransactionEnvelope)]
#[envelope(tx_type_name = ScrollPooledTxType, serde_cfg(all()))]
pub enum ScrollPooledTransaction {
    /// Legacy transaction, EIP-155 protected or not.
    #[envelope(ty = 0)]
    Legacy(Signed<TxLegacy>),
    /// EIP-2930 transaction.
    #[envelope(ty = 1)]
    Eip2930(Signed<TxEip2930>),
    /// EIP-1559 transaction.
    #[envelope(ty = 2)]
    Eip1559(Signed<TxEip1559>),
    /// EIP-7702 transaction.
    #[envelope(ty = 4)]
    Eip7702(Signed<TxEip7702>),
}

impl ScrollPooledTransaction {
    /// The sender's signature.
    pub const fn signature(&self) -> &Signature {
        match self {
            Self::Legacy(tx) => tx.signature(),
            Self::Eip2930(tx) => tx.signature(),
            Self::Eip1559(tx) => tx.signature(),
            Self::Eip7702(tx) => tx.signature(),
        }
    }
}

impl TxHashRef for ScrollPooledTransaction {
    fn tx_hash(&self) -> &B256 {
        match self {
            Self::Legacy(tx) => tx.hash(),
            Self::Eip2930(tx) => tx.hash(),
            Self::Eip1559(tx) => tx.hash(),
            Self::Eip7702(tx) => tx.hash(),
        }
    }
}

impl SignerRecoverable for ScrollPooledTransaction {
    fn recover_signer(&self) -> Result<Address, RecoveryError> {
        match self {
            Self::Legacy(tx) => SignerRecoverable::recover_signer(tx),
            Self::Eip2930(tx) => SignerRecoverable::recover_signer(tx),
            Self::Eip1559(tx) => SignerRecoverable::recover_signer(tx),
            Self::Eip7702(tx) => SignerRecoverable::recover_signer(tx),
        }
    }

    fn recover_signer_unchecked(&self) -> Result<Address, RecoveryError> {
        match self {
            Self::Legacy(tx) => SignerRecoverable::recover_signer_unchecked(tx),
            Self::Eip2930(tx) => SignerRecoverable::recover_signer_unchecked(tx),
            Self::Eip1559(tx) => SignerRecoverable::recover_signer_unchecked(tx),
            Self::Eip7702(tx) => SignerRecoverable::recover_signer_unchecked(tx),
        }
    }
}

impl InMemorySize for ScrollPooledTransaction {
    fn size(&self) -> usize {
        match self {
            Self::Legacy(tx) => tx.size(),
            Self::Eip2930(tx) => tx.size(),
            Self::Eip1559(tx) => tx.size(),
            Self::Eip7702(tx) => tx.size(),
        }
    }
}

impl From<ScrollPooledTransaction> for ScrollTxEnvelope {
    fn from(tx: ScrollPooledTransaction) -> Self {
        match tx {
            ScrollPooledTransaction::Legacy(tx) => Self::Legacy(tx),
            ScrollPooledTransaction::Eip2930(tx) => Self::Eip2930(tx),
            ScrollPooledTransaction::Eip1559(tx) => Self::Eip1559(tx),
            ScrollPooledTransaction::Eip7702(tx) => Self::Eip7702(tx),
        }
    }
}

impl TryFrom<ScrollTxEnvelope> for ScrollPooledTransaction {
    type Error = ValueError<ScrollTxEnvelope>;

    fn try_from(tx: ScrollTxEnvelope) -> Result<Self, Self::Error> {
        tx.try_into_pooled()
    }
}
