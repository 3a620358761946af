//! How the slots of a sequencer go on while endpoints of L1 fail: a table, for the README.
//!
//! The argument is how many blocks each fault lasts; 80 if there is none.

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use eyre::{OptionExt as _, Result};
use rollup_devnet::{Setup, TestNode};
use rollup_l1_devnet::{Fault, FaultProxy, L1Chain, L1Message, L1Options};
use rollup_node_builder::L1NodeConfig;
use rollup_sequencer::{L1InclusionMode, SequencerEvent};
use std::{
    env,
    num::NonZeroUsize,
    time::{Duration, Instant},
};

/// From one slot to the next.
const SLOT: Duration = Duration::from_millis(250);
/// Blocks from one L1 block, with a message, to the next.
const BLOCKS_PER_L1_BLOCK: u64 = 8;

/// What became of the slots of a fault.
#[derive(Debug, Default)]
struct Outcome {
    blocks: u64,
    skipped: u64,
    longest_gap: Duration,
    /// Messages that came while it lasted.
    messages: u64,
    /// Those of them that were in a block before it ended.
    included: u64,
}

async fn queue(node: &TestNode) -> Result<u64> {
    let view = node.handle.engine.view()?;
    view.next_queue_index(view.head()?.number).map_err(Into::into)
}

/// Runs blocks while the endpoints are as they are.
async fn run(node: &mut TestNode, l1: &L1Chain, blocks: u64) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let before = queue(node).await?;
    let mut last: Option<Instant> = None;
    while outcome.blocks < blocks {
        match node.event().await? {
            SequencerEvent::SignedBlock(_) => {
                let now = Instant::now();
                let gap = last.replace(now).map_or(Duration::ZERO, |last| now - last);
                outcome.longest_gap = outcome.longest_gap.max(gap);
                outcome.blocks += 1;
                // The last ones have time to be read.
                let is_ending = outcome.blocks + 2 * BLOCKS_PER_L1_BLOCK > blocks;
                if outcome.blocks % BLOCKS_PER_L1_BLOCK == 1 && !is_ending {
                    l1.send_message(&L1Message::default()).await?;
                    l1.mine(1).await?;
                    outcome.messages += 1;
                }
            }
            SequencerEvent::SlotSkipped { slots, .. } => outcome.skipped += slots,
            _ => {}
        }
    }
    outcome.included = queue(node).await? - before;
    Ok(outcome)
}

/// Which endpoints fail, and how.
fn faults(other: &L1Chain) -> Vec<(&'static str, Vec<Fault>)> {
    let first = |fault| vec![fault];
    vec![
        ("none", Vec::new()),
        ("dead", first(Fault::Dead)),
        ("never answers", first(Fault::Hang)),
        ("answers 1.5 s late", first(Fault::Delay(Duration::from_millis(1500)))),
        ("HTTP 503", first(Fault::Http(503))),
        ("rate limit", first(Fault::RateLimit)),
        ("no JSON", first(Fault::Garbage)),
        ("50 blocks behind", first(Fault::Lag(50))),
        ("every 2nd log missing", first(Fault::DropLogs(NonZeroUsize::MIN.saturating_add(1)))),
        ("another fork", first(Fault::Fork(other.url().to_owned()))),
        ("all dead", vec![Fault::Dead; 3]),
        ("none of them answers", vec![Fault::Hang; 3]),
    ]
}

async fn start(proxies: &[FaultProxy]) -> Result<TestNode> {
    let mut urls = Vec::new();
    for proxy in proxies {
        urls.push(proxy.url().parse()?);
    }
    let setup = Setup::sequencer()
        .with_system_clock()
        .with_config(|config| config.l1 = Some(L1NodeConfig::new(urls)))
        .with_sequencer(|config| {
            config.l1_inclusion_mode = L1InclusionMode::Depth(0);
            config.block_time = SLOT;
            config.payload_building_duration = SLOT / 2;
            config.allow_empty_blocks = true;
            config.auto_start = true;
        });
    TestNode::start(setup).await
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let blocks = env::args().nth(1).map_or(Ok(80), |blocks| blocks.parse())?;
    let options = L1Options { number: 120, ..L1Options::default() };
    let l1 = L1Chain::start(options).await?;
    let other = L1Chain::start(L1Options::default()).await?;
    other.send_message(&L1Message::default()).await?;
    other.mine(500).await?;
    let proxies: Vec<_> = (0..3).map(|_| FaultProxy::start(l1.url())).collect::<Result<_>>()?;
    let mut node = start(&proxies).await?;
    run(&mut node, &l1, blocks).await?;
    println!(
        "| First of three endpoints | Blocks | Slots skipped | Longest gap | Messages | Included |"
    );
    println!("|---|---|---|---|---|---|");
    for (name, faults) in faults(&other) {
        for (proxy, fault) in proxies.iter().zip(faults) {
            proxy.set(fault)?;
        }
        let outcome = run(&mut node, &l1, blocks).await?;
        let gap = u32::try_from(outcome.longest_gap.as_millis())?;
        let slots = f64::from(gap) / f64::from(u32::try_from(SLOT.as_millis())?);
        let Outcome { blocks, skipped, messages, included, .. } = outcome;
        println!("| {name} | {blocks} | {skipped} | {slots:.2} slots | {messages} | {included} |");
        for proxy in &proxies {
            proxy.set(Fault::None)?;
        }
        // What waited is included before the next one.
        while queue(&node).await? < l1.queue_length().await? {
            node.signed().await?;
        }
    }
    node.sequencer()?.stop().await?;
    node.handle.l1.as_ref().ok_or_eyre("the node follows L1")?;
    node.stop().await
}
