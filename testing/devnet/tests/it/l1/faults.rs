//! L15, L16: endpoints of L1 that fail while a sequencer has slots. No message is lost, nothing is
//! taken for a reorg, and no slot waits for L1.

use super::support::{
    caught_up, enqueue, follower, following, l1_of, l1_reorgs, message, messages, records,
    sequenced_up_to, told_until,
};
use crate::support::queue_indices;
use rollup_chainspec::ScrollChainSpec;
use rollup_devnet::{Setup, TestNode, soon};
use rollup_l1_client::L1EndpointState;
use rollup_l1_devnet::{Fault, FaultProxy, L1Chain, L1Options};
use rollup_node_builder::NodeConfig;
use rollup_orchestrator::L1StalePolicy;
use rollup_rpc::{NodeEvent, NodeEventReceiver};
use rollup_sequencer::{L1InclusionMode, SequencerEvent, SequencerState, SkipReason};
use serde_json::{Value, json};
use std::{num::NonZeroUsize, sync::Arc, time::Duration};

/// L1 blocks, each with a message, for which a fault lasts at least.
const L1_BLOCKS: u8 = 4;
/// Slots from one of these L1 blocks to the next.
const SLOTS: usize = 2;
/// Later than the next endpoint is asked.
const SLOW: Duration = Duration::from_millis(200);
/// Age from which on L1 is stale.
const STALE_AFTER: Duration = Duration::from_secs(1);

/// An L1 that is high enough for an endpoint that lags by 50 blocks.
fn high() -> L1Options {
    L1Options { number: 120, ..L1Options::default() }
}

/// Another L1 from the deployment on, far longer: a message is in its first block.
async fn fork() -> L1Chain {
    let other = L1Chain::start(L1Options::default()).await.unwrap();
    enqueue(&other, &[message(99)]).await;
    other.mine(300).await.unwrap();
    other
}

/// The development chain takes an L1 of any chain id; this one is particular.
fn check_chain_id(config: &mut NodeConfig) {
    let spec = &config.chain_spec;
    let (schedule, mut settings) = (spec.schedule().clone(), spec.config().clone());
    settings.l1.l1_start_block = 1;
    let genesis = spec.genesis().clone();
    config.chain_spec =
        Arc::new(ScrollChainSpec::new(spec.chain_id(), genesis, schedule, settings));
}

fn with_slots(urls: &[&str]) -> Setup {
    following(Setup::sequencer(), urls)
        .with_config(|config| {
            check_chain_id(config);
            config.l1.as_mut().unwrap().watcher.stale_after = STALE_AFTER;
        })
        .with_sequencer(|config| {
            config.l1_inclusion_mode = L1InclusionMode::Depth(0);
            (config.auto_start, config.allow_empty_blocks) = (true, true);
            config.block_time = Duration::from_millis(100);
            config.payload_building_duration = Duration::from_millis(20);
        })
}

/// A sequencer with slots, and the endpoints it reads L1 from.
struct Scene {
    l1: L1Chain,
    proxies: Vec<FaultProxy>,
    node: TestNode,
    told: NodeEventReceiver,
    sent: u8,
}

impl Scene {
    /// Starts a node with endpoints that fail like this.
    async fn start(faults: &[Fault], change: impl FnOnce(Setup) -> Setup) -> Self {
        let l1 = L1Chain::start(high()).await.unwrap();
        // Its blocks are not old, however long a scenario takes: what is stale was not read.
        let now = l1.latest().await.unwrap().timestamp;
        l1.mine_at(now + 3600).await.unwrap();
        let proxies: Vec<_> = faults.iter().map(|_| FaultProxy::start(l1.url()).unwrap()).collect();
        for (proxy, fault) in proxies.iter().zip(faults) {
            proxy.set(fault.clone()).unwrap();
        }
        let urls: Vec<_> = proxies.iter().map(FaultProxy::url).collect();
        let urls: Vec<_> = urls.iter().map(String::as_str).collect();
        let node = TestNode::start(change(with_slots(&urls))).await.unwrap();
        let told = node.handle.events.subscribe();
        Self { l1, proxies, node, told, sent: 0 }
    }

