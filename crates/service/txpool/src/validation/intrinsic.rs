//! What a transaction says by itself.

use super::{DecodedTransaction, Head};
use crate::{config::TxpoolConfig, error::PoolError, transaction::TransactionOrigin};
use alloy_consensus::{
    Transaction, Typed2718,
    transaction::{Recovered, SignerRecoverable},
};
use alloy_primitives::Address;
use revm::primitives::eip3860::MAX_INITCODE_SIZE;
use rollup_chainspec::ScrollChainSpec;
use rollup_evm::L1DataFeeBasis;
use rollup_primitives::ScrollTxEnvelope;
use std::sync::Arc;

/// What this node asks of a transaction, whatever the head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) chain_id: u64,
    pub(crate) max_bytes: usize,
    pub(crate) min_fee_cap_wei: u64,
    pub(crate) min_priority_fee_wei: u64,
    pub(crate) max_tx_gas: Option<u64>,
    /// How many times the L1 data fee must be affordable.
    pub(crate) l1_data_fees: u64,
}

/// A transaction that its sender signed, and that breaks no rule that can be seen without the
/// state.
#[derive(Clone, Debug)]
pub(crate) struct CheckedTransaction {
    pub(crate) transaction: Recovered<ScrollTxEnvelope>,
    pub(crate) encoded_bytes: usize,
    /// What its L1 data fee is computed from. `None` if the fee does not count.
    pub(crate) fee_basis: Option<L1DataFeeBasis>,
    pub(crate) origin: TransactionOrigin,
    pub(crate) is_returned: bool,
}

impl Rules {
    pub(crate) fn new(config: &TxpoolConfig, chain: &ScrollChainSpec) -> Self {
        let limit = chain.config().max_tx_payload_bytes_per_block;
        let l1_data_fees = match () {
            () if config.ignore_l1_data_fee => 0,
            () if config.require_l1_data_fee_buffer => 2,
            () if chain.config().l1_data_fee_buffer_check => 2,
            () => 1,
        };
        Self {
            chain_id: chain.chain_id(),
            max_bytes: usize::try_from(limit).unwrap_or(usize::MAX),
            min_fee_cap_wei: config.min_fee_cap_wei,
            min_priority_fee_wei: config.min_priority_fee_wei,
            max_tx_gas: config.max_tx_gas,
            l1_data_fees,
        }
    }

    /// Checks the length of EIP-2718 bytes.
    ///
    /// # Errors
    /// [`PoolError::Oversized`].
    pub(crate) const fn check_size(&self, bytes: usize) -> Result<(), PoolError> {
        if bytes > self.max_bytes {
            return Err(PoolError::Oversized { bytes, limit: self.max_bytes });
        }
        Ok(())
    }

    /// Checks a transaction and recovers its sender, unless `sender` is known.
    ///
    /// # Errors
    /// The variant of the rule that is broken.
    pub(crate) fn check(
        &self,
        head: &Head,
        decoded: DecodedTransaction,
        sender: Option<Address>,
        origin: TransactionOrigin,
    ) -> Result<CheckedTransaction, PoolError> {
        let DecodedTransaction { transaction, raw } = decoded;
        self.check_size(raw.len())?;
        self.check_type(head, &transaction)?;
        self.check_fees(&transaction, origin)?;
        self.check_gas(head, &transaction)?;
        // The dear ones come last.
        let sender = match sender {
            Some(sender) => sender,
            None => transaction
                .recover_signer()
                .map_err(|source| PoolError::InvalidSignature { source: Arc::new(source) })?,
        };
        let fee_basis = (self.l1_data_fees > 0)
            .then(|| L1DataFeeBasis::new(&raw, transaction.input(), head.spec));
        Ok(CheckedTransaction {
            transaction: Recovered::new_unchecked(transaction, sender),
            encoded_bytes: raw.len(),
            fee_basis,
            origin,
            is_returned: false,
        })
    }

    fn check_type(&self, head: &Head, transaction: &ScrollTxEnvelope) -> Result<(), PoolError> {
        if transaction.is_l1_message() {
            return Err(PoolError::L1Message);
        }
        let ty = transaction.ty();
        if !head.spec.allows_tx_type(ty) {
            return Err(PoolError::TypeNotSupported { ty });
        }
        // Without a chain id it is a legacy transaction that holds on every chain.
        let expected = self.chain_id;
        if let Some(found) = transaction.chain_id().filter(|found| *found != expected) {
            return Err(PoolError::WrongChainId { found, expected });
        }
        if transaction.nonce() == u64::MAX {
            return Err(PoolError::NonceAtMax);
        }
        let bytes = transaction.input().len();
        if transaction.is_create() && bytes > MAX_INITCODE_SIZE {
            return Err(PoolError::InitcodeTooLarge { bytes, limit: MAX_INITCODE_SIZE });
        }
        if transaction.authorization_list().is_some_and(<[_]>::is_empty) {
            return Err(PoolError::EmptyAuthorizationList);
        }
        Ok(())
    }

    fn check_fees(
        &self,
        transaction: &ScrollTxEnvelope,
        origin: TransactionOrigin,
    ) -> Result<(), PoolError> {
        let (tip, fee_cap) = (transaction.priority_fee_or_price(), transaction.max_fee_per_gas());
        if tip > fee_cap {
            return Err(PoolError::TipAboveFeeCap { tip, fee_cap });
        }
        let minimum = self.min_fee_cap_wei;
        if fee_cap < u128::from(minimum) {
            return Err(PoolError::FeeCapTooLow { fee_cap, minimum });
        }
        let minimum = self.min_priority_fee_wei;
        if origin == TransactionOrigin::External && tip < u128::from(minimum) {
            return Err(PoolError::TipTooLow { tip, minimum });
        }
        Ok(())
    }

    fn check_gas(&self, head: &Head, transaction: &ScrollTxEnvelope) -> Result<(), PoolError> {
        let gas_limit = transaction.gas_limit();
        let block_gas_limit = head.conditions.gas_limit;
        if gas_limit > block_gas_limit {
            return Err(PoolError::ExceedsBlockGasLimit { gas_limit, block_gas_limit });
        }
        if let Some(limit) = self.max_tx_gas.filter(|limit| gas_limit > *limit) {
            return Err(PoolError::ExceedsMaxTxGas { gas_limit, limit });
        }
        let (accounts, slots) = transaction.access_list().map_or((0, 0), |list| {
            (list.len() as u64, list.iter().map(|item| item.storage_keys.len() as u64).sum())
        });
        let gas = head.gas_params.initial_tx_gas(
            transaction.input(),
            transaction.is_create(),
            accounts,
            slots,
            transaction.authorization_list().map_or(0, |list| list.len() as u64),
            None,
        );
        let needed = gas.initial_total_gas();
        if gas_limit < needed {
            return Err(PoolError::IntrinsicGasTooLow { gas_limit, needed });
        }
        let needed = gas.floor_gas();
        if gas_limit < needed {
            return Err(PoolError::FloorGasTooLow { gas_limit, needed });
        }
        Ok(())
    }
}
