//! From the state of a node to the answers of the probes.

use super::types::{
    Health, HealthReason, L1State, MAX_LOOP_AGE, ReadinessLimits, Role, SequencerState,
};

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
    reasons.extend(l1(health).filter(|_| is_held_by_l1(health)));
    reasons
}

/// What is wrong with the L1.
fn l1(health: &Health) -> Option<HealthReason> {
    match health.l1.as_ref()?.state {
        L1State::Synced => None,
        L1State::Unreachable => Some(HealthReason::L1Unreachable),
        L1State::Syncing => Some(HealthReason::L1Syncing),
        L1State::Stale => Some(HealthReason::L1Stale),
        L1State::Faulty => Some(HealthReason::L1Faulty),
    }
}

/// Whether the L1 keeps the node from what it is for: before it was followed up to its head, and, if
/// the operator wants that, while nothing new of it is known.
fn is_held_by_l1(health: &Health) -> bool {
    let is_sequencer = health.role == Role::Sequencer;
    health.l1.as_ref().is_some_and(|l1| !l1.is_synced || (l1.holds_blocks && is_sequencer))
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
    reasons.extend(l1(health).filter(|_| is_held_by_l1(health)));
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
    if let Some(reason) = l1(health).filter(|reason| !reasons.contains(reason)) {
        reasons.push(reason);
    }
    reasons
}
