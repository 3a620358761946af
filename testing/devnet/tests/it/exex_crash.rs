//! ExExes of a node that is killed again and again while its chain changes.

use alloy_consensus::transaction::Recovered;
use alloy_eips::BlockNumHash;
use eyre::{OptionExt, Result, ensure};
use rollup_devnet::{
    Call, Child, KillPoint, Setup, Wallet, follow_kill_point, is_child, say, soon,
};
use rollup_engine::{EngineHandle, ForkchoiceUpdate};
use rollup_exex::{BoxError, Chain, ExExContext, ExExNotification};
use rollup_node_builder::{NodeBuilder, NodeConfig};
use rollup_primitives::PayloadAttributes;
use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc,
    task::block_in_place,
};

/// Kills per run. All that bounds how long this takes.
const KILLS: u64 = 60;
/// Where the node says what it does for ExExes, and to its chain.
const POINTS: [&str; 8] = [
    "Logged blocks for an ExEx",
    "Told an ExEx",
    "Noted what an ExEx has finished",
    "appended",
    "unwinding",
    "unwound",
    "committing",
    "committed",
];
const CHILD: &str = "exex_crash::child_changes_its_chain_until_it_is_killed";
/// Notes itself where it is, and begins there.
const OWN_NOTES: &str = "own-notes";
/// Relies on what the node has noted.
const NODE_NOTES: &str = "node-notes";

/// What an ExEx has seen: a line for each notification, durable before it is reported as finished.
#[derive(Debug)]
struct Record {
    file: File,
    /// The chain after each notification.
    chains: Vec<Vec<BlockNumHash>>,
    genesis: BlockNumHash,
    reverted: usize,
}

impl Record {
    fn open(path: &Path, genesis: BlockNumHash) -> Result<Self> {
        let text = if path.exists() { fs::read_to_string(path)? } else { String::new() };
        // A kill leaves at most the last line unfinished.
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        file.set_len(whole.len() as u64)?;
        let mut record = Self { file, chains: vec![Vec::new()], genesis, reverted: 0 };
        for line in whole.lines() {
            let (old, new) = line.split_once('|').ok_or_eyre("a line of two parts")?;
            record.take(&parse(old)?, &parse(new)?)?;
        }
        Ok(record)
    }

    fn chain(&self) -> &[BlockNumHash] {
        self.chains.last().map_or(&[], Vec::as_slice)
    }

    fn tip(&self) -> BlockNumHash {
        self.chain().last().copied().unwrap_or(self.genesis)
    }

    /// What was told may not have been reported as finished before a kill: that is told again.
    fn go_back_to(&mut self, finished: BlockNumHash) -> Result<()> {
        if self.tip() != finished {
            self.chains.pop();
        }
        ensure!(self.tip() == finished, "it was at {:?}, not at {finished:?}", self.tip());
        let text = self.chains.windows(2).map(|pair| line_between(&pair[0], &pair[1]));
        let text: String = text.collect();
        // The last line goes in one step, whenever it is killed.
        self.file.set_len(text.len() as u64)?;
        Ok(self.file.sync_data()?)
    }

