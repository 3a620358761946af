//! L1: anvil with the contracts.

use crate::{
    accounts::address_of,
    anvil::Anvil,
    batch::L1Batch,
    call::L1Call,
    contracts::{
        CONTRACTS,
        abi::{MessageQueue, SystemConfig},
    },
    deployment::deployed_state,
    message::L1Message,
    options::L1Options,
    rpc::{L1Rpc, hex, quantity},
};
use alloy_eips::eip4844::Blob;
use alloy_primitives::{Address, B256, Bytes, LogData, U256};
use alloy_sol_types::SolEvent as _;
use eyre::{OptionExt as _, Result, ensure};
use rollup_primitives::TxL1Message;
use serde_json::{Value, json};
use std::{collections::HashMap, ffi::OsString};
use tokio::sync::Mutex;

/// A block of L1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L1Block {
    /// Number.
    pub number: u64,
    /// Hash.
    pub hash: B256,
    /// Hash of the block before.
    pub parent_hash: B256,
    /// Time, in seconds since 1970.
    pub timestamp: u64,
}

impl L1Block {
    fn from_rpc(block: &Value) -> Result<Self> {
        let hash = |name: &str| serde_json::from_value(block[name].clone());
        Ok(Self {
            number: quantity(&block["number"])?,
            hash: hash("hash")?,
            parent_hash: hash("parentHash")?,
            timestamp: quantity(&block["timestamp"])?,
        })
    }
}

/// An L1 in a process of its own, which is killed when this is dropped.
#[derive(Debug)]
pub struct L1Chain {
    anvil: Anvil,
    rpc: L1Rpc,
    chain_id: u64,
    /// Transactions whose end was not seen. One is signed at a time, too: the lock keeps their
    /// nonces in order.
    sent: Mutex<Vec<B256>>,
}

impl L1Chain {
    /// Starts one. The first one on a machine is deployed, which takes a while; the others take
    /// over its state.
    ///
    /// # Errors
    /// If a program cannot be installed or started, or the deployment fails.
    pub async fn start(options: L1Options) -> Result<Self> {
        let mut arguments: Vec<OsString> = vec!["--load-state".into(), deployed_state()?.into()];
        let mut add = |name: &str, value: u64| {
            arguments.extend([name.into(), value.to_string().into()]);
        };
        add("--chain-id", options.chain_id);
        add("--slots-in-an-epoch", options.slots_in_an_epoch);
        if options.port != 0 {
            add("--port", options.port.into());
        }
        match options.block_time {
            Some(time) => add("--block-time", time.as_secs()),
            None => arguments.push("--no-mining".into()),
        }
        arguments.extend(["--order", "fifo"].map(OsString::from));
        let anvil = Anvil::start(arguments)?;
        let rpc = L1Rpc::new(anvil.url())?;
        let chain_id = options.chain_id;
        let chain = Self { anvil, rpc, chain_id, sent: Mutex::default() };
        if let Some(signer) = options.signer {
            chain.update_signer(signer).await?;
            chain.mine(1).await?;
        }
        let missing = options.number.saturating_sub(chain.latest().await?.number);
        if missing > 0 {
            chain.mine(missing).await?;
        }
        Ok(chain)
    }

    /// URL of its JSON-RPC.
    pub fn url(&self) -> &str {
        self.rpc.url()
    }

    /// The process.
    pub const fn anvil(&self) -> &Anvil {
        &self.anvil
    }

    /// Its JSON-RPC, which has methods of anvil to change the chain.
    pub const fn rpc(&self) -> &L1Rpc {
        &self.rpc
    }

    /// Chain id.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The newest block.
    ///
    /// # Errors
    /// If anvil has ended, as of every method.
    pub async fn latest(&self) -> Result<L1Block> {
        self.tagged("latest").await
    }

    /// The safe block.
    ///
    /// # Errors
    /// As [`Self::latest`].
    pub async fn safe(&self) -> Result<L1Block> {
        self.tagged("safe").await
    }

    /// The final block.
    ///
    /// # Errors
    /// As [`Self::latest`].
    pub async fn finalized(&self) -> Result<L1Block> {
        self.tagged("finalized").await
    }

    async fn tagged(&self, tag: &str) -> Result<L1Block> {
        L1Block::from_rpc(&self.rpc.call("eth_getBlockByNumber", json!([tag, false])).await?)
    }

    /// The block with a number; `None` above the newest one.
    ///
    /// # Errors
    /// As [`Self::latest`].
    pub async fn block(&self, number: u64) -> Result<Option<L1Block>> {
        let block = self.rpc.call("eth_getBlockByNumber", json!([hex(number), false])).await?;
        (!block.is_null()).then(|| L1Block::from_rpc(&block)).transpose()
    }

