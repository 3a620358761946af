//! The L1 gas price oracle's values and the fee formulas of each fork.

use super::compression::{compressed_size, compression_ratio};
use crate::spec::ScrollSpecId;
use alloy_primitives::U256;
use revm::Database;
use rollup_chainspec::L1_GAS_PRICE_ORACLE;

/// Denominator of the scalars, and fixed-point one of the penalty.
const PRECISION: U256 = U256::from_limbs([1_000_000_000, 0, 0, 0]);
/// Bytes that the formula before Curie adds for the signature, each counted as non-zero.
const EXTRA_SIGNATURE_BYTES: u64 = 4;
const NON_ZERO_BYTE_GAS: u64 = 16;
const ZERO_BYTE_GAS: u64 = 4;

/// Storage of the L1 gas price oracle predeploy as far as fees depend on it (spec/execution 4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GasPriceOracle {
    /// L1 base fee in wei (slot 1).
    pub l1_base_fee: U256,
    /// Gas added to each transaction before Curie (slot 2).
    pub overhead: U256,
    /// Multiplier before Curie, in billionths (slot 3).
    pub scalar: U256,
    /// L1 blob base fee in wei (slot 5).
    pub l1_blob_base_fee: U256,
    /// Weight of the L1 base fee from Curie, in billionths (slot 6).
    pub commit_scalar: U256,
    /// Weight of the L1 blob base fee from Curie, in billionths (slot 7).
    pub blob_scalar: U256,
    /// Compression ratio from which Feynman charges no penalty, in billionths (slot 9).
    pub penalty_threshold: U256,
    /// Feynman: fee multiplier below the threshold, in billionths. Galileo: divisor of the
    /// quadratic term (slot 10).
    pub penalty_factor: U256,
}

impl GasPriceOracle {
    /// Reads the slots that `spec` uses from committed state. Nothing becomes warm.
    ///
    /// # Errors
    /// Those of the database.
    pub fn read<DB: Database>(db: &mut DB, spec: ScrollSpecId) -> Result<Self, DB::Error> {
        let mut slot = |index: u64| db.storage(L1_GAS_PRICE_ORACLE, U256::from(index));
        let mut oracle = Self {
            l1_base_fee: slot(1)?,
            overhead: slot(2)?,
            scalar: slot(3)?,
            ..Default::default()
        };
        if spec.is_enabled_in(ScrollSpecId::Curie) {
            oracle.l1_blob_base_fee = slot(5)?;
            oracle.commit_scalar = slot(6)?;
            oracle.blob_scalar = slot(7)?;
        }
        if spec.is_enabled_in(ScrollSpecId::Feynman) {
            oracle.penalty_threshold = slot(9)?;
            oracle.penalty_factor = slot(10)?;
        }
        Ok(oracle)
    }

    /// L1 data fee in wei of a transaction, at most `u64::MAX` (spec/execution 4.3).
    ///
    /// `raw` is the EIP-2718 encoding of the signed transaction, `input` its calldata or initcode.
    pub fn l1_data_fee(&self, raw: &[u8], input: &[u8], spec: ScrollSpecId) -> U256 {
        let fee = match spec {
            ScrollSpecId::Archimedes | ScrollSpecId::Bernoulli => self.fee_by_calldata(raw),
            ScrollSpecId::Curie
            | ScrollSpecId::Darwin
            | ScrollSpecId::Euclid
            | ScrollSpecId::EuclidV2 => self.fee_by_size(raw.len()),
            ScrollSpecId::Feynman => self.fee_by_ratio(raw.len(), compression_ratio(input)),
            ScrollSpecId::Galileo => self.fee_by_compressed_size(compressed_size(raw)),
        };
        fee.min(U256::from(u64::MAX))
    }

    fn fee_by_calldata(&self, raw: &[u8]) -> U256 {
        let bytes_gas: u64 = raw
            .iter()
            .map(|byte| if *byte == 0 { ZERO_BYTE_GAS } else { NON_ZERO_BYTE_GAS })
            .sum();
        U256::from(bytes_gas + EXTRA_SIGNATURE_BYTES * NON_ZERO_BYTE_GAS)
            .saturating_add(self.overhead)
            .saturating_mul(self.l1_base_fee)
            .saturating_mul(self.scalar)
            / PRECISION
    }

    fn fee_by_size(&self, raw_bytes: usize) -> U256 {
        let commit = self.commit_scalar.saturating_mul(self.l1_base_fee);
        let blob = U256::from(raw_bytes)
            .saturating_mul(self.l1_blob_base_fee)
            .saturating_mul(self.blob_scalar);
        commit.saturating_add(blob) / PRECISION
    }

    fn fee_by_ratio(&self, raw_bytes: usize, ratio: U256) -> U256 {
        let penalty =
            if ratio >= self.penalty_threshold { PRECISION } else { self.penalty_factor };
        let fee = U256::from(raw_bytes).saturating_mul(self.fee_per_byte()).saturating_mul(penalty);
        fee / PRECISION / PRECISION
    }

    fn fee_by_compressed_size(&self, compressed_bytes: usize) -> U256 {
        let size = U256::from(compressed_bytes);
        let base = self.fee_per_byte().saturating_mul(size);
        // An oracle without the slot would divide by zero.
        let divisor = self.penalty_factor.max(U256::ONE);
        base.saturating_add(base.saturating_mul(size) / divisor) / PRECISION
    }

    /// Fee per byte in wei times 10^9, from Feynman on.
    const fn fee_per_byte(&self) -> U256 {
        let exec = self.commit_scalar.saturating_mul(self.l1_base_fee);
        exec.saturating_add(self.blob_scalar.saturating_mul(self.l1_blob_base_fee))
    }
}
