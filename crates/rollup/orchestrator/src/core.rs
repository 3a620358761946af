//! What follows from L1: values in, values out, neither clock nor I/O.

use crate::{
    config::{L1StalePolicy, OrchestratorConfig, SignerRule},
    signers::{L1Point, SignerChange, SignerSchedule},
};
use alloy_primitives::{Address, B256};
use rollup_l1::{L1BlockRef, L1Notification, L1WatcherStatus};
use rollup_sequencer::{L1Gate, SyncState};

impl From<L1BlockRef> for L1Point {
    fn from(block: L1BlockRef) -> Self {
        Self { number: block.number, timestamp: block.timestamp }
    }
}

/// What is known of L1, and what follows.
#[derive(Debug)]
pub(crate) struct Core {
    config: OrchestratorConfig,
    schedule: SignerSchedule,
    /// Block at which the contract was read last. A reading that is told again is no reading.
    read_at: Option<B256>,
    is_synced: bool,
    is_stale: bool,
    has_fault: bool,
}

/// Something to be told once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    Signer(SignerChange),
    Synced(bool),
    Stale(bool),
    Fault(bool),
}

impl Core {
    /// Nothing is known yet.
    pub(crate) const fn new(config: OrchestratorConfig) -> Self {
        Self {
            config,
            schedule: SignerSchedule::new(config.signer_grace_blocks),
            read_at: None,
            is_synced: false,
            is_stale: false,
            has_fault: false,
        }
    }

    /// Takes note of how the watcher is. What it told before must be taken note of before.
    pub(crate) fn follow_status(&mut self, status: &L1WatcherStatus) -> Vec<Note> {
        let mut notes = Vec::new();
        notes.extend(self.follow_signer(status).map(Note::Signer));
        // Without the signer a sequencer does not know whether it may make blocks.
        let is_synced = status.is_synced && self.knows_signer();
        for (known, now, note) in [
            (&mut self.is_synced, is_synced, Note::Synced as fn(bool) -> Note),
            (&mut self.is_stale, status.is_stale, Note::Stale),
            (&mut self.has_fault, status.fault.is_some(), Note::Fault),
        ] {
            if std::mem::replace(known, now) != now {
                notes.push(note(now));
            }
        }
        notes
    }

    /// Takes note of what happened on L1.
    pub(crate) fn follow(&mut self, notification: &L1Notification) -> Option<Note> {
        if self.config.signers != SignerRule::SystemContract {
            return None;
        }
        match *notification {
            L1Notification::Reorg { to, .. } => {
                self.schedule.reorg(to);
                None
            }
            L1Notification::SignerUpdated { signer, l1_block } => {
                self.schedule.updated(l1_block.into(), signer).map(Note::Signer)
            }
            _ => None,
        }
    }

    fn follow_signer(&mut self, status: &L1WatcherStatus) -> Option<SignerChange> {
        if self.config.signers != SignerRule::SystemContract {
            return None;
        }
        let (signer, at) = (status.signer?, status.signer_l1_block?);
        if self.read_at.replace(at.hash) == Some(at.hash) {
            return None;
        }
        self.schedule.read(at.into(), signer)
    }

    fn knows_signer(&self) -> bool {
        match self.config.signers {
            SignerRule::Anybody | SignerRule::Fixed(_) => true,
            SignerRule::SystemContract => self.schedule.current().is_some(),
        }
    }

    pub(crate) const fn schedule(&self) -> &SignerSchedule {
        &self.schedule
    }

    /// Nobody but the watcher is waited for.
    pub(crate) const fn sync(&self) -> SyncState {
        SyncState { l1_synced: self.is_synced, l2_synced: true }
    }

    /// The authorized signer; `None` if anybody may sign, or while it is not known.
    pub(crate) fn authorized_signer(&self) -> Option<Address> {
        match self.config.signers {
            SignerRule::Anybody => None,
            SignerRule::Fixed(signer) => Some(signer),
            SignerRule::SystemContract => self.schedule.current(),
        }
    }

