//! Looks for new blocks.

use crate::client::{Client, quantity};
use eyre::{Result, bail, eyre};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Without a new transaction in a block for so long, those that are missing never come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A block, and when it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenBlock {
    pub(crate) number: u64,
    pub(crate) seen_at: Instant,
    pub(crate) transactions: u64,
}

/// Looks for new blocks.
#[derive(Debug)]
pub(crate) struct Observer<'a> {
    client: &'a Client,
    /// Between two looks.
    interval: Duration,
    next: u64,
    progress_at: Instant,
}

impl<'a> Observer<'a> {
    /// Sees the blocks that come from now on.
    pub(crate) async fn new(client: &'a Client, interval: Duration) -> Result<Self> {
        let next = client.head().await? + 1;
        Ok(Self { client, interval, next, progress_at: Instant::now() })
    }

    /// Waits for new blocks, as they come: mostly one. Returns their numbers, and when they were seen.
    pub(crate) async fn wait(&mut self) -> Result<(std::ops::RangeInclusive<u64>, Instant)> {
        loop {
            let head = self.client.head().await?;
            if head >= self.next {
                let numbers = self.next..=head;
                self.next = head + 1;
                return Ok((numbers, Instant::now()));
            }
            sleep(self.interval).await;
        }
    }

    /// Takes note of whether blocks hold transactions.
    ///
    /// # Errors
    /// If they have not for too long.
    pub(crate) fn expect_progress(&mut self, blocks: &[SeenBlock]) -> Result<()> {
        if blocks.iter().any(|block| block.transactions > 0) {
            self.progress_at = Instant::now();
        }
        if self.progress_at.elapsed() > PATIENCE {
            bail!("transactions are missing in the blocks");
        }
        Ok(())
    }

    /// As [`Self::wait`], with how many transactions are in the blocks.
    pub(crate) async fn blocks(&mut self) -> Result<Vec<SeenBlock>> {
        let (numbers, seen_at) = self.wait().await?;
        let mut blocks = Vec::new();
        for number in numbers {
            let parameters = json!([format!("{number:#x}")]);
            let method = "eth_getBlockTransactionCountByNumber";
            let transactions = self.client.number(method, parameters).await?;
            blocks.push(SeenBlock { number, seen_at, transactions });
        }
        self.expect_progress(&blocks)?;
        Ok(blocks)
    }
}

/// A block without the contents of its transactions.
pub(crate) async fn block(client: &Client, number: u64) -> Result<Value> {
    client.call("eth_getBlockByNumber", json!([format!("{number:#x}"), false])).await
}

/// Hashes of the transactions of a block.
pub(crate) fn hashes(block: &Value) -> Result<Vec<&str>> {
    let transactions = block["transactions"].as_array();
    let transactions = transactions.ok_or_else(|| eyre!("a block without transactions"))?;
    Ok(transactions.iter().filter_map(Value::as_str).collect())
}

/// Gas that the blocks used, of which all transactions must have succeeded.
pub(crate) async fn used_gas(client: &Client, blocks: &[SeenBlock]) -> Result<u64> {
    let mut gas = 0;
    let mut last = None;
    for seen in blocks.iter().filter(|block| block.transactions > 0) {
        let block = block(client, seen.number).await?;
        gas += quantity(&block["gasUsed"])?;
        last = hashes(&block)?.last().map(|hash| (*hash).to_owned()).or(last);
    }
    if let Some(hash) = last {
        let receipt = client.call("eth_getTransactionReceipt", json!([hash])).await?;
        if receipt["status"] != "0x1" {
            bail!("a transaction failed: {receipt}");
        }
    }
    Ok(gas)
}
