//! Random schedules of messages, blocks, L1 reorgs and restarts: whatever happens in whatever order,
//! no height is announced twice without a release, and chain and L1 records agree.

use crate::{engine::Node, proposals::signature};
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use proptest::{collection::vec, prelude::*};
use rollup_engine::{EngineError, Proposal};
use rollup_primitives::ScrollTxEnvelope;
use std::collections::BTreeMap;
use tokio::runtime::Builder;

#[derive(Clone, Copy, Debug)]
enum Event {
    /// An L1 block with messages.
    L1 {
        messages: u64,
    },
    /// A block with as many messages is promised.
    Propose {
        messages: usize,
    },
    /// The promised block is signed and appended.
    Sign,
    /// Its signer fails, and it is asked for again.
    Resume,
    /// L1 goes back by so many blocks.
    Reorg {
        depth: u64,
    },
    Restart,
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0_u64..3).prop_map(|messages| Event::L1 { messages }),
        5 => (0_usize..3).prop_map(|messages| Event::Propose { messages }),
        5 => Just(Event::Sign),
        1 => Just(Event::Resume),
        3 => (0_u64..5).prop_map(|depth| Event::Reorg { depth }),
        1 => Just(Event::Restart),
    ]
}

/// The node, and what must be true of it.
struct World {
    node: Node,
    /// What was announced and not released since.
    announced: BTreeMap<u64, B256>,
    /// The block that the node is bound to.
    promised: Option<BlockNumHash>,
    /// As the sequencer holds it.
    proposal: Option<Proposal>,
    /// Proposals whose block was withdrawn.
    withdrawn: Vec<Proposal>,
    /// So that no two blocks and no two messages are equal.
    salt: u64,
}

impl World {
    async fn happen(mut self, event: Event) -> Self {
        self.salt += 1;
        match event {
            Event::L1 { messages } => {
                self.node.l1_block(messages, self.salt).await;
            }
            Event::Propose { messages } => self.propose(messages).await,
            Event::Sign => self.sign().await,
            Event::Resume => self.resume().await,
            Event::Reorg { depth } => self.reorg(depth).await,
            Event::Restart => {
                self.proposal = None;
                self.withdrawn.clear();
                self.node = self.node.restarted().await;
                self.resume().await;
            }
        }
        self.check();
        self
    }

    async fn propose(&mut self, messages: usize) {
        let block = self.node.next_with(messages, self.salt);
        let id = block.id();
        match (self.node.engine.propose(block).await, self.promised) {
            (Ok(proposal), None) => {
                self.promised = Some(id);
                self.proposal = Some(proposal);
            }
            (Err(EngineError::Storage(_)), Some(promised)) => {
                assert_eq!(promised.number, id.number);
            }
            (result, promised) => panic!("{result:?} while {promised:?} is promised"),
        }
    }

    async fn sign(&mut self) {
        if let Some(proposal) = self.withdrawn.pop() {
            let refused = self.node.engine.append_signed(proposal, signature()).await.unwrap_err();
            assert!(matches!(refused, EngineError::Withdrawn { .. }), "{refused}");
        }
        let Some(proposal) = self.proposal.take() else { return };
        let block = self.node.engine.append_signed(proposal, signature()).await.unwrap();
        assert_eq!(self.promised.take(), Some(block.id()));
        let BlockNumHash { number, hash } = block.id();
        let before = self.announced.insert(number, hash);
        assert_eq!(before, None, "block {number} is announced a second time");
    }

    async fn resume(&mut self) {
        let pending = self.node.engine.pending_proposal().await.unwrap();
        assert_eq!(pending.as_ref().map(Proposal::id), self.promised);
        self.proposal = pending;
    }

    async fn reorg(&mut self, depth: u64) {
        let view = self.node.engine.view().unwrap();
        let processed = view.l1_progress().unwrap().processed.unwrap_or_default();
        let to = processed.saturating_sub(depth);
        let lost = view.first_l1_message_from(to + 1).unwrap();
        let lost = lost.map_or(u64::MAX, |lost| lost.message.queue_index);
        let head = view.head().unwrap();
        drop(view);
        let reorg = self.node.engine.reorg_l1(to).await.unwrap();
        assert_eq!(reorg.head.number + reorg.removed.len() as u64, head.number);
        self.announced.retain(|number, _| *number <= reorg.head.number);
        if let Some(block) = reorg.withdrawn {
            assert_eq!(Some(block), self.promised.take());
            self.withdrawn.extend(self.proposal.take());
        } else if let Some(proposal) = &self.proposal {
            let transactions = &proposal.block().block.body().transactions;
            let last = transactions.iter().filter_map(ScrollTxEnvelope::queue_index).next_back();
            assert!(last.is_none_or(|last| last < lost), "a lost message is still promised");
            assert_eq!(reorg.removed, [], "a block without parent is still promised");
        }
    }

    /// Chain and records agree.
    fn check(&self) {
        let view = self.node.engine.view().unwrap();
        let mut next = 0;
        for number in 1..=view.head().unwrap().number {
            let block = view.block(number).unwrap().unwrap();
            assert_eq!(self.announced.get(&number), Some(&block.hash()), "block {number}");
            let messages =
                block.body().transactions.iter().filter_map(ScrollTxEnvelope::as_l1_message);
            for message in messages {
                assert_eq!(message.inner().queue_index, next, "block {number}");
                let known = view.l1_message(next).unwrap().unwrap();
                assert_eq!(known.hash, *message.hash_ref());
                assert_eq!(known.l2_block_number, Some(number));
                next += 1;
            }
        }
        assert_eq!(self.announced.len() as u64, view.head().unwrap().number);
        for index in next..view.queue_length().unwrap() {
            assert_eq!(view.l1_message(index).unwrap().unwrap().l2_block_number, None);
        }
        assert_eq!(self.node.engine.forkchoice(), view.forkchoice().unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..Default::default() })]
    #[test]
    fn no_height_is_announced_twice_without_a_release(events in vec(events(), 1..40)) {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let mut world = World {
                node: Node::new(),
                announced: BTreeMap::new(),
                promised: None,
                proposal: None,
                withdrawn: Vec::new(),
                salt: 0,
            };
            for event in events {
                world = world.happen(event).await;
            }
        });
    }
}