    pub(crate) const fn gate(&self) -> L1Gate {
        match self.config.stale_policy {
            _ if !self.is_stale => L1Gate::Open,
            L1StalePolicy::Continue => L1Gate::Open,
            L1StalePolicy::Limit { max_unsafe_blocks } => L1Gate::Limited { max_unsafe_blocks },
            L1StalePolicy::Stop => L1Gate::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rollup_l1::L1Fault;
    use rstest::rstest;

    const A: Address = Address::repeat_byte(0xa);
    const B: Address = Address::repeat_byte(0xb);

    /// A block of the fork with this salt.
    fn block(number: u64, salt: u8) -> L1BlockRef {
        let mut hash = B256::repeat_byte(salt);
        hash.0[..8].copy_from_slice(&number.to_be_bytes());
        L1BlockRef { number, hash, timestamp: 1000 + 12 * number }
    }

    fn core(signers: SignerRule, stale_policy: L1StalePolicy) -> Core {
        Core::new(OrchestratorConfig { signers, stale_policy, ..OrchestratorConfig::default() })
    }

    fn status(signer: Address, at: L1BlockRef) -> L1WatcherStatus {
        L1WatcherStatus {
            is_synced: true,
            latest: Some(at),
            signer: Some(signer),
            signer_l1_block: Some(at),
            ..L1WatcherStatus::default()
        }
    }

    #[test]
    fn l1_is_synced_when_the_watcher_is_and_the_signer_is_known() {
        let mut core = core(SignerRule::SystemContract, L1StalePolicy::Continue);
        let unread = L1WatcherStatus { is_synced: true, ..L1WatcherStatus::default() };
        assert_eq!(core.follow_status(&unread), []);
        assert!(!core.sync().l1_synced, "anybody would be authorized");
        assert_eq!(core.authorized_signer(), None);
        let change = SignerChange { from: None, to: A, l1_block: 100 };
        let notes = core.follow_status(&status(A, block(100, 0)));
        assert_eq!(notes, [Note::Signer(change), Note::Synced(true)]);
        assert!(core.sync().is_synced());
        assert_eq!(core.authorized_signer(), Some(A));
        // The operator has L1 read anew.
        let back = L1WatcherStatus { is_synced: false, ..status(A, block(101, 0)) };
        assert_eq!(core.follow_status(&back), [Note::Synced(false)]);
        assert!(!core.sync().l1_synced);
        assert_eq!(core.authorized_signer(), Some(A), "it is still known");
    }

    #[rstest]
    #[case::anybody(SignerRule::Anybody, None)]
    #[case::fixed(SignerRule::Fixed(B), Some(B))]
    fn a_rule_that_is_not_l1s_needs_no_l1(
        #[case] rule: SignerRule,
        #[case] signer: Option<Address>,
    ) {
        let mut core = core(rule, L1StalePolicy::Continue);
        assert_eq!(core.authorized_signer(), signer, "from the start");
        assert_eq!(core.follow_status(&status(A, block(100, 0))), [Note::Synced(true)]);
        let update = L1Notification::SignerUpdated { signer: A, l1_block: block(101, 0) };
        assert_eq!(core.follow(&update), None);
        assert_eq!(core.authorized_signer(), signer);
    }

    #[test]
    fn a_reading_that_is_told_again_confirms_nothing() {
        let mut core = core(SignerRule::SystemContract, L1StalePolicy::Continue);
        core.follow_status(&status(A, block(100, 0)));
        core.follow_status(&status(B, block(105, 0)));
        core.follow(&L1Notification::Reorg { to: 103, depth: 2 });
        // Something else of the status changed.
        let same = L1WatcherStatus { processed: Some(103), ..status(B, block(105, 0)) };
        assert_eq!(core.follow_status(&same), []);
        core.follow_status(&status(A, block(106, 1)));
        assert_eq!(core.authorized_signer(), Some(A));
        assert!(!core.schedule().permits(B, 0), "it was never the signer");
    }

    #[rstest]
    #[case::goes_on(L1StalePolicy::Continue, L1Gate::Open)]
    #[case::a_limit(
        L1StalePolicy::Limit { max_unsafe_blocks: 7 },
        L1Gate::Limited { max_unsafe_blocks: 7 }
    )]
    #[case::stops(L1StalePolicy::Stop, L1Gate::Closed)]
    fn a_stale_l1_lets_the_sequencer_do_what_the_policy_says(
        #[case] policy: L1StalePolicy,
        #[case] gate: L1Gate,
    ) {
        let mut core = core(SignerRule::Anybody, policy);
        core.follow_status(&status(A, block(100, 0)));
        assert_eq!(core.gate(), L1Gate::Open);
        let stale = L1WatcherStatus { is_stale: true, ..status(A, block(100, 0)) };
        assert_eq!(core.follow_status(&stale), [Note::Stale(true)]);
        assert_eq!(core.gate(), gate);
        assert!(core.sync().is_synced(), "the policy alone decides");
        assert_eq!(core.follow_status(&status(A, block(101, 0))), [Note::Stale(false)]);
        assert_eq!(core.gate(), L1Gate::Open);
    }

    #[test]
    fn a_fault_is_told_once() {
        let mut core = core(SignerRule::Anybody, L1StalePolicy::Continue);
        let fault = Some(L1Fault::ReorgBelowFinalized { finalized: 7 });
        let faulty = L1WatcherStatus { fault, ..L1WatcherStatus::default() };
        assert_eq!(core.follow_status(&faulty), [Note::Fault(true)]);
        assert_eq!(core.follow_status(&faulty), []);
        assert_eq!(core.follow_status(&L1WatcherStatus::default()), [Note::Fault(false)]);
    }
}
