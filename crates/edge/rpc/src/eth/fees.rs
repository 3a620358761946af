//! Gas price, tip and fee history.

use super::{
    EthRpc,
    block_id::require,
    blocks::CachedBlock,
    error::EthError,
    snapshot::{Snapshot, StateSource},
    tips::{SuggestedTip, effective_tip, gas_used},
};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_rpc_types_eth::FeeHistory;
use revm::DatabaseRef as _;
use rollup_consensus::{BaseFeeInputs, next_base_fee};
use rollup_primitives::ScrollHeader;
use rollup_storage::{ChainView, StorageError};
use tokio_util::sync::CancellationToken;

/// A fee history that is asked for.
#[derive(Debug)]
pub(crate) struct FeeHistoryRequest {
    /// How many blocks.
    pub(crate) count: u64,
    /// The last of them.
    pub(crate) newest: BlockNumberOrTag,
    /// Percentiles of the tips, 0 to 100, if they are asked for.
    pub(crate) percentiles: Option<Vec<f64>>,
}

impl EthRpc {
    /// The tip that the latest block suggests, and its base fee; in wei per gas.
    pub(crate) fn suggested_prices(&self) -> Result<(SuggestedTip, u64), EthError> {
        let view = self.view()?;
        let head = self.blocks.get(&view, view.head()?)?;
        let base_fee = head.block().base_fee_per_gas.unwrap_or_default();
        Ok((self.suggested_tip(&view, &head)?, base_fee))
    }

    fn suggested_tip(
        &self,
        view: &ChainView,
        head: &CachedBlock,
    ) -> Result<SuggestedTip, EthError> {
        let receipts = match head.receipts(view) {
            Ok(receipts) => Some(receipts),
            Err(EthError::Pruned(_)) => None,
            Err(err) => return Err(err),
        };
        let max_block_bytes = self.evm.chain_spec().config().max_tx_payload_bytes_per_block;
        Ok(SuggestedTip::after(head.block(), receipts, max_block_bytes, &self.config))
    }

    /// Base fees and gas used of the blocks up to `newest`, base fee of the block after it, and
    /// percentiles of the tips.
    pub(crate) fn fee_history_of(
        &self,
        chain: &Snapshot,
        request: FeeHistoryRequest,
        cancelled: &CancellationToken,
    ) -> Result<FeeHistory, EthError> {
        let FeeHistoryRequest { count, newest, percentiles } = request;
        let percentiles = percentiles.unwrap_or_default();
        check_percentiles(&percentiles)?;
        if count == 0 {
            return Ok(FeeHistory::default());
        }
        let view = chain.view();
        let head = view.head()?;
        let pending = chain.pending(newest.into()).map(|pending| pending.block().block().header());
        if let BlockNumberOrTag::Number(requested) = newest
            && requested > head.number
        {
            return Err(EthError::BeyondHead { requested, head: head.number });
        }
        let newest = match pending {
            Some(header) => header.number,
            None => require(view, BlockId::Number(newest))?.number,
        };
        let count = count.min(self.config.max_fee_history_blocks).min(newest.saturating_add(1));
        let oldest_block = newest + 1 - count;

        let mut history = FeeHistory { oldest_block, ..FeeHistory::default() };
        let mut last = None;
        for number in oldest_block..=newest {
            check(cancelled)?;
            let header = match pending.filter(|header| header.number == number) {
                Some(header) => header.clone(),
                None => header(view, number)?,
            };
            history.base_fee_per_gas.push(header.base_fee_per_gas.unwrap_or_default().into());
            history.gas_used_ratio.push(ratio(header.gas_used, header.gas_limit));
            last = Some(header);
        }
        if let Some(last) = last {
            history.base_fee_per_gas.push(self.base_fee_after(chain, &last)?.into());
        }
        if !percentiles.is_empty() {
            let blocks = oldest_block..=newest;
            let head = self.blocks.get(view, head)?;
            let suggested = self.suggested_tip(view, &head)?;
            history.reward = Some(if suggested.is_at_capacity {
                blocks
                    .map(|number| self.rewards(chain, number, &percentiles, cancelled))
                    .collect::<Result<_, _>>()?
            } else {
                // Nobody has to pay more, whatever some did.
                blocks.map(|_| vec![suggested.wei; percentiles.len()]).collect()
            });
        }
        Ok(history)
    }

