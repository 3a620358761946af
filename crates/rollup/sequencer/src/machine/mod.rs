//! What the sequencer decides: values in, decisions out, neither clock nor I/O.

mod phase;
#[cfg(test)]
mod properties;
mod slots;
#[cfg(test)]
mod tests;

use crate::{
    event::SkipReason,
    gate::L1Gate,
    status::{SequencerState, Stage, StopReason, SyncState},
};
use alloy_eips::BlockNumHash;
use phase::{Building, Phase};
use slots::Slots;
use std::time::Duration;

/// What does not change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// From one slot to the next.
    pub(crate) block_time: Duration,
    /// From the start of a slot until its block takes no more transactions.
    pub(crate) building: Duration,
    /// Whether a block without transactions is kept.
    pub(crate) allow_empty: bool,
    /// Failures in a row after which it stops; 0 is like 1.
    pub(crate) max_failures: u32,
}

/// What the machine is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// Time went by.
    Tick,
    Enable,
    Disable,
    /// A block now, whatever the slots.
    BuildNow,
    /// No more blocks; what is being signed is finished.
    Shutdown,
    Sync(SyncState),
    /// Whether the signer is the authorized one.
    Authorized(bool),
    Head(BlockNumHash),
    /// Number of the safe block.
    Safe(u64),
    /// What the state of L1 lets it do.
    Gate(L1Gate),
    /// The latest L1 block.
    L1Latest(Option<u64>),
    /// The job asked for by [`Action::Begin`] is there.
    Started {
        parent: BlockNumHash,
        /// Highest L1 block that a message of the block comes from.
        l1_origin: Option<u64>,
    },
    /// Instead of a job, a block is there that was promised before and has no signature.
    Resumed,
    /// The job gave a block.
    Built {
        is_empty: bool,
    },
    /// The block is the head.
    Finished,
    /// The work in hand came to nothing.
    Failed(Failure),
}

/// Why work came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The head is not the parent of the block any more.
    HeadMoved,
    /// A message of the block is not on L1 any more.
    L1Reorg,
    /// Something failed that may work the next time.
    Once(Stage),
    /// There is no point in a next time.
    ForGood(StopReason),
}

/// What is to be done, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Start a job, or resume what was promised. Answered by [`Input::Started`],
    /// [`Input::Resumed`] or [`Input::Failed`].
    Begin {
        /// Whether there may be a block that was promised before.
        look_for_proposal: bool,
    },
    /// The job takes no more transactions.
    Seal,
    /// Sign the block and make it the head. Answered by [`Input::Finished`] or [`Input::Failed`].
    Finish,
    /// Give up the work in hand; it is not answered any more.
    Drop,
    /// Slots have no block.
    Skip { reason: SkipReason, slots: u64 },
    /// Say that sequencing stops.
    Stop(StopReason),
}

/// The state of the sequencer.
#[derive(Debug)]
pub(crate) struct Machine {
    rules: Rules,
    is_enabled: bool,
    is_closing: bool,
    sync: SyncState,
    is_authorized: bool,
    head: BlockNumHash,
    safe: u64,
    gate: L1Gate,
    l1_latest: Option<u64>,
    /// There are some while it is enabled, synchronized and has not stopped.
    slots: Option<Slots>,
    phase: Phase,
    /// Whether a block may have been promised that is not the head.
    may_have_promised: bool,
    failures: u32,
    stopped: Option<StopReason>,
}

impl Machine {
    /// A sequencer that is disabled.
    pub(crate) const fn new(
        rules: Rules,
        sync: SyncState,
        is_authorized: bool,
        head: BlockNumHash,
    ) -> Self {
        Self {
            rules,
            is_enabled: false,
            is_closing: false,
            sync,
            is_authorized,
            head,
            safe: 0,
            gate: L1Gate::Open,
            l1_latest: None,
            slots: None,
            phase: Phase::Idle,
            // By an earlier run.
            may_have_promised: true,
            failures: 0,
            stopped: None,
        }
    }

    /// Takes note of something that happened. `now` never goes back.
    pub(crate) fn on(&mut self, now: Duration, input: Input) -> Vec<Action> {
        let mut actions = Vec::new();
        // The slots that began until now were taken by the work in hand, even if it ends now.
        if self.is_busy() {
            self.pass_time(now, &mut actions);
        }
        self.apply(now, input, &mut actions);
        self.arm(now);
        self.pass_time(now, &mut actions);
        actions
    }

