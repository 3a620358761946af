//! A sequencer that is killed again and again under load.

use alloy_eips::{BlockNumHash, Encodable2718};
use alloy_primitives::{B256, TxHash};
use rollup_devnet::{
    Call, Child, KillPoint, RpcClient, Setup, Wallet, WritingSigner, contracts, follow_kill_point,
    is_child, say, soon,
};
use rollup_node_builder::{NodeBuilder, NodeConfig, NodeHandle};
use rollup_primitives::block_signing_hash;
use rollup_sequencer::{Announce, AnnouncedTo, SequencerConfig};
use rollup_storage::ExecutedBlock;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::runtime::{Builder, Runtime};

/// Kills per run. All that bounds how long this takes.
const KILLS: u64 = 100;
/// Where the node says what it does to a block.
const POINTS: [&str; 7] = [
    "Built payload",
    "proposed",
    "Signed block",
    "appended",
    "Broadcast block",
    "committing",
    "committed",
];
/// Transactions in the pool of each sender, at most.
const MAX_WAITING: usize = 8;
/// Senders.
const SENDERS: usize = 4;
const CHILD: &str = "crash::child_sequences_until_it_is_killed";
/// Hashes that the signer was asked to sign.
const ASKED: &str = "asked";

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

/// Short slots, and a database that is written often.
fn config(data_dir: PathBuf) -> NodeConfig {
    let setup = Setup::sequencer().with_config(|config| {
        config.txpool.journal = Some(data_dir.join("journal"));
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

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn child_sequences_until_it_is_killed() {
    if !is_child() {
        return;
    }
    follow_kill_point().unwrap();
    // Ends the line that the test harness has begun.
    say("").unwrap();
    runtime().block_on(async {
        let signer = WritingSigner::open(Path::new("key"), Path::new(ASKED)).unwrap();
        let node = NodeBuilder::new(config("data".into()))
            .with_signer(signer)
            .with_announcer(Arc::new(Telling))
            .launch()
            .await
            .unwrap();
        let replayed = node.recovery.replayed_blocks;
        say(&format!("serves {} {replayed}", node.http_addr.unwrap())).unwrap();
        node.wait_for_exit(std::future::pending()).await.unwrap();
    });
}

/// A generator of numbers that needs no state beside its seed.
const fn mix(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A sender, and what of it is not known to be in a block.
struct Sender {
    wallet: Wallet,
    waiting: Vec<TxHash>,
}

/// What the world has seen of the sequencer.
struct World {
    runtime: Runtime,
    senders: Vec<Sender>,
    receipts: BTreeMap<TxHash, Value>,
    /// Every block that was published.
    published: BTreeMap<u64, B256>,
    /// Whether the sequencer has published since its last start.
    is_going_on: bool,
    replayed: u64,
}

impl World {
    fn new() -> Self {
        let senders = (0..SENDERS).map(|index| {
            let wallet = Wallet::funded(index).unwrap();
            Sender { wallet, waiting: Vec::new() }
        });
        Self {
            runtime: runtime(),
            senders: senders.collect(),
            receipts: BTreeMap::new(),
            published: BTreeMap::new(),
            is_going_on: false,
            replayed: 0,
        }
    }

    /// Runs a child until it has published this many blocks and a moment more, or killed itself.
    fn run(&mut self, directory: &Path, kill: Option<KillPoint>, blocks: u64, moment: u64) {
        let mut child = Child::start(CHILD, directory, kill).unwrap();
        let mut rpc = None;
        let mut left = blocks;
        self.is_going_on = false;
        while let Some(line) = child.line().unwrap() {
            let is_published = self.read(&line, &mut rpc);
            left = left.saturating_sub(u64::from(is_published));
            if let Some(rpc) = &rpc {
                // It may be killed at any moment.
                self.runtime.block_on(use_node(rpc, &mut self.senders, &mut self.receipts)).ok();
            }
            if kill.is_none() && rpc.is_some() && left == 0 {
                break;
            }
        }
        if kill.is_none() {
            for _ in 0..moment {
                std::hint::spin_loop();
            }
            child.kill().unwrap();
        }
        for line in child.rest().unwrap() {
            self.read(&line, &mut rpc);
        }
    }

    /// Takes in what a child says. Whether that is that it has published a block.
    fn read(&mut self, line: &str, rpc: &mut Option<RpcClient>) -> bool {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["serves", addr, replayed] => {
                *rpc = Some(RpcClient::new(addr.parse().unwrap()));
                self.replayed += replayed.parse::<u64>().unwrap();
                false
            }
            ["broadcast", number, hash, parent] => {
                self.publish(
                    number.parse().unwrap(),
                    hash.parse().unwrap(),
                    parent.parse().unwrap(),
                );
                true
            }
            // Those of the test harness.
            _ => false,
        }
    }

    fn publish(&mut self, number: u64, hash: B256, parent: B256) {
        if let Some((&last, &last_hash)) = self.published.last_key_value() {
            assert!(number > last, "block {number} was published after block {last}");
            // What was durable and not published when it was killed comes in between.
            assert!(number == last + 1 || !self.is_going_on, "block {number} after block {last}");
            assert!(number > last + 1 || parent == last_hash, "block {number} leaves the chain");
        }
        self.published.insert(number, hash);
        self.is_going_on = true;
    }
}

/// Hands in some transactions, and looks which ones are in blocks.
async fn use_node(
    rpc: &RpcClient,
    senders: &mut [Sender],
    receipts: &mut BTreeMap<TxHash, Value>,
) -> eyre::Result<()> {
    for sender in senders {
        let found = rpc.receipts(&sender.waiting).await?;
        for (hash, receipt) in sender.waiting.iter().zip(found) {
            if !receipt.is_null() {
                receipts.insert(*hash, receipt);
            }
        }
        sender.waiting.retain(|hash| !receipts.contains_key(hash));
        if sender.waiting.len() >= MAX_WAITING {
            continue;
        }
        // One that was handed in when the node was killed is known to it or not.
        let address = sender.wallet.address();
        let nonce = rpc.call("eth_getTransactionCount", json!([address, "pending"])).await?;
        sender.wallet.nonce =
            u64::from_str_radix(nonce.as_str().unwrap().trim_start_matches("0x"), 16)?;
        let call = if sender.wallet.nonce.is_multiple_of(3) {
            Call::create(&contracts::STORE)
        } else {
            Call::transfer(address, sender.wallet.nonce)
        };
        let transaction = sender.wallet.next(call)?;
        let raw = alloy_primitives::hex::encode_prefixed(transaction.encoded_2718());
        let hash = rpc.call("eth_sendRawTransaction", json!([raw])).await?;
        sender.waiting.push(serde_json::from_value(hash)?);
    }
    Ok(())
}

/// Waits until transactions are in blocks.
async fn included(node: &NodeHandle, rpc: &RpcClient, transactions: &[TxHash]) {
    let mut events = node.sequencer.as_ref().unwrap().subscribe();
    loop {
        // With each block there may be more of them.
        events.recv().await.unwrap();
        if rpc.receipts(transactions).await.unwrap().iter().all(|receipt| !receipt.is_null()) {
            return;
        }
    }
}

/// The last run, which ends in order: what is left to be signed is, and everything is looked at.
/// Gives the number of the head.
async fn look_at_the_end(directory: &Path, world: &World) -> u64 {
    let signer = WritingSigner::open(&directory.join("key"), &directory.join(ASKED)).unwrap();
    let config = config(directory.join("data"));
    let node = NodeBuilder::new(config).with_signer(signer).launch().await.unwrap();
    let rpc = RpcClient::new(node.http_addr.unwrap());
    let waiting: Vec<_> =
        world.senders.iter().flat_map(|sender| sender.waiting.iter().copied()).collect();
    soon("what was handed in", included(&node, &rpc, &waiting)).await.unwrap();
    let head = node.sequencer.as_ref().unwrap().stop().await.unwrap();

    let view = node.engine.view().unwrap();
    for (number, hash) in &world.published {
        assert_eq!(view.hash_of(*number).unwrap(), Some(*hash), "published block {number}");
    }
    let signed = (1..=head.number).map(|number| {
        assert!(view.signature(number).unwrap().is_some(), "block {number}");
        block_signing_hash(&view.header(number).unwrap().unwrap())
    });
    let signed: BTreeSet<B256> = signed.collect();
    drop(view);
    let asked = fs::read_to_string(directory.join(ASKED)).unwrap();
    for hash in asked.lines() {
        assert!(signed.contains(&hash.parse::<B256>().unwrap()), "{hash} is of no block");
    }
    let hashes: Vec<_> = world.receipts.keys().copied().collect();
    for hashes in hashes.chunks(100) {
        for (hash, receipt) in hashes.iter().zip(rpc.receipts(hashes).await.unwrap()) {
            assert_eq!(receipt, world.receipts[hash]);
        }
    }
    assert_eq!(rollup_devnet::check(&node.storage).unwrap().findings, []);
    node.shutdown().await;
    head.number
}

#[test]
fn a_killed_sequencer_loses_nothing_and_signs_no_height_twice() {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut world = World::new();
    for round in 0..KILLS {
        let point = POINTS.get(usize::try_from(round % (2 * POINTS.len() as u64)).unwrap());
        let kill = point.map(|message| KillPoint { message, times: 1 + mix(round) % 6 });
        let blocks = mix(round + KILLS) % 6;
        world.run(directory.path(), kill, blocks, mix(round + 2 * KILLS) % 2_000_000);
    }
    let head = runtime().block_on(look_at_the_end(directory.path(), &world));
    let (published, receipts) = (world.published.len(), world.receipts.len());
    let replayed = world.replayed;
    println!(
        "{head} blocks, {published} published, {receipts} receipts, {replayed} executed again"
    );
    assert!(replayed > 0, "no block had to be executed again");
    assert!(published as u64 > KILLS, "the children did something");
    assert!(receipts as u64 > KILLS, "the children were used");
}
