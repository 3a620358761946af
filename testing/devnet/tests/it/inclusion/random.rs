//! Random schedules of messages, L1 blocks, finality, reorgs, failing signers and restarts: the
//! messages of the chain are those of the queue, from 0 on, never above the target, never lost and
//! never twice.

use super::model::{MAX_GAS, MAX_MESSAGES, Model, message};
use crate::support::{RECIPIENT, hashes, queue_indices};
use alloy_primitives::TxHash;
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rollup_devnet::{Call, ScriptedSigner, Setup, Slot, Step as Try, TestNode, Wallet};
use rollup_primitives::ScrollTxEnvelope;
use rollup_sequencer::{L1InclusionMode, SequencerConfig, SkipReason};
use rollup_storage::ExecutedBlock;
use std::{cell::Cell, collections::BTreeSet, sync::Arc};
use tempfile::TempDir;
use tokio::runtime::Builder;

/// Schedules. All that bounds how long this takes.
const SCHEDULES: u32 = 32;
/// What they are made from.
const SEED: [u8; 32] = [7; 32];
/// Steps of a schedule, at most.
const MAX_STEPS: usize = 50;

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    /// An L1 block with messages of these gas limits.
    Mine(Vec<u64>),
    /// L1 blocks without messages.
    MineEmpty(u64),
    /// L1 is final up to so many blocks below the latest one, if it is not already.
    Finalize(u64),
    /// L1 takes back so many blocks, if they are not final.
    Reorg(u64),
    /// L1 is read anew from so many blocks below the latest one, and there is a block meanwhile.
    Reread(u64),
    /// A block, with a transaction of the pool or without.
    Slot { has_transaction: bool },
    /// A block, while which L1 takes back blocks.
    SlotAcrossReorg(u64),
    /// The next try of the signer fails.
    SignerFails,
    /// The node ends in order and starts again.
    Restart,
    /// The engine ends first, with whatever is in hand.
    EngineDies,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let gas = || select(vec![100_000, 700_000, MAX_GAS]);
    let step = prop_oneof![
        5 => vec(gas(), 1..4).prop_map(Step::Mine),
        3 => (1_u64..8).prop_map(Step::MineEmpty),
        1 => (0_u64..10).prop_map(Step::Finalize),
        4 => (1_u64..8).prop_map(Step::Reorg),
        1 => (0_u64..6).prop_map(Step::Reread),
        10 => any::<bool>().prop_map(|has_transaction| Step::Slot { has_transaction }),
        3 => (1_u64..8).prop_map(Step::SlotAcrossReorg),
        2 => Just(Step::SignerFails),
        1 => Just(Step::Restart),
        1 => Just(Step::EngineDies),
    ];
    vec(step, 10..MAX_STEPS)
}

fn modes() -> impl Strategy<Value = L1InclusionMode> {
    select(vec![0, 2, 10]).prop_flat_map(|below| {
        select(vec![L1InclusionMode::Finalized(below), L1InclusionMode::Depth(below)])
    })
}

/// A node, and how it must be.
struct World {
    node: TestNode,
    signer: Arc<ScriptedSigner>,
    model: Model,
    wallet: Wallet,
    submitted: BTreeSet<TxHash>,
    /// What the block has that may be promised and is not signed.
    promised: Option<Vec<u64>>,
    /// Tries of the signer that fail from now on.
    failures: usize,
    /// Blocks that L1 reorgs took off the chain.
    removed: u64,
    /// Of the journal of the pool.
    _directory: TempDir,
}

impl World {
    async fn new(mode: L1InclusionMode) -> Self {
        let (signer, directory) = (ScriptedSigner::new().unwrap(), tempfile::tempdir().unwrap());
        let journal = directory.path().join("journal");
        let setup = Setup::sequencer().with_signer(Arc::<ScriptedSigner>::clone(&signer));
        let setup = setup.with_config(|config| config.txpool.journal = Some(journal));
        let setup = setup.with_sequencer(|config| {
            *config = SequencerConfig {
                l1_inclusion_mode: mode,
                max_l1_messages: Some(MAX_MESSAGES as u64),
                max_l1_message_gas: MAX_GAS,
                max_consecutive_failures: u32::MAX,
                ..config.clone()
            };
        });
        Self {
            node: TestNode::start(setup).await.unwrap(),
            signer,
            model: Model::new(mode),
            wallet: Wallet::funded(0).unwrap(),
            submitted: BTreeSet::new(),
            promised: None,
            failures: 0,
            removed: 0,
            _directory: directory,
        }
    }