    /// Mines blocks, at least one; the first one takes the transactions that wait. Gives the last.
    ///
    /// # Errors
    /// If a transaction that was sent was reverted.
    pub async fn mine(&self, blocks: u64) -> Result<L1Block> {
        self.rpc.call("anvil_mine", json!([hex(blocks)])).await?;
        self.check_sent().await?;
        self.latest().await
    }

    /// As [`Self::mine`], one block with this time, in seconds since 1970: above that of the block
    /// before. Later blocks go on from there.
    ///
    /// # Errors
    /// As [`Self::mine`], and if the time is not above that of the block before.
    pub async fn mine_at(&self, timestamp: u64) -> Result<L1Block> {
        self.rpc.call("evm_setNextBlockTimestamp", json!([timestamp])).await?;
        self.mine(1).await
    }

    /// Looks how transactions ended that were sent.
    async fn check_sent(&self) -> Result<()> {
        let mut sent = self.sent.lock().await;
        let mut waiting = Vec::new();
        for hash in sent.drain(..) {
            match self.receipt(hash).await? {
                None => waiting.push(hash),
                Some(receipt) => {
                    let is_success = receipt["status"] == "0x1";
                    ensure!(is_success, "the L1 transaction {hash} was reverted: {receipt}");
                }
            }
        }
        *sent = waiting;
        Ok(())
    }

    /// Receipt of a transaction; `None` while it is in no block.
    ///
    /// # Errors
    /// As [`Self::latest`].
    pub async fn receipt(&self, hash: B256) -> Result<Option<Value>> {
        let receipt = self.rpc.call("eth_getTransactionReceipt", json!([hash])).await?;
        Ok((!receipt.is_null()).then_some(receipt))
    }

