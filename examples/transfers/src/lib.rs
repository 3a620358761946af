#![doc = include_str!("../README.md")]

mod index;
mod transfer;

pub use index::{Index, IndexError};
pub use transfer::{TRANSFER_TOPIC, Transfer};

use alloy_eips::BlockNumHash;
use rollup_exex::{BoxError, ExExContext};
use tokio::task::block_in_place;
use tracing::debug;

/// File of the index in the data directory of the node.
pub const INDEX_FILE: &str = "transfers.sqlite";

/// Keeps the index up to the chain until the node ends.
///
/// # Errors
/// Those of SQLite, and those of the chain that follows. The node ends then.
pub async fn follow(mut context: ExExContext) -> Result<(), BoxError> {
    let genesis = BlockNumHash::new(0, context.chain_spec.genesis_hash());
    let mut index = Index::open(&context.data_dir.join(INDEX_FILE))?;
    // The index knows best where it is: the last block is committed together with its rows.
    context.notifications.begin_after(index.last_block()?.unwrap_or(genesis)).await?;
    while let Some(notification) = context.notifications.recv().await? {
        block_in_place(|| index.apply(&notification))?;
        let tip = notification.tip();
        debug!(target: "example_transfers::follow", number = tip.number, "Indexed");
        context.events.finished(tip).await?;
    }
    Ok(())
}
