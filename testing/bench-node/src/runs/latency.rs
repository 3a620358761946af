//! Times of single transactions, and of blocks.

use super::{SLOTS, programs};
use crate::{
    args::Args,
    chain::Chain,
    client::{Client, check, send_raw},
    load::{Kind, SignedTransaction, sign},
    node::RunningNode,
    observer::{Observer, SeenBlock, block, hashes},
    report::{Table, tell},
    stats::percentile,
};
use alloy_primitives::B256;
use eyre::{Result, WrapErr as _};
use futures::future::try_join_all;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use tokio::{time::sleep_until, try_join};

/// Transactions per second.
const RATE: u32 = 300;
/// How long they come.
const SECONDS: u32 = 15;
/// Between two looks at the blocks.
const LOOK: Duration = Duration::from_millis(2);

/// Measures both programs at a steady rate, with all slots.
pub(crate) async fn latency(args: &Args, chain: &Chain, table: &mut Table) -> Result<()> {
    let count = usize::try_from(RATE * SECONDS)?;
    let transactions = sign(chain, Kind::Transfer, 0..count)?;
    for slot in SLOTS {
        for program in programs(args) {
            let title = format!("{RATE} tx/s, slots of {} ms", slot.as_millis());
            tell(&format!("{}: {title}", program.name()));
            let node = RunningNode::start(&program, chain, slot).await?;
            let times = run(&node.client, &transactions, slot).await;
            let Times { mut answers, mut inclusions, mut jitter } =
                times.wrap_err_with(|| program.name().to_owned())?;
            let mut add = |what: &str, times: &mut [Duration]| {
                for hundredths in [50, 99] {
                    let time = percentile(times, hundredths).as_secs_f64() * 1e3;
                    table.add(&format!("{title}: {what} p{hundredths}, ms"), 1, time);
                }
            };
            add("from sending to the block,", &mut inclusions);
            add("answer to `eth_sendRawTransaction`,", &mut answers);
            add("deviation of a slot,", &mut jitter);
            node.stop().await?;
        }
    }
    Ok(())
}

struct Times {
    answers: Vec<Duration>,
    inclusions: Vec<Duration>,
    jitter: Vec<Duration>,
}

async fn run(client: &Client, transactions: &[SignedTransaction], slot: Duration) -> Result<Times> {
    let start = Instant::now();
    let sending = (0..).zip(transactions).map(|(at, transaction)| {
        let due = start + Duration::from_secs(1) * at / RATE;
        send(client, transaction, due)
    });
    let (sent, (blocks, included)) =
        try_join!(try_join_all(sending), watch(client, transactions.len()))?;
    let mut inclusions = Vec::new();
    for (transaction, (sent_at, _)) in transactions.iter().zip(&sent) {
        let seen_at = included.get(&transaction.hash);
        inclusions.extend(seen_at.map(|seen_at| seen_at.duration_since(*sent_at)));
    }
    let interval = |pair: &[SeenBlock]| pair[1].seen_at.duration_since(pair[0].seen_at);
    let jitter = blocks.windows(2).map(|pair| interval(pair).abs_diff(slot)).collect();
    Ok(Times { answers: sent.iter().map(|(_, answer)| *answer).collect(), inclusions, jitter })
}

/// Returns when it was sent, and how long the answer took.
async fn send(
    client: &Client,
    transaction: &SignedTransaction,
    due: Instant,
) -> Result<(Instant, Duration)> {
    sleep_until(due.into()).await;
    let sent_at = Instant::now();
    check(&client.post(send_raw(&transaction.raw)).await?)?;
    Ok((sent_at, sent_at.elapsed()))
}

/// Sees blocks until so many transactions are in them. Returns when each of those was seen.
async fn watch(
    client: &Client,
    expected: usize,
) -> Result<(Vec<SeenBlock>, HashMap<B256, Instant>)> {
    let mut observer = Observer::new(client, LOOK).await?;
    let (mut blocks, mut included) = (Vec::new(), HashMap::new());
    while included.len() < expected {
        let (numbers, seen_at) = observer.wait().await?;
        for number in numbers {
            let block = block(client, number).await?;
            let hashes = hashes(&block)?;
            let transactions = hashes.len() as u64;
            for hash in hashes {
                included.insert(hash.parse()?, seen_at);
            }
            blocks.push(SeenBlock { number, seen_at, transactions });
        }
        observer.expect_progress(&blocks[blocks.len().saturating_sub(1)..])?;
    }
    Ok((blocks, included))
}
