//! `rollupNode`.

use crate::rollup_node::{
    L1EndpointReport, L1MessageKey, L1MessageName, L1MessageStatus, NodeHealth, RollupL1Message,
    RollupStatus, SequencerReport, SlotExplanation, SlotKey, TxStatus,
};
use alloy_primitives::B256;
use jsonrpsee::{core::RpcResult, proc_macros::rpc};

/// The rollup. Numbers are JSON numbers.
#[rpc(server, namespace = "rollupNode")]
pub trait RollupNodeApi {
    /// How far L1 and L2 are known.
    #[method(name = "status")]
    async fn status(&self) -> RpcResult<RollupStatus>;

    /// Whether the node does what it is for, and if not, why.
    #[method(name = "health")]
    async fn health(&self) -> RpcResult<NodeHealth>;

    /// What the sequencer does; `null` if the node has none.
    #[method(name = "sequencerStatus")]
    fn sequencer_status(&self) -> RpcResult<Option<SequencerReport>>;

    /// Where a transaction is, and why it is not in a block.
    #[method(name = "txStatus")]
    async fn tx_status(&self, hash: B256) -> RpcResult<TxStatus>;

    /// What happened in a slot: its block, or why it has none. Without a parameter, in the last one.
    #[method(name = "explainSlot")]
    async fn explain_slot(&self, slot: Option<SlotKey>) -> RpcResult<SlotExplanation>;

    /// What L1 is read from, in the order of the configuration. Code -32004 on a node without L1.
    #[method(name = "l1Endpoints")]
    fn l1_endpoints(&self) -> RpcResult<Vec<L1EndpointReport>>;

    /// Where an L1 message is on its way into the chain, and what it waits for: by the rules of this
    /// node's sequencer, which are the default ones where there is none. Code -32004 on a node
    /// without L1.
    #[method(name = "l1MessageStatus")]
    async fn l1_message_status(&self, message: L1MessageName) -> RpcResult<L1MessageStatus>;

    /// An L1 message by its place in the queue.
    #[method(name = "getL1MessageByIndex")]
    async fn get_l1_message_by_index(&self, index: u64) -> RpcResult<Option<RollupL1Message>>;

    /// The first L1 message that fits a key.
    #[method(name = "getL1MessageByKey")]
    async fn get_l1_message_by_key(&self, key: L1MessageKey) -> RpcResult<Option<RollupL1Message>>;
}
