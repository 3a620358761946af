//! Random schedules of the steps of a writer and several readers.
//!
//! Each step happens under one lock, or is one store, so every order of the steps of several threads
//! is an order in which one thread can take them.

use super::{FIRST, cache, slots};
use crate::cache::StateCache;
use proptest::{collection::vec, prelude::*};
use std::collections::{BTreeMap, VecDeque};

const SLOTS: u64 = 6;
const READERS: usize = 4;

type Slots = BTreeMap<u64, u64>;

#[derive(Clone, Debug)]
enum Step {
    /// The database makes a snapshot with these changes visible.
    Publish(Vec<(u64, u64)>),
    /// The writer goes on with telling the cache.
    Writer,
    /// A reader that has read its snapshot leaves the value; an idle one looks a slot up in a
    /// snapshot of this age.
    Reader { reader: usize, slot: u64, age: u64 },
    /// The shards evict what they hold.
    Evict,
}

fn step() -> impl Strategy<Value = Step> {
    let changes = vec((0..SLOTS, 0..4_u64), 0..3);
    let reader = (0..READERS, 0..SLOTS, 0..3_u64);
    prop_oneof![
        1 => changes.prop_map(Step::Publish),
        4 => Just(Step::Writer),
        1 => Just(Step::Evict),
        8 => reader.prop_map(|(reader, slot, age)| Step::Reader { reader, slot, age }),
    ]
}

/// What the writer has still to do, in order.
#[derive(Debug)]
enum Task {
    Begin(u64),
    Write(u64, (u64, u64)),
    Clear,
    Finish(u64),
}

struct World {
    cache: StateCache,
    /// Snapshots from [`FIRST`] on.
    snapshots: Vec<Slots>,
    tasks: VecDeque<Task>,
    /// Snapshot, slot and value of each reader that is about to leave one.
    pending: [Option<(u64, u64, u64)>; READERS],
}

impl World {
    fn newest(&self) -> u64 {
        FIRST + self.snapshots.len() as u64 - 1
    }

    fn value(&self, snapshot: u64, slot: u64) -> u64 {
        let at = usize::try_from(snapshot - FIRST).unwrap();
        self.snapshots[at].get(&slot).copied().unwrap_or_default()
    }

    /// With no changes the snapshot is that of an unwind to the first one.
    fn publish(&mut self, changes: Vec<(u64, u64)>) {
        let snapshot = self.newest() + 1;
        self.tasks.push_back(Task::Begin(snapshot));
        if changes.is_empty() {
            self.snapshots.push(self.snapshots[0].clone());
            self.tasks.push_back(Task::Clear);
        } else {
            let mut slots = self.snapshots[self.snapshots.len() - 1].clone();
            slots.extend(changes.iter().copied());
            self.snapshots.push(slots);
            self.tasks.extend(changes.into_iter().map(|change| Task::Write(snapshot, change)));
        }
        self.tasks.push_back(Task::Finish(snapshot));
    }

    fn write(&mut self) {
        match self.tasks.pop_front() {
            None => {}
            Some(Task::Begin(snapshot)) => self.cache.progress.begin(snapshot),
            Some(Task::Write(snapshot, change)) => self.cache.write(snapshot, &slots(&[change])),
            Some(Task::Clear) => self.cache.drop_all(&mut 0),
            Some(Task::Finish(snapshot)) => self.cache.progress.finish(snapshot),
        }
    }

    /// Gives what the cache said, and what is right, if it was asked and knew.
    fn read(&mut self, reader: usize, slot: u64, age: u64) -> Option<(u64, u64)> {
        if let Some((snapshot, slot, value)) = self.pending[reader].take() {
            self.cache.leave(snapshot, slot, value);
            return None;
        }
        let snapshot = self.newest().saturating_sub(age).max(FIRST);
        let right = self.value(snapshot, slot);
        let found = self.cache.peek(snapshot, slot);
        if found.is_none() {
            self.pending[reader] = Some((snapshot, slot, right));
        }
        found.map(|found| (found, right))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..Default::default() })]

    #[test]
    fn no_schedule_gives_a_value_that_the_snapshot_does_not_have(
        steps in vec(step(), 1..300),
    ) {
        let mut world = World {
            cache: cache(),
            snapshots: vec![Slots::new()],
            tasks: VecDeque::new(),
            pending: [None; READERS],
        };
        for step in steps {
            match step {
                Step::Publish(changes) => world.publish(changes),
                Step::Writer => world.write(),
                Step::Evict => world.cache.slots.clear(),
                Step::Reader { reader, slot, age } => {
                    if let Some((found, right)) = world.read(reader, slot, age) {
                        prop_assert_eq!(found, right, "slot {}", slot);
                    }
                }
            }
        }
    }
}
