//! Queries for calls by their addresses.

use super::{Answer, each_of_block};
use crate::eth::{EthRpc, Json, block_id, error::EthError};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::Address;
use alloy_rpc_types_trace::filter::{TraceFilter, TraceFilterMatcher, TraceFilterMode};
use revm_inspectors::tracing::TracingInspectorConfig;
use rollup_storage::{ChainView, StorageError};
use serde::{Deserialize, Serialize};
use std::ops::{ControlFlow, RangeInclusive};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

/// Which calls are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TraceFilterRequest {
    /// First block; genesis by default.
    pub from_block: Option<BlockNumberOrTag>,
    /// Last block; the latest by default.
    pub to_block: Option<BlockNumberOrTag>,
    /// Callers; any by default.
    pub from_address: Option<Vec<Address>>,
    /// Who is called or created; any by default.
    pub to_address: Option<Vec<Address>>,
    /// Whether both must match, as by default, or either.
    #[serde(default)]
    pub mode: TraceFilterMode,
    /// Matches that are passed over; none by default.
    pub after: Option<u64>,
    /// Matches that are given, at most; all by default.
    pub count: Option<u64>,
}

/// Why a query is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum TraceFilterError {
    /// The last block is below the first.
    #[error("invalid parameters: fromBlock cannot be greater than toBlock")]
    Reversed,
    /// The range ends above the head.
    #[error("block range extends beyond current head block {head}")]
    BeyondHead {
        /// Head of the chain.
        head: u64,
    },
    /// Too many blocks.
    #[error("block range too large; currently limited to {max} blocks")]
    TooManyBlocks {
        /// Blocks that may be.
        max: u64,
    },
}

impl TraceFilterRequest {
    fn matcher(&self) -> TraceFilterMatcher {
        TraceFilter {
            from_address: self.from_address.clone().unwrap_or_default(),
            to_address: self.to_address.clone().unwrap_or_default(),
            mode: self.mode,
            ..TraceFilter::default()
        }
        .matcher()
    }

    fn range(&self, view: &ChainView, max: u64) -> Result<RangeInclusive<u64>, EthError> {
        let head = view.head()?.number;
        let number = |block: BlockNumberOrTag| match block {
            BlockNumberOrTag::Number(number) => Ok(number),
            tag => block_id::require(view, BlockId::Number(tag)).map(|block| block.number),
        };
        let first = number(self.from_block.unwrap_or(BlockNumberOrTag::Earliest))?;
        let last = number(self.to_block.unwrap_or(BlockNumberOrTag::Latest))?;
        if first.max(last) > head {
            return Err(TraceFilterError::BeyondHead { head }.into());
        }
        let Some(distance) = last.checked_sub(first) else {
            return Err(TraceFilterError::Reversed.into());
        };
        if distance >= max {
            return Err(TraceFilterError::TooManyBlocks { max }.into());
        }
        Ok(first..=last)
    }
}

/// The calls that match, in the order of the chain. No block is executed after the last one that is
/// asked for was found.
///
/// # Errors
/// Those of the range, and as for [`each_of_block`].
pub(super) fn filter(
    eth: &EthRpc,
    request: &TraceFilterRequest,
    cancelled: &CancellationToken,
) -> Result<Json, EthError> {
    let view = eth.view()?;
    let blocks = request.range(&view, eth.config().max_trace_filter_blocks)?;
    let matcher = request.matcher();
    let config = TracingInspectorConfig::default_parity();
    let mut answer = Answer::new(eth.config().max_trace_bytes);
    let (mut passed_over, mut wanted) =
        (request.after.unwrap_or_default(), request.count.unwrap_or(u64::MAX));
    for number in blocks {
        if wanted == 0 {
            break;
        }
        let missing = StorageError::Missing { table: "Headers", number };
        let block = eth.find_block(&view, BlockId::number(number))?.ok_or(missing)?;
        each_of_block(eth, &view, block, config, cancelled, |done| {
            let traces = done.recorder.into_parity_builder();
            for trace in traces.into_localized_transaction_traces_iter(done.info) {
                if !matcher.matches(&trace.trace) {
                    continue;
                }
                if passed_over > 0 {
                    passed_over -= 1;
                    continue;
                }
                answer.push(&trace)?;
                wanted -= 1;
                if wanted == 0 {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
    }
    answer.finish()
}
