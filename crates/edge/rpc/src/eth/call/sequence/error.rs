//! Why a sequence of blocks cannot be simulated, with the codes of the specification.

use crate::{error::with_code, eth::error::EthError};
use alloy_primitives::Address;
use jsonrpsee::types::ErrorObjectOwned;
use revm::context_interface::result::InvalidTransaction;
use rollup_evm::ScrollTxError;
use thiserror::Error;

const NONCE_TOO_LOW: i32 = -38010;
const NONCE_TOO_HIGH: i32 = -38011;
const BASE_FEE_TOO_LOW: i32 = -38012;
const INTRINSIC_GAS: i32 = -38013;
const INSUFFICIENT_FUNDS: i32 = -38014;
const BLOCK_GAS_LIMIT_REACHED: i32 = -38015;
const NUMBER_DID_NOT_INCREASE: i32 = -38020;
const TIMESTAMP_DID_NOT_INCREASE: i32 = -38021;
const MOVED_TO_ITSELF: i32 = -38022;
const MOVED_TO_THE_SAME: i32 = -38023;
const SENDER_IS_NO_EOA: i32 = -38024;
const MAX_INIT_CODE_SIZE: i32 = -38025;
const LIMIT_EXCEEDED: i32 = -38026;
const INVALID_PARAMS: i32 = -32602;

/// Why a sequence of blocks cannot be simulated.
#[derive(Debug, Error)]
pub(crate) enum SequenceError {
    /// No block.
    #[error("empty input")]
    Empty,
    /// More blocks than may be, those between the ones that are given counted.
    #[error("too many blocks (max {max})")]
    TooManyBlocks {
        /// How many may be.
        max: u64,
    },
    /// A block with a number that is not above that of the one before.
    #[error("block numbers must be in order: {number} <= {previous}")]
    NumberOrder {
        /// Its number.
        number: u64,
        /// That of the one before.
        previous: u64,
    },
    /// A block with a timestamp that is not above that of the one before.
    #[error("block timestamps must be in order: {timestamp} <= {previous}")]
    TimestampOrder {
        /// Its timestamp, in seconds.
        timestamp: u64,
        /// That of the one before.
        previous: u64,
    },
    /// A call that does not fit in its block.
    #[error("block gas limit reached: {gas} >= {limit}")]
    BlockGasLimit {
        /// Gas of the block with the call.
        gas: u64,
        /// Gas limit of the block.
        limit: u64,
    },
    /// Nothing is left of the gas that all calls may use.
    #[error("the calls use up the gas of a request (max {max})")]
    GasCap {
        /// Gas that all calls may use.
        max: u64,
    },
    /// A precompile that is to be where it is.
    #[error("account {0} is moved to itself")]
    MovedToItself(Address),
    /// Two precompiles that are to be in one place.
    #[error("account {0} has already been overridden by a precompile")]
    MovedToTheSame(Address),
    /// A call that cannot be in a block.
    #[error(transparent)]
    Call(Box<EthError>),
}

impl SequenceError {
    /// As it is answered.
    pub(crate) fn into_object(self) -> ErrorObjectOwned {
        let code = match &self {
            Self::Empty => INVALID_PARAMS,
            Self::TooManyBlocks { .. } | Self::GasCap { .. } => LIMIT_EXCEEDED,
            Self::NumberOrder { .. } => NUMBER_DID_NOT_INCREASE,
            Self::TimestampOrder { .. } => TIMESTAMP_DID_NOT_INCREASE,
            Self::BlockGasLimit { .. } => BLOCK_GAS_LIMIT_REACHED,
            Self::MovedToItself(_) => MOVED_TO_ITSELF,
            Self::MovedToTheSame(_) => MOVED_TO_THE_SAME,
            Self::Call(err) => match code_of(err) {
                Some(code) => code,
                None => return self.into_other(),
            },
        };
        with_code(code, self)
    }

    fn into_other(self) -> ErrorObjectOwned {
        match self {
            Self::Call(err) => (*err).into(),
            err => with_code(INVALID_PARAMS, err),
        }
    }
}

/// The code of a call that cannot be in a block; none if the specification has none for it.
const fn code_of(err: &EthError) -> Option<i32> {
    let err = match err {
        EthError::FeeCapTooLow => return Some(BASE_FEE_TOO_LOW),
        EthError::InsufficientFunds { .. }
        | EthError::InvalidTransaction(
            ScrollTxError::InsufficientFundsForL1DataFee { .. }
            | ScrollTxError::InsufficientFundsForValue,
        ) => return Some(INSUFFICIENT_FUNDS),
        EthError::InvalidTransaction(ScrollTxError::Ethereum(err)) => err,
        _ => return None,
    };
    Some(match err {
        InvalidTransaction::NonceTooLow { .. } => NONCE_TOO_LOW,
        InvalidTransaction::NonceTooHigh { .. }
        | InvalidTransaction::NonceOverflowInTransaction => NONCE_TOO_HIGH,
        InvalidTransaction::GasPriceLessThanBasefee => BASE_FEE_TOO_LOW,
        InvalidTransaction::CallGasCostMoreThanGasLimit { .. }
        | InvalidTransaction::GasFloorMoreThanGasLimit { .. } => INTRINSIC_GAS,
        InvalidTransaction::LackOfFundForMaxFee { .. }
        | InvalidTransaction::OverflowPaymentInTransaction => INSUFFICIENT_FUNDS,
        InvalidTransaction::CallerGasLimitMoreThanBlock => BLOCK_GAS_LIMIT_REACHED,
        InvalidTransaction::RejectCallerWithCode => SENDER_IS_NO_EOA,
        InvalidTransaction::CreateInitCodeSizeLimit => MAX_INIT_CODE_SIZE,
        _ => return None,
    })
}
