//! What is in the chain to be read.

use crate::{
    chain::{Chain, TOKEN},
    client::{Client, check, send_raw},
    load::{Kind, SignedTransaction},
    observer::{Observer, SeenBlock},
};
use alloy_primitives::{Address, B256};
use eyre::{Result, bail, ensure};
use std::time::Duration;

/// Transactions in a block.
pub(crate) const BLOCK_TRANSACTIONS: usize = 300;
/// Blocks that hold transactions.
pub(crate) const BLOCKS: usize = 16;
/// What the transactions do.
pub(crate) const KIND: Kind = Kind::Mixed;
/// Between two looks at the blocks.
const LOOK: Duration = Duration::from_millis(5);

/// What can be asked for.
#[derive(Debug)]
pub(crate) struct Content {
    /// Blocks with [`BLOCK_TRANSACTIONS`] transactions each.
    pub(crate) blocks: Vec<u64>,
    /// Hashes of their transactions.
    pub(crate) transactions: Vec<B256>,
    /// Accounts that sent them.
    pub(crate) senders: Vec<Address>,
    /// The contract that emits events.
    pub(crate) token: Address,
}

impl Content {
    /// Fills blocks with these transactions, and waits for all.
    pub(crate) async fn make(
        client: &Client,
        chain: &Chain,
        transactions: &[SignedTransaction],
    ) -> Result<Self> {
        let mut observer = Observer::new(client, LOOK).await?;
        let mut blocks = Vec::new();
        for group in transactions.chunks(BLOCK_TRANSACTIONS) {
            // A block has just been made: there is time until the next one.
            observer.wait().await?;
            let calls: Vec<_> =
                group.iter().map(|transaction| send_raw(&transaction.raw)).collect();
            check(&client.post(format!("[{}]", calls.join(","))).await?)?;
            blocks.extend(wait(&mut observer, group.len()).await?);
        }
        let full = |block: &&SeenBlock| block.transactions == BLOCK_TRANSACTIONS as u64;
        let blocks: Vec<_> = blocks.iter().filter(full).map(|block| block.number).collect();
        ensure!(blocks.len() >= BLOCKS / 2, "only {} blocks have all transactions", blocks.len());
        Ok(Self {
            blocks,
            transactions: transactions.iter().map(|transaction| transaction.hash).collect(),
            senders: chain.senders.iter().map(|sender| sender.address()).collect(),
            token: TOKEN,
        })
    }
}

/// Waits until so many transactions are in blocks. Returns those blocks.
async fn wait(observer: &mut Observer<'_>, expected: usize) -> Result<Vec<SeenBlock>> {
    let (mut blocks, mut included) = (Vec::new(), 0);
    while included < expected {
        let seen = observer.blocks().await?;
        for block in seen.into_iter().filter(|block| block.transactions > 0) {
            included += usize::try_from(block.transactions)?;
            blocks.push(block);
        }
    }
    if included > expected {
        bail!("{included} transactions in place of {expected}");
    }
    Ok(blocks)
}