    /// Base fee of the block after one in wei: what it is, or if there is none yet, what it is to be.
    pub(crate) fn base_fee_after(
        &self,
        chain: &Snapshot,
        block: &ScrollHeader,
    ) -> Result<u64, EthError> {
        let head = chain.view().head()?.number;
        if let Some(child) = chain.view().header(block.number + 1)? {
            return Ok(child.base_fee_per_gas.unwrap_or_default());
        }
        let is_pending = block.number > head;
        let id = if is_pending { BlockId::pending() } else { BlockId::latest() };
        let state = StateSource::state_after(chain, id, &CancellationToken::new())?;
        let spec = self.evm.chain_spec();
        let inputs = BaseFeeInputs::read(spec, |account, slot| state.storage_ref(account, slot))?;
        Ok(next_base_fee(spec, block, block.timestamp, inputs).unwrap_or_default())
    }

    /// The tips at each percentile of the gas of a block, in wei per gas.
    fn rewards(
        &self,
        chain: &Snapshot,
        number: u64,
        percentiles: &[f64],
        cancelled: &CancellationToken,
    ) -> Result<Vec<u128>, EthError> {
        check(cancelled)?;
        let missing = StorageError::Missing { table: "CanonicalHeaders", number };
        let view = chain.view();
        let id = if number > view.head()?.number { BlockId::pending() } else { number.into() };
        let cached = chain.block(id)?.ok_or(missing)?;
        let block = cached.block();
        let tips =
            block.body().transactions.iter().map(|tx| effective_tip(tx, block.base_fee_per_gas));
        let mut paid: Vec<_> = tips.zip(gas_used(cached.receipts(view)?)).collect();
        paid.sort_by_key(|(tip, _)| *tip);
        Ok(percentiles_of(&paid, block.gas_used, percentiles))
    }
}

fn header(view: &ChainView, number: u64) -> Result<ScrollHeader, StorageError> {
    view.header(number)?.ok_or(StorageError::Missing { table: "Headers", number })
}

#[expect(clippy::cast_precision_loss, reason = "a share is no exact number")]
fn ratio(gas_used: u64, gas_limit: u64) -> f64 {
    if gas_limit == 0 { 0.0 } else { gas_used as f64 / gas_limit as f64 }
}

/// # Errors
/// [`EthError::Cancelled`] if nobody waits for the answer any more.
fn check(cancelled: &CancellationToken) -> Result<(), EthError> {
    if cancelled.is_cancelled() { Err(EthError::Cancelled) } else { Ok(()) }
}

/// # Errors
/// [`EthError::InvalidPercentiles`] unless they ascend from 0 to 100.
fn check_percentiles(percentiles: &[f64]) -> Result<(), EthError> {
    let in_range = percentiles.iter().all(|percentile| (0.0..=100.0).contains(percentile));
    if in_range && percentiles.is_sorted() { Ok(()) } else { Err(EthError::InvalidPercentiles) }
}

/// The tip of the transaction with which each percentile of `gas_used` is reached. `paid` are tips,
/// ascending, and the gas for which they were paid.
fn percentiles_of(paid: &[(u128, u64)], gas_used: u64, percentiles: &[f64]) -> Vec<u128> {
    let Some(((first_tip, first_gas), rest)) = paid.split_first() else {
        return vec![0; percentiles.len()];
    };
    let mut rest = rest.iter();
    let (mut tip, mut gas) = (*first_tip, *first_gas);
    let mut at = |percentile: &f64| {
        let threshold = share(gas_used, *percentile);
        while gas < threshold
            && let Some((next_tip, next_gas)) = rest.next()
        {
            tip = *next_tip;
            gas = gas.saturating_add(*next_gas);
        }
        tip
    };
    percentiles.iter().map(&mut at).collect()
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a number of gas, between zero and that number"
)]
fn share(gas: u64, percentile: f64) -> u64 {
    (gas as f64 * percentile / 100.0) as u64
}