    /// Signs and sends a transaction, which waits for the next block. Gives its hash.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn submit(&self, call: L1Call) -> Result<B256> {
        let mut sent = self.sent.lock().await;
        let nonce = self.nonce(call.from, json!("pending")).await?;
        let bytes = call.signed(self.chain_id, nonce)?;
        let hash = self.rpc.call("eth_sendRawTransaction", json!([bytes])).await?;
        let hash = serde_json::from_value(hash)?;
        sent.push(hash);
        Ok(hash)
    }

    async fn nonce(&self, account: usize, block: Value) -> Result<u64> {
        let params = json!([address_of(account)?, block]);
        quantity(&self.rpc.call("eth_getTransactionCount", params).await?)
    }

    /// Sends an L1 message through the messenger.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn send_message(&self, message: &L1Message) -> Result<B256> {
        self.submit(L1Call::message(message)).await
    }

    /// Sends an L1 message through the gateway for enforced transactions.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn enforced_transaction(&self, message: &L1Message) -> Result<B256> {
        self.submit(L1Call::enforced_transaction(message)).await
    }

    /// Commits a batch with this blob, of a codec version from 7 on, after its parent.
    ///
    /// # Errors
    /// As [`Self::submit`], and [`L1Call::commit_batches`].
    pub async fn commit_batch(
        &self,
        parent: &L1Batch,
        version: u8,
        blob: Box<Blob>,
    ) -> Result<L1Batch> {
        let batches = self.commit_batches(parent, version, vec![*blob]).await?;
        batches.into_iter().next().ok_or_eyre("one blob gives one batch")
    }

    /// Commits batches with these blobs in one transaction.
    ///
    /// # Errors
    /// As [`Self::commit_batch`].
    pub async fn commit_batches(
        &self,
        parent: &L1Batch,
        version: u8,
        blobs: Vec<Blob>,
    ) -> Result<Vec<L1Batch>> {
        let (call, batches) = L1Call::commit_batches(parent, version, blobs)?;
        self.submit(call).await?;
        Ok(batches)
    }

    /// Finalizes the batches up to this one. `popped_messages` of the queue are in these or earlier
    /// batches.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn finalize_batch(
        &self,
        batch: &L1Batch,
        popped_messages: u64,
        state_root: B256,
    ) -> Result<B256> {
        self.submit(L1Call::finalize_batch(batch, popped_messages, state_root)).await
    }

    /// Reverts the batches after this one.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn revert_batches_after(&self, last_kept: &L1Batch) -> Result<B256> {
        self.submit(L1Call::revert_batches_after(last_kept)).await
    }

    /// Names another authorized signer.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn update_signer(&self, signer: Address) -> Result<B256> {
        self.submit(L1Call::update_signer(signer)).await
    }

    /// The authorized signer.
    ///
    /// # Errors
    /// As [`Self::latest`].
    pub async fn signer(&self) -> Result<Address> {
        self.rpc.view(CONTRACTS.system_config, &SystemConfig::getSignerCall {}).await
    }

    /// Messages in the queue contract.
    ///
    /// # Errors
    /// As [`Self::latest`].
    pub async fn queue_length(&self) -> Result<u64> {
        let call = MessageQueue::nextCrossDomainMessageIndexCall {};
        Ok(self.rpc.view(CONTRACTS.message_queue_v2, &call).await?.try_into()?)
    }

    /// Rolling hash that the queue contract has after a message; zero after one that it does not
    /// have.
    ///
    /// # Errors
    /// As [`Self::latest`].
    pub async fn queue_hash(&self, queue_index: u64) -> Result<B256> {
        let call = MessageQueue::getMessageRollingHashCall { queueIndex: U256::from(queue_index) };
        self.rpc.view(CONTRACTS.message_queue_v2, &call).await
    }

    /// The messages of the queue with the numbers of their L1 blocks, in order, from the logs of
    /// the queue contract.
    ///
    /// # Errors
    /// As [`Self::latest`].
    pub async fn queued_messages(&self) -> Result<Vec<(u64, TxL1Message)>> {
        let filter = json!([{
            "address": CONTRACTS.message_queue_v2,
            "topics": [MessageQueue::QueueTransaction::SIGNATURE_HASH],
            "fromBlock": "earliest",
            "toBlock": "latest",
        }]);
        let logs = self.rpc.call("eth_getLogs", filter).await?;
        let logs = logs.as_array().ok_or_eyre("eth_getLogs gives no list")?;
        logs.iter().map(queued_message).collect()
    }

    /// Replaces the newest blocks by as many others. They have nothing but these transactions, each
    /// in the block with its number among the new ones, counted from 0. What the old blocks had is
    /// gone; so is what waits. Gives the new newest block.
    ///
    /// # Errors
    /// If there are not that many blocks above the deployment, or a transaction is refused.
    pub async fn reorg(&self, depth: u64, calls: Vec<(u64, L1Call)>) -> Result<L1Block> {
        let mut sent = self.sent.lock().await;
        let head = self.latest().await?.number;
        let base = head.checked_sub(depth).ok_or_eyre("L1 has not that many blocks")?;
        let mut nonces = HashMap::new();
        let mut pairs = Vec::new();
        for (offset, call) in calls {
            let from = call.from;
            let nonce = match nonces.get(&from) {
                Some(nonce) => *nonce,
                None => self.nonce(from, hex(base)).await?,
            };
            nonces.insert(from, nonce + 1);
            pairs.push(json!([call.signed(self.chain_id, nonce)?, offset]));
        }
        self.rpc.call("anvil_dropAllTransactions", json!([])).await?;
        self.rpc.call("anvil_reorg", json!([depth, pairs])).await?;
        sent.clear();
        drop(sent);
        self.latest().await
    }

    /// Remembers the chain as it is; the answer is for [`Self::restore`].
    ///
    /// # Errors
    /// As [`Self::latest`].
    pub async fn snapshot(&self) -> Result<Value> {
        self.rpc.call("evm_snapshot", json!([])).await
    }

    /// Goes back to the chain as it was: the head is lower then. A snapshot serves once.
    ///
    /// # Errors
    /// If there is no such snapshot.
    pub async fn restore(&self, snapshot: Value) -> Result<()> {
        let restored = self.rpc.call("evm_revert", json!([snapshot])).await?;
        ensure!(restored == true, "anvil has no snapshot {snapshot}");
        self.sent.lock().await.clear();
        Ok(())
    }
}

/// The message of a log of the queue contract, and the number of its L1 block.
fn queued_message(log: &Value) -> Result<(u64, TxL1Message)> {
    let topics: Vec<B256> = serde_json::from_value(log["topics"].clone())?;
    let data: Bytes = serde_json::from_value(log["data"].clone())?;
    let log_data = LogData::new(topics, data).ok_or_eyre("a log has too many topics")?;
    let event = MessageQueue::QueueTransaction::decode_log_data(&log_data)?;
    let message = TxL1Message {
        queue_index: event.queueIndex,
        gas_limit: event.gasLimit.saturating_to(),
        to: event.target,
        value: event.value,
        input: event.data,
        sender: event.sender,
    };
    Ok((quantity(&log["blockNumber"])?, message))
}