    fn apply(&mut self, notification: &ExExNotification) -> Result<()> {
        let ids = |chain: Option<&Arc<Chain>>| {
            let blocks = chain.into_iter().flat_map(|chain| chain.blocks());
            blocks.map(|block| (block.id(), block.parent())).collect::<Vec<_>>()
        };
        let (old, new) = (ids(notification.reverted()), ids(notification.committed()));
        for (block, parent) in &new {
            ensure!(parent.number + 1 == block.number, "blocks follow each other");
        }
        let fork = self.chain().len().checked_sub(old.len()).ok_or_eyre("more than it has seen")?;
        let fork = self.chain()[..fork].last().copied().unwrap_or(self.genesis);
        if let Some((_, parent)) = new.first() {
            ensure!(*parent == fork, "{parent:?} is not {fork:?}");
        }
        let [old, new] =
            [old, new].map(|ids| ids.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
        self.take(&old, &new)?;
        let end = fs::File::metadata(&self.file)?.len();
        let line = line_between(&self.chains[self.chains.len() - 2], self.chain());
        self.file.write_all_at(line.as_bytes(), end)?;
        Ok(self.file.sync_data()?)
    }

    fn take(&mut self, old: &[BlockNumHash], new: &[BlockNumHash]) -> Result<()> {
        let mut chain = self.chain().to_vec();
        let kept = chain.len().checked_sub(old.len()).ok_or_eyre("more than it has seen")?;
        ensure!(chain[kept..] == *old, "{old:?} is not the end of what it has seen");
        chain.truncate(kept);
        chain.extend(new);
        self.reverted += old.len();
        self.chains.push(chain);
        Ok(())
    }
}

/// What leads from one chain to another, as a line.
fn line_between(before: &[BlockNumHash], after: &[BlockNumHash]) -> String {
    let same = before.iter().zip(after).take_while(|(before, after)| before == after).count();
    let ids = |ids: &[BlockNumHash]| {
        ids.iter().map(|id| format!("{} {}", id.number, id.hash)).collect::<Vec<_>>().join(",")
    };
    format!("{}|{}\n", ids(&before[same..]), ids(&after[same..]))
}

fn parse(text: &str) -> Result<Vec<BlockNumHash>> {
    let ids = text.split(',').filter(|id| !id.is_empty()).map(|id| {
        let (number, hash) = id.split_once(' ').ok_or_eyre("number and hash")?;
        Ok(BlockNumHash::new(number.parse()?, hash.parse()?))
    });
    ids.collect()
}

/// Records what it is told, and sends where it is.
async fn record(
    mut context: ExExContext,
    path: PathBuf,
    is_noted_here: bool,
    at: Option<mpsc::Sender<BlockNumHash>>,
) -> Result<(), BoxError> {
    let genesis = BlockNumHash::new(0, context.chain_spec.genesis_hash());
    let mut record = Record::open(&path, genesis)?;
    if is_noted_here {
        context.notifications.begin_after(record.tip()).await?;
    } else {
        record.go_back_to(context.finished)?;
    }
    loop {
        if let Some(at) = &at {
            at.send(record.tip()).await.ok();
        }
        let Some(notification) = context.notifications.recv().await? else { return Ok(()) };
        block_in_place(|| record.apply(&notification))?;
        context.events.finished(notification.tip()).await?;
    }
}

fn builder(directory: &Path, at: Option<&mpsc::Sender<BlockNumHash>>) -> NodeBuilder {
    let setup = Setup::follower().with_config(|config| {
        config.storage.commit_interval = Duration::from_millis(10);
        config.storage.max_unpersisted_blocks = 4;
        // So that much has to be read from the log and executed again.
        config.exex.max_recent_blocks = 2;
        config.exex.max_notification_blocks = 3;
        config.exex.segment_bytes = 16 * 1024;
    });
    let builder = NodeBuilder::new(NodeConfig { data_dir: directory.join("data"), ..setup.config });
    [(OWN_NOTES, true), (NODE_NOTES, false)].into_iter().fold(builder, |builder, (name, own)| {
        let (path, at) = (directory.join(name), at.cloned());
        builder.install_exex(name, move |context| record(context, path, own, at))
    })
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A generator of numbers that needs no state beside its seed.
const fn mix(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

async fn lead_to(engine: &EngineHandle, head: BlockNumHash) {
    let update = ForkchoiceUpdate { head: Some(head.hash), ..ForkchoiceUpdate::default() };
    engine.update_forkchoice(update).await.unwrap();
}

/// Adds a block to the chain, another one for each salt.
async fn add_block(engine: &EngineHandle, wallet: &Wallet, salt: u64) {
    let view = engine.view().unwrap();
    let head = view.head().unwrap();
    let timestamp = view.header(head.number).unwrap().unwrap().timestamp + 1 + salt % 5;
    let account = view.latest_state().account(wallet.address()).unwrap().unwrap();
    drop(view);
    let transfer = wallet.sign(account.nonce, Call::transfer(wallet.address(), salt)).unwrap();
    let attributes = PayloadAttributes {
        timestamp,
        fee_recipient: wallet.address(),
        transactions: vec![Recovered::new_unchecked(transfer.into(), wallet.address())],
        no_tx_pool: true,
        gas_limit: None,
    };
    let mut job = engine.build(head, attributes).unwrap();
    let block = job.wait().await.unwrap().block;
    let id = block.id();
    engine.import(block.block.sealed_block().clone(), None).await.unwrap();
    lead_to(engine, id).await;
}

/// Adds blocks, and now and then lets the chain end below its head, or lead to a branch that it left.
async fn change(engine: &EngineHandle, seed: u64) {
    let wallet = Wallet::funded(0).unwrap();
    let mut left = None;
    for turn in 0.. {
        let salt = mix(seed.wrapping_add(turn));
        add_block(engine, &wallet, salt).await;
        let head = engine.head();
        match salt % 7 {
            0 => {
                let depth = 1 + mix(salt) % 6;
                let fork = head.number.saturating_sub(depth);
                let hash = engine.view().unwrap().hash_of(fork).unwrap().unwrap();
                left = Some(head);
                lead_to(engine, BlockNumHash::new(fork, hash)).await;
            }
            // It may be gone from memory.
            1 | 2 => {
                if let Some(left) = left.take() {
                    let update =
                        ForkchoiceUpdate { head: Some(left.hash), ..ForkchoiceUpdate::default() };
                    engine.update_forkchoice(update).await.ok();
                }
            }
            _ => {}
        }
        say("changed").unwrap();
    }
}

#[test]
fn child_changes_its_chain_until_it_is_killed() {
    if !is_child() {
        return;
    }
    follow_kill_point().unwrap();
    // Ends the line that the test harness has begun.
    say("").unwrap();
    runtime().block_on(async {
        let seed = fs::read_to_string("seed").unwrap().parse().unwrap();
        let node = builder(Path::new(""), None).launch().await.unwrap();
        let (engine, stop) = (node.engine.clone(), std::future::pending());
        tokio::select! {
            () = change(&engine, seed) => {}
            // An ExEx that finds something wrong ends, and with it the child: the parent notices.
            ended = node.wait_for_exit(stop) => ended.unwrap(),
        }
    });
}

/// Lets a child change the chain until it has said so this often, or has killed itself.
fn run(directory: &Path, kill: Option<KillPoint>, changes: u64, seed: u64) {
    fs::File::create(directory.join("seed"))
        .and_then(|mut file| file.write_all(seed.to_string().as_bytes()))
        .unwrap();
    let mut child = Child::start(CHILD, directory, kill).unwrap();
    let mut left = changes;
    while let Some(line) = child.line().unwrap() {
        left = left.saturating_sub(u64::from(line == "changed"));
        if kill.is_none() && left == 0 {
            break;
        }
    }
    if kill.is_none() {
        child.kill().unwrap();
    }
    child.rest().unwrap();
}

/// A last start, which lets the ExExes catch up and ends in order.
async fn catch_up(directory: &Path) -> Vec<BlockNumHash> {
    let (sender, mut at) = mpsc::channel(16);
    let node = builder(directory, Some(&sender)).launch().await.unwrap();
    drop(sender);
    let head = node.engine.head();
    let mut behind = 2;
    while behind > 0 {
        let tip = soon("an ExEx", at.recv()).await.unwrap().expect("no ExEx fails");
        behind -= u32::from(tip == head);
    }
    let view = node.engine.view().unwrap();
    let numbers = 1..=head.number;
    let chain =
        numbers.map(|number| BlockNumHash::new(number, view.hash_of(number).unwrap().unwrap()));
    let chain = chain.collect();
    drop(view);
    node.shutdown().await;
    chain
}

#[test]
fn exexes_of_a_killed_node_are_told_of_everything_once() {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for round in 0..KILLS {
        let point = POINTS.get(usize::try_from(round % (POINTS.len() as u64 + 2)).unwrap());
        let kill = point.map(|message| KillPoint { message, times: 1 + mix(round) % 12 });
        run(directory.path(), kill, 1 + mix(round) % 12, mix(round + KILLS));
    }
    let chain = runtime().block_on(catch_up(directory.path()));
    assert!(chain.len() > 10, "the chain has only {} blocks", chain.len());
    for name in [OWN_NOTES, NODE_NOTES] {
        let genesis = BlockNumHash::new(0, rollup_chainspec::dev().genesis_hash());
        let record = Record::open(&directory.path().join(name), genesis).unwrap();
        assert_eq!(record.chain(), chain, "{name}");
        assert!(record.reverted as u64 > KILLS / 2, "{name}: {} reverted", record.reverted);
        println!("{name}: {} blocks, {} reverted", chain.len(), record.reverted);
    }
}
