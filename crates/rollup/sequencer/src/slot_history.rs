//! What became of the last slots.

use crate::{event::SkipReason, inclusion::L1InclusionMode, status::StopReason};
use alloy_eips::BlockNumHash;
use parking_lot::Mutex;
use rollup_payload::StopReason as BuildingEnd;
use std::{collections::VecDeque, sync::Arc, time::Duration};

/// Entries that are remembered. Slots in a row that passed for the same reason are one entry, which
/// takes less than 1 KiB, so all of them less than 2 MiB.
pub(crate) const REMEMBERED: usize = 2048;

/// What became of a slot, or of several in a row that passed for the same reason.
#[derive(Clone, Debug)]
pub struct SlotRecord {
    /// When it began, or was found to have passed, since the Unix epoch.
    pub began_at: Duration,
    /// When its work ended, since the Unix epoch; `None` while it has not.
    pub ended_at: Option<Duration>,
    /// How many slots; more than one only where nothing was begun.
    pub slots: u64,
    /// What became of it.
    pub outcome: SlotOutcome,
    /// What its block was to follow, if it was begun.
    pub parent: Option<BlockNumHash>,
    /// Its block, if there was one, whether it was kept or not.
    pub block: Option<SlotBlock>,
    /// Whether the block was built in an earlier slot, or an earlier run of the node.
    pub is_resumed: bool,
    /// Which L1 messages it was to have, and why no more.
    pub l1: Option<SlotL1>,
    /// How long its parts took.
    pub phases: SlotPhases,
    /// How often the signer was asked.
    pub signing_attempts: u32,
    /// What failed.
    pub failure: Option<Box<str>>,
    /// Why sequencing stopped with it.
    pub stopped: Option<StopReason>,
}

/// What became of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotOutcome {
    /// Nothing yet.
    InHand,
    /// A block, which was the head and announced.
    Block(BlockNumHash),
    /// No block.
    Skipped(SkipReason),
}

/// The block of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotBlock {
    /// Number and hash.
    pub id: BlockNumHash,
    /// Transactions, L1 messages included.
    pub transactions: usize,
    /// L1 messages.
    pub l1_messages: usize,
    /// Gas they used.
    pub gas_used: u64,
    /// Why it took no more transactions; `None` if it was built before.
    pub building_end: Option<BuildingEnd>,
}

impl SlotBlock {
    /// Why it took no more transactions, in a word.
    pub const fn stopped_by(&self) -> Option<&'static str> {
        match self.building_end {
            Some(BuildingEnd::Sealed) => Some("time"),
            Some(BuildingEnd::NoTxPool) => Some("no_pool"),
            Some(BuildingEnd::GasLimit) => Some("gas_limit"),
            Some(BuildingEnd::ByteLimit) => Some("byte_limit"),
            None => None,
        }
    }
}

/// The L1 messages of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotL1 {
    /// The rule by which they are chosen.
    pub mode: L1InclusionMode,
    /// The highest L1 block that the rule allowed then, if any.
    pub highest_l1_block: Option<u64>,
    /// Queue index of the first that was to be included.
    pub first_queue_index: u64,
    /// How many were included.
    pub included: u64,
    /// Why the one after them was not.
    pub next: NextL1Message,
}

impl SlotL1 {
    /// Queue index of the message that is the next one after this block.
    pub const fn next_queue_index(&self) -> u64 {
        self.first_queue_index.saturating_add(self.included)
    }
}

/// Why the next L1 message is not in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextL1Message {
    /// None is known.
    Unknown,
    /// The rule does not allow its L1 block yet.
    NotDeepEnough {
        /// Its L1 block.
        l1_block_number: u64,
    },
    /// The block has as many messages, or as much gas of messages, as it may.
    BlockFull,
    /// It is not known, and a later one is.
    Gap {
        /// Queue index of that one.
        found: u64,
    },
    /// A batch has passed it over.
    PassedOver,
    /// It alone is above the gas limit of a block.
    TooMuchGas {
        /// Its gas limit.
        gas_limit: u64,
        /// That of a block.
        max_gas: u64,
    },
    /// It was left out when the block was built: it cannot be executed, or there was no room.
    LeftOut,
}

/// How long the parts of a slot took; `None` for those that it did not come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotPhases {
    /// From its begin to the start of the job: reading the chain, choosing L1 messages.
    pub waiting: Option<Duration>,
    /// Executing transactions, and waiting for more.
    pub building: Option<Duration>,
    /// From the last transaction to the sealed block: roots and hash.
    pub sealing: Option<Duration>,
    /// Making block and promise durable.
    pub proposing: Option<Duration>,
    /// Signing, with all tries.
    pub signing: Option<Duration>,
    /// Making the signed block durable and the head.
    pub appending: Option<Duration>,
    /// Telling the network.
    pub announcing: Option<Duration>,
}

