//! As many transactions as a node takes.

use super::{SLOTS, programs};
use crate::{
    args::Args,
    chain::Chain,
    client::{Client, check},
    load::{BATCH, Kind, batches, sign},
    node::RunningNode,
    observer::{Observer, SeenBlock, used_gas},
    report::{Table, tell},
    stats::sustained_rate,
};
use eyre::{Result, WrapErr as _, eyre};
use futures::future::try_join_all;
use std::{
    cell::Cell,
    time::{Duration, Instant},
};
use tokio::{time::sleep, try_join};

/// Transactions that are signed for each second; what is not sent is dropped.
const SIGNED_PER_SECOND: usize = 12_000;
/// Transactions that may be sent and not yet in a block.
const WINDOW: usize = 20_000;
/// Between two looks at the blocks, and of a sender that waits for room.
const LOOK: Duration = Duration::from_millis(10);

const MIB: f64 = 1_048_576.0;

/// Measures one kind of transactions with both programs and all slots.
pub(crate) async fn throughput(
    args: &Args,
    chain: &Chain,
    kind: Kind,
    table: &mut Table,
) -> Result<()> {
    let count = SIGNED_PER_SECOND * usize::try_from(args.seconds)?;
    let bodies = batches(&sign(chain, kind, 0..count)?, chain.senders.len());
    let duration = Duration::from_secs(args.seconds.into());
    for slot in SLOTS {
        for program in programs(args) {
            let title = format!("{}, slots of {} ms", kind.name(), slot.as_millis());
            tell(&format!("{}: {title}", program.name()));
            let node = RunningNode::start(&program, chain, slot).await?;
            let run = Run::new(&node.client, duration);
            let before = node.usage()?;
            let blocks = run.go(&bodies).await.wrap_err_with(|| program.name().to_owned())?;
            let after = node.usage()?;

            let included: u64 = blocks.iter().map(|block| block.transactions).sum();
            let gas = used_gas(&node.client, &blocks).await?;
            let rate = sustained_rate(&blocks).ok_or_else(|| eyre!("too few blocks"))?;
            let each = |value: f64| value / included as f64;
            let mut add = |what: &str, decimals, value| {
                table.add(&format!("{title}: {what}"), decimals, value);
            };
            add("tx/s", 0, rate);
            add("Mgas/s", 0, rate * each(gas as f64) / 1e6);
            let cpu = after.cpu.saturating_sub(before.cpu);
            add("processor time per tx, us", 1, each(cpu.as_secs_f64() * 1e6));
            add("own memory, MiB", 0, after.anonymous_bytes as f64 / MIB);
            add("pages of files in memory, MiB", 0, after.file_bytes as f64 / MIB);
            add("disk per tx, bytes", 0, each(node.disk_bytes()? as f64));
            node.stop().await?;
        }
    }
    Ok(())
}

/// One run.
struct Run<'a> {
    client: &'a Client,
    ends_at: Instant,
    sent: Cell<usize>,
    included: Cell<usize>,
    senders: Cell<usize>,
}

impl<'a> Run<'a> {
    fn new(client: &'a Client, duration: Duration) -> Self {
        Self {
            client,
            ends_at: Instant::now() + duration,
            sent: Cell::new(0),
            included: Cell::new(0),
            senders: Cell::new(0),
        }
    }

    /// Sends until the time is over, and waits until everything is in blocks.
    async fn go(&self, connections: &[Vec<String>]) -> Result<Vec<SeenBlock>> {
        self.senders.set(connections.len());
        let sending = connections.iter().map(|bodies| self.send(bodies));
        let (blocks, _) = try_join!(self.watch(), try_join_all(sending))?;
        Ok(blocks)
    }

    async fn send(&self, bodies: &[String]) -> Result<()> {
        for body in bodies {
            while self.sent.get() - self.included.get() > WINDOW && Instant::now() < self.ends_at {
                sleep(LOOK).await;
            }
            if Instant::now() >= self.ends_at {
                break;
            }
            // Before the answer, for they may be in a block by then.
            self.sent.update(|sent| sent + BATCH);
            check(&self.client.post(body.clone()).await?)?;
        }
        self.senders.update(|senders| senders - 1);
        Ok(())
    }

    async fn watch(&self) -> Result<Vec<SeenBlock>> {
        let mut observer = Observer::new(self.client, LOOK).await?;
        let mut seen = Vec::new();
        while self.senders.get() > 0 || self.included.get() < self.sent.get() {
            let blocks = observer.blocks().await?;
            for block in &blocks {
                let transactions = usize::try_from(block.transactions)?;
                self.included.update(|included| included + transactions);
            }
            seen.extend(blocks);
        }
        Ok(seen)
    }
}
