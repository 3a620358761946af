#![doc = include_str!("../README.md")]

use alloy_consensus::TxReceipt as _;
use alloy_primitives::{B256, U256};
use jsonrpsee::{
    PendingSubscriptionSink, SubscriptionMessage,
    core::{RpcResult, SubscriptionResult, async_trait},
    proc_macros::rpc,
};
use rollup_engine::EngineHandle;
use rollup_node_builder::NodeParts;
use rollup_rpc::{BlockingPool, failed_to};
use rollup_storage::{ExecutedBlock, Storage, StorageError};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

/// What a block holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockStats {
    /// Number of the block.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// Transactions, L1 messages included.
    pub transactions: usize,
    /// Logs of them.
    pub logs: usize,
    /// Gas used.
    pub gas_used: u64,
    /// What they paid for their data on L1, in wei.
    pub l1_fee: U256,
}

/// Statistics of blocks.
#[rpc(server, namespace = "chainStats")]
pub trait ChainStatsApi {
    /// Those of the block with this number; `null` if the chain does not reach it.
    #[method(name = "block")]
    async fn block(&self, number: u64) -> RpcResult<Option<BlockStats>>;

    /// Those of each block that joins the chain from now on.
    #[subscription(name = "subscribe" => "newBlock", unsubscribe = "unsubscribe", item = BlockStats)]
    async fn subscribe(&self) -> SubscriptionResult;
}

/// Answers from the stored chain.
#[derive(Clone, Debug)]
pub struct ChainStats {
    storage: Storage,
    engine: EngineHandle,
    threads: BlockingPool,
}

impl ChainStats {
    /// Of this node.
    pub fn new(node: &NodeParts) -> Self {
        let NodeParts { storage, engine, rpc_threads, .. } = node;
        Self { storage: storage.clone(), engine: engine.clone(), threads: rpc_threads.clone() }
    }
}

#[async_trait]
impl ChainStatsApiServer for ChainStats {
    async fn block(&self, number: u64) -> RpcResult<Option<BlockStats>> {
        let storage = self.storage.clone();
        // The storage blocks, so it is read on a thread for that.
        let read = move || read(&storage, number).map_err(|err| failed_to("read the block", &err));
        self.threads.run(move |_| read()).await
    }

    async fn subscribe(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
        let mut changes = self.engine.subscribe();
        let sink = pending.accept().await?;
        loop {
            let change = tokio::select! {
                () = sink.closed() => return Ok(()),
                change = changes.recv() => change,
            };
            let added = match change {
                Ok(change) => change.added.clone(),
                // Who reads too slowly has missed some blocks, and gets the next ones.
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return Ok(()),
            };
            for block in added {
                let stats = serde_json::value::to_raw_value(&BlockStats::from(&*block))?;
                if sink.send(SubscriptionMessage::from(stats)).await.is_err() {
                    return Ok(());
                }
            }
        }
    }
}

fn read(storage: &Storage, number: u64) -> Result<Option<BlockStats>, StorageError> {
    let view = storage.view()?;
    let Some(block) = view.block(number)? else { return Ok(None) };
    let receipts = view.receipts(number)?.unwrap_or_default();
    Ok(Some(BlockStats {
        number,
        hash: block.hash(),
        transactions: receipts.len(),
        logs: receipts.iter().map(|receipt| receipt.logs().len()).sum(),
        gas_used: block.gas_used,
        l1_fee: receipts.iter().map(|receipt| receipt.l1_fee).sum(),
    }))
}

impl From<&ExecutedBlock> for BlockStats {
    fn from(executed: &ExecutedBlock) -> Self {
        let ExecutedBlock { block, receipts, .. } = executed;
        Self {
            number: block.number,
            hash: block.hash(),
            transactions: receipts.len(),
            logs: receipts.iter().map(|receipt| receipt.logs().len()).sum(),
            gas_used: block.gas_used,
            l1_fee: receipts.iter().map(|receipt| receipt.l1_fee).sum(),
        }
    }
}
