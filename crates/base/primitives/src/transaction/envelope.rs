//! The transaction envelope: every type a Scroll block may hold.

use super::{
    l1_message::{TxL1Message, serialize_l1_message},
    pooled::ScrollPooledTransaction,
};
use alloy_consensus::{
    EthereumTxEnvelope, InMemorySize, Sealable, Sealed, SignableTransaction, Signed,
    TransactionEnvelope, TxEip1559, TxEip2930, TxEip7702, TxLegacy,
    crypto::RecoveryError,
    error::ValueError,
    transaction::{SignerRecoverable, TxHashRef},
};
use alloy_primitives::{Address, B256, Signature};

/// A transaction of a Scroll block.
///
/// Which variants a block may hold depends on the fork: typed transactions from Curie, set-code
/// transactions from `EuclidV2`. Blob transactions (type 3) never exist on L2.
#[derive(Clone, Debug, TransactionEnvelope)]
#[envelope(tx_type_name = ScrollTxType, typed = ScrollTypedTransaction, serde_cfg(all()))]
pub enum ScrollTxEnvelope {
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
    /// Message enqueued on L1.
    #[envelope(ty = 126)]
    #[serde(serialize_with = "serialize_l1_message")]
    L1Message(Sealed<TxL1Message>),
}

impl ScrollTxEnvelope {
    /// Whether this is an L1 message.
    pub const fn is_l1_message(&self) -> bool {
        matches!(self, Self::L1Message(_))
    }

    /// The L1 message, if it is one.
    pub const fn as_l1_message(&self) -> Option<&Sealed<TxL1Message>> {
        match self {
            Self::L1Message(message) => Some(message),
            _ => None,
        }
    }

    /// Position in the L1 message queue, for an L1 message.
    pub const fn queue_index(&self) -> Option<u64> {
        match self {
            Self::L1Message(message) => Some(message.inner().queue_index),
            _ => None,
        }
    }

    /// The signature, which all but L1 messages have.
    pub const fn signature(&self) -> Option<&Signature> {
        match self {
            Self::Legacy(tx) => Some(tx.signature()),
            Self::Eip2930(tx) => Some(tx.signature()),
            Self::Eip1559(tx) => Some(tx.signature()),
            Self::Eip7702(tx) => Some(tx.signature()),
            Self::L1Message(_) => None,
        }
    }

    /// Hash of the EIP-2718 encoding, computed once.
    pub fn hash(&self) -> &B256 {
        match self {
            Self::Legacy(tx) => tx.hash(),
            Self::Eip2930(tx) => tx.hash(),
            Self::Eip1559(tx) => tx.hash(),
            Self::Eip7702(tx) => tx.hash(),
            Self::L1Message(tx) => tx.hash_ref(),
        }
    }

    /// The form that may be gossiped and pooled.
    ///
    /// # Errors
    /// Gives the transaction back if it is an L1 message, which only a block may hold.
    pub fn try_into_pooled(self) -> Result<ScrollPooledTransaction, ValueError<Self>> {
        match self {
            Self::Legacy(tx) => Ok(ScrollPooledTransaction::Legacy(tx)),
            Self::Eip2930(tx) => Ok(ScrollPooledTransaction::Eip2930(tx)),
            Self::Eip1559(tx) => Ok(ScrollPooledTransaction::Eip1559(tx)),
            Self::Eip7702(tx) => Ok(ScrollPooledTransaction::Eip7702(tx)),
            tx @ Self::L1Message(_) => {
                Err(ValueError::new_static(tx, "an l1 message cannot be pooled"))
            }
        }
    }
}

impl TxHashRef for ScrollTxEnvelope {
    fn tx_hash(&self) -> &B256 {
        self.hash()
    }
}

impl SignerRecoverable for ScrollTxEnvelope {
    fn recover_signer(&self) -> Result<Address, RecoveryError> {
        match self {
            Self::Legacy(tx) => SignerRecoverable::recover_signer(tx),
            Self::Eip2930(tx) => SignerRecoverable::recover_signer(tx),
            Self::Eip1559(tx) => SignerRecoverable::recover_signer(tx),
            Self::Eip7702(tx) => SignerRecoverable::recover_signer(tx),
            Self::L1Message(tx) => Ok(tx.sender),
        }
    }

    fn recover_signer_unchecked(&self) -> Result<Address, RecoveryError> {
        match self {
            Self::Legacy(tx) => SignerRecoverable::recover_signer_unchecked(tx),
            Self::Eip2930(tx) => SignerRecoverable::recover_signer_unchecked(tx),
            Self::Eip1559(tx) => SignerRecoverable::recover_signer_unchecked(tx),
            Self::Eip7702(tx) => SignerRecoverable::recover_signer_unchecked(tx),
            Self::L1Message(tx) => Ok(tx.sender),
        }
    }

