//! The sequencer of this node, as [`SequencerControl`].

use super::{
    control::{SequencerControl, SequencerFailure, SequencerReport, SequencerState},
    status::BlockRef,
};
use alloy_primitives::B256;
use futures::{FutureExt, future::BoxFuture};
use rollup_sequencer::{SequencerHandle, SequencerState as State, SequencerStatus, SlotHistory};

impl SequencerControl for SequencerHandle {
    fn enable(&self) -> BoxFuture<'_, Result<bool, SequencerFailure>> {
        async { Ok(Self::enable(self).await?) }.boxed()
    }

    fn disable(&self) -> BoxFuture<'_, Result<bool, SequencerFailure>> {
        async { Ok(Self::disable(self).await?) }.boxed()
    }

    fn start(&self, expected_head: B256) -> BoxFuture<'_, Result<(), SequencerFailure>> {
        async move { Ok(Self::start(self, expected_head).await?) }.boxed()
    }

    fn stop(&self) -> BoxFuture<'_, Result<BlockRef, SequencerFailure>> {
        async { Ok(Self::stop(self).await?.into()) }.boxed()
    }

    fn build_block(&self) -> BoxFuture<'_, Result<(), SequencerFailure>> {
        async { Ok(Self::build_block(self).await?) }.boxed()
    }

    fn report(&self) -> SequencerReport {
        self.status().into()
    }

    fn slots(&self) -> Option<&SlotHistory> {
        Some(Self::slots(self))
    }
}

impl From<SequencerStatus> for SequencerReport {
    fn from(status: SequencerStatus) -> Self {
        Self {
            state: status.state.into(),
            enabled: status.is_enabled,
            last_block: status.last_block.map(BlockRef::from),
            last_block_at: status.last_block_at.map(|at| at.as_secs()),
            consecutive_failures: status.consecutive_failures,
            reasons: status.health_reasons.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<State> for SequencerState {
    fn from(state: State) -> Self {
        match state {
            State::Disabled => Self::Disabled,
            State::WaitingForSync => Self::WaitingForSync,
            State::NotAuthorized => Self::NotAuthorized,
            State::L1Stale => Self::L1Stale,
            State::Idle => Self::Idle,
            State::Building => Self::Building,
            State::Signing => Self::Signing,
            State::Failed(_) => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_eips::BlockNumHash;
    use rollup_sequencer::{HealthReason, StopReason};
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn a_report_says_what_the_sequencer_knows() {
        let stopped = StopReason::HeightTaken { number: 8 };
        let status = SequencerStatus {
            state: State::Failed(stopped),
            is_enabled: true,
            last_block: Some(BlockNumHash::new(7, B256::ZERO)),
            last_block_at: Some(Duration::from_millis(1_500)),
            consecutive_failures: 2,
            health_reasons: vec![HealthReason::Stopped(stopped)],
        };
        let report = serde_json::to_value(SequencerReport::from(status)).unwrap();
        let expected = json!({
            "state": "failed",
            "enabled": true,
            "last_block": { "number": 7, "hash": B256::ZERO },
            "last_block_at": 1,
            "consecutive_failures": 2,
            "reasons": [HealthReason::Stopped(stopped).to_string()],
        });
        assert_eq!(report, expected);
    }

    #[test]
    fn states_have_the_names_the_sequencer_logs() {
        for state in [
            State::Disabled,
            State::WaitingForSync,
            State::NotAuthorized,
            State::L1Stale,
            State::Idle,
            State::Building,
            State::Signing,
            State::Failed(StopReason::EngineStopped),
        ] {
            let name = serde_json::to_value(SequencerState::from(state)).unwrap();
            assert_eq!(name, state.to_string());
        }
    }
}
