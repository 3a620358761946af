//! How an endpoint does: no clock, no I/O.

use crate::{
    L1EndpointState, L1Header,
    config::{
        DISTRUST_TIME, FIRST_PAUSE, LAGGING_PAUSE, LONGEST_PAUSE, MAX_LATE, PROBE_PAUSE,
        WRONG_CHAIN_PAUSE,
    },
};
use std::{fmt, time::Duration};

/// How an endpoint does.
#[derive(Debug, Default)]
pub(crate) struct Health {
    circuit: Circuit,
    /// As it said last. `None` since it could not be reached: it may be another one now.
    checked_chain_id: Option<u64>,
    pub(crate) chain_id: Option<u64>,
    is_wrong_chain: bool,
    /// The newest block that it was seen to have, and when.
    pub(crate) head: Option<(L1Header, Duration)>,
    pub(crate) lag: Option<u64>,
    is_lagging: bool,
    /// It may lag: it is to be looked at now.
    pub(crate) is_suspect: bool,
    pub(crate) latency: Option<Duration>,
    last_latency: Duration,
    /// How often in a row another endpoint answered earlier.
    late: u32,
    distrusted_until: Option<Duration>,
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    pub(crate) last_error: Option<String>,
    pub(crate) lacks: Lacks,
}

/// What an endpoint was seen not to offer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lacks {
    pub(crate) batches: bool,
    pub(crate) receipts: bool,
    pub(crate) block_hashes: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Circuit {
    #[default]
    Unprobed,
    Closed,
    /// It failed so often in a row, or was late.
    Open {
        failures: u32,
        pause: Duration,
        is_late: bool,
    },
}

/// What the others say of the newest block of an endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// How far it is behind the best one on the same fork. `None` if there is none on that.
    pub(crate) lag: Option<u64>,
    /// How many are on the same fork.
    pub(crate) agree: usize,
    /// How many are on another.
    pub(crate) conflict: usize,
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lag {
            Some(lag) => write!(f, "it is {lag} blocks behind")?,
            None => f.write_str("nobody is known to be on its fork")?,
        }
        write!(f, "; {} others are on its fork, {} on another", self.agree, self.conflict)
    }
}

impl Health {
    pub(crate) const fn state(&self) -> L1EndpointState {
        match self.circuit {
            _ if self.is_wrong_chain => L1EndpointState::WrongChain,
            Circuit::Unprobed => L1EndpointState::Unprobed,
            Circuit::Open { .. } => L1EndpointState::Failing,
            Circuit::Closed if self.is_lagging => L1EndpointState::Lagging,
            Circuit::Closed => L1EndpointState::Healthy,
        }
    }

    pub(crate) const fn is_chain_checked(&self) -> bool {
        self.checked_chain_id.is_some()
    }

    pub(crate) fn is_distrusted(&self, now: Duration) -> bool {
        self.distrusted_until.is_some_and(|until| now < until)
    }

    /// How long it is left alone before it is looked at again.
    pub(crate) const fn pause(&self) -> Duration {
        match (self.state(), self.circuit) {
            (L1EndpointState::WrongChain, _) => WRONG_CHAIN_PAUSE,
            (_, Circuit::Open { pause, .. }) => pause,
            _ if self.is_suspect => Duration::ZERO,
            (L1EndpointState::Lagging, _) => LAGGING_PAUSE,
            _ => PROBE_PAUSE,
        }
    }

    /// It says which chain it serves. Gives whether that is the right one.
    pub(crate) fn serves(&mut self, chain_id: u64, expected: Option<u64>) -> bool {
        self.chain_id = Some(chain_id);
        self.is_wrong_chain = expected.is_some_and(|expected| chain_id != expected);
        self.checked_chain_id = (!self.is_wrong_chain).then_some(chain_id);
        !self.is_wrong_chain
    }

    pub(crate) const fn forget_chain(&mut self) {
        self.checked_chain_id = None;
    }

    /// The connection took so long to answer.
    pub(crate) fn took(&mut self, latency: Duration) {
        self.last_latency = latency;
        self.latency = Some(match self.latency {
            None => latency,
            // A fifth of the new one: a mean of about the last five.
            Some(mean) => (mean * 4 + latency) / 5,
        });
    }

    /// It gave an answer that can be used.
    pub(crate) fn succeeded(&mut self, hedge_after: Duration) {
        // One that was too late is back when it is in time, not when it answers at all.
        if matches!(self.circuit, Circuit::Open { is_late: true, .. })
            && self.last_latency >= hedge_after
        {
            return;
        }
        self.circuit = Circuit::Closed;
        self.late = 0;
    }