    fn set(&self, fault: &Fault) {
        for proxy in &self.proxies {
            proxy.set(fault.clone()).unwrap();
        }
    }

    async fn send(&mut self) {
        enqueue(&self.l1, &[message(self.sent)]).await;
        self.sent += 1;
    }

    /// The next block. No slot before it passes for a reason that L1 may have.
    async fn block(&mut self) {
        loop {
            match self.node.event().await.unwrap() {
                SequencerEvent::SignedBlock(_) => return,
                SequencerEvent::SlotSkipped {
                    reason: SkipReason::Late | SkipReason::Overrun,
                    ..
                } => {} // This machine has other work.
                SequencerEvent::SlotSkipped { reason, slots } => {
                    panic!("{slots} slots passed: {reason}")
                }
                _ => {}
            }
        }
    }

    /// L1 goes on with messages, and L2 with blocks.
    async fn goes_on(&mut self) {
        for _ in 0..L1_BLOCKS {
            self.send().await;
            for _ in 0..SLOTS {
                self.block().await;
            }
        }
    }

    /// All messages that were sent are in blocks, whatever that takes.
    async fn includes_all(&mut self) {
        while messages(&self.node).len() < usize::from(self.sent)
            || messages(&self.node).iter().any(|(_, l2_block)| l2_block.is_none())
        {
            self.block().await;
        }
    }

    /// The state of an endpoint.
    fn state(&self, endpoint: usize) -> L1EndpointState {
        l1_of(&self.node).client.endpoints()[endpoint].state
    }

    async fn health(&self) -> Value {
        self.node.rpc().unwrap().call("rollupNode_health", json!([])).await.unwrap()
    }

    /// Ends the faults: what the node tells and stores is what a node does without them.
    async fn end(mut self) {
        self.set(&Fault::None);
        self.send().await;
        self.includes_all().await;
        let latest = self.l1.latest().await.unwrap();
        let told = told_until(&mut self.told, latest.hash).await;
        assert_eq!(l1_reorgs(&told), [0; 0]);
        for event in &told {
            let is_bad =
                matches!(event, NodeEvent::ChainReorged { .. } | NodeEvent::EventsMissed { .. });
            assert!(!is_bad, "{event:?}");
        }
        self.node.sequencer().unwrap().stop().await.unwrap();
        let queue = self.l1.queued_messages().await.unwrap();
        let chain = self.node.chain(1..=self.node.head().number).unwrap();
        let included: Vec<u64> =
            chain.iter().flat_map(|stored| queue_indices(&stored.block)).collect();
        let expected: Vec<u64> = queue.iter().map(|(_, message)| message.queue_index).collect();
        assert_eq!(included, expected, "all of them, each once, in order");
        let single = follower(&[self.l1.url()]).with_config(check_chain_id);
        let fresh = TestNode::start(single).await.unwrap();
        caught_up(&fresh, &self.l1).await;
        caught_up(&self.node, &self.l1).await;
        assert_eq!(records(&self.node.handle.storage, &[]), records(&fresh.handle.storage, &[]));
    }
}

/// What the first endpoint does while the others are well.
fn faults() -> Vec<Fault> {
    vec![
        Fault::Dead,
        Fault::Hang,
        Fault::Delay(SLOW),
        Fault::Http(503),
        Fault::Rpc { code: -32000, message: "internal error".to_owned() },
        Fault::RateLimit,
        Fault::Garbage,
        Fault::Lag(50),
        Fault::DropLogs(NonZeroUsize::new(2).unwrap()),
        Fault::NO_LOGS,
        Fault::ChainId(17),
    ]
}

