//! Answers of an endpoint that is behind.

use super::answer::{error, result};
use crate::rpc::{L1Rpc, hex, quantity};
use eyre::Result;
use serde_json::{Value, json};

/// Code of an error of the server.
const SERVER_ERROR: i64 = -32_000;
/// Characters of a block hash, which a block number never has.
const HASH_CHARACTERS: usize = 66;

/// The endpoint, and how far behind it is.
struct Lagging<'a> {
    upstream: &'a L1Rpc,
    blocks: u64,
    /// The newest block that exists for it.
    head: u64,
}

/// The answer to a method of an endpoint that is `blocks` behind.
pub(super) async fn lagging(
    upstream: &L1Rpc,
    blocks: u64,
    method: &str,
    mut params: Value,
) -> Result<Value> {
    let newest = quantity(&upstream.call("eth_blockNumber", json!([])).await?)?;
    let lagging = Lagging { upstream, blocks, head: newest.saturating_sub(blocks) };
    match method {
        "eth_blockNumber" => return Ok(result(hex(lagging.head))),
        "eth_getLogs" => return lagging.logs(params).await,
        "eth_getTransactionByHash" | "eth_getTransactionReceipt" => {
            return lagging.transaction(method, params).await;
        }
        _ => {}
    }
    let Some((position, is_read_of_block)) = block_parameter(method) else {
        return upstream.answer(method, params).await;
    };
    let block = params.get(position).cloned().unwrap_or_else(|| json!("latest"));
    match lagging.block(&block).await? {
        Some(block) => {
            if let Some(params) = params.as_array_mut() {
                params.resize(params.len().max(position + 1), Value::Null);
                params[position] = block;
            }
            upstream.answer(method, params).await
        }
        None if is_read_of_block => Ok(result(Value::Null)),
        None => Ok(error(SERVER_ERROR, "header not found")),
    }
}

/// Which parameter of a method says a block, and whether it is the block that is asked for: then the
/// answer is null if it does not exist.
fn block_parameter(method: &str) -> Option<(usize, bool)> {
    let position = match method {
        "eth_getBlockByNumber" | "eth_getBlockByHash" | "eth_getBlockReceipts" => {
            return Some((0, true));
        }
        "eth_call"
        | "eth_estimateGas"
        | "eth_getBalance"
        | "eth_getCode"
        | "eth_getTransactionCount" => 1,
        "eth_getStorageAt" | "eth_getProof" => 2,
        _ => return None,
    };
    Some((position, false))
}

impl Lagging<'_> {
    /// The block that a parameter stands for; `None` if it does not exist yet.
    async fn block(&self, block: &Value) -> Result<Option<Value>> {
        if let Some(hash) = block.get("blockHash") {
            return Ok(self.hash_exists(hash).await?.then(|| block.clone()));
        }
        let block = block.get("blockNumber").unwrap_or(block);
        Ok(match block.as_str().unwrap_or("latest") {
            "latest" | "pending" => Some(hex(self.head)),
            tag @ ("safe" | "finalized") => {
                let block = self.upstream.call("eth_getBlockByNumber", json!([tag, false])).await?;
                let number = quantity(&block["number"])?;
                Some(hex(number.saturating_sub(self.blocks)))
            }
            "earliest" => Some(block.clone()),
            text if text.len() == HASH_CHARACTERS => {
                self.hash_exists(block).await?.then(|| block.clone())
            }
            _ => (quantity(block)? <= self.head).then(|| block.clone()),
        })
    }

    /// Whether there is a block with this hash, or one that the endpoint behind does not know either:
    /// then it says so itself.
    async fn hash_exists(&self, hash: &Value) -> Result<bool> {
        let block = self.upstream.call("eth_getBlockByHash", json!([hash, false])).await?;
        Ok(block.is_null() || quantity(&block["number"])? <= self.head)
    }

    /// Whether what is in a block is known: also if it is in none.
    fn knows(&self, included: &Value) -> bool {
        quantity(&included["blockNumber"]).is_ok_and(|number| number <= self.head)
    }

    async fn transaction(&self, method: &str, params: Value) -> Result<Value> {
        let answer = self.upstream.answer(method, params).await?;
        Ok(if self.knows(&answer["result"]) { answer } else { result(Value::Null) })
    }

    /// Logs up to the head.
    async fn logs(&self, mut params: Value) -> Result<Value> {
        let filter = &mut params[0];
        if let Some(hash) = filter.get("blockHash").cloned() {
            if !self.hash_exists(&hash).await? {
                return Ok(error(SERVER_ERROR, "unknown block"));
            }
        } else {
            for end in ["fromBlock", "toBlock"] {
                let block = filter.get(end).cloned().unwrap_or_else(|| json!("latest"));
                if let Some(block) = self.block(&block).await? {
                    filter[end] = block;
                }
            }
        }
        let mut answer = self.upstream.answer("eth_getLogs", params).await?;
        if let Some(logs) = answer["result"].as_array_mut() {
            logs.retain(|log| self.knows(log));
        }
        Ok(answer)
    }
}
