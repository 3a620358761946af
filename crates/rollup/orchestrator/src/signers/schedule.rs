//! Who may sign blocks by the L1 system contract, and who could until a moment ago.

use alloy_primitives::Address;
use std::collections::VecDeque;

/// Terms that are remembered. An L1 reorg that takes back more changes of the signer than that
/// leaves the oldest one in force until the contract is read again.
const MAX_TERMS: usize = 16;

/// A point of L1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L1Point {
    /// Number of the block.
    pub number: u64,
    /// Its time, in seconds since 1970.
    pub timestamp: u64,
}

/// Another signer is the authorized one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignerChange {
    /// Who was; `None` if nobody was known.
    pub from: Option<Address>,
    /// Who is.
    pub to: Address,
    /// L1 block since which it is, or is known to be.
    pub l1_block: u64,
}

/// Who is the authorized signer since which L1 block. No clock, no I/O.
///
/// A change is in force as soon as it is seen. Who was the signer before stays valid for some L1
/// blocks, for blocks that are not later than the L1 block of the change.
///
/// An L1 reorg takes a change back: from then on it is in doubt until the contract is read again,
/// and both signers are valid. If the contract then names another signer than the one in doubt,
/// nothing of that one remains. It makes no difference whether the contract is read on the new
/// blocks before the reorg is told or after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerSchedule {
    /// L1 blocks that the signer before stays valid.
    grace_blocks: u64,
    /// In the order of L1; the last one is in force. Of the first one is known that it was the
    /// signer in its L1 block, of the others that their term began there.
    terms: VecDeque<Term>,
    /// Highest L1 block at which the contract was read.
    read_at: Option<u64>,
    /// Highest L1 block that was heard of.
    latest: u64,
    /// Whether L1 took back the block in which the last term was seen.
    is_doubtful: bool,
}

/// A time as the authorized signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Term {
    signer: Address,
    since: L1Point,
}

impl SignerSchedule {
    /// Nobody is known yet.
    pub const fn new(grace_blocks: u64) -> Self {
        let terms = VecDeque::new();
        Self { grace_blocks, terms, read_at: None, latest: 0, is_doubtful: false }
    }

    /// The authorized signer; `None` while it is not known.
    pub fn current(&self) -> Option<Address> {
        self.terms.back().map(|term| term.signer)
    }

    /// Whether a block with this timestamp, in seconds since 1970, may be signed by `signer`.
    pub fn permits(&self, signer: Address, timestamp: u64) -> bool {
        let is_last = |back: usize| {
            self.terms.iter().rev().nth(back).is_some_and(|term| term.signer == signer)
        };
        if is_last(0) || self.is_doubtful && is_last(1) {
            return true;
        }
        self.terms.iter().zip(self.terms.iter().skip(1)).any(|(term, next)| {
            let until = next.since.number.saturating_add(self.grace_blocks);
            term.signer == signer && self.latest < until && timestamp <= next.since.timestamp
        })
    }

    /// The contract named this signer in the state after an L1 block.
    pub fn read(&mut self, at: L1Point, signer: Address) -> Option<SignerChange> {
        let before = self.current();
        // That L1 goes back may have been missed. What was seen in this very block is compared.
        self.take_back_from(at.number);
        self.latest = at.number;
        self.read_at = Some(at.number);
        self.set(at, signer);
        self.change_from(before)
    }

    /// The contract told in an L1 block that the signer changes to this one.
    ///
    /// What it told in blocks that are not above the one at which it was read is history, except
    /// that it says where the term of the present signer began.
    pub fn updated(&mut self, at: L1Point, signer: Address) -> Option<SignerChange> {
        let read_at = self.read_at?;
        if at.number <= read_at {
            self.date_back(at, signer);
            return None;
        }
        let before = self.current();
        self.latest = self.latest.max(at.number);
        self.set(at, signer);
        self.change_from(before)
    }

    /// L1 took back the blocks above this one.
    pub fn reorg(&mut self, to: u64) {
        self.take_back_from(to.saturating_add(1));
        self.latest = self.latest.min(to);
        self.read_at = self.read_at.map(|number| number.min(to));
    }

    /// Puts what was seen in an L1 block or above in doubt. Of several changes the last one alone is
    /// left.
    fn take_back_from(&mut self, number: u64) {
        let is_gone = |term: &Term| term.since.number >= number;
        let Some(last) = self.terms.back().copied().filter(is_gone) else { return };
        self.is_doubtful = true;
        while self.terms.len() > 2 && self.terms.iter().rev().nth(1).is_some_and(is_gone) {
            self.terms.truncate(self.terms.len() - 2);
            self.terms.push_back(last);
        }
    }

