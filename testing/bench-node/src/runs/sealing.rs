//! Sealing of blocks of 1,000 transactions.

use super::SLOT;
use crate::{
    args::Args,
    chain::Chain,
    client::{Client, check},
    load::{BATCH, CONNECTIONS, Kind, batches, sign},
    node::{Program, RunningNode},
    prometheus::quantile,
    report::{Table, tell},
};
use eyre::Result;
use futures::future::try_join_all;
use std::time::{Duration, Instant};
use tokio::time::{sleep, sleep_until};

/// Transactions per second, and so in a block.
const RATE: usize = 1_000;
/// How long they come.
const SECONDS: usize = 60;
const METRIC: &str = "rollup_payload_sealing_seconds";

/// Measures the node alone, by its own metric.
pub(crate) async fn sealing(args: &Args, chain: &Chain, table: &mut Table) -> Result<()> {
    let program = Program::Node(args.node.clone());
    for kind in [Kind::Transfer, Kind::Token] {
        let bodies = batches(&sign(chain, kind, 0..RATE * SECONDS)?, chain.senders.len());
        let title = format!("sealing of {RATE} {}", kind.name());
        tell(&title);
        let node = RunningNode::start(&program, chain, SLOT).await?;
        let start = Instant::now();
        try_join_all(bodies.iter().map(|bodies| send(&node.client, bodies, start))).await?;
        sleep(SLOT).await;
        let metrics = node.metrics().await?;
        for (name, hundredths) in [("p50", "0.5"), ("p99", "0.99")] {
            let seconds = quantile(&metrics, METRIC, hundredths)?;
            table.add(&format!("{title}, {name}, ms"), 1, seconds * 1e3);
        }
        node.stop().await?;
    }
    Ok(())
}

/// Sends one batch after the other, each in its time.
async fn send(client: &Client, bodies: &[String], start: Instant) -> Result<()> {
    let interval =
        Duration::from_secs(1) * u32::try_from(BATCH * CONNECTIONS)? / u32::try_from(RATE)?;
    for (at, body) in (0..).zip(bodies) {
        sleep_until((start + interval * at).into()).await;
        check(&client.post(body.clone()).await?)?;
    }
    Ok(())
}