    /// When to tick next, if nothing else happens. After the time of the last input.
    pub(crate) fn next_wake(&self) -> Option<Duration> {
        let slot = self.slots.map(|slots| slots.next_at());
        slot.into_iter().chain(self.phase.seal_at()).min()
    }

    /// Whether a block is being built or signed.
    pub(crate) const fn is_busy(&self) -> bool {
        !matches!(self.phase, Phase::Idle)
    }

    /// Whether slots are asked for.
    pub(crate) const fn is_enabled(&self) -> bool {
        self.is_enabled && !self.is_closing
    }

    /// Failures in a row.
    pub(crate) const fn failures(&self) -> u32 {
        self.failures
    }

    /// What it does.
    pub(crate) const fn state(&self) -> SequencerState {
        if let Some(reason) = self.stopped {
            return SequencerState::Failed(reason);
        }
        match self.phase {
            Phase::Starting { .. } | Phase::Building(_) => SequencerState::Building,
            Phase::Finishing => SequencerState::Signing,
            Phase::Idle if !self.is_enabled() => SequencerState::Disabled,
            Phase::Idle if !self.sync.is_synced() => SequencerState::WaitingForSync,
            Phase::Idle if !self.is_authorized => SequencerState::NotAuthorized,
            Phase::Idle if !self.is_gate_open() => SequencerState::L1Stale,
            Phase::Idle => SequencerState::Idle,
        }
    }

    fn apply(&mut self, now: Duration, input: Input, actions: &mut Vec<Action>) {
        match input {
            Input::Tick => {}
            Input::Enable => self.enable(),
            Input::Disable => {
                self.is_enabled = false;
                self.give_up(SkipReason::Disabled, actions);
            }
            Input::BuildNow => {
                if !self.is_busy() && !self.is_closing {
                    self.begin(now, true, actions);
                }
            }
            Input::Shutdown => {
                self.is_closing = true;
                self.give_up(SkipReason::Disabled, actions);
            }
            Input::Sync(sync) => {
                self.sync = sync;
                if !sync.is_synced() && !self.phase.is_ordered() {
                    self.give_up(SkipReason::NotSynced, actions);
                }
            }
            Input::Authorized(is_authorized) => {
                self.is_authorized = is_authorized;
                if !is_authorized && !self.phase.is_ordered() {
                    self.give_up(SkipReason::NotAuthorized, actions);
                }
            }
            Input::Head(head) => {
                self.head = head;
                self.check_head(actions);
            }
            Input::Safe(safe) => self.safe = safe,
            // What was begun is finished.
            Input::Gate(gate) => self.gate = gate,
            Input::L1Latest(latest) => self.follow_l1(latest, actions),
            Input::Started { parent, l1_origin } => self.start(parent, l1_origin, actions),
            Input::Resumed => self.resume(actions),
            Input::Built { is_empty } => self.take_block(is_empty, actions),
            Input::Finished => {
                self.phase = Phase::Idle;
                self.may_have_promised = false;
                self.failures = 0;
            }
            Input::Failed(failure) => self.fail(failure, actions),
        }
    }

    const fn enable(&mut self) {
        if !self.is_enabled || self.stopped.is_some() {
            self.is_enabled = true;
            self.stopped = None;
            self.failures = 0;
        }
    }

    /// Whether the state of L1 permits another block on the head.
    const fn is_gate_open(&self) -> bool {
        self.gate.permits(self.head.number.saturating_sub(self.safe))
    }

    /// Begins with slots, now, or ends them.
    fn arm(&mut self, now: Duration) {
        let has_slots =
            self.is_enabled && self.sync.is_synced() && self.stopped.is_none() && !self.is_closing;
        if !has_slots {
            self.slots = None;
        } else if self.slots.is_none() {
            self.slots = Some(Slots::new(now, self.rules.block_time, self.rules.building));
        }
    }

