//! From the state of a node to the answers of the probes.

use super::types::{Health, HealthReason, MAX_LOOP_AGE, ReadinessLimits, Role, SequencerState};

/// Why the process should be restarted.
pub(super) fn liveness(health: &Health) -> Vec<HealthReason> {
    let stalled = health.loop_age > MAX_LOOP_AGE;
    stalled.then_some(HealthReason::LoopStalled { age: health.loop_age }).into_iter().collect()
}

/// Why no user should be sent here.
pub(super) fn readiness(health: &Health, limits: ReadinessLimits) -> Vec<HealthReason> {
    let mut reasons = liveness(health);
    if !health.is_serving {
        reasons.push(HealthReason::NotServing);
    }
    if !health.is_l2_synced {
        reasons.push(HealthReason::L2Syncing);
    }
    let age = health.head_age;
    if let Some(limit) = limits.max_head_lag.filter(|limit| age > *limit) {
        reasons.push(HealthReason::HeadLag { age, limit });
    }
    // A node without network and L1 (both none) is not expected to follow anything.
    if health.role == Role::Follower && health.peers == Some(0) && health.l1.is_none() {
        reasons.push(HealthReason::NoBlockSource);
    }
    reasons
}

/// Why this is not the node that makes blocks.
pub(super) fn sequencing(health: &Health) -> Vec<HealthReason> {
    let mut reasons = liveness(health);
    let Some(sequencer) = health.sequencer else {
        reasons.push(HealthReason::NoSequencer);
        return reasons;
    };
    match sequencer.state {
        SequencerState::Active => {}
        SequencerState::Stopped => reasons.push(HealthReason::SequencerStopped),
        SequencerState::Failed => reasons.push(HealthReason::SequencerFailed),
    }
    if !sequencer.is_authorized {
        reasons.push(HealthReason::NotAuthorized);
    }
    reasons
}

/// Everything that an operator should know: what keeps the node from being ready, and what keeps it
/// from its role.
pub(super) fn all(health: &Health, limits: ReadinessLimits) -> Vec<HealthReason> {
    let mut reasons = readiness(health, limits);
    if health.role == Role::Sequencer {
        let known = reasons.clone();
        reasons.extend(sequencing(health).into_iter().filter(|reason| !known.contains(reason)));
    }
    if health.l1.is_some_and(|l1| !l1.is_synced) {
        reasons.push(HealthReason::L1Syncing);
    }
    reasons
}
