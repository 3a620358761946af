//! N16, N17: L1 takes back a message that a block includes. And a sequencer that is killed while that
//! is carried out.

use crate::support::{RECIPIENT, hashes, queue_indices, transfers};
use alloy_eips::BlockNumHash;
use alloy_primitives::{B256, U256};
use rollup_devnet::{
    Call, Child, KillPoint, Setup, TestNode, Wallet, WritingSigner, follow_kill_point, is_child,
    say,
};
use rollup_node_builder::{NodeBuilder, NodeConfig, NodeHandle};
use rollup_primitives::TxL1Message;
use rollup_sequencer::{Announce, AnnouncedTo, SequencerConfig, SequencerEvent};
use rollup_storage::{
    EnqueuedMessage, ExecutedBlock, L1Block, L1Event, RollupChange, next_queue_hash,
};
use rstest::rstest;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::runtime::Builder;

const CHILD: &str = "l1_reorg::child_carries_an_l1_reorg_out_until_it_is_killed";
/// A file that says that the reorg has begun.
const BEGUN: &str = "reorg-begun";
/// Blocks that a child makes after what it waits for.
const MORE_BLOCKS: u64 = 3;

fn message() -> TxL1Message {
    TxL1Message {
        to: RECIPIENT,
        gas_limit: 50_000,
        value: U256::ZERO,
        sender: Wallet::funded(3).unwrap().address(),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n16_n17_blocks_with_a_lost_message_go_and_their_transactions_come_back() {
    let mut node = TestNode::start(Setup::sequencer()).await.unwrap();
    let mut wallet = Wallet::funded(0).unwrap();
    transfers(&mut node, &mut wallet, 2).await;
    let kept = node.head();
    let l1_block = node.l1().unwrap().enqueue([message()]).await.unwrap();
    let first = node.submit(wallet.next(Call::transfer(RECIPIENT, 7)).unwrap()).await.unwrap();
    let affected = node.block().await.unwrap();
    assert_eq!(queue_indices(&affected.block), [0]);
    assert!(hashes(&affected.block).contains(&first));
    let second = transfers(&mut node, &mut wallet, 1).await[0];
    let top = node.head();

    let reorg = node.handle.engine.reorg_l1(l1_block - 1).await.unwrap();
    assert_eq!(reorg.removed, [affected.id(), top]);
    assert_eq!((reorg.head, node.head()), (kept, kept));
    node.pool_follows().await.unwrap();
    let block = node.block().await.unwrap();
    assert_eq!(block.parent(), kept, "blocks go on from before the first affected one");
    assert_eq!(
        hashes(&block.block),
        [first, second],
        "transactions come back, the message does not"
    );
    let node = node.restart().await.unwrap();
    assert_eq!(node.head(), block.id());
    assert_eq!(rollup_devnet::check(&node.handle.storage).unwrap().findings, []);
}

/// Tells the parent what is published.
#[derive(Debug)]
struct Telling;

impl Announce for Telling {
    fn announce(&self, block: &Arc<ExecutedBlock>) -> AnnouncedTo {
        let (BlockNumHash { number, hash }, parent) = (block.id(), block.parent().hash);
        say(&format!("broadcast {number} {hash} {parent}")).unwrap();
        AnnouncedTo::default()
    }
}

fn config(data_dir: PathBuf) -> NodeConfig {
    // The database has the blocks that are to go.
    let setup = Setup::sequencer().with_config(|config| {
        config.storage.commit_interval = Duration::from_millis(20);
        config.storage.max_unpersisted_blocks = 4;
    });
    let sequencer = SequencerConfig {
        block_time: Duration::from_millis(25),
        payload_building_duration: Duration::from_millis(10),
        allow_empty_blocks: true,
        auto_start: true,
        ..setup.config.sequencer.clone().unwrap()
    };
    NodeConfig { data_dir, sequencer: Some(sequencer), ..setup.config }
}

/// L1 block 1 does nothing, L1 block 2 has a message.
fn l1_blocks() -> Vec<RollupChange> {
    let message = message();
    let queue_hash = Some(next_queue_hash(None, message.tx_hash()));
    let enqueued = L1Event::MessageEnqueued(EnqueuedMessage { message, queue_hash });
    let block = |number: u8, events| {
        RollupChange::L1Block(L1Block {
            number: number.into(),
            hash: B256::with_last_byte(number),
            timestamp: number.into(),
            events,
        })
    };
    vec![block(1, vec![]), block(2, vec![enqueued]), RollupChange::L1Latest { number: 2 }]
}

/// Waits for blocks that are signed from now on.
async fn signed_blocks(node: &NodeHandle, count: u64) {
    let mut events = node.sequencer.as_ref().unwrap().subscribe();
    let mut left = count;
    while left > 0 {
        let event = events.recv().await.unwrap();
        left -= u64::from(matches!(event, SequencerEvent::SignedBlock(_)));
    }
}

#[test]
fn child_carries_an_l1_reorg_out_until_it_is_killed() {
    if !is_child() {
        return;
    }
    follow_kill_point().unwrap();
    // Ends the line that the test harness has begun.
    say("").unwrap();
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(async {
        let signer = WritingSigner::open(Path::new("key"), Path::new("asked")).unwrap();
        let node = NodeBuilder::new(config("data".into()))
            .with_signer(signer)
            .with_announcer(Arc::new(Telling))
            .launch()
            .await
            .unwrap();
        if !Path::new(BEGUN).exists() {
            signed_blocks(&node, MORE_BLOCKS).await;
            node.engine.apply_rollup(l1_blocks()).await.unwrap();
            let is_included =
                || node.engine.view().unwrap().l1_message(0).unwrap().unwrap().l2_block_number;
            while is_included().is_none() {
                signed_blocks(&node, 1).await;
            }
            signed_blocks(&node, MORE_BLOCKS).await;
            fs::write(BEGUN, []).unwrap();
            say(&format!("included {}", is_included().unwrap())).unwrap();
        }
        // As who follows L1 does: until it has been carried out.
        say("reorging").unwrap();
        let reorg = node.engine.reorg_l1(1).await.unwrap();
        say(&format!("reorged {}", reorg.head.number)).unwrap();
        signed_blocks(&node, MORE_BLOCKS).await;
        say("done").unwrap();
        node.wait_for_exit(std::future::pending()).await.unwrap();
    });
}

/// What the world has seen of the sequencer.
#[derive(Debug, Default)]
struct World {
    /// Blocks that were published and not taken back since.
    published: BTreeMap<u64, B256>,
    /// The block that included the message.
    included: Option<u64>,
    /// Whether the blocks from that on may have been taken back, or are at any moment.
    may_go_back: bool,
    is_reorged: bool,
    is_done: bool,
}

impl World {
    fn read(&mut self, line: &str) {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["broadcast", number, hash, parent] => {
                self.publish(number.parse().unwrap(), hash.parse().unwrap(), parent);
            }
            ["included", number] => self.included = Some(number.parse().unwrap()),
            ["reorging"] => self.may_go_back = true,
            ["reorged", head] => {
                let head: u64 = head.parse().unwrap();
                self.published.retain(|number, _| *number <= head);
                (self.is_reorged, self.may_go_back) = (true, false);
            }
            ["done"] => self.is_done = true,
            _ => {}
        }
    }

    fn publish(&mut self, number: u64, hash: B256, parent: &str) {
        if self.may_go_back && self.included == Some(number) {
            // It was done, and not told yet.
            self.published.retain(|published, _| *published < number);
            self.may_go_back = false;
        }
        let before = self.published.insert(number, hash);
        assert_eq!(before, None, "block {number} was published twice");
        if let Some(below) = self.published.get(&(number - 1)) {
            assert_eq!(below.to_string(), parent, "block {number} leaves the chain");
        }
    }
}

#[rstest]
#[case::released("released signed heights", false)]
#[case::withdrawn("withdrew the proposal", false)]
#[case::logged("unwinding", true)]
#[case::unwound("unwound", true)]
#[case::done("unwound L1", true)]
fn a_sequencer_killed_in_an_l1_reorg_publishes_no_height_twice(
    #[case] message: &'static str,
    #[case] is_unwound: bool,
) {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut world = World::default();
    let kill = Some(KillPoint { message, times: 1 });
    let child = Child::start(CHILD, directory.path(), kill).unwrap();
    while let Some(line) = child.line().unwrap() {
        world.read(&line);
        assert!(!world.is_done, "it did not come to that point");
    }
    child.rest().unwrap();
    assert!(world.included.is_some() && !world.is_reorged, "it was killed in the reorg");
    world.may_go_back = is_unwound;

    let mut child = Child::start(CHILD, directory.path(), None).unwrap();
    while !world.is_done {
        world.read(&child.line().unwrap().unwrap());
    }
    child.kill().unwrap();
    for line in child.rest().unwrap() {
        world.read(&line);
    }
    assert!(world.is_reorged);

    let signer =
        WritingSigner::open(&directory.path().join("key"), &directory.path().join("asked"));
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let node = NodeBuilder::new(config(directory.path().join("data")))
            .with_signer(signer.unwrap())
            .launch()
            .await
            .unwrap();
        let head = node.sequencer.as_ref().unwrap().stop().await.unwrap();
        let view = node.engine.view().unwrap();
        for (number, hash) in &world.published {
            assert_eq!(view.hash_of(*number).unwrap(), Some(*hash), "published block {number}");
        }
        assert!(head.number > world.included.unwrap(), "the heights were signed anew");
        assert_eq!(view.l1_message(0).unwrap(), None);
        drop(view);
        assert_eq!(rollup_devnet::check(&node.storage).unwrap().findings, []);
        node.shutdown().await;
    });
}