async fn first_endpoint_fails(endpoints: usize, faults: Vec<Fault>) {
    let mut scene = Scene::start(&vec![Fault::None; endpoints], |setup| setup).await;
    scene.send().await;
    scene.includes_all().await;
    for fault in faults {
        scene.proxies[0].set(fault.clone()).unwrap();
        scene.goes_on().await;
        soon("messages", scene.includes_all())
            .await
            .unwrap_or_else(|_| panic!("with {endpoints} endpoints, the first one: {fault:?}"));
        scene.proxies[0].set(Fault::None).unwrap();
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l16_whatever_one_of_two_endpoints_does_l1_is_followed() {
    first_endpoint_fails(2, faults()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l16_whatever_one_of_three_endpoints_does_l1_is_followed() {
    let other = fork().await;
    let faults = [vec![Fault::Fork(other.url().to_owned())], faults()].concat();
    first_endpoint_fails(3, faults).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l16_an_endpoint_of_another_chain_at_the_start_is_never_read() {
    let faults = [Fault::ChainId(17), Fault::None];
    let mut scene = Scene::start(&faults, |setup| setup).await;
    scene.goes_on().await;
    scene.includes_all().await;
    assert_eq!(scene.state(0), L1EndpointState::WrongChain);
    assert_eq!(scene.proxies[0].count("eth_getBlockReceipts"), 0);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l16_one_of_two_endpoints_on_another_fork_is_no_reorg() {
    let other = fork().await;
    let mut scene = Scene::start(&[Fault::None, Fault::None], |setup| setup).await;
    scene.send().await;
    scene.includes_all().await;
    scene.proxies[0].set(Fault::Fork(other.url().to_owned())).unwrap();
    // Nobody can say which one is right: slots go on, and what is stored stays.
    let before = messages(&scene.node);
    scene.goes_on().await;
    let after = messages(&scene.node);
    assert_eq!(after[..before.len()], before);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l15_slots_go_on_while_all_endpoints_are_down_and_messages_come_after() {
    let mut scene = Scene::start(&[Fault::None, Fault::None], |setup| setup).await;
    scene.send().await;
    scene.includes_all().await;
    let rate_limited = Fault::Rpc { code: -32005, message: "request limit".to_owned() };
    for fault in [Fault::Hang, Fault::Dead, Fault::RateLimit, rate_limited] {
        let known = messages(&scene.node).len();
        scene.set(&fault);
        scene.goes_on().await;
        assert_eq!(messages(&scene.node).len(), known, "{fault:?}");
        scene.set(&Fault::None);
        scene.includes_all().await;
    }
    scene.set(&Fault::Hang);
    while !scene.health().await["reasons"].to_string().contains("l1 stale") {
        scene.block().await;
    }
    assert_eq!(scene.health().await["healthy"], json!(false));
    scene.set(&Fault::None);
    scene.send().await;
    while scene.health().await["reasons"].to_string().contains("l1") {
        scene.block().await;
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l15_endpoints_that_are_down_at_the_start_are_waited_for() {
    let mut scene = Scene::start(&[Fault::Dead, Fault::Hang], |setup| setup).await;
    scene.send().await;
    let waits = scene.node.state(|state| state == SequencerState::WaitingForSync);
    waits.await.unwrap();
    scene.proxies[1].set(Fault::None).unwrap();
    sequenced_up_to(&mut scene.node, 0).await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l15_the_policy_to_stop_holds_slots_while_l1_is_stale() {
    let mut scene = Scene::start(&[Fault::None], |setup| {
        setup.with_config(|config| {
            config.l1.as_mut().unwrap().stale_policy = L1StalePolicy::Stop;
        })
    })
    .await;
    scene.send().await;
    scene.includes_all().await;
    scene.set(&Fault::Http(500));
    scene.node.state(|state| state == SequencerState::L1Stale).await.unwrap();
    let head = scene.node.head();
    loop {
        match scene.node.event().await.unwrap() {
            SequencerEvent::SlotSkipped { reason: SkipReason::L1Stale, .. } => break,
            SequencerEvent::SlotSkipped { .. } | SequencerEvent::BlockSequenced(_) => {}
            SequencerEvent::SignedBlock(block) => assert!(block.id().number <= head.number),
            other => panic!("{other:?}"),
        }
    }
    scene.set(&Fault::None);
    scene.send().await;
    sequenced_up_to(&mut scene.node, 1).await;
    assert!(scene.node.head().number > head.number);
}
