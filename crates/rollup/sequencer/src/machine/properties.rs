//! The machine under random schedules: whatever happens in whatever order, what must never happen
//! does not.

use super::*;
use alloy_primitives::B256;
use proptest::{collection::vec, prelude::*};

/// Something that happens around the machine.
#[derive(Clone, Copy, Debug)]
enum Event {
    Pass(u64),
    /// Up to the next time that the machine asks for.
    Wake,
    Tell(Input),
    /// The work in hand answers, in the way that the number chooses.
    Answer(u8),
}

fn head(number: u64) -> BlockNumHash {
    BlockNumHash::new(number, B256::with_last_byte(number.to_le_bytes()[0]))
}

fn events() -> impl Strategy<Value = Event> {
    let sync = |l1_synced, l2_synced| Input::Sync(SyncState { l1_synced, l2_synced });
    prop_oneof![
        4 => (0_u64..400).prop_map(Event::Pass),
        1 => (0_u64..5_000).prop_map(Event::Pass),
        6 => Just(Event::Wake),
        2 => Just(Event::Tell(Input::Enable)),
        1 => Just(Event::Tell(Input::Disable)),
        1 => Just(Event::Tell(Input::BuildNow)),
        1 => any::<(bool, bool)>().prop_map(move |(l1, l2)| Event::Tell(sync(l1, l2))),
        2 => Just(Event::Tell(Input::Sync(SyncState::SYNCED))),
        1 => any::<bool>().prop_map(|is| Event::Tell(Input::Authorized(is))),
        1 => (0_u64..3).prop_map(|number| Event::Tell(Input::Head(head(number)))),
        1 => (0_u64..3).prop_map(|safe| Event::Tell(Input::Safe(safe))),
        2 => gates().prop_map(|gate| Event::Tell(Input::Gate(gate))),
        1 => prop::option::of(0_u64..20).prop_map(|latest| Event::Tell(Input::L1Latest(latest))),
        10 => any::<u8>().prop_map(Event::Answer),
    ]
}