    /// It did not. `random`, from 0 to 1, is what the pause is spread by.
    pub(crate) fn failed(&mut self, random: f64) {
        self.open(random, false);
        // Whatever is there when it is back: a node that was replaced, or given new settings.
        self.checked_chain_id = None;
        self.lacks = Lacks::default();
    }

    /// Another endpoint answered earlier. Gives whether that is once too often.
    pub(crate) fn was_late(&mut self, random: f64) -> bool {
        self.late = self.late.saturating_add(1);
        let is_too_often = self.late >= MAX_LATE && self.circuit == Circuit::Closed;
        if is_too_often {
            self.open(random, true);
        }
        is_too_often
    }

    fn open(&mut self, random: f64, is_late: bool) {
        let failures = match self.circuit {
            Circuit::Open { failures, .. } => failures.saturating_add(1),
            Circuit::Unprobed | Circuit::Closed => 1,
        };
        let doublings = failures.saturating_sub(1).min(16);
        let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
        let pause = pause.saturating_add(pause.mul_f64(random.clamp(0.0, 1.0) / 2.0));
        self.circuit = Circuit::Open { failures, pause, is_late };
    }

    /// The others were asked about its newest block.
    pub(crate) const fn judge(&mut self, judgement: Judgement, max_lag: u64) {
        let Judgement { lag, agree, conflict } = judgement;
        self.lag = lag;
        let is_behind = matches!(lag, Some(lag) if lag > max_lag);
        // With itself, those on its fork are fewer.
        let is_outvoted = conflict > agree + 1;
        self.is_lagging = is_behind || is_outvoted;
        self.is_suspect = false;
    }

    pub(crate) const fn distrust(&mut self, now: Duration) {
        self.distrusted_until = Some(now.saturating_add(DISTRUST_TIME));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEDGE: Duration = Duration::from_secs(1);

    fn healthy() -> Health {
        let mut health = Health::default();
        assert!(health.serves(1, Some(1)));
        health.succeeded(HEDGE);
        health
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_begin_anew() {
        let mut health = healthy();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            health.failed(0.0);
            pauses.push(health.pause().as_secs());
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
        health.succeeded(HEDGE);
        assert_eq!(health.pause(), PROBE_PAUSE);
        health.failed(1.0);
        assert_eq!(health.pause(), Duration::from_millis(1500));
    }

    #[test]
    fn the_chain_is_checked_again_after_a_failure() {
        let mut health = healthy();
        health.failed(0.0);
        health.succeeded(HEDGE);
        assert!(!health.is_chain_checked());
        assert!(!health.serves(2, Some(1)));
        assert_eq!(health.state(), L1EndpointState::WrongChain);
        assert!(health.serves(1, Some(1)));
        assert_eq!(health.state(), L1EndpointState::Healthy);
    }

    #[test]
    fn one_that_is_late_again_and_again_is_back_when_it_is_in_time() {
        let mut health = healthy();
        assert!(!health.was_late(0.0) && !health.was_late(0.0));
        health.succeeded(HEDGE);
        assert!(!health.was_late(0.0) && !health.was_late(0.0), "only those in a row count");
        assert!(health.was_late(0.0));
        assert_eq!(health.state(), L1EndpointState::Failing);
        health.took(HEDGE);
        health.succeeded(HEDGE);
        assert_eq!(health.state(), L1EndpointState::Failing);
        health.took(HEDGE / 2);
        health.succeeded(HEDGE);
        assert_eq!(health.state(), L1EndpointState::Healthy);
    }

    #[test]
    fn behind_by_more_than_allowed_or_outvoted_is_lagging() {
        let mut health = healthy();
        let mut judged = |lag, agree, conflict| {
            health.judge(Judgement { lag, agree, conflict }, 4);
            health.state()
        };
        assert_eq!(judged(Some(4), 1, 0), L1EndpointState::Healthy);
        assert_eq!(judged(Some(5), 1, 0), L1EndpointState::Lagging);
        assert_eq!(judged(None, 0, 1), L1EndpointState::Healthy, "one against one says nothing");
        assert_eq!(judged(None, 0, 2), L1EndpointState::Lagging);
        assert_eq!(judged(Some(0), 1, 2), L1EndpointState::Healthy);
    }

    #[test]
    fn the_mean_latency_follows_the_last_ones() {
        let mut health = healthy();
        health.took(Duration::from_millis(100));
        health.took(Duration::from_millis(200));
        assert_eq!(health.latency, Some(Duration::from_millis(120)));
    }
}