    fn recover_unchecked_with_buf(&self, buf: &mut Vec<u8>) -> Result<Address, RecoveryError> {
        match self {
            Self::Legacy(tx) => SignerRecoverable::recover_unchecked_with_buf(tx, buf),
            Self::Eip2930(tx) => SignerRecoverable::recover_unchecked_with_buf(tx, buf),
            Self::Eip1559(tx) => SignerRecoverable::recover_unchecked_with_buf(tx, buf),
            Self::Eip7702(tx) => SignerRecoverable::recover_unchecked_with_buf(tx, buf),
            Self::L1Message(tx) => Ok(tx.sender),
        }
    }
}

impl InMemorySize for ScrollTxEnvelope {
    fn size(&self) -> usize {
        match self {
            Self::Legacy(tx) => tx.size(),
            Self::Eip2930(tx) => tx.size(),
            Self::Eip1559(tx) => tx.size(),
            Self::Eip7702(tx) => tx.size(),
            Self::L1Message(tx) => tx.inner().size() + size_of::<B256>(),
        }
    }
}

impl InMemorySize for ScrollTxType {
    fn size(&self) -> usize {
        size_of::<Self>()
    }
}

impl InMemorySize for ScrollTypedTransaction {
    fn size(&self) -> usize {
        match self {
            Self::Legacy(tx) => tx.size(),
            Self::Eip2930(tx) => tx.size(),
            Self::Eip1559(tx) => tx.size(),
            Self::Eip7702(tx) => tx.size(),
            Self::L1Message(tx) => tx.size(),
        }
    }
}

impl ScrollTypedTransaction {
    /// Hash that the sender signs, or `None` for an L1 message, which nobody signs.
    pub fn signature_hash(&self) -> Option<B256> {
        match self {
            Self::Legacy(tx) => Some(tx.signature_hash()),
            Self::Eip2930(tx) => Some(tx.signature_hash()),
            Self::Eip1559(tx) => Some(tx.signature_hash()),
            Self::Eip7702(tx) => Some(tx.signature_hash()),
            Self::L1Message(_) => None,
        }
    }

    /// Adds a signature. An L1 message has no place for one and stays as it is.
    pub fn into_signed(self, signature: Signature) -> ScrollTxEnvelope {
        match self {
            Self::Legacy(tx) => ScrollTxEnvelope::Legacy(tx.into_signed(signature)),
            Self::Eip2930(tx) => ScrollTxEnvelope::Eip2930(tx.into_signed(signature)),
            Self::Eip1559(tx) => ScrollTxEnvelope::Eip1559(tx.into_signed(signature)),
            Self::Eip7702(tx) => ScrollTxEnvelope::Eip7702(tx.into_signed(signature)),
            Self::L1Message(tx) => tx.into(),
        }
    }
}

impl From<ScrollTxEnvelope> for ScrollTypedTransaction {
    fn from(tx: ScrollTxEnvelope) -> Self {
        match tx {
            ScrollTxEnvelope::Legacy(tx) => Self::Legacy(tx.strip_signature()),
            ScrollTxEnvelope::Eip2930(tx) => Self::Eip2930(tx.strip_signature()),
            ScrollTxEnvelope::Eip1559(tx) => Self::Eip1559(tx.strip_signature()),
            ScrollTxEnvelope::Eip7702(tx) => Self::Eip7702(tx.strip_signature()),
            ScrollTxEnvelope::L1Message(tx) => Self::L1Message(tx.into_inner()),
        }
    }
}

impl From<TxL1Message> for ScrollTxEnvelope {
    fn from(message: TxL1Message) -> Self {
        Self::L1Message(message.seal_slow())
    }
}

impl From<Signed<TxLegacy>> for ScrollTxEnvelope {
    fn from(tx: Signed<TxLegacy>) -> Self {
        Self::Legacy(tx)
    }
}

impl From<Signed<TxEip2930>> for ScrollTxEnvelope {
    fn from(tx: Signed<TxEip2930>) -> Self {
        Self::Eip2930(tx)
    }
}

impl From<Signed<TxEip1559>> for ScrollTxEnvelope {
    fn from(tx: Signed<TxEip1559>) -> Self {
        Self::Eip1559(tx)
    }
}

impl From<Signed<TxEip7702>> for ScrollTxEnvelope {
    fn from(tx: Signed<TxEip7702>) -> Self {
        Self::Eip7702(tx)
    }
}

impl<T> TryFrom<EthereumTxEnvelope<T>> for ScrollTxEnvelope {
    type Error = ValueError<EthereumTxEnvelope<T>>;

    fn try_from(tx: EthereumTxEnvelope<T>) -> Result<Self, Self::Error> {
        match tx {
            EthereumTxEnvelope::Legacy(tx) => Ok(Self::Legacy(tx)),
            EthereumTxEnvelope::Eip2930(tx) => Ok(Self::Eip2930(tx)),
            EthereumTxEnvelope::Eip1559(tx) => Ok(Self::Eip1559(tx)),
            EthereumTxEnvelope::Eip7702(tx) => Ok(Self::Eip7702(tx)),
            tx @ EthereumTxEnvelope::Eip4844(_) => {
                Err(ValueError::new_static(tx, "blob transactions do not exist on scroll"))
            }
        }
    }
}
