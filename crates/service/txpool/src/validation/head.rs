//! What the head says of the next block.

use crate::pool::Conditions;
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, U256};
use revm::{context_interface::cfg::GasParams, database::WrapDatabaseRef};
use rollup_chainspec::{
    L1_GAS_PRICE_ORACLE, L2_SYSTEM_CONFIG_OVERHEAD_SLOT, L2_SYSTEM_CONFIG_SCALAR_SLOT,
};
use rollup_consensus::{BaseFeeInputs, next_base_fee};
use rollup_evm::{GasPriceOracle, ScrollEvmConfig, ScrollSpecId};
use rollup_storage::{ChainView, StateReader, StorageError};

/// Slot of [`L1_GAS_PRICE_ORACLE`] with the L1 base fee.
const L1_BASE_FEE_SLOT: U256 = U256::ONE;

/// What the head says of the next block, as far as transactions depend on it.
///
/// The time of the next block is not known yet. It is taken to be that of the head, so a fork shows
/// with its first block.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// The head.
    pub(crate) id: BlockNumHash,
    /// Rules of the next block.
    pub(crate) spec: ScrollSpecId,
    /// Gas schedule of those rules.
    pub(crate) gas_params: GasParams,
    /// Prices of the L1 data fee after the head.
    pub(crate) oracle: GasPriceOracle,
    /// Base fee and gas limit of the next block.
    pub(crate) conditions: Conditions,
}

impl Head {
    /// Reads it from the head of a view.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn read(config: &ScrollEvmConfig, view: &ChainView) -> Result<Self, StorageError> {
        let id = view.head()?;
        let missing = StorageError::Missing { table: "Headers", number: id.number };
        let header = view.header(id.number)?.ok_or(missing)?;
        let spec = config.spec_id(id.number.saturating_add(1), header.timestamp);
        let state = view.latest_state();
        let inputs = base_fee_inputs(config, &state)?;
        let base_fee = next_base_fee(config.chain_spec(), &header, header.timestamp, inputs);
        Ok(Self {
            id,
            spec,
            gas_params: spec.gas_params(),
            oracle: GasPriceOracle::read(&mut WrapDatabaseRef(state), spec)?,
            conditions: Conditions {
                // Before Curie there is none, and the EVM takes it as zero.
                base_fee: base_fee.unwrap_or_default(),
                gas_limit: header.gas_limit,
            },
        })
    }
}

fn base_fee_inputs(
    config: &ScrollEvmConfig,
    state: &StateReader<'_>,
) -> Result<BaseFeeInputs, StorageError> {
    let l1_base_fee_wei = state.storage(L1_GAS_PRICE_ORACLE, L1_BASE_FEE_SLOT)?;
    let contract = config.chain_spec().config().l2_system_config_address;
    if contract == Address::ZERO {
        return Ok(BaseFeeInputs { l1_base_fee_wei, ..Default::default() });
    }
    Ok(BaseFeeInputs {
        l1_base_fee_wei,
        overhead_wei: state.storage(contract, L2_SYSTEM_CONFIG_OVERHEAD_SLOT)?,
        scalar: state.storage(contract, L2_SYSTEM_CONFIG_SCALAR_SLOT)?,
    })
}
