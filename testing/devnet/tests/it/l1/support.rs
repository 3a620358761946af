//! What the scenarios with a real L1 need.

use crate::support::queue_indices;
use alloy_primitives::{B256, Bytes};
use rollup_devnet::{HaltedNode, RpcClient, Setup, Slot, TestNode, soon};
use rollup_l1_devnet::{Fault, FaultProxy, L1Block, L1Chain, L1Message, L1Options};
use rollup_node_builder::{L1NodeConfig, NodeL1};
use rollup_rpc::{NodeEvent, NodeEventReceiver};
use rollup_sequencer::L1InclusionMode;
use rollup_storage::{BatchId, L1Progress, Storage, StoredBatch, StoredL1Message};
use serde_json::{Value, json};
use std::time::Duration;

/// From one look at L1 to the next.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// What one request may take. What hangs is given up after that.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_millis(400);
/// How long a block that is made by order takes transactions.
const BUILDING: Duration = Duration::from_millis(20);

/// An L1 with so many blocks above its final one that none of a scenario becomes final.
pub(super) fn young() -> L1Options {
    L1Options { slots_in_an_epoch: 20, ..L1Options::default() }
}

/// The same node, which follows L1 at these endpoints by the clock of the machine, and looks often.
pub(super) fn following(setup: Setup, urls: &[&str]) -> Setup {
    let mut l1 = L1NodeConfig::new(urls.iter().map(|url| url.parse().unwrap()).collect());
    l1.watcher.poll_interval = POLL_INTERVAL;
    l1.client.request_timeout = REQUEST_TIMEOUT;
    l1.client.hedge_after = REQUEST_TIMEOUT / 4;
    l1.client.max_retries = 2;
    l1.client.initial_backoff = Duration::from_millis(10);
    setup.with_system_clock().with_config(|config| config.l1 = Some(l1))
}

/// A node that makes blocks by order.
pub(super) fn sequencer(mode: L1InclusionMode, urls: &[&str]) -> Setup {
    following(Setup::sequencer(), urls).with_sequencer(|config| {
        config.l1_inclusion_mode = mode;
        config.payload_building_duration = BUILDING;
    })
}

/// A node that makes no blocks.
pub(super) fn follower(urls: &[&str]) -> Setup {
    following(Setup::follower(), urls)
}

/// An L1, a proxy before it, and a node behind the proxy.
pub(super) struct World {
    pub(super) l1: L1Chain,
    pub(super) proxy: FaultProxy,
    pub(super) node: TestNode,
}

impl World {
    /// Starts all of them; the node knows L1 when this returns.
    pub(super) async fn start(options: L1Options, setup: impl FnOnce(&[&str]) -> Setup) -> Self {
        let l1 = L1Chain::start(options).await.unwrap();
        let proxy = FaultProxy::start(l1.url()).unwrap();
        let node = TestNode::start(setup(&[&proxy.url()])).await.unwrap();
        caught_up(&node, &l1).await;
        Self { l1, proxy, node }
    }

    /// The next L1 block has these messages, and the node knows it.
    pub(super) async fn enqueue(&self, messages: &[L1Message]) -> L1Block {
        let block = enqueue(&self.l1, messages).await;
        caught_up(&self.node, &self.l1).await;
        block
    }

    /// Some L1 blocks more, which the node knows.
    pub(super) async fn mine(&self, blocks: u64) -> L1Block {
        let block = self.l1.mine(blocks).await.unwrap();
        caught_up(&self.node, &self.l1).await;
        block
    }
}

/// The next L1 block has these messages.
pub(super) async fn enqueue(l1: &L1Chain, messages: &[L1Message]) -> L1Block {
    for message in messages {
        l1.send_message(message).await.unwrap();
    }
    l1.mine(1).await.unwrap()
}

/// A message that differs from those with another number.
pub(super) fn message(number: u8) -> L1Message {
    L1Message { input: Bytes::from(vec![number]), ..L1Message::default() }
}

/// What follows L1 in a node.
pub(super) const fn l1_of(node: &TestNode) -> &NodeL1 {
    node.handle.l1.as_ref().unwrap()
}

/// Waits until everything that L1 has now is stored.
pub(super) async fn caught_up(node: &TestNode, l1: &L1Chain) {
    let (latest, finalized) = (l1.latest().await.unwrap(), l1.finalized().await.unwrap());
    let mut status = l1_of(node).watcher.watch_status();
    let known = status.wait_for(|status| {
        status.is_synced
            && status.latest.is_some_and(|block| block.hash == latest.hash)
            && status.processed == Some(latest.number)
            && status.finalized.is_some_and(|block| block.number == finalized.number)
    });
    let known = soon("L1 to be read", known).await.map(|known| known.is_ok());
    let parts = l1_of(node);
    let (status, endpoints) = (parts.watcher.status(), parts.client.endpoints());
    assert!(known.is_ok(), "{latest:?} is not known: {status:?}, {endpoints:?}");
    let mut sync = l1_of(node).orchestrator.watch_sync();
    soon("L1 to be synced", sync.wait_for(|sync| sync.l1_synced)).await.unwrap().unwrap();
}

