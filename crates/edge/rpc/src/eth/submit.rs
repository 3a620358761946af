//! Transactions on their way into the pool, and on to the node that makes blocks.

use super::{EthRpc, error::EthError};
use crate::error::{busy, server_error};
use alloy_primitives::{B256, Bytes, keccak256};
use hyper::{HeaderMap, header::HeaderValue};
use jsonrpsee::{Extensions, core::RpcResult, types::ErrorObjectOwned};
use rollup_forward::{ForwardError, Forwarder, VIA_HEADER, Via};
use rollup_txpool::{PoolError, TransactionOrigin};
use tracing::warn;

/// The header that names the nodes that forwarded a request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct ForwardedBy(HeaderValue);

impl ForwardedBy {
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        headers.get(VIA_HEADER).cloned().map(Self)
    }
}

/// The nodes that a call came through.
fn via(extensions: &Extensions) -> RpcResult<Via> {
    let Some(ForwardedBy(header)) = extensions.get() else { return Ok(Via::default()) };
    let text = header.to_str().unwrap_or_default();
    text.parse().map_err(server_error)
}

impl EthRpc {
    /// Takes a transaction of a user into the pool, and forwards it where this node does.
    ///
    /// # Errors
    /// Why the pool, or the sequencer, does not take it.
    pub(crate) async fn submit(&self, raw: Bytes, extensions: &Extensions) -> RpcResult<B256> {
        match self.forwarder.as_ref().filter(|forwarder| forwarder.is_needed()) {
            Some(forwarder) => self.submit_and_forward(raw, &via(extensions)?, forwarder).await,
            None => {
                let added = self.pool.add_raw(raw, TransactionOrigin::Local).await;
                Ok(added.map_err(EthError::Pool)?)
            }
        }
    }

    async fn submit_and_forward(
        &self,
        raw: Bytes,
        via: &Via,
        forwarder: &Forwarder,
    ) -> RpcResult<B256> {
        if via.contains(forwarder.id()) {
            warn!(target: "rpc::forward", "a transaction that this node has forwarded came back; look at --network.sequencer-url of the nodes that it names");
            return Err(server_error("transactions are forwarded in a circle"));
        }
        let place = forwarder.reserve(raw.len()).map_err(forward_error)?;
        let hash = match self.pool.add_raw(raw.clone(), TransactionOrigin::Local).await {
            Ok(hash) => hash,
            Err(err @ PoolError::AlreadyKnown) => {
                let hash = keccak256(&raw);
                if forwarder.is_waiting(&hash) {
                    return Err(EthError::Pool(err).into());
                }
                // The sequencer may have lost it since.
                hash
            }
            Err(err) => return Err(EthError::Pool(err).into()),
        };
        // It may have left the pool already: into a block, or for a better one.
        let Some(transaction) = self.pool.get(&hash) else { return Ok(hash) };
        forwarder.forward(place, transaction, via).await.map_err(forward_error)?;
        Ok(hash)
    }
}

fn forward_error(err: ForwardError) -> ErrorObjectOwned {
    match err {
        ForwardError::Busy => busy(),
        ForwardError::Stopped => server_error(err),
        ForwardError::Refused(refusal) => {
            ErrorObjectOwned::owned(refusal.code, refusal.message.clone(), refusal.data.clone())
        }
    }
}