/// What became of the slots around a moment.
#[derive(Clone, Debug)]
pub enum SlotsAt {
    /// These slots were then.
    Slots(Vec<SlotRecord>),
    /// There was none: the sequencer was disabled or stopped, or the node not synchronized.
    NoSlots,
    /// It is longer ago than what is remembered.
    Forgotten {
        /// When what is remembered begins, since the Unix epoch.
        since: Duration,
    },
}

impl SlotRecord {
    pub(crate) const fn begun(began_at: Duration) -> Self {
        Self {
            began_at,
            ended_at: None,
            slots: 1,
            outcome: SlotOutcome::InHand,
            parent: None,
            block: None,
            is_resumed: false,
            l1: None,
            phases: SlotPhases {
                waiting: None,
                building: None,
                sealing: None,
                proposing: None,
                signing: None,
                appending: None,
                announcing: None,
            },
            signing_attempts: 0,
            failure: None,
            stopped: None,
        }
    }

    fn passed(at: Duration, reason: SkipReason, slots: u64) -> Self {
        let outcome = SlotOutcome::Skipped(reason);
        Self { ended_at: Some(at), slots, outcome, ..Self::begun(at) }
    }

    /// Whether no work was begun in it.
    const fn is_passed(&self) -> bool {
        self.parent.is_none() && self.block.is_none() && self.failure.is_none()
    }

    /// Number of the block that it made, or was to make.
    pub fn block_number(&self) -> Option<u64> {
        let built = self.block.map(|block| block.id.number);
        built.or_else(|| self.parent.map(|parent| parent.number.saturating_add(1)))
    }

    fn covers(&self, at: Duration, block_time: Duration) -> bool {
        let slots = u32::try_from(self.slots).unwrap_or(u32::MAX);
        let end = self.began_at.saturating_add(block_time.saturating_mul(slots));
        let end = self.ended_at.map_or(Duration::MAX, |ended_at| ended_at.max(end));
        (self.began_at..end).contains(&at)
    }
}

/// What became of the last slots. Cloning gives another handle to the same.
#[derive(Clone, Debug)]
pub struct SlotHistory {
    ring: Arc<Mutex<Ring>>,
    block_time: Duration,
}

#[derive(Debug, Default)]
struct Ring {
    /// Those that ended, oldest first.
    past: VecDeque<SlotRecord>,
    in_hand: Option<SlotRecord>,
    has_forgotten: bool,
}

impl SlotHistory {
    pub(crate) fn new(block_time: Duration) -> Self {
        Self { ring: Arc::default(), block_time }
    }

    /// From one slot to the next.
    pub const fn block_time(&self) -> Duration {
        self.block_time
    }

    /// The slots that made a block of this number, or were to, oldest first.
    pub fn of_block(&self, number: u64) -> Vec<SlotRecord> {
        let ring = self.ring.lock();
        ring.all().filter(|record| record.block_number() == Some(number)).cloned().collect()
    }

    /// The slots that were at a moment, given since the Unix epoch.
    pub fn at(&self, at: Duration) -> SlotsAt {
        let ring = self.ring.lock();
        let covers = |record: &&SlotRecord| record.covers(at, self.block_time);
        let slots: Vec<_> = ring.all().filter(covers).cloned().collect();
        if !slots.is_empty() {
            return SlotsAt::Slots(slots);
        }
        match ring.past.front() {
            Some(first) if ring.has_forgotten && at < first.began_at => {
                SlotsAt::Forgotten { since: first.began_at }
            }
            _ => SlotsAt::NoSlots,
        }
    }

    /// The last slot, if there was one.
    pub fn last(&self) -> Option<SlotRecord> {
        self.ring.lock().all().last().cloned()
    }

    pub(crate) fn begin(&self, at: Duration) {
        self.ring.lock().in_hand = Some(SlotRecord::begun(at));
    }

    /// Changes what is known of the slot in hand.
    pub(crate) fn note(&self, change: impl FnOnce(&mut SlotRecord)) {
        if let Some(record) = &mut self.ring.lock().in_hand {
            change(record);
        }
    }

    pub(crate) fn made(&self, block: BlockNumHash, at: Duration) {
        self.ring.lock().end(SlotOutcome::Block(block), at);
    }

    /// Slots have no block: the one in hand, or others beside it.
    pub(crate) fn skipped(&self, reason: SkipReason, slots: u64, at: Duration) {
        let mut ring = self.ring.lock();
        let is_beside = matches!(reason, SkipReason::Overrun | SkipReason::Late);
        if is_beside || ring.in_hand.is_none() {
            ring.pass(reason, slots, at);
        } else {
            ring.end(SlotOutcome::Skipped(reason), at);
        }
    }

