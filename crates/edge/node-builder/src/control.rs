//! The sequencer, as the RPC methods see it.

use alloy_primitives::B256;
use futures::future::{BoxFuture, FutureExt as _};
use rollup_rpc::{
    BlockRef, SequencerControl, SequencerFailure, SequencerReport, SequencerState as RpcState,
};
use rollup_sequencer::{SequencerHandle, SequencerState};

/// The sequencer, as the RPC methods see it.
#[derive(Clone, Debug)]
pub(crate) struct Control(pub(crate) SequencerHandle);

impl SequencerControl for Control {
    fn enable(&self) -> BoxFuture<'_, Result<bool, SequencerFailure>> {
        self.0.enable().map(|done| Ok(done?)).boxed()
    }

    fn disable(&self) -> BoxFuture<'_, Result<bool, SequencerFailure>> {
        self.0.disable().map(|done| Ok(done?)).boxed()
    }

    fn start(&self, expected_head: B256) -> BoxFuture<'_, Result<(), SequencerFailure>> {
        self.0.start(expected_head).map(|done| Ok(done?)).boxed()
    }

    fn stop(&self) -> BoxFuture<'_, Result<BlockRef, SequencerFailure>> {
        self.0.stop().map(|head| Ok(head?.into())).boxed()
    }

    fn build_block(&self) -> BoxFuture<'_, Result<(), SequencerFailure>> {
        self.0.build_block().map(|done| Ok(done?)).boxed()
    }

    fn report(&self) -> SequencerReport {
        let status = self.0.status();
        SequencerReport {
            state: match status.state {
                SequencerState::Disabled => RpcState::Disabled,
                SequencerState::WaitingForSync => RpcState::WaitingForSync,
                SequencerState::NotAuthorized => RpcState::NotAuthorized,
                SequencerState::Idle => RpcState::Idle,
                SequencerState::Building => RpcState::Building,
                SequencerState::Signing => RpcState::Signing,
                SequencerState::Failed(_) => RpcState::Failed,
            },
            enabled: status.is_enabled,
            last_block: status.last_block.map(BlockRef::from),
            last_block_at: status.last_block_at.map(|at| at.as_secs()),
            consecutive_failures: status.consecutive_failures,
            reasons: status.health_reasons.iter().map(ToString::to_string).collect(),
        }
    }
}
