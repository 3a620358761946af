//! Random changes of L1 and the chain, against the reference.

use super::{
    World, batch_id, committed, consolidated, enqueued, finalized, l1_block, message,
    reference::Reference,
};
use proptest::{collection::vec, prelude::*};
use rollup_db::BatchKey;
use rollup_storage::{BatchId, ConsolidatedBatch, L1Event, RollupChange};
use std::cmp::{max, min};

/// What an L1 block does, relative to what there is.
#[derive(Clone, Debug)]
enum Event {
    Enqueue {
        salt: u64,
    },
    Commit {
        salt: u64,
    },
    /// Of as many of the highest batches as are not finalized.
    Revert {
        count: usize,
        as_range: bool,
    },
    /// Of the batch so far below the highest one.
    Finalize {
        below: u64,
    },
}

#[derive(Clone, Debug)]
enum Step {
    L1 { gap: u64, salt: u64, events: Vec<Event> },
    L1Processed { more: u64 },
    L1Latest { more: u64 },
    L1Finalized { more: u64 },
    UnwindL1 { by: u64 },
    RewindL1 { by: u64 },
    Append { skip: u64, include: u64 },
    Unwind { by: u64 },
    Consolidate { blocks: u64 },
    Finalize { more: u64 },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0_u64..2).prop_map(|salt| Event::Enqueue { salt }),
        3 => (0_u64..2).prop_map(|salt| Event::Commit { salt }),
        1 => (1_usize..4, any::<bool>())
            .prop_map(|(count, as_range)| Event::Revert { count, as_range }),
        1 => (0_u64..3).prop_map(|below| Event::Finalize { below }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_u64..2, 0_u64..2, vec(event(), 0..5))
            .prop_map(|(gap, salt, events)| Step::L1 { gap, salt, events }),
        1 => (0_u64..3).prop_map(|more| Step::L1Processed { more }),
        1 => (0_u64..3).prop_map(|more| Step::L1Latest { more }),
        1 => (0_u64..3).prop_map(|more| Step::L1Finalized { more }),
        3 => (0_u64..5).prop_map(|by| Step::UnwindL1 { by }),
        1 => (0_u64..9).prop_map(|by| Step::RewindL1 { by }),
        6 => (0_u64..2, 0_u64..3).prop_map(|(skip, include)| Step::Append { skip, include }),
        1 => (1_u64..4).prop_map(|by| Step::Unwind { by }),
        5 => (1_u64..3).prop_map(|blocks| Step::Consolidate { blocks }),
        1 => (0_u64..3).prop_map(|more| Step::Finalize { more }),
    ]
}

/// The reference and the store, changed together.
struct Run {
    world: World,
    reference: Reference,
}

