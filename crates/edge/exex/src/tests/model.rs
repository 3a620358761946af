//! Whatever happens to chain and node, every ExEx sees one chain without gap, and what left it.

use super::world::World;
use crate::{chain::ChainBlock, config::ExExConfig, notification::ExExNotification};
use alloy_eips::BlockNumHash;
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};
use proptest::test_runner::Config;

const NAMES: [&str; 3] = ["first", "second", "third"];

/// What an ExEx has seen: the chain that follows from what it was told.
#[derive(Clone, Debug, Default)]
struct Seen {
    chain: Vec<BlockNumHash>,
}

/// An ExEx that checks everything that it is told.
#[derive(Debug)]
struct Recorder {
    name: &'static str,
    /// The block that it is at.
    position: BlockNumHash,
    seen: Seen,
    /// What it has made durable together with what it reported as finished.
    durable: Seen,
}

impl Recorder {
    fn start(name: &'static str, world: &World) -> Self {
        let position = world.follower.resume(name).unwrap();
        Self { name, position, seen: Seen::default(), durable: Seen::default() }
    }

    /// Asks once. Whether there was something.
    fn take(&mut self, world: &World) -> bool {
        let Some(notification) = world.follower.next(self.name, self.position).unwrap() else {
            return false;
        };
        self.apply(&notification, world);
        true
    }

    fn apply(&mut self, notification: &ExExNotification, world: &World) {
        let max_blocks = world.config.max_notification_blocks;
        if let Some(old) = notification.reverted() {
            assert!(old.len() <= max_blocks);
            for block in old.blocks().rev() {
                assert_eq!(self.seen.chain.pop(), Some(block.id()), "a block it has not seen last");
                check_content(block, world);
            }
        }
        if let Some(new) = notification.committed() {
            assert!(new.len() <= max_blocks);
            let tip = self.seen.chain.last().copied().unwrap_or_else(|| world.id(0));
            assert_eq!(new.fork(), tip, "a gap or a duplicate");
            for (block, parent) in
                new.blocks().zip(std::iter::once(tip).chain(new.blocks().map(ChainBlock::id)))
            {
                assert_eq!(block.parent(), parent);
                check_content(block, world);
                self.seen.chain.push(block.id());
            }
        }
        self.position = notification.tip();
        assert_eq!(self.position, self.seen.chain.last().copied().unwrap_or_else(|| world.id(0)));
    }

    /// Reports what it has seen so far.
    fn finish(&mut self, world: &World) {
        world.follower.finish(self.name, self.position).unwrap();
        self.durable = self.seen.clone();
    }

    /// After a kill it knows what was durable.
    fn restart(&mut self, world: &World) {
        self.seen = self.durable.clone();
        self.position = world.follower.resume(self.name).unwrap();
    }
}

/// What is told of a block is what the engine found, wherever it was read.
fn check_content(block: &ChainBlock, world: &World) {
    let results = &world.results[&block.id().hash];
    assert_eq!(block.receipts(), results.receipts);
    assert_eq!(block.state(), &results.state);
    assert_eq!(block.block().senders().len(), block.receipts().len());
}

/// Something that happens.
#[derive(Clone, Copy, Debug)]
enum Op {
    Commit {
        blocks: u64,
    },
    Reorg {
        depth: u64,
        blocks: u64,
    },
    Finalize {
        depth: u64,
    },
    /// The database gets all blocks.
    Flush,
    Take {
        exex: usize,
        times: usize,
    },
    Finish {
        exex: usize,
    },
    /// A kill after blocks were logged for an ExEx, and before it was told of them.
    KillBeforeTelling {
        exex: usize,
    },
    Kill,
}

fn op() -> impl Strategy<Value = Op> {
    let exex = || 0..NAMES.len();
    prop_oneof![
        3 => (1_u64..4).prop_map(|blocks| Op::Commit { blocks }),
        3 => (1_u64..7, 0_u64..5).prop_map(|(depth, blocks)| Op::Reorg { depth, blocks }),
        1 => (0_u64..5).prop_map(|depth| Op::Finalize { depth }),
        1 => any::<()>().prop_map(|()| Op::Flush),
        5 => (exex(), 1_usize..4).prop_map(|(exex, times)| Op::Take { exex, times }),
        3 => exex().prop_map(|exex| Op::Finish { exex }),
        1 => exex().prop_map(|exex| Op::KillBeforeTelling { exex }),
        1 => any::<()>().prop_map(|()| Op::Kill),
    ]
}

fn kill(world: World, recorders: &mut [Recorder]) -> World {
    let world = world.restarted();
    for recorder in recorders {
        recorder.restart(&world);
    }
    world
}

fn perform(op: Op, mut world: World, recorders: &mut [Recorder]) -> World {
    match op {
        Op::Commit { blocks } => world.commit(blocks),
        Op::Reorg { depth, blocks } => {
            let finalized = world.view().forkchoice().unwrap().finalized.number;
            world.change(world.head().number.saturating_sub(depth).max(finalized), blocks);
        }
        Op::Finalize { depth } => {
            let finalized = world.view().forkchoice().unwrap().finalized.number;
            world.finalize(world.head().number.saturating_sub(depth).max(finalized));
        }
        Op::Flush => world.storage.flush().unwrap(),
        Op::Take { exex, times } => {
            for _ in 0..times {
                recorders[exex].take(&world);
            }
        }
        Op::Finish { exex } => recorders[exex].finish(&world),
        Op::KillBeforeTelling { exex } => {
            let Recorder { name, position, .. } = recorders[exex];
            drop(world.follower.next(name, position).unwrap());
            return kill(world, recorders);
        }
        Op::Kill => return kill(world, recorders),
    }
    world
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]
    #[test]
    fn every_exex_sees_one_chain_and_what_left_it(
        ops in prop::collection::vec(op(), 1..40),
        max_recent_blocks in 0_usize..6,
        max_notification_blocks in 1_usize..5,
    ) {
        // A few blocks fill a file of the log, so that files are removed.
        let limits = ExExConfig { segment_bytes: 4_096, ..ExExConfig::default() };
        let config = ExExConfig { max_recent_blocks, max_notification_blocks, ..limits };
        let mut world = World::new(config);
        let mut recorders = NAMES.map(|name| Recorder::start(name, &world));
        for op in ops {
            world = perform(op, world, &mut recorders);
        }
        world = kill(world, &mut recorders);
        for recorder in &mut recorders {
            while recorder.take(&world) {}
            assert_eq!(recorder.seen.chain, world.chain());
        }
    }
}