    async fn take(mut self, step: Step) -> Self {
        match step {
            Step::Mine(messages) => self.mine(messages).await,
            Step::MineEmpty(blocks) => {
                for _ in 0..blocks {
                    self.mine(Vec::new()).await;
                }
            }
            Step::Finalize(below) => self.finalize(below).await,
            Step::Reorg(depth) => self.reorg(depth).await,
            Step::Reread(depth) => self.reread(depth).await,
            Step::Slot { has_transaction } => {
                if has_transaction {
                    let call = Call::transfer(RECIPIENT, 1);
                    let transaction = self.wallet.next(call).unwrap();
                    self.submitted.insert(self.node.submit(transaction).await.unwrap());
                }
                self.slot(self.model.latest()).await;
            }
            Step::SlotAcrossReorg(depth) => self.slot_across_reorg(depth).await,
            Step::SignerFails => {
                self.signer.follow([Try::Unavailable]);
                self.failures += 1;
            }
            Step::Restart => {
                self.node.pool_follows().await.unwrap();
                return self.restart().await;
            }
            Step::EngineDies => {
                self.node.pool_follows().await.unwrap();
                self.node.handle.engine.stop().await.unwrap();
                return self.restart().await;
            }
        }
        self
    }

    async fn mine(&mut self, messages: Vec<u64>) {
        let enqueued = messages.iter().copied().map(message);
        self.node.l1().unwrap().enqueue(enqueued).await.unwrap();
        self.model.l1.push(messages);
    }

    async fn finalize(&mut self, below: u64) {
        let Some(number) = self.model.latest().checked_sub(below) else { return };
        self.node.l1().unwrap().finalize(number).await.unwrap();
        self.model.finalized = self.model.finalized.max(Some(number));
    }

    /// The block that an L1 reorg may go back to.
    fn reorg_target(&self, depth: u64) -> Option<u64> {
        let to = self.model.latest().checked_sub(depth)?;
        (self.model.finalized <= Some(to)).then_some(to)
    }

    async fn reorg(&mut self, depth: u64) {
        let Some(to) = self.reorg_target(depth) else { return };
        self.node.l1().unwrap().reorg(to).await.unwrap();
        let before = self.model.chain.len() as u64;
        let head = self.model.reorg(to);
        self.removed += before - head;
        assert_eq!(self.node.head().number, head, "what lost its ground left the chain, no more");
        let known = self.model.queue().len() as u64;
        // It is withdrawn with its parent, or with a message of its own.
        self.promised = self.promised.take().filter(|promised| {
            promised.first().is_none_or(|first| *first == self.model.next())
                && promised.iter().all(|index| *index < known)
        });
    }

    async fn reread(&mut self, depth: u64) {
        let latest = self.model.latest();
        let Some(to) = latest.checked_sub(depth) else { return };
        self.node.l1().unwrap().rewind(to).await.unwrap();
        assert_eq!(self.node.head().number, self.model.chain.len() as u64, "blocks stay");
        self.slot(to).await;
        let read = self.model.l1[usize::try_from(to).unwrap()..].to_vec();
        for messages in read {
            self.node.l1().unwrap().enqueue(messages.into_iter().map(message)).await.unwrap();
        }
    }

    /// A block, while L1 is read up to this block.
    async fn slot(&mut self, known: u64) {
        let expected = self.model.expected(known);
        let slot = self.node.build().await.unwrap();
        let promised = self.promised.as_ref().is_some_and(|promised| {
            let queue = self.model.queue();
            let is_read = |index: &u64| queue[usize::try_from(*index).unwrap()].l1_block <= known;
            !promised.iter().all(is_read)
        });
        if promised {
            // It is signed when its messages are known again.
            assert!(matches!(slot, Slot::Skipped(SkipReason::Failed)), "{slot:?}");
        } else {
            self.check(slot, &expected);
        }
    }

    async fn slot_across_reorg(&mut self, depth: u64) {
        let Some(to) = self.reorg_target(depth) else { return };
        if self.promised.is_some() {
            return;
        }
        let (expected, head) = (self.model.expected(self.model.latest()), self.node.head());
        self.node.begin().await.unwrap();
        self.reorg(depth).await;
        let known = self.model.queue().len() as u64;
        let slot = self.node.seal().await.unwrap();
        let is_lost = expected.iter().any(|index| *index >= known);
        if is_lost || self.node.head() != head && !matches!(slot, Slot::Block(_)) {
            let is_dropped =
                matches!(slot, Slot::Skipped(SkipReason::L1Reorg | SkipReason::HeadMoved));
            assert!(is_dropped, "to {to}: {slot:?}");
        } else {
            self.check(slot, &expected);
        }
    }

