//! Why a transaction is invalid.

use crate::spec::ScrollSpecId;
use alloy_evm::InvalidTxError;
use alloy_primitives::U256;
use revm::context_interface::result::{EVMError, InvalidTransaction};
use thiserror::Error;

/// A transaction that no valid block may hold in this state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScrollTxError {
    /// Broken Ethereum rule.
    #[error(transparent)]
    Ethereum(#[from] InvalidTransaction),
    /// The fork does not know this transaction type.
    #[error("transaction type {ty:#04x} is not allowed by the {spec:?} rules")]
    TypeNotAllowed {
        /// EIP-2718 type byte.
        ty: u8,
        /// Rules of the block.
        spec: ScrollSpecId,
    },
    /// The balance left after buying gas does not cover the L1 data fee.
    #[error("l1 data fee {fee} wei exceeds the balance of {balance} wei left after buying gas")]
    InsufficientFundsForL1DataFee {
        /// L1 data fee in wei.
        fee: Box<U256>,
        /// Balance in wei after gas was bought.
        balance: Box<U256>,
    },
    /// The sender can pay gas and L1 data fee, but not the value on top.
    ///
    /// Only a block builder says this: in an imported block the transaction is included and fails.
    #[error("balance does not cover value, gas and l1 data fee together")]
    InsufficientFundsForValue,
}

impl InvalidTxError for ScrollTxError {
    fn as_invalid_tx_err(&self) -> Option<&InvalidTransaction> {
        match self {
            Self::Ethereum(err) => Some(err),
            Self::TypeNotAllowed { .. }
            | Self::InsufficientFundsForL1DataFee { .. }
            | Self::InsufficientFundsForValue => None,
        }
    }
}

impl<DB> From<ScrollTxError> for EVMError<DB, ScrollTxError> {
    fn from(err: ScrollTxError) -> Self {
        Self::Transaction(err)
    }
}