    fn set(&mut self, since: L1Point, signer: Address) {
        let was_doubtful = std::mem::take(&mut self.is_doubtful);
        let is_first = self.terms.len() == 1;
        if let Some(last) = self.terms.back_mut() {
            if last.signer == signer {
                let is_earlier = since.number < last.since.number;
                if was_doubtful && (is_first || is_earlier) {
                    last.since = since;
                }
                return;
            }
            // Of several changes in one L1 block the last one counts.
            let is_same_block = !is_first && last.since.number == since.number;
            if was_doubtful || is_same_block {
                self.terms.pop_back();
            }
        }
        if self.current() == Some(signer) {
            return;
        }
        self.terms.push_back(Term { signer, since });
        if self.terms.len() > MAX_TERMS {
            self.terms.pop_front();
        }
    }

    /// Where the term of the present signer began, if that is told after it was read.
    fn date_back(&mut self, at: L1Point, signer: Address) {
        let before = self.terms.iter().rev().nth(1).map(|term| term.since.number);
        let Some(last) = self.terms.back_mut() else { return };
        let is_between = before.is_some_and(|before| at.number > before);
        if last.signer == signer && is_between && at.number < last.since.number {
            last.since = at;
        }
    }

    fn change_from(&self, from: Option<Address>) -> Option<SignerChange> {
        let term = self.terms.back().filter(|term| from != Some(term.signer))?;
        Some(SignerChange { from, to: term.signer, l1_block: term.since.number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};
    use rstest::rstest;

    const A: Address = Address::repeat_byte(0xa);
    const B: Address = Address::repeat_byte(0xb);
    const C: Address = Address::repeat_byte(0xc);
    const GRACE: u64 = 64;

    /// L1 block n is at 1000 + 12 n seconds.
    const fn at(number: u64) -> L1Point {
        L1Point { number, timestamp: 1000 + 12 * number }
    }

    const fn time(number: u64) -> u64 {
        at(number).timestamp
    }

    /// A is read at 100, B is the signer from 110 on.
    fn rotated() -> SignerSchedule {
        let mut schedule = SignerSchedule::new(GRACE);
        let first = Some(SignerChange { from: None, to: A, l1_block: 100 });
        assert_eq!(schedule.read(at(100), A), first);
        assert_eq!(schedule.read(at(109), A), None);
        let change = Some(SignerChange { from: Some(A), to: B, l1_block: 110 });
        assert_eq!(schedule.updated(at(110), B), change);
        assert_eq!(schedule.read(at(110), B), None);
        schedule
    }

    #[test]
    fn nobody_is_permitted_while_nobody_is_known() {
        let mut schedule = SignerSchedule::new(GRACE);
        assert_eq!(schedule.current(), None);
        assert!(!schedule.permits(A, 0));
        // What was told before may be years ago.
        assert_eq!(schedule.updated(at(5), A), None);
        assert_eq!(schedule.current(), None);
    }

    #[test]
    fn n22_the_new_signer_at_once_the_old_one_for_blocks_up_to_the_change() {
        let schedule = rotated();
        assert_eq!(schedule.current(), Some(B));
        assert!(schedule.permits(B, time(110) + 1));
        assert!(schedule.permits(B, time(110) - 100));
        assert!(schedule.permits(A, time(110)));
        assert!(!schedule.permits(A, time(110) + 1));
        assert!(!schedule.permits(C, time(110)));
    }

    #[rstest]
    #[case::last_of_the_grace(64, 173, true)]
    #[case::after_the_grace(64, 174, false)]
    #[case::no_grace(0, 110, false)]
    #[case::one_block(1, 110, true)]
    #[case::one_block_is_over(1, 111, false)]
    fn the_old_signer_stays_for_the_grace(
        #[case] grace: u64,
        #[case] latest: u64,
        #[case] is_valid: bool,
    ) {
        let mut schedule = SignerSchedule { grace_blocks: grace, ..rotated() };
        schedule.read(at(latest), B);
        assert_eq!(schedule.permits(A, time(110)), is_valid);
        assert!(schedule.permits(B, time(latest)));
    }

    #[test]
    fn an_l1_reorg_takes_a_change_back() {
        let mut schedule = rotated();
        schedule.reorg(110);
        assert!(!schedule.permits(A, time(111)), "the block of the change remains");
        schedule.reorg(109);
        assert!(schedule.permits(A, time(200)) && schedule.permits(B, time(200)), "in doubt");
        let change = Some(SignerChange { from: Some(B), to: A, l1_block: 100 });
        assert_eq!(schedule.read(at(112), A), change);
        assert!(schedule.permits(A, time(200)));
        assert!(!schedule.permits(B, time(105)), "it was never the signer");
    }

    #[test]
    fn a_change_that_l1_brings_again_stays() {
        let mut schedule = rotated();
        schedule.reorg(105);
        assert_eq!(schedule.updated(at(107), B), None);
        assert_eq!(schedule.current(), Some(B));
        assert!(schedule.permits(A, time(107)));
        assert!(!schedule.permits(A, time(108)));
    }

    #[test]
    fn what_is_read_on_the_new_blocks_before_the_reorg_is_told_stays() {
        let mut schedule = rotated();
        schedule.read(at(111), C);
        schedule.reorg(105);
        assert_eq!(schedule.current(), Some(C));
        assert_eq!(schedule.read(at(112), C), None);
        assert!(!schedule.permits(B, time(105)), "it was never the signer");
        assert!(schedule.permits(A, time(111)));
    }

    #[test]
    fn a_reorg_that_nobody_told_of_is_seen_by_reading() {
        let mut schedule = rotated();
        let change = Some(SignerChange { from: Some(B), to: A, l1_block: 100 });
        assert_eq!(schedule.read(at(109), A), change);
        assert!(!schedule.permits(B, time(105)));
    }

    #[test]
    fn a_signer_that_was_read_on_a_block_that_is_gone_counts_for_nothing() {
        let mut schedule = SignerSchedule::new(GRACE);
        schedule.read(at(100), A);
        schedule.reorg(98);
        assert_eq!(schedule.current(), Some(A), "until something better is known");
        assert!(schedule.read(at(99), B).is_some());
        assert!(!schedule.permits(A, time(99)));
        let mut schedule = SignerSchedule::new(GRACE);
        schedule.read(at(100), A);
        schedule.reorg(98);
        assert_eq!(schedule.read(at(101), A), None);
        assert!(schedule.read(at(102), B).is_some());
        assert!(schedule.permits(A, time(102)), "it was read again");
    }

    #[test]
    fn a_change_back_leaves_both_for_their_time() {
        let mut schedule = rotated();
        schedule.updated(at(120), A);
        schedule.read(at(120), A);
        assert_eq!(schedule.current(), Some(A));
        assert!(schedule.permits(B, time(120)));
        assert!(!schedule.permits(B, time(121)));
    }

    #[test]
    fn history_changes_nothing() {
        let mut schedule = rotated();
        assert_eq!(schedule.updated(at(60), C), None);
        assert_eq!(schedule.updated(at(105), C), None);
        assert_eq!(schedule, rotated());
    }

    #[test]
    fn a_change_that_is_read_before_it_is_told_is_dated_back() {
        let mut schedule = SignerSchedule::new(GRACE);
        schedule.read(at(100), A);
        schedule.read(at(113), B);
        assert!(schedule.permits(A, time(112)));
        assert_eq!(schedule.updated(at(110), B), None);
        assert!(schedule.permits(A, time(110)));
        assert!(!schedule.permits(A, time(112)));
    }

    #[test]
    fn of_several_changes_in_a_block_the_last_one_counts() {
        let mut schedule = SignerSchedule::new(GRACE);
        schedule.read(at(100), A);
        schedule.updated(at(101), C);
        schedule.updated(at(101), B);
        assert_eq!(schedule.current(), Some(B));
        assert!(!schedule.permits(C, time(101)));
        schedule.updated(at(102), C);
        schedule.updated(at(102), B);
        assert!(!schedule.permits(C, time(102)));
        assert!(schedule.permits(A, time(101)));
        assert!(!schedule.permits(A, time(102)), "its time is over, not prolonged");
    }

    proptest! {
        /// Whatever L1 does: after a reading the signer is who was read, and who was never read or
        /// told on the blocks that remain is not valid.
        #[test]
        fn the_signer_is_who_was_read_last(
            steps in vec((0_u64..4, 0_u8..3, any::<bool>()), 1..40)
        ) {
            let mut schedule = SignerSchedule::new(GRACE);
            // What the contract says after each block, from 100 on.
            let mut chain = vec![Address::repeat_byte(1)];
            schedule.read(at(100), chain[0]);
            for (back, signer, is_told) in steps {
                let kept = chain.len().saturating_sub(usize::try_from(back).unwrap()).max(1);
                if kept < chain.len() {
                    chain.truncate(kept);
                    if is_told {
                        schedule.reorg(99 + kept as u64);
                    }
                }
                let signer = Address::repeat_byte(signer + 1);
                chain.push(signer);
                let number = 99 + chain.len() as u64;
                if is_told {
                    schedule.updated(at(number), signer);
                }
                schedule.read(at(number), signer);
                prop_assert_eq!(schedule.current(), Some(signer));
                for other in (1..=3).map(Address::repeat_byte) {
                    if !chain.contains(&other) {
                        prop_assert!(!schedule.permits(other, 0));
                    }
                }
            }
        }
    }
}