    fn check(&mut self, slot: Slot, expected: &[u64]) {
        match slot {
            Slot::Block(block) => {
                let indices = queue_indices(&block.block);
                match self.promised.take() {
                    Some(promised) => assert_eq!(indices, promised, "what was promised"),
                    None => assert_eq!(indices, expected),
                }
                self.check_messages(&block);
                self.model.chain.push(indices);
                assert_eq!(block.block.number, self.model.chain.len() as u64);
            }
            Slot::Empty => {
                assert!(expected.is_empty() && self.promised.is_none());
            }
            Slot::Skipped(SkipReason::Failed) => {
                self.failures = self.failures.checked_sub(1).expect("a try that fails");
                self.promised.get_or_insert_with(|| expected.to_vec());
            }
            Slot::Skipped(reason) => panic!("{reason}"),
        }
    }

    /// Each message is the one that L1 has.
    fn check_messages(&self, block: &ExecutedBlock) {
        let view = self.node.handle.engine.view().unwrap();
        let transactions = block.block.body().transactions.iter();
        for message in transactions.filter_map(ScrollTxEnvelope::as_l1_message) {
            let known = view.l1_message(message.inner().queue_index).unwrap().unwrap();
            assert_eq!(known.hash, *message.hash_ref());
            assert_eq!(known.l2_block_number, Some(block.block.number));
        }
    }

    async fn restart(self) -> Self {
        let node = self.node.restart().await.unwrap();
        assert_eq!(node.head().number, self.model.chain.len() as u64, "no block is lost");
        Self { node, ..self }
    }

    /// L1 stands still: what is deep enough gets into the chain, all else does not.
    async fn drain(&mut self) {
        let mut is_empty = false;
        while !is_empty {
            let expected = self.model.expected(self.model.latest());
            let slot = self.node.build().await.unwrap();
            is_empty = matches!(slot, Slot::Empty);
            self.check(slot, &expected);
        }
        let target = self.model.target();
        let queue = self.model.queue();
        let deep = queue.iter().filter(|queued| Some(queued.l1_block) <= target).count();
        assert!(self.model.next() >= deep as u64, "what is deep enough is included");
    }

    async fn end(mut self) {
        self.drain().await;
        for _ in 0..10 {
            self.mine(Vec::new()).await;
        }
        self.finalize(0).await;
        self.drain().await;
        let chain = self.node.chain(1..=self.node.head().number).unwrap();
        let indices: Vec<u64> = chain.iter().flat_map(|b| queue_indices(&b.block)).collect();
        let queue = self.model.queue().len() as u64;
        assert_eq!(indices, (0..queue).collect::<Vec<_>>(), "all, in order, and each once");
        let included: Vec<TxHash> = chain.iter().flat_map(|b| hashes(&b.block)).collect();
        let all: BTreeSet<TxHash> = included.iter().copied().collect();
        assert_eq!(all.len(), included.len(), "no transaction is in the chain twice");
        assert!(all.is_superset(&self.submitted), "a transaction of the pool is lost");
        let world = self.restart().await;
        assert_eq!(world.node.check().unwrap().findings, []);
        world.node.stop().await.unwrap();
    }
}

/// Gives how many blocks L1 reorgs took off the chain.
async fn follow(mode: L1InclusionMode, steps: Vec<Step>) -> u64 {
    let mut world = World::new(mode).await;
    for step in steps {
        world = Box::pin(world.take(step)).await;
    }
    let removed = world.removed;
    Box::pin(world.end()).await;
    removed
}

#[test]
fn messages_are_included_in_order_in_time_and_once_whatever_l1_does() {
    let config = Config { cases: SCHEDULES, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    let removed = Cell::new(0);
    let run = TestRunner::new_with_rng(config, rng).run(&(modes(), steps()), |(mode, steps)| {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        removed.set(removed.get() + runtime.block_on(Box::pin(follow(mode, steps))));
        Ok(())
    });
    run.unwrap();
    println!("{} blocks were taken off the chain", removed.get());
    assert!(removed.get() > u64::from(SCHEDULES / 4), "L1 reorgs did something");
}
