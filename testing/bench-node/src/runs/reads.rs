//! Requests that read.

use super::{SLOT, programs};
use crate::{
    args::Args,
    chain::Chain,
    client::{Client, check, send_raw},
    load::{SignedTransaction, sign},
    node::{Program, RunningNode},
    prometheus::quantile,
    reads::{BLOCK_TRANSACTIONS, BLOCKS, Content, KIND, Query, ReadTable, drive},
    report::{Table, tell},
};
use eyre::{Result, WrapErr as _, eyre};
use futures::future::{Either, select};
use std::{
    pin::pin,
    time::{Duration, Instant},
};
use tokio::time::sleep_until;

/// Time between two blocks.
const INTERVAL: &str = "chain_orchestrator_consecutive_block_interval";
const MIB: f64 = 1_048_576.0;

/// Connections of the generator.
const CONNECTIONS: [usize; 3] = [1, 16, 128];
/// Connections while transactions are written.
const CONNECTIONS_BESIDE_WRITES: usize = 16;
/// Transactions per second that are written beside the reads.
const RATE: u32 = 300;
/// For how long there are transactions at most.
const WRITE_SECONDS: u32 = 120;

/// Measures both programs on the same content.
pub(crate) async fn reads(
    args: &Args,
    chain: &Chain,
    table: &mut ReadTable,
    others: &mut Table,
) -> Result<()> {
    let read = BLOCKS * BLOCK_TRANSACTIONS;
    let content = sign(chain, KIND, 0..read)?;
    let written = sign(chain, KIND, read..read + usize::try_from(RATE * WRITE_SECONDS)?)?;
    let duration = Duration::from_secs_f64(args.read_seconds);
    for program in programs(args) {
        tell(&format!("{}: reads", program.name()));
        let node = RunningNode::start(&program, chain, SLOT).await?;
        let measured = measure(&node, chain, &content, &written, duration, table).await;
        measured.wrap_err_with(|| program.name().to_owned())?;
        let memory = node.usage()?.anonymous_bytes as f64 / MIB;
        others.add("after the reads: own memory, MiB", 0, memory);
        if let Program::Node(_) = program {
            let metrics = node.metrics().await?;
            for (name, hundredths) in [("p50", "0.5"), ("p99", "0.99")] {
                let interval = quantile(&metrics, INTERVAL, hundredths)? * 1e3;
                others.add(&format!("blocks beside the reads: interval {name}, ms"), 1, interval);
            }
        }
        node.stop().await?;
    }
    Ok(())
}

async fn measure(
    node: &RunningNode,
    chain: &Chain,
    content: &[SignedTransaction],
    written: &[SignedTransaction],
    duration: Duration,
    table: &mut ReadTable,
) -> Result<()> {
    let content = Content::make(&node.client, chain, content).await?;
    node.settle().await?;
    for query in Query::ALL {
        let bodies = query.bodies(&content);
        for connections in CONNECTIONS {
            let figures = drive(node, &bodies, connections, duration).await?;
            table.add(query, connections, false, figures);
        }
    }
    let reading = async {
        for query in Query::ALL {
            let bodies = query.bodies(&content);
            let figures = drive(node, &bodies, CONNECTIONS_BESIDE_WRITES, duration).await?;
            table.add(query, CONNECTIONS_BESIDE_WRITES, true, figures);
        }
        Ok(())
    };
    let (reading, writing) = (pin!(reading), pin!(write(&node.client, written)));
    match select(reading, writing).await {
        Either::Left((read, _)) => read,
        Either::Right((written, _)) => Err(written.err().unwrap_or_else(|| {
            eyre!("there were too few transactions to write: the reads took too long")
        })),
    }
}

/// Sends transactions one by one at a steady rate.
async fn write(client: &Client, transactions: &[SignedTransaction]) -> Result<()> {
    let start = Instant::now();
    for (at, transaction) in (0..).zip(transactions) {
        let due = start + Duration::from_secs(1) * at / RATE;
        sleep_until(due.into()).await;
        check(&client.post(send_raw(&transaction.raw)).await?)?;
    }
    Ok(())
}
