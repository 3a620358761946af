//! Methods of `rollupNodeAdmin`.

use super::{
    control::{SequencerControl, SequencerFailure},
    l1::{L1Control, NoL1},
    status::BlockRef,
};
use crate::{api::RollupNodeAdminApiServer, error::failed_to};
use alloy_primitives::B256;
use jsonrpsee::{
    core::{RpcResult, async_trait},
    types::ErrorObjectOwned,
};
use std::sync::Arc;
use thiserror::Error;
use tracing::{error, info};

/// Methods of `rollupNodeAdmin`.
#[derive(Clone, Debug)]
pub struct RollupNodeAdminRpc {
    sequencer: Option<Arc<dyn SequencerControl>>,
    l1: Option<Arc<dyn L1Control>>,
}

#[derive(Debug, Error)]
#[error("this node has no sequencer")]
struct NoSequencer;

impl RollupNodeAdminRpc {
    /// The methods of a node with this sequencer, or without.
    pub const fn new(sequencer: Option<Arc<dyn SequencerControl>>) -> Self {
        Self { sequencer, l1: None }
    }

    /// The methods of a node that follows L1 like this, or not.
    #[must_use]
    pub fn with_l1(mut self, l1: Option<Arc<dyn L1Control>>) -> Self {
        self.l1 = l1;
        self
    }

    fn sequencer(&self, action: &str) -> RpcResult<&Arc<dyn SequencerControl>> {
        self.sequencer.as_ref().ok_or_else(|| failed_to(action, &NoSequencer))
    }

    /// The one to switch, if there is one.
    fn switched(&self, action: &str) -> Option<&Arc<dyn SequencerControl>> {
        if self.sequencer.is_none() {
            error!(target: "rpc::admin", action, "this node has no sequencer; start it with --sequencer.enabled");
        }
        self.sequencer.as_ref()
    }
}

fn outcome<T>(action: &str, result: Result<T, SequencerFailure>) -> RpcResult<T> {
    match &result {
        Ok(_) => info!(target: "rpc::admin", action, "did what the operator asked for"),
        Err(err) => {
            error!(target: "rpc::admin", action, %err, "cannot do what the operator asked for")
        }
    }
    result.map_err(|err| failure(action, &err))
}

fn failure(action: &str, err: &SequencerFailure) -> ErrorObjectOwned {
    failed_to(action, &**err)
}

#[async_trait]
impl RollupNodeAdminApiServer for RollupNodeAdminRpc {
    async fn enable_automatic_sequencing(&self) -> RpcResult<bool> {
        let action = "enable automatic sequencing";
        let Some(sequencer) = self.switched(action) else { return Ok(false) };
        outcome(action, sequencer.enable().await)
    }

    async fn disable_automatic_sequencing(&self) -> RpcResult<bool> {
        let action = "disable automatic sequencing";
        let Some(sequencer) = self.switched(action) else { return Ok(false) };
        outcome(action, sequencer.disable().await)
    }

    async fn start_sequencer(&self, expected_hash: B256) -> RpcResult<bool> {
        let action = "start the sequencer";
        outcome(action, self.sequencer(action)?.start(expected_hash).await).map(|()| true)
    }

    async fn stop_sequencer(&self) -> RpcResult<BlockRef> {
        let action = "stop the sequencer";
        outcome(action, self.sequencer(action)?.stop().await)
    }

    async fn build_block(&self) -> RpcResult<bool> {
        let action = "build a block";
        outcome(action, self.sequencer(action)?.build_block().await).map(|()| true)
    }

    async fn revert_to_l1_block(&self, l1_block_number: u64) -> RpcResult<bool> {
        let action = "revert to L1 block";
        let l1 = self.l1.as_ref().ok_or_else(|| failed_to(action, &NoL1))?;
        outcome(action, l1.revert_to(l1_block_number).await).map(|()| true)
    }
}