impl Run {
    fn new() -> Self {
        Self { world: World::new(), reference: Reference::default() }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::L1 { gap, salt, events } => self.l1(*gap, *salt, events),
            Step::L1Processed { more } => {
                let number = self.reference.progress.processed.unwrap_or_default() + more;
                self.reference.progress.processed = Some(number);
                self.apply(&RollupChange::L1Processed { number });
            }
            Step::L1Latest { more } => {
                let number = self.reference.progress.latest.unwrap_or_default() + more;
                self.reference.progress.latest = Some(number);
                self.apply(&RollupChange::L1Latest { number });
            }
            Step::L1Finalized { more } => {
                let number = self.reference.progress.finalized.unwrap_or_default() + more;
                self.reference.progress.finalized = Some(number);
                self.apply(&RollupChange::L1Finalized { number });
            }
            Step::UnwindL1 { by } => self.unwind_l1(*by, true),
            Step::RewindL1 { by } => self.unwind_l1(*by, false),
            Step::Append { skip, include } => self.append(*skip, *include),
            Step::Unwind { by } => self.unwind(*by),
            Step::Consolidate { blocks } => self.consolidate(*blocks),
            Step::Finalize { more } => self.finalize(*more),
        }
    }

    /// Applies a change; a second time must make no difference.
    fn apply(&self, change: &RollupChange) {
        self.world.apply(std::slice::from_ref(change));
        let once = self.world.dump();
        self.world.apply(std::slice::from_ref(change));
        assert_eq!(self.world.dump(), once, "{change:?}");
    }

    fn l1(&mut self, gap: u64, salt: u64, events: &[Event]) {
        let processed = self.reference.progress.processed.unwrap_or_default();
        let number = processed + 1 + gap;
        self.reference.l1.push(l1_block(number, salt, Vec::new()));
        for event in events {
            for event in self.events(number, event) {
                self.reference.l1.last_mut().unwrap().events.push(event);
            }
        }
        self.reference.progress.processed = Some(number);
        self.apply(&RollupChange::L1Block(self.reference.l1.last().unwrap().clone()));
    }

    /// Makes an event fit what there is; what it means for calldata and consolidated batches.
    fn events(&mut self, l1_block_number: u64, event: &Event) -> Vec<L1Event> {
        let live = self.reference.live();
        let highest = live.last_key_value().map_or(0, |(index, _)| *index);
        match event {
            Event::Enqueue { salt } => {
                let messages = self.reference.messages();
                let last = messages.last_key_value();
                let message = message(messages.len() as u64, *salt);
                enqueued(vec![message], last.and_then(|(_, message)| message.queue_hash))
            }
            Event::Commit { salt } => {
                let BatchId { index, hash } = batch_id(highest + 1, *salt);
                self.reference.calldata.insert(BatchKey { index, l1_block_number, hash });
                vec![committed(BatchId { index, hash }, l1_block_number)]
            }
            Event::Revert { count, as_range } => {
                let reverted: Vec<BatchId> = live
                    .values()
                    .rev()
                    .filter(|(_, batch)| batch.finalized_l1_block.is_none())
                    .map(|(key, _)| (*key).into())
                    .take(*count)
                    .collect();
                let Some(lowest) = reverted.last() else { return Vec::new() };
                let kept = self
                    .reference
                    .batches
                    .iter()
                    .take_while(|batch| batch.batch.index < lowest.index);
                self.reference.release(kept.count());
                if *as_range {
                    vec![L1Event::BatchesReverted { first: lowest.index, last: highest }]
                } else {
                    reverted.into_iter().map(L1Event::BatchReverted).collect()
                }
            }
            Event::Finalize { below } => {
                let named = highest.checked_sub(*below).and_then(|index| live.get(&index));
                named.map(|(key, _)| finalized((*key).into())).into_iter().collect()
            }
        }
    }

    fn unwind_l1(&mut self, by: u64, is_reorg: bool) {
        let progress = self.reference.progress;
        let mut to = progress.processed.unwrap_or_default().saturating_sub(by);
        let lower = |number: Option<u64>, to| number.map(|number| min(number, to));
        if is_reorg {
            to = max(to, progress.finalized.unwrap_or_default());
            self.reference.progress.latest = lower(progress.latest, to);
        }
        let live = self.reference.live();
        let kept = self
            .reference
            .batches
            .iter()
            .take_while(|batch| live[&batch.batch.index].0.l1_block_number <= to);
        self.reference.release(kept.count());
        self.reference.progress.processed = lower(progress.processed, to);
        self.reference.l1.retain(|block| block.number <= to);
        self.reference.calldata.retain(|key| key.l1_block_number <= to);
        self.apply(&if is_reorg {
            RollupChange::UnwindL1 { to }
        } else {
            RollupChange::RewindL1 { to }
        });
    }

    /// Messages that L1 does not have yet are included too.
    fn append(&mut self, skip: u64, include: u64) {
        let known = self.reference.messages();
        let next = self.reference.next_index(self.reference.head()) + skip;
        let messages: Vec<_> = (next..next + include)
            .map(|index| known.get(&index).map_or_else(|| message(index, 0), |m| m.message.clone()))
            .collect();
        self.reference.chain.push(messages.clone());
        self.world.append(messages);
    }

    fn unwind(&mut self, by: u64) {
        let to = max(self.reference.head().saturating_sub(by), self.reference.finalized);
        let kept = self.reference.batches.iter().take_while(|batch| batch.last_block.number <= to);
        self.reference.release(kept.count());
        self.reference.chain.truncate(usize::try_from(to).unwrap());
        self.reference.safe = min(self.reference.safe, to);
        self.world.unwind(to);
    }

    /// Of the next batch, if the chain and the known messages go so far.
    fn consolidate(&mut self, blocks: u64) {
        let reference = &self.reference;
        let (last_index, before) =
            reference.batches.last().map_or((0, 0), |b| (b.batch.index, b.last_block.number));
        let live = reference.live();
        let Some((key, _)) = live.get(&(last_index + 1)) else { return };
        let last = before + blocks;
        if last > reference.head() {
            return;
        }
        let known = reference.messages();
        let passed = reference.next_index(before)..reference.next_index(last);
        let mut skipped = Vec::new();
        for index in passed {
            let Some(message) = known.get(&index) else { return };
            let included =
                reference.chain.iter().flatten().any(|message| message.queue_index == index);
            if message.l1_block_number > key.l1_block_number
                || included != message.l2_block_number.is_some()
            {
                return;
            }
            if !included {
                skipped.push(index);
            }
        }
        let batch = BatchId::from(*key);
        let change = consolidated(batch, before + 1, self.world.id(last), &skipped);
        self.reference.batches.push(ConsolidatedBatch {
            batch,
            first_block: before + 1,
            last_block: self.world.id(last),
            skipped_messages: skipped,
        });
        self.reference.safe = max(self.reference.safe, last);
        self.reference.prune_calldata();
        self.apply(&change);
    }

    fn finalize(&mut self, more: u64) {
        self.reference.finalized = min(self.reference.finalized + more, self.reference.safe);
        self.reference.prune_calldata();
        let finalized = Some(self.world.id(self.reference.finalized));
        self.apply(&RollupChange::Forkchoice { safe: None, finalized });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..Default::default() })]

    #[test]
    fn every_table_is_what_l1_and_the_chain_make_it(steps in vec(step(), 1..50)) {
        let mut run = Run::new();
        for step in &steps {
            run.step(step);
            run.reference.check(&run.world);
        }
    }
}
