//! Methods of `eth` that execute what is not in the chain, a sequence at a time.

use crate::eth::Json;
use alloy_eips::BlockId;
use alloy_rpc_types_eth::{
    Bundle, EthCallResponse, StateContext, simulate::SimulatePayload, state::StateOverride,
};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};

/// Sequences of calls.
#[rpc(server, namespace = "eth")]
pub trait EthSimulateApi {
    /// Simulates blocks on top of one, each on the state that those before it left.
    #[method(name = "simulateV1")]
    async fn simulate_v1(
        &self,
        payload: SimulatePayload,
        block: Option<BlockId>,
    ) -> RpcResult<Vec<Json>>;

    /// What calls return, each on the state that those before it left.
    #[method(name = "callMany")]
    async fn call_many(
        &self,
        bundles: Vec<Bundle>,
        start: Option<StateContext>,
        state_overrides: Option<StateOverride>,
    ) -> RpcResult<Vec<Vec<EthCallResponse>>>;
}
