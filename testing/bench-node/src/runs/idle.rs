//! The start, and doing nothing.

use super::{SLOT, programs};
use crate::{args::Args, chain::Chain, node::RunningNode, report::Table};
use eyre::Result;
use std::time::Duration;
use tokio::time::sleep;

/// Starts, of which the median counts.
const STARTS: usize = 5;
/// What the start leaves to be done takes no longer.
const SETTLING: Duration = Duration::from_secs(2);
/// How long nothing is done.
const IDLE: Duration = Duration::from_secs(15);

/// Measures both programs.
pub(crate) async fn idle(args: &Args, chain: &Chain, table: &mut Table) -> Result<()> {
    for program in programs(args) {
        let (mut answers, mut blocks) = (Vec::new(), Vec::new());
        for start in 1..=STARTS {
            let node = RunningNode::start(&program, chain, SLOT).await?;
            answers.push(node.first_answer);
            blocks.push(node.first_block);
            if start == STARTS {
                sleep(SETTLING).await;
                let before = node.usage()?;
                sleep(IDLE).await;
                let cpu = node.usage()?.cpu.saturating_sub(before.cpu);
                let share = cpu.as_secs_f64() / IDLE.as_secs_f64() * 100.0;
                table.add("idle, slots of 1000 ms: processor, %", 2, share);
            }
            node.stop().await?;
        }
        for (name, mut times) in [("answer", answers), ("block", blocks)] {
            times.sort_unstable();
            let time = times[STARTS / 2].as_secs_f64();
            table.add(&format!("start to the first {name}, s"), 3, time);
        }
    }
    Ok(())
}
