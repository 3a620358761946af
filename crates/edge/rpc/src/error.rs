//! How a call that fails is answered: every code and every form of an error object is made here.
//!
//! An implementation has errors of its own and turns each into one of these forms. What the caller
//! did wrong is never [`internal`], and what failed in the node is never anything else.

use alloy_primitives::{Bytes, hex};
use jsonrpsee::types::{
    ErrorObjectOwned,
    error::{
        CALL_EXECUTION_FAILED_CODE, INTERNAL_ERROR_CODE, INTERNAL_ERROR_MSG, INVALID_PARAMS_CODE,
        INVALID_REQUEST_CODE, METHOD_NOT_FOUND_CODE, OVERSIZED_REQUEST_CODE,
        OVERSIZED_RESPONSE_CODE, PARSE_ERROR_CODE, SERVER_IS_BUSY_CODE, TOO_BIG_BATCH_REQUEST_CODE,
        TOO_BIG_BATCH_RESPONSE_CODE, TOO_MANY_SUBSCRIPTIONS_CODE,
    },
};
use std::{error::Error, fmt::Display};
use tracing::error;

/// Every code a call can be answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RpcErrorCode {
    /// The execution was reverted. The data is what it returned.
    Reverted,
    /// The request is not JSON.
    Parse,
    /// The request is JSON, but no call.
    InvalidRequest,
    /// The method does not exist, or is not served here.
    MethodNotFound,
    /// The parameters are not those of the method.
    InvalidParams,
    /// The node failed.
    Internal,
    /// The call cannot be answered as it stands: a transaction that is not taken, an execution
    /// that fails.
    Server,
    /// What was asked for is not there.
    ResourceNotFound,
    /// What was asked for is too old: it is no longer kept.
    Pruned,
    /// The call took longer than it may.
    TimedOut,
    /// The pool is full.
    TransactionRejected,
    /// The method exists, but not in this node.
    NotSupported,
    /// The caller asks for more than it gets.
    LimitExceeded,
    /// One more subscription than a connection may have.
    TooManySubscriptions,
    /// The request is too long.
    OversizedRequest,
    /// The response would be too long.
    OversizedResponse,
    /// The node has too much to do.
    Busy,
    /// Too many calls in a batch.
    OversizedBatch,
    /// The responses of a batch would be too long together.
    OversizedBatchResponse,
}

impl RpcErrorCode {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Reverted,
        Self::Parse,
        Self::InvalidRequest,
        Self::MethodNotFound,
        Self::InvalidParams,
        Self::Internal,
        Self::Server,
        Self::ResourceNotFound,
        Self::Pruned,
        Self::TimedOut,
        Self::TransactionRejected,
        Self::NotSupported,
        Self::LimitExceeded,
        Self::TooManySubscriptions,
        Self::OversizedRequest,
        Self::OversizedResponse,
        Self::Busy,
        Self::OversizedBatch,
        Self::OversizedBatchResponse,
    ];

    /// Its number in JSON-RPC.
    pub const fn code(self) -> i32 {
        match self {
            Self::Reverted => 3,
            Self::Parse => PARSE_ERROR_CODE,
            Self::InvalidRequest => INVALID_REQUEST_CODE,
            Self::MethodNotFound => METHOD_NOT_FOUND_CODE,
            Self::InvalidParams => INVALID_PARAMS_CODE,
            Self::Internal => INTERNAL_ERROR_CODE,
            Self::Server => CALL_EXECUTION_FAILED_CODE,
            Self::ResourceNotFound => -32001,
            Self::Pruned => 4444,
            Self::TimedOut => -32002,
            Self::TransactionRejected => -32003,
            Self::NotSupported => -32004,
            Self::LimitExceeded => -32005,
            Self::TooManySubscriptions => TOO_MANY_SUBSCRIPTIONS_CODE,
            Self::OversizedRequest => OVERSIZED_REQUEST_CODE,
            Self::OversizedResponse => OVERSIZED_RESPONSE_CODE,
            Self::Busy => SERVER_IS_BUSY_CODE,
            Self::OversizedBatch => TOO_BIG_BATCH_REQUEST_CODE,
            Self::OversizedBatchResponse => TOO_BIG_BATCH_RESPONSE_CODE,
        }
    }

    /// An error object with this code, and without data.
    pub fn object(self, message: impl Display) -> ErrorObjectOwned {
        ErrorObjectOwned::owned(self.code(), message.to_string(), None::<()>)
    }
}