fn gates() -> impl Strategy<Value = L1Gate> {
    prop_oneof![
        3 => Just(L1Gate::Open),
        2 => (0_u64..4).prop_map(|max_unsafe_blocks| L1Gate::Limited { max_unsafe_blocks }),
        1 => Just(L1Gate::Closed),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    None,
    Starting,
    Building { parent: BlockNumHash },
    Finishing,
}

/// What is around the machine, and what it must hold to.
struct World {
    machine: Machine,
    now: Duration,
    rules: Rules,
    work: Work,
    is_ordered: bool,
    sync: SyncState,
    is_authorized: bool,
    head: BlockNumHash,
    safe: u64,
    gate: L1Gate,
    is_enabled: bool,
    is_stopped: bool,
    /// Start of the grid of slots, while there is one, and slots of it that are accounted for.
    grid: Option<(Duration, u64)>,
    /// A block is promised and not the head.
    is_promised: bool,
}

impl World {
    const fn new(rules: Rules) -> Self {
        let head = BlockNumHash::new(0, B256::ZERO);
        let sync = SyncState { l1_synced: false, l2_synced: false };
        Self {
            machine: Machine::new(rules, sync, true, head),
            now: Duration::ZERO,
            rules,
            work: Work::None,
            is_ordered: false,
            sync,
            is_authorized: true,
            head,
            safe: 0,
            gate: L1Gate::Open,
            is_enabled: false,
            is_stopped: false,
            grid: None,
            is_promised: false,
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Pass(ms) => {
                self.now += Duration::from_millis(ms);
                self.tell(Input::Tick);
            }
            Event::Wake => {
                self.now = self.machine.next_wake().map_or(self.now, |wake| wake.max(self.now));
                self.tell(Input::Tick);
            }
            Event::Tell(input) => self.tell(input),
            Event::Answer(choice) => {
                let input = self.answer(choice);
                self.tell(input);
            }
        }
    }

    fn answer(&self, choice: u8) -> Input {
        let fails = choice.is_multiple_of(8);
        let failure = match choice / 8 % 4 {
            0 => Failure::HeadMoved,
            1 => Failure::ForGood(StopReason::EngineStopped),
            _ => Failure::Once(Stage::Sign),
        };
        match self.work {
            Work::None => Input::Tick,
            _ if fails => Input::Failed(failure),
            Work::Starting if self.is_promised => Input::Resumed,
            Work::Starting => {
                let l1_origin = Some(u64::from(choice) % 10);
                Input::Started { parent: self.head, l1_origin }
            }
            Work::Building { .. } => Input::Built { is_empty: choice.is_multiple_of(3) },
            Work::Finishing => Input::Finished,
        }
    }

    fn tell(&mut self, input: Input) {
        let ordered = input == Input::BuildNow;
        match input {
            Input::Enable => (self.is_enabled, self.is_stopped) = (true, false),
            Input::Disable => self.is_enabled = false,
            Input::Sync(sync) => self.sync = sync,
            Input::Authorized(is) => self.is_authorized = is,
            Input::Head(head) => self.head = head,
            Input::Safe(safe) => self.safe = safe,
            Input::Gate(gate) => self.gate = gate,
            Input::Started { parent, .. } => self.work = Work::Building { parent },
            Input::Finished => (self.work, self.is_promised) = (Work::None, false),
            Input::Failed(_) => self.work = Work::None,
            _ => {}
        }
        // A reserve of what the work that ends here may still account for.
        let was_slot = self.work_is_slot_of(input);
        let actions = self.machine.on(self.now, input);
        let mut accounted = 0;
        for action in actions {
            accounted += self.check(action, ordered, was_slot);
        }
        self.check_grid(accounted);
        if let Some(wake) = self.machine.next_wake() {
            assert!(wake > self.now, "the machine wants to tick for ever");
        }
        assert_eq!(self.machine.is_busy(), self.work != Work::None);
    }

    /// Whether the skip that this input may bring is of a slot that was counted when it began.
    const fn work_is_slot_of(&self, input: Input) -> bool {
        matches!(input, Input::Failed(_)) || !matches!(self.work, Work::None)
    }

    /// Gives how many slots the action accounts for, besides those that were when they began.
    fn check(&mut self, action: Action, ordered: bool, was_slot: bool) -> u64 {
        match action {
            Action::Begin { look_for_proposal } => {
                assert_eq!(self.work, Work::None, "one block at a time");
                assert!(!self.is_promised || look_for_proposal, "the promised block comes first");
                self.work = Work::Starting;
                self.is_ordered = ordered;
                if ordered {
                    return 0;
                }
                assert!(self.may_have_slots() && self.is_authorized, "a slot without leave");
                assert!(self.is_gate_open(), "a slot against what L1 lets it do");
                1
            }
            Action::Seal => {
                assert!(matches!(self.work, Work::Building { .. }));
                0
            }
            Action::Finish => {
                if let Work::Building { parent } = self.work {
                    assert_eq!(parent, self.head, "a block beside the head is signed");
                }
                assert!(matches!(self.work, Work::Building { .. } | Work::Starting));
                self.work = Work::Finishing;
                self.is_promised = true;
                0
            }
            Action::Drop => {
                assert!(matches!(self.work, Work::Building { .. } | Work::Starting));
                self.work = Work::None;
                0
            }
            Action::Stop(_) => {
                self.is_stopped = true;
                0
            }
            Action::Skip { reason: SkipReason::Overrun | SkipReason::Late, slots } => slots,
            Action::Skip { reason: SkipReason::NotAuthorized, slots } if !was_slot => slots,
            Action::Skip { reason: SkipReason::L1Stale, slots } => {
                assert!(!self.is_gate_open(), "a slot is wasted");
                slots
            }
            Action::Skip { slots, .. } => {
                assert_eq!(slots, 1);
                0
            }
        }
    }

    const fn is_gate_open(&self) -> bool {
        let unsafe_blocks = self.head.number.saturating_sub(self.safe);
        match self.gate {
            L1Gate::Open => true,
            L1Gate::Limited { max_unsafe_blocks } => unsafe_blocks < max_unsafe_blocks,
            L1Gate::Closed => false,
        }
    }

    const fn may_have_slots(&self) -> bool {
        self.is_enabled && self.sync.is_synced() && !self.is_stopped
    }

    /// Every slot since the grid began is begun or skipped, and none twice.
    fn check_grid(&mut self, accounted: u64) {
        if !self.may_have_slots() {
            self.grid = None;
            return;
        }
        let (start, before) = self.grid.unwrap_or((self.now, 0));
        let since = (self.now - start).as_nanos();
        let slots = since / self.rules.block_time.as_nanos() + 1;
        assert_eq!(u128::from(before + accounted), slots, "slots since {start:?}");
        self.grid = Some((start, before + accounted));
    }
}

proptest! {
    #[test]
    fn never_a_burst_never_two_jobs_never_without_leave(
        block_time in prop::sample::select(vec![100_u64, 250, 1000]),
        building in prop::sample::select(vec![1_u64, 80, 100, 800, 2500]),
        allow_empty: bool,
        events in vec(events(), 1..200),
    ) {
        let rules = Rules {
            block_time: Duration::from_millis(block_time),
            building: Duration::from_millis(building),
            allow_empty,
            max_failures: 3,
        };
        let mut world = World::new(rules);
        for event in events {
            world.happen(event);
        }
    }
}
