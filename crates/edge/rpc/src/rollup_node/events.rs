//! What the node does, for whoever listens.

use super::status::BlockRef;
use crate::feed::{Feed, FeedLimits, FeedReader};
use alloy_primitives::{Address, B256};
use rollup_primitives::BlockSignature;
use rollup_sequencer::SkipReason;
use serde::{Deserialize, Serialize, Serializer};
use std::sync::Arc;

/// Events that are kept for those who are slow, at most.
const MAX_UNREAD: usize = 8192;
/// Bytes of these events together, about.
const MAX_UNREAD_BYTES: usize = 8 << 20;
/// Bytes of an event without the blocks that it names, about.
const EVENT_BYTES: usize = 256;
/// Bytes of a block that is named, about.
const BLOCK_BYTES: usize = 64;

/// Index and hash of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRef {
    /// Index.
    pub index: u64,
    /// Hash.
    pub hash: B256,
}

/// Something that happened in the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event")]
#[non_exhaustive]
pub enum NodeEvent {
    /// Blocks joined the chain on top of its head.
    ChainExtended {
        /// The blocks, ascending.
        blocks: Vec<BlockRef>,
    },
    /// Blocks left the chain.
    ChainReorged {
        /// The blocks that left, ascending.
        removed: Vec<BlockRef>,
        /// Those that joined it instead, ascending. There may be none.
        added: Vec<BlockRef>,
    },
    /// Head, safe or finalized block is another one. Of several changes in a row only the last may
    /// be told.
    FcsHeadUpdated {
        /// Head.
        head: BlockRef,
        /// Highest block that is consolidated with a batch.
        safe: BlockRef,
        /// Highest block of a batch that is finalized.
        finalized: BlockRef,
    },
    /// A block was built here and is to be signed. It is not durable yet.
    BlockSequenced {
        /// The block.
        block: BlockRef,
    },
    /// A block is signed, durable, the head, and announced.
    SignedBlock {
        /// The block.
        block: BlockRef,
        /// Its signature.
        signature: Option<BlockSignature>,
    },
    /// The block that was built has no transactions, and such are not kept.
    BlockBuildingSkipped {
        /// What it would have followed.
        parent: BlockRef,
    },
    /// Slots went by without a block.
    SlotSkipped {
        /// Why.
        #[serde(serialize_with = "as_text")]
        reason: SkipReason,
        /// How many.
        slots: u64,
    },
    /// There is a new latest L1 block.
    NewL1Block {
        /// The block.
        l1_block: BlockRef,
    },
    /// L1 is final up to a block.
    L1BlockFinalized {
        /// Its number.
        l1_block_number: u64,
    },
    /// An L1 message was enqueued.
    L1MessageCommitted {
        /// Its place in the queue.
        queue_index: u64,
        /// The L1 block that enqueued it.
        l1_block: BlockRef,
    },
    /// L1 took blocks back.
    L1Reorg {
        /// Highest L1 block that remains.
        l1_block_number: u64,
        /// L1 blocks that are gone.
        depth: u64,
        /// The first L1 message that is gone, if one is.
        queue_index: Option<u64>,
        /// The head now, if blocks left the chain.
        head: Option<BlockRef>,
        /// The safe block now, if it went back.
        safe: Option<BlockRef>,
        /// Blocks that left the chain.
        removed_blocks: u64,
    },
    /// L1 is read anew, by order of the operator or because something was missing.
    UnwoundToL1Block {
        /// Highest L1 block that remains as it was read.
        l1_block_number: u64,
    },
    /// Everything up to the latest L1 block is stored, for the first time since the node started or
    /// since L1 is read anew.
    L1Synced,
    /// A batch was committed on L1.
    BatchCommitIndexed {
        /// The batch.
        batch: BatchRef,
        /// The L1 block that committed it.
        l1_block: BlockRef,
    },
    /// A batch was finalized on L1, and with it all before it.
    BatchFinalizeIndexed {
        /// The batch.
        batch: BatchRef,
        /// The L1 block that finalized it.
        l1_block: BlockRef,
    },
    /// Batches were reverted on L1.
    BatchReverted {
        /// Index of the first one.
        first: u64,
        /// Index of the last one.
        last: u64,
        /// The L1 block that reverted them.
        l1_block: BlockRef,
    },
    /// Another signer is the authorized one, or it is known for the first time.
    AuthorizedSignerChanged {
        /// Who was; `null` if nobody was known.
        previous: Option<Address>,
        /// Who is.
        signer: Address,
        /// The L1 block since which it is, or is known to be.
        l1_block_number: u64,
    },
    /// The node shuts down. The connection ends right after this, or before.
    Shutdown,
    /// Events were not told, because whoever listens was too slow, or the node itself.
    EventsMissed {
        /// How many.
        count: u64,
    },
}