/// With a code that one method alone has.
pub(crate) fn with_code(code: i32, message: impl Display) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(code, message.to_string(), None::<()>)
}

/// The parameters are not those of the method.
pub fn invalid_params(message: impl Display) -> ErrorObjectOwned {
    RpcErrorCode::InvalidParams.object(message)
}

/// The call cannot be answered as it stands.
pub fn server_error(message: impl Display) -> ErrorObjectOwned {
    RpcErrorCode::Server.object(message)
}

/// What was asked for is not there.
pub fn resource_not_found(message: impl Display) -> ErrorObjectOwned {
    RpcErrorCode::ResourceNotFound.object(message)
}

/// The pool does not take the transaction for want of room.
pub fn transaction_rejected(message: impl Display) -> ErrorObjectOwned {
    RpcErrorCode::TransactionRejected.object(message)
}

/// The method exists, but not in this node.
pub fn not_supported(message: impl Display) -> ErrorObjectOwned {
    RpcErrorCode::NotSupported.object(message)
}

/// The caller asks for more than it gets.
pub fn limit_exceeded(message: impl Display) -> ErrorObjectOwned {
    RpcErrorCode::LimitExceeded.object(message)
}

/// The call took longer than it may.
pub fn timed_out() -> ErrorObjectOwned {
    RpcErrorCode::TimedOut.object("request timed out")
}

/// The node has too much to do.
pub fn busy() -> ErrorObjectOwned {
    RpcErrorCode::Busy.object("server is busy, try again later")
}

/// The execution was reverted: `reason` is what can be read in `output`, which is what it returned.
pub fn reverted(reason: Option<&str>, output: &Bytes) -> ErrorObjectOwned {
    let message = reason.map_or_else(
        || "execution reverted".to_owned(),
        |reason| format!("execution reverted: {reason}"),
    );
    let data = hex::encode_prefixed(output);
    ErrorObjectOwned::owned(RpcErrorCode::Reverted.code(), message, Some(data))
}

/// The node failed. The log says why; the caller, who can do nothing about it, is not told.
pub fn internal(err: &dyn Error) -> ErrorObjectOwned {
    error!(target: "rpc::call", err = %chain(err), "a call failed inside the node");
    RpcErrorCode::Internal.object(INTERNAL_ERROR_MSG)
}

/// The node failed to do what its operator asked for, and the operator is told why.
pub fn failed_to(action: impl Display, err: &dyn Error) -> ErrorObjectOwned {
    RpcErrorCode::Internal.object(format_args!("Failed to {action}: {}", chain(err)))
}

/// An error and its causes, in one line.
fn chain(err: &dyn Error) -> String {
    let mut text = err.to_string();
    let mut source = err.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, io};
    use thiserror::Error;

    #[derive(Debug, Error)]
    #[error("head 7 cannot be read")]
    struct Outer(#[source] io::Error);

    fn failure() -> Outer {
        Outer(io::Error::other("disk on fire"))
    }

    #[test]
    fn codes_differ() {
        let codes: BTreeSet<_> = RpcErrorCode::ALL.iter().map(|code| code.code()).collect();
        assert_eq!(codes.len(), RpcErrorCode::ALL.len());
    }

    #[test]
    fn a_revert_carries_what_was_returned() {
        let err = reverted(Some("too low"), &Bytes::from_static(&[0xab, 0]));
        assert_eq!(
            serde_json::to_string(&err).unwrap(),
            r#"{"code":3,"message":"execution reverted: too low","data":"0xab00"}"#
        );
        let bare = reverted(None, &Bytes::new());
        assert_eq!(
            serde_json::to_string(&bare).unwrap(),
            r#"{"code":3,"message":"execution reverted","data":"0x"}"#
        );
    }

    #[test]
    fn an_internal_failure_keeps_its_cause_from_the_caller() {
        let err = internal(&failure());
        assert_eq!((err.code(), err.message()), (-32603, "Internal error"));
    }

    #[test]
    fn the_operator_learns_every_cause() {
        let err = failed_to("stop the sequencer", &failure());
        assert_eq!(err.code(), -32603);
        assert_eq!(
            err.message(),
            "Failed to stop the sequencer: head 7 cannot be read: disk on fire"
        );
    }
}
