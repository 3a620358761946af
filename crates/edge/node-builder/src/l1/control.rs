//! How the node follows L1, for JSON-RPC.

use super::NodeL1;
use futures::{FutureExt as _, future::BoxFuture};
use rollup_l1_client::{L1EndpointState, L1EndpointStatus};
use rollup_orchestrator::{L1Report, L1State};
use rollup_rpc::{L1Control, L1EndpointReport, L1EndpointState as Shown, L1Failure};
use std::time::Duration;

/// L1 of this node, as [`L1Control`].
#[derive(Clone, Debug)]
pub(crate) struct NodeL1Control(pub(crate) NodeL1);

impl L1Control for NodeL1Control {
    fn endpoints(&self) -> Vec<L1EndpointReport> {
        self.0.client.endpoints().into_iter().map(endpoint).collect()
    }

    fn reasons(&self) -> Vec<String> {
        reason(&self.0.orchestrator.report()).into_iter().collect()
    }

    fn revert_to(&self, l1_block_number: u64) -> BoxFuture<'_, Result<(), L1Failure>> {
        async move { Ok(self.0.watcher.revert_to(l1_block_number).await?) }.boxed()
    }
}

/// What an operator has to look at.
fn reason(report: &L1Report) -> Option<String> {
    let seconds = |age: Option<Duration>| age.unwrap_or_default().as_secs();
    match (report.state, report.fault) {
        (L1State::Synced, _) => None,
        (L1State::Fault, Some(fault)) => Some(format!("l1 faulty: {fault}")),
        (L1State::Fault, None) => Some("l1 faulty".to_owned()),
        (L1State::Unreachable, _) => Some("l1 unreachable: no endpoint answers".to_owned()),
        (L1State::Syncing, _) => Some("L1 is not synced".to_owned()),
        (L1State::Stale, _) => Some(format!(
            "l1 stale: its newest block is {} s old, and it was last read {} s ago",
            seconds(report.latest_age),
            seconds(report.progress_age)
        )),
    }
}

fn endpoint(status: L1EndpointStatus) -> L1EndpointReport {
    let latency_ms = status.latency.map(|latency| latency.as_millis());
    L1EndpointReport {
        url: status.url,
        preferred: status.is_preferred,
        state: match status.state {
            L1EndpointState::Healthy => Shown::Healthy,
            L1EndpointState::Lagging => Shown::Lagging,
            L1EndpointState::Failing => Shown::Failing,
            L1EndpointState::WrongChain => Shown::WrongChain,
            L1EndpointState::Unprobed => Shown::Unprobed,
        },
        chain_id: status.chain_id,
        latest: status.latest,
        lag: status.lag,
        latency_ms: latency_ms.map(|ms| u64::try_from(ms).unwrap_or(u64::MAX)),
        requests: status.requests,
        errors: status.errors,
        distrusted: status.distrusted,
        last_error: status.last_error,
    }
}