impl NodeEvent {
    const fn bytes(&self) -> usize {
        let blocks = match self {
            Self::ChainExtended { blocks } => blocks.len(),
            Self::ChainReorged { removed, added } => removed.len() + added.len(),
            _ => 0,
        };
        EVENT_BYTES + blocks * BLOCK_BYTES
    }
}

fn as_text<S: Serializer>(reason: &SkipReason, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(reason.as_str())
}

/// An event with its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NumberedEvent {
    /// Counts the events since the node started, from zero. If events were missed, the number of the
    /// last of them.
    pub sequence: u64,
    /// The event.
    #[serde(flatten)]
    pub event: NodeEvent,
}

/// Where events come together, and go from to whoever listens. Cloning gives another handle.
#[derive(Clone, Debug)]
pub struct NodeEvents {
    feed: Feed<NumberedEvent>,
}

impl NodeEvents {
    /// Nobody listens yet.
    pub fn new() -> Self {
        let limits = FeedLimits { items: MAX_UNREAD, bytes: MAX_UNREAD_BYTES };
        Self { feed: Feed::new(limits) }
    }

    /// Tells an event to all who listen now. Never waits.
    pub fn publish(&self, event: NodeEvent) {
        self.feed.push(event.bytes(), |sequence| NumberedEvent { sequence, event });
    }

    /// Listens to events from now on.
    pub fn subscribe(&self) -> NodeEventReceiver {
        NodeEventReceiver { reader: self.feed.reader() }
    }
}

impl Default for NodeEvents {
    fn default() -> Self {
        Self::new()
    }
}

/// Gets the events of a node. [`NodeEvent::Shutdown`] is the last one that is of interest.
#[derive(Debug)]
pub struct NodeEventReceiver {
    reader: FeedReader<NumberedEvent>,
}

impl NodeEventReceiver {
    /// The next event. [`NodeEvent::EventsMissed`] stands for those that came too fast. Cancel-safe.
    pub async fn next(&mut self) -> Arc<NumberedEvent> {
        match self.reader.next().await {
            Ok(event) => event,
            Err(_behind) => {
                let (sequence, count) = self.reader.catch_up();
                Arc::new(NumberedEvent { sequence, event: NodeEvent::EventsMissed { count } })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn who_is_slow_is_told_how_many_events_were_missed() {
        let events = NodeEvents::new();
        events.publish(NodeEvent::Shutdown);
        let mut receiver = events.subscribe();
        for slots in 0..MAX_UNREAD as u64 + 5 {
            events.publish(NodeEvent::SlotSkipped { reason: SkipReason::Late, slots });
        }
        let missed = receiver.next().await;
        assert_eq!(missed.event, NodeEvent::EventsMissed { count: 5 });
        assert_eq!(missed.sequence, 5);
        let next = receiver.next().await;
        assert_eq!(next.event, NodeEvent::SlotSkipped { reason: SkipReason::Late, slots: 5 });
        assert_eq!(next.sequence, 6);
    }

    #[test]
    fn events_have_a_name_and_a_number() {
        let block = BlockRef { number: 7, hash: B256::with_last_byte(7) };
        let form = |event| serde_json::to_value(NumberedEvent { sequence: 3, event }).unwrap();
        assert_eq!(
            form(NodeEvent::BlockSequenced { block }),
            json!({ "sequence": 3, "event": "BlockSequenced", "block": block })
        );
        assert_eq!(form(NodeEvent::Shutdown), json!({ "sequence": 3, "event": "Shutdown" }));
        assert_eq!(
            form(NodeEvent::SlotSkipped { reason: SkipReason::NotSynced, slots: 2 }),
            json!({ "sequence": 3, "event": "SlotSkipped", "reason": "not_synced", "slots": 2 })
        );
        let batch = BatchRef { index: 4, hash: block.hash };
        assert_eq!(
            form(NodeEvent::BatchCommitIndexed { batch, l1_block: block }),
            json!({
                "sequence": 3,
                "event": "BatchCommitIndexed",
                "batch": { "index": 4, "hash": block.hash },
                "l1_block": block,
            })
        );
        assert_eq!(form(NodeEvent::L1Synced), json!({ "sequence": 3, "event": "L1Synced" }));
    }
}