    fn pass_time(&mut self, now: Duration, actions: &mut Vec<Action>) {
        if self.phase.seal(now) {
            actions.push(Action::Seal);
        }
        let Some(due) = self.slots.as_mut().and_then(|slots| slots.take(now)) else { return };
        let is_busy = self.is_busy();
        if due.missed > 0 {
            let reason = if is_busy { SkipReason::Overrun } else { SkipReason::Late };
            actions.push(Action::Skip { reason, slots: due.missed });
        }
        let Some(slot) = due.current else { return };
        if is_busy {
            actions.push(Action::Skip { reason: SkipReason::Overrun, slots: 1 });
        } else if !self.is_authorized {
            actions.push(Action::Skip { reason: SkipReason::NotAuthorized, slots: 1 });
        } else if !self.is_gate_open() {
            actions.push(Action::Skip { reason: SkipReason::L1Stale, slots: 1 });
        } else {
            self.begin(slot, false, actions);
        }
    }

    fn begin(&mut self, slot: Duration, is_ordered: bool, actions: &mut Vec<Action>) {
        self.phase = Phase::Starting { slot, is_ordered };
        actions.push(Action::Begin { look_for_proposal: self.may_have_promised });
    }

    fn start(&mut self, parent: BlockNumHash, l1_origin: Option<u64>, actions: &mut Vec<Action>) {
        let Phase::Starting { slot, is_ordered } = self.phase else { return };
        self.may_have_promised = false;
        let seal_at = slot.saturating_add(self.rules.building);
        let building = Building { parent, l1_origin, seal_at, is_sealed: false, is_ordered };
        self.phase = Phase::Building(building);
        self.check_head(actions);
    }

    fn resume(&mut self, actions: &mut Vec<Action>) {
        if matches!(self.phase, Phase::Starting { .. }) {
            self.finish(actions);
        }
    }

    fn take_block(&mut self, is_empty: bool, actions: &mut Vec<Action>) {
        if !matches!(self.phase, Phase::Building(_)) {
            return;
        }
        if is_empty && !self.rules.allow_empty {
            self.failures = 0;
            self.give_up(SkipReason::Empty, actions);
        } else {
            self.finish(actions);
        }
    }

    fn finish(&mut self, actions: &mut Vec<Action>) {
        self.phase = Phase::Finishing;
        self.may_have_promised = true;
        actions.push(Action::Finish);
    }

    fn check_head(&mut self, actions: &mut Vec<Action>) {
        if self.phase.building().is_some_and(|building| building.parent != self.head) {
            self.give_up(SkipReason::HeadMoved, actions);
        }
    }

    /// L1 goes back by a reorg alone. What comes from above the point that it goes back to is gone.
    fn follow_l1(&mut self, latest: Option<u64>, actions: &mut Vec<Action>) {
        let goes_back = latest < self.l1_latest;
        self.l1_latest = latest;
        let origin = self.phase.building().and_then(|building| building.l1_origin);
        if goes_back && origin > latest {
            self.give_up(SkipReason::L1Reorg, actions);
        }
    }

    /// Drops the block that is being built. One that is being signed cannot be dropped: it is
    /// promised.
    fn give_up(&mut self, reason: SkipReason, actions: &mut Vec<Action>) {
        if matches!(self.phase, Phase::Starting { .. } | Phase::Building(_)) {
            self.phase = Phase::Idle;
            actions.extend([Action::Drop, Action::Skip { reason, slots: 1 }]);
        }
    }

    fn fail(&mut self, failure: Failure, actions: &mut Vec<Action>) {
        self.phase = Phase::Idle;
        let (reason, stop) = match failure {
            Failure::HeadMoved => (SkipReason::HeadMoved, None),
            Failure::L1Reorg => (SkipReason::L1Reorg, None),
            Failure::Once(stage) => {
                self.failures = self.failures.saturating_add(1);
                let count = self.failures;
                let is_last = count >= self.rules.max_failures;
                (SkipReason::Failed, is_last.then_some(StopReason::Failures { stage, count }))
            }
            Failure::ForGood(reason) => {
                self.failures = self.failures.saturating_add(1);
                (SkipReason::Failed, Some(reason))
            }
        };
        actions.push(Action::Skip { reason, slots: 1 });
        if let Some(reason) = stop {
            self.stopped = Some(reason);
            actions.push(Action::Stop(reason));
        }
    }
}
