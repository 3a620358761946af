//! `rollupNodeAdmin`.

use crate::rollup_node::BlockRef;
use alloy_primitives::B256;
use jsonrpsee::{core::RpcResult, proc_macros::rpc};

/// Control of the node. What fails is answered with code -32603 and the reason.
#[rpc(server, namespace = "rollupNodeAdmin")]
pub trait RollupNodeAdminApi {
    /// Begins to build a block in every slot. True also if it does so already; false if the node has
    /// no sequencer.
    #[method(name = "enableAutomaticSequencing")]
    async fn enable_automatic_sequencing(&self) -> RpcResult<bool>;

    /// Builds no more blocks. True also if it does not; false if the node has no sequencer.
    #[method(name = "disableAutomaticSequencing")]
    async fn disable_automatic_sequencing(&self) -> RpcResult<bool>;

    /// Begins to build blocks on the block with this hash. Fails if the head is another.
    #[method(name = "startSequencer")]
    async fn start_sequencer(&self, expected_hash: B256) -> RpcResult<bool>;

    /// Builds no more blocks, and gives the last one that was signed.
    #[method(name = "stopSequencer")]
    async fn stop_sequencer(&self) -> RpcResult<BlockRef>;

    /// Begins a slot at once, whatever the timer says.
    #[method(name = "buildBlock")]
    async fn build_block(&self) -> RpcResult<bool>;

    /// Forgets what L1 blocks above this one did, and reads them anew. L1 is not synced until that is
    /// done; the head stays. True, or a failure.
    #[method(name = "revertToL1Block")]
    async fn revert_to_l1_block(&self, l1_block_number: u64) -> RpcResult<bool>;
}