/// Starts a node while nothing of L1 can be read, and gives what it tells from before it reads
/// something until it has read everything.
pub(super) async fn start_listening(
    halted: HaltedNode,
    l1: &L1Chain,
    proxy: &FaultProxy,
) -> (TestNode, Vec<NodeEvent>) {
    proxy.set(Fault::Dead).unwrap();
    let node = halted.start().await.unwrap();
    let mut events = node.handle.events.subscribe();
    proxy.set(Fault::None).unwrap();
    let told = told_until(&mut events, l1.latest().await.unwrap().hash).await;
    caught_up(&node, l1).await;
    (node, told)
}

/// What a node tells until it knows this L1 block as the latest one.
pub(super) async fn told_until(events: &mut NodeEventReceiver, l1_hash: B256) -> Vec<NodeEvent> {
    let mut told = Vec::new();
    loop {
        let event = soon("an event", events.next()).await.unwrap().event.clone();
        let is_last =
            matches!(event, NodeEvent::NewL1Block { l1_block } if l1_block.hash == l1_hash);
        told.push(event);
        if is_last {
            return told;
        }
    }
}

/// The reorgs of L1 among events: the highest block that remains, of each.
pub(super) fn l1_reorgs(events: &[NodeEvent]) -> Vec<u64> {
    let reorg = |event: &NodeEvent| match event {
        NodeEvent::L1Reorg { l1_block_number, .. } => Some(*l1_block_number),
        _ => None,
    };
    events.iter().filter_map(reorg).collect()
}

/// Queue indices of the messages in a block that is made now; none if there is nothing to put into
/// one.
pub(super) async fn included(node: &mut TestNode) -> Vec<u64> {
    match node.build_by_clock().await.unwrap() {
        Slot::Block(block) => queue_indices(&block.block),
        Slot::Empty => Vec::new(),
        Slot::Skipped(reason) => panic!("there is no block: {reason}"),
    }
}

/// What `rollupNode_status` says of L1.
pub(super) async fn l1_status(rpc: &RpcClient) -> Value {
    rpc.call("rollupNode_status", json!([])).await.unwrap()["l1"].take()
}

/// Calls a node until it has asked L1 so many times more. What it says of L1 must be this all the
/// time.
pub(super) async fn asks_l1(node: &TestNode, times: u64, expected: &Value) {
    let asked =
        || -> u64 { l1_of(node).client.endpoints().iter().map(|endpoint| endpoint.requests).sum() };
    let (rpc, before) = (node.rpc().unwrap(), asked());
    let pass = async {
        while asked() < before + times {
            assert_eq!(&l1_status(&rpc).await, expected);
        }
    };
    soon("requests to L1", pass).await.unwrap();
}

/// The L1 blocks of the messages that a node knows, with the L2 blocks that include them.
pub(super) fn messages(node: &TestNode) -> Vec<(u64, Option<u64>)> {
    let stored = node.handle.engine.view().unwrap().l1_messages(0, u64::MAX, usize::MAX).unwrap();
    stored.into_iter().map(|own| (own.l1_block_number, own.l2_block_number)).collect()
}

/// Lets a node with slots make blocks until one includes the message with this queue index.
pub(super) async fn sequenced_up_to(node: &mut TestNode, queue_index: usize) {
    while messages(node).get(queue_index).is_none_or(|(_, l2_block)| l2_block.is_none()) {
        node.signed().await.unwrap();
    }
}

/// What is stored of L1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Records {
    pub(super) progress: L1Progress,
    /// Without the L2 blocks that include them.
    pub(super) messages: Vec<StoredL1Message>,
    /// Those that are not reverted, by index.
    pub(super) live: Vec<(BatchId, StoredBatch)>,
    /// Those that were asked for, with their calldata.
    pub(super) batches: Vec<Option<(StoredBatch, Option<Bytes>)>>,
}

/// What is stored of L1, with these batches, reverted or not.
pub(super) fn records(storage: &Storage, batches: &[BatchId]) -> Records {
    let view = storage.view().unwrap();
    let messages = view.l1_messages(0, u64::MAX, usize::MAX).unwrap();
    let messages = messages.into_iter();
    Records {
        progress: view.l1_progress().unwrap(),
        messages: messages.map(|own| StoredL1Message { l2_block_number: None, ..own }).collect(),
        live: (1..).map_while(|index| view.batch_at(index).unwrap()).collect(),
        batches: batches
            .iter()
            .map(|id| Some((view.batch(*id).unwrap()?, view.batch_calldata(*id).unwrap())))
            .collect(),
    }
}

/// What a node stores that reads this L1 from its beginning.
pub(super) async fn fresh(l1: &L1Chain, batches: &[BatchId]) -> Records {
    let node = TestNode::start(follower(&[l1.url()])).await.unwrap();
    caught_up(&node, l1).await;
    let fresh = records(&node.handle.storage, batches);
    node.stop().await.unwrap();
    fresh
}