    /// Sequencing stopped with the last slot.
    pub(crate) fn stopped(&self, reason: StopReason) {
        if let Some(last) = self.ring.lock().past.back_mut() {
            last.stopped = Some(reason);
        }
    }
}

impl Ring {
    fn all(&self) -> impl Iterator<Item = &SlotRecord> {
        self.past.iter().chain(&self.in_hand)
    }

    fn end(&mut self, outcome: SlotOutcome, at: Duration) {
        let Some(mut record) = self.in_hand.take() else { return };
        record.ended_at = Some(at);
        record.outcome = outcome;
        self.push(record);
    }

    fn pass(&mut self, reason: SkipReason, slots: u64, at: Duration) {
        let record = SlotRecord::passed(at, reason, slots);
        match self.past.back_mut() {
            Some(last) if last.is_passed() && last.outcome == record.outcome => {
                last.slots = last.slots.saturating_add(slots);
                last.ended_at = Some(at);
            }
            _ => self.push(record),
        }
    }

    fn push(&mut self, record: SlotRecord) {
        if self.past.len() >= REMEMBERED {
            self.past.pop_front();
            self.has_forgotten = true;
        }
        self.past.push_back(record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::B256;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn history() -> SlotHistory {
        SlotHistory::new(s(1))
    }

    fn id(number: u64) -> BlockNumHash {
        BlockNumHash::new(number, B256::with_last_byte(1))
    }

    fn slots(history: &SlotHistory, at: Duration) -> Vec<SlotRecord> {
        match history.at(at) {
            SlotsAt::Slots(slots) => slots,
            other => panic!("{other:?}"),
        }
    }

    /// A slot that begins here and makes a block of this number.
    fn make(history: &SlotHistory, number: u64, at: Duration) {
        history.begin(at);
        history.note(|record| record.parent = Some(id(number - 1)));
        history.made(id(number), at + Duration::from_millis(500));
    }

    #[test]
    fn an_entry_takes_the_documented_memory() {
        // A failure has a text of its own, which is short.
        assert!(size_of::<SlotRecord>() < 512, "{}", size_of::<SlotRecord>());
    }

    #[test]
    fn a_slot_lasts_until_the_next_one_or_until_its_work_ends() {
        let history = history();
        make(&history, 1, s(10));
        assert_eq!(slots(&history, s(10)).len(), 1);
        assert_eq!(slots(&history, Duration::from_millis(10_999)).len(), 1);
        assert!(matches!(history.at(s(11)), SlotsAt::NoSlots));
        assert!(matches!(history.at(s(9)), SlotsAt::NoSlots), "before this run");
        history.begin(s(20));
        assert_eq!(slots(&history, s(90))[0].outcome, SlotOutcome::InHand);
    }

    #[test]
    fn a_block_that_took_two_slots_is_told_with_the_reason() {
        let history = history();
        history.begin(s(1));
        history.note(|record| record.parent = Some(id(4)));
        history.skipped(SkipReason::Failed, 1, s(2));
        make(&history, 5, s(2));
        let outcomes: Vec<_> = history.of_block(5).iter().map(|record| record.outcome).collect();
        let failed = SlotOutcome::Skipped(SkipReason::Failed);
        assert_eq!(outcomes, [failed, SlotOutcome::Block(id(5))]);
        assert!(history.of_block(6).is_empty());
    }

    #[test]
    fn a_slot_that_passes_beside_the_one_in_hand_does_not_end_it() {
        let history = history();
        history.begin(s(1));
        history.skipped(SkipReason::Overrun, 1, s(2));
        assert_eq!(history.last().unwrap().outcome, SlotOutcome::InHand);
        let both: Vec<_> = slots(&history, s(2)).iter().map(|record| record.outcome).collect();
        assert_eq!(both, [SlotOutcome::Skipped(SkipReason::Overrun), SlotOutcome::InHand]);
    }

    #[test]
    fn slots_in_a_row_that_pass_alike_are_one_entry() {
        let history = history();
        for at in 0..5_000 {
            history.skipped(SkipReason::NotAuthorized, 1, s(at));
        }
        let record = slots(&history, s(2_500)).remove(0);
        assert_eq!((record.slots, record.began_at, record.ended_at), (5_000, s(0), Some(s(4_999))));
    }

    #[test]
    fn the_oldest_is_forgotten_and_that_is_told() {
        let history = history();
        let count = u64::try_from(REMEMBERED).unwrap();
        for number in 1..=count {
            make(&history, number, s(number));
        }
        assert_eq!(slots(&history, s(1)).len(), 1);
        make(&history, count + 1, s(count + 1));
        assert!(matches!(history.at(s(1)), SlotsAt::Forgotten { since } if since == s(2)));
        assert!(history.of_block(1).is_empty());
        assert_eq!(history.ring.lock().past.len(), REMEMBERED);
    }
}
