#![doc = include_str!("../README.md")]
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

mod args;
mod chain;
mod client;
mod load;
mod node;
mod observer;
mod process;
mod prometheus;
mod reads;
mod report;
mod runs;
mod stats;

use args::{Args, Measurement};
use chain::Chain;
use clap::Parser;
use eyre::Result;
use load::Kind;
use reads::ReadTable;
use report::Table;
use tokio::runtime::Builder;

fn main() -> Result<()> {
    let args = Args::parse();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(&args))
}

async fn run(args: &Args) -> Result<()> {
    let chain = Chain::new()?;
    let (mut table, mut reads) = (Table::default(), ReadTable::default());
    for measurement in args.measurements() {
        match measurement {
            Measurement::Transfers => {
                runs::throughput(args, &chain, Kind::Transfer, &mut table).await?;
            }
            Measurement::Tokens => runs::throughput(args, &chain, Kind::Token, &mut table).await?,
            Measurement::Storage => {
                runs::throughput(args, &chain, Kind::FreshStorage, &mut table).await?;
            }
            Measurement::Latency => runs::latency(args, &chain, &mut table).await?,
            Measurement::Sealing => runs::sealing(args, &chain, &mut table).await?,
            Measurement::Kms => runs::kms(args, &chain, &mut table).await?,
            Measurement::Idle => runs::idle(args, &chain, &mut table).await?,
            Measurement::Reads => runs::reads(args, &chain, &mut reads, &mut table).await?,
        }
    }
    if !table.is_empty() {
        println!("{table}");
    }
    if !reads.is_empty() {
        println!("{reads}");
    }
    Ok(())
}
