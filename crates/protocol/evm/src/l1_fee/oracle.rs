//! The L1 gas price oracle's values and the fee formulas of each fork.

use super::basis::L1DataFeeBasis;
use crate::spec::ScrollSpecId;
use alloy_primitives::U256;
use revm::Database;
use rollup_chainspec::L1_GAS_PRICE_ORACLE;

/// Denominator of the scalars, and fixed-point one of the penalty.
const PRECISION: U256 = U256::from_limbs([1_000_000_000, 0, 0, 0]);

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
        self.l1_data_fee_of(L1DataFeeBasis::new(raw, input, spec))
    }

    /// As [`Self::l1_data_fee`], without looking at the transaction again.
    pub fn l1_data_fee_of(&self, basis: L1DataFeeBasis) -> U256 {
        let fee = match basis {
            L1DataFeeBasis::Calldata { gas } => self.fee_by_calldata(gas),
            L1DataFeeBasis::Size { raw_bytes } => self.fee_by_size(raw_bytes),
            L1DataFeeBasis::Ratio { raw_bytes, ratio } => self.fee_by_ratio(raw_bytes, ratio),
            L1DataFeeBasis::CompressedSize { bytes } => self.fee_by_compressed_size(bytes),
        };
        fee.min(U256::from(u64::MAX))
    }

    fn fee_by_calldata(&self, bytes_gas: u64) -> U256 {
        U256::from(bytes_gas)
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
        let penalty = if ratio >= self.penalty_threshold { PRECISION } else { self.penalty_factor };
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

#[cfg(test)]
mod tests {
    use super::*;
    use ScrollSpecId::{Archimedes, Bernoulli, Curie, Darwin, Euclid, EuclidV2, Feynman, Galileo};
    use rstest::rstest;

    const CAP: U256 = U256::from_limbs([u64::MAX, 0, 0, 0]);

    /// Oracle values by slot.
    fn oracle(slots: &[(u64, u64)]) -> GasPriceOracle {
        let mut oracle = GasPriceOracle::default();
        for (slot, value) in slots {
            let field = match slot {
                1 => &mut oracle.l1_base_fee,
                2 => &mut oracle.overhead,
                3 => &mut oracle.scalar,
                5 => &mut oracle.l1_blob_base_fee,
                6 => &mut oracle.commit_scalar,
                7 => &mut oracle.blob_scalar,
                9 => &mut oracle.penalty_threshold,
                10 => &mut oracle.penalty_factor,
                _ => panic!("no such slot"),
            };
            *field = U256::from(*value);
        }
        oracle
    }

    #[test]
    fn before_curie_bytes_are_priced_as_calldata() {
        let oracle = oracle(&[(1, 10_000), (2, 10_000), (3, 10_000)]);
        for spec in [Archimedes, Bernoulli] {
            assert_eq!(oracle.l1_data_fee(&[1; 4], &[], spec), U256::from(1_012));
        }
        // Zeros cost a quarter: (4 * 2 + 16 * 2 + 10_000 + 64) * 10^8 / 10^9.
        assert_eq!(oracle.l1_data_fee(&[0, 1, 0, 1], &[], Archimedes), U256::from(10_104 / 10));
    }

    #[test]
    fn from_curie_bytes_are_priced_as_blob_data() {
        let oracle = oracle(&[(1, 10_000), (5, 10_000), (6, 10_000), (7, 1_000_000_000)]);
        for spec in [Curie, Darwin, Euclid, EuclidV2] {
            assert_eq!(oracle.l1_data_fee(&[1; 4], &[], spec), U256::from(40_000));
        }
    }

    #[rstest]
    #[case::above_the_threshold(7_000_000_000, 3_000)]
    #[case::at_the_threshold(6_000_000_000, 3_000)]
    #[case::below_the_threshold(5_000_000_000, 6_000)]
    fn feynman_penalises_a_low_ratio(#[case] ratio: u64, #[case] fee: u64) {
        let oracle = oracle(&[
            (1, 1_000_000_000),
            (5, 1_000_000_000),
            (6, 10),
            (7, 20),
            (9, 6_000_000_000),
            (10, 2_000_000_000),
        ]);
        assert_eq!(oracle.fee_by_ratio(100, U256::from(ratio)), U256::from(fee));
    }

    #[test]
    fn feynman_divides_twice_and_looks_at_the_input_only() {
        // A transfer of 118 bytes in a recorded block.
        let oracle = oracle(&[
            (1, 2_083_759_635),
            (5, 1),
            (6, 35_161_571_255),
            (7, 404_725_192),
            (9, 1_000_000_000),
            (10, 1_000_000_000),
        ]);
        let fee = U256::from(8_645_655_020_400_u64);
        assert_eq!(oracle.l1_data_fee(&[7; 118], &[], Feynman), fee);

        // Bytes that compress well around an input that does not are penalised.
        let penalising = GasPriceOracle {
            penalty_threshold: U256::from(1_000_000_001),
            penalty_factor: U256::from(2_000_000_000),
            ..oracle
        };
        let penalised = penalising.l1_data_fee(&[7; 118], &[1, 2, 3], Feynman);
        assert_eq!(penalised, U256::from(17_291_310_040_801_u64));
        assert_eq!(penalising.l1_data_fee(&[7; 118], &[7; 100], Feynman), fee);
    }

    #[rstest]
    #[case(50, 171_557_471_810)]
    #[case(100, 344_821_983_141)]
    #[case(1_024, 3_854_009_072_433)]
    #[case(10_240, 70_759_382_824_796)]
    #[case(1_048_576, 378_961_881_717_079_120)]
    fn galileo_grows_with_the_square_of_the_compressed_size(#[case] size: usize, #[case] fee: u64) {
        let oracle = oracle(&[
            (1, 1_000_000_000),
            (5, 1_000_000_000),
            (6, 2_394_981_796),
            (7, 1_019_097_245),
            (10, 10_000),
        ]);
        assert_eq!(oracle.fee_by_compressed_size(size), U256::from(fee));
    }

    #[rstest]
    #[case(2_999_999_997, 1)]
    #[case(2_999_999_998, 0)]
    fn galileo_multiplies_before_it_divides(#[case] divisor: u64, #[case] fee: u64) {
        // The linear term lacks one of a whole wei, which the quadratic term just reaches.
        let oracle = oracle(&[(1, 1), (6, 333_333_333), (10, divisor)]);
        assert_eq!(oracle.fee_by_compressed_size(3), U256::from(fee));
    }

    #[test]
    fn galileo_looks_at_all_bytes() {
        let oracle = oracle(&[(1, 1_000_000_000), (6, 1_000_000_000), (10, u64::MAX)]);
        // 100 zeros compress to 13 bytes, whatever the input.
        for input in [&[][..], &[1, 2, 3]] {
            let fee = oracle.l1_data_fee(&[0; 100], input, Galileo);
            assert_eq!(fee, U256::from(13_000_000_000_u64));
        }
    }

    #[test]
    fn galileo_without_a_divisor_divides_by_one() {
        let oracle = oracle(&[(1, 1_000_000_000), (6, 1_000)]);
        assert_eq!(oracle.fee_by_compressed_size(5), U256::from(5_000 + 25_000));
    }

    #[test]
    fn the_basis_outlives_the_prices_it_was_made_under() {
        let (raw, input) = ([vec![0; 100], vec![7; 100], (0..100).collect()].concat(), [0; 50]);
        let prices = [(1, 1_000_000_000), (5, 77_777_777), (6, 5_555), (7, 6_666_666), (10, 3)];
        for spec in [Archimedes, Bernoulli, Curie, Darwin, Euclid, EuclidV2, Feynman, Galileo] {
            let basis = L1DataFeeBasis::new(&raw, &input, spec);
            for scalar in [1, 1_000_000_000] {
                let oracle = GasPriceOracle { scalar: U256::from(scalar), ..oracle(&prices) };
                let fee = oracle.l1_data_fee(&raw, &input, spec);
                assert_eq!(oracle.l1_data_fee_of(basis), fee, "{spec:?}");
            }
        }
    }

    #[test]
    fn fees_saturate() {
        let largest = GasPriceOracle {
            l1_base_fee: U256::MAX,
            overhead: U256::MAX,
            scalar: U256::MAX,
            l1_blob_base_fee: U256::MAX,
            commit_scalar: U256::MAX,
            blob_scalar: U256::MAX,
            penalty_threshold: U256::MAX,
            penalty_factor: U256::MAX,
        };
        for spec in [Archimedes, Bernoulli, Curie, Darwin, Euclid, EuclidV2, Feynman, Galileo] {
            assert_eq!(largest.l1_data_fee(&[1; 10], &[1, 2, 3], spec), CAP);
        }
    }

    #[test]
    fn the_cap_is_64_bits_inclusive() {
        // Four bytes are 128 gas: the scalar and one more divide them out.
        let at_cap = GasPriceOracle {
            l1_base_fee: CAP,
            scalar: PRECISION,
            overhead: U256::ZERO,
            ..Default::default()
        };
        let gas = U256::from(64);
        assert_eq!(at_cap.l1_data_fee(&[], &[], Archimedes), CAP);
        let below = GasPriceOracle { l1_base_fee: CAP / gas, ..at_cap };
        assert_eq!(below.l1_data_fee(&[], &[], Archimedes), CAP / gas * gas);
    }
}
