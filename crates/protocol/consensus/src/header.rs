//! Rules of a header, alone and against its parent (execution specification 6.2).

use crate::{
    clique::validate_clique_structure,
    error::{FutureTimestampError, HeaderError, ParentError},
};
use alloy_consensus::EMPTY_OMMER_ROOT_HASH;
use alloy_primitives::U256;
use reth_primitives_traits::constants::{
    GAS_LIMIT_BOUND_DIVISOR, MAXIMUM_GAS_LIMIT_BLOCK, MINIMUM_GAS_LIMIT,
};
use rollup_chainspec::{MAX_L2_BASE_FEE_WEI, ScrollChainSpec};
use rollup_primitives::{ScrollHeader, SealedHeader};

/// Number of the block that no rule of consensus made.
const GENESIS_NUMBER: u64 = 0;

/// Difficulty of every block from EuclidV2 on.
const EUCLID_V2_DIFFICULTY: U256 = U256::ONE;

/// Checks the rules that need nothing but the header.
///
/// The genesis header is exempt from the rules on seals (nonce, difficulty, beneficiary, extra
/// data) and may lack a base fee: it is written by hand and known by its hash.
///
/// # Errors
/// The first rule that is broken. [`HeaderError::Clique`] occurs before `EuclidV2` only.
pub fn validate_header(header: &ScrollHeader, spec: &ScrollChainSpec) -> Result<(), HeaderError> {
    if header.ommers_hash != EMPTY_OMMER_ROOT_HASH {
        return Err(HeaderError::OmmersHash { got: header.ommers_hash });
    }
    if !header.mix_hash.is_zero() {
        return Err(HeaderError::MixHash { got: header.mix_hash });
    }
    validate_ethereum_fields(header)?;
    validate_gas(header)?;
    validate_base_fee(header, spec)?;
    if header.number == GENESIS_NUMBER {
        Ok(())
    } else if spec.is_euclid_v2_active_at_timestamp(header.timestamp) {
        validate_euclid_v2_structure(header)
    } else {
        Ok(validate_clique_structure(header, spec)?)
    }
}

/// Checks that a header fits on its parent, which must itself be valid.
///
/// The rules are the same in every fork. A block may have the timestamp of its parent, and its
/// gas limit may differ by exactly `1 / 1024` of the parent's (rounded down).
///
/// # Errors
/// The first rule that is broken. [`ParentError::Hash`] means that `parent` is not the parent.
pub fn validate_header_against_parent(
    header: &ScrollHeader,
    parent: &SealedHeader,
) -> Result<(), ParentError> {
    if header.parent_hash != parent.hash() {
        return Err(ParentError::Hash { got: header.parent_hash, expected: parent.hash() });
    }
    if header.number.checked_sub(1) != Some(parent.number) {
        return Err(ParentError::Number { number: header.number, parent_number: parent.number });
    }
    if header.timestamp < parent.timestamp {
        return Err(ParentError::Timestamp {
            timestamp: header.timestamp,
            parent_timestamp: parent.timestamp,
        });
    }
    let maximum_change = parent.gas_limit / GAS_LIMIT_BOUND_DIVISOR;
    if header.gas_limit.abs_diff(parent.gas_limit) > maximum_change {
        return Err(ParentError::GasLimit {
            gas_limit: header.gas_limit,
            parent_gas_limit: parent.gas_limit,
            maximum_change,
        });
    }
    Ok(())
}

/// Checks that a header is not from after `now`, in seconds since the Unix epoch.
///
/// # Errors
/// If it is. The same header passes once its time has come.
pub const fn validate_timestamp_not_in_future(
    header: &ScrollHeader,
    now: u64,
) -> Result<(), FutureTimestampError> {
    if header.timestamp > now {
        return Err(FutureTimestampError { timestamp: header.timestamp, now });
    }
    Ok(())
}

/// Scroll's encoding ends with the base fee; whatever Ethereum added behind it must be absent.
fn validate_ethereum_fields(header: &ScrollHeader) -> Result<(), HeaderError> {
    let fields = [
        ("withdrawals_root", header.withdrawals_root.is_some()),
        ("blob_gas_used", header.blob_gas_used.is_some()),
        ("excess_blob_gas", header.excess_blob_gas.is_some()),
        ("parent_beacon_block_root", header.parent_beacon_block_root.is_some()),
        ("requests_hash", header.requests_hash.is_some()),
        ("block_access_list_hash", header.block_access_list_hash.is_some()),
        ("slot_number", header.slot_number.is_some()),
    ];
    match fields.into_iter().find(|(_, is_present)| *is_present) {
        Some((name, _)) => Err(HeaderError::EthereumField(name)),
        None => Ok(()),
    }
}

const fn validate_gas(header: &ScrollHeader) -> Result<(), HeaderError> {
    let &ScrollHeader { gas_limit, gas_used, .. } = header;
    if gas_limit < MINIMUM_GAS_LIMIT {
        return Err(HeaderError::GasLimitTooLow { gas_limit, minimum: MINIMUM_GAS_LIMIT });
    }
    if gas_limit > MAXIMUM_GAS_LIMIT_BLOCK {
        return Err(HeaderError::GasLimitTooHigh { gas_limit, maximum: MAXIMUM_GAS_LIMIT_BLOCK });
    }
    if gas_used > gas_limit {
        return Err(HeaderError::GasUsedAboveLimit { gas_used, gas_limit });
    }
    Ok(())
}

/// Up to the cap the sequencer is free in its choice, so nothing is recomputed.
const fn validate_base_fee(
    header: &ScrollHeader,
    spec: &ScrollChainSpec,
) -> Result<(), HeaderError> {
    match (spec.is_curie_active_at_block(header.number), header.base_fee_per_gas) {
        (false, Some(base_fee_wei)) => Err(HeaderError::UnexpectedBaseFee { base_fee_wei }),
        (true, None) if header.number != GENESIS_NUMBER => Err(HeaderError::MissingBaseFee),
        (true, Some(base_fee_wei)) if base_fee_wei > MAX_L2_BASE_FEE_WEI => {
            Err(HeaderError::BaseFeeTooHigh { base_fee_wei, maximum_wei: MAX_L2_BASE_FEE_WEI })
        }
        _ => Ok(()),
    }
}

/// From EuclidV2 on the signature travels outside the header, and the fields that Clique used
/// are fixed.
fn validate_euclid_v2_structure(header: &ScrollHeader) -> Result<(), HeaderError> {
    if !header.beneficiary.is_zero() {
        return Err(HeaderError::Beneficiary { got: header.beneficiary });
    }
    if !header.nonce.is_zero() {
        return Err(HeaderError::Nonce { got: header.nonce });
    }
    if header.difficulty != EUCLID_V2_DIFFICULTY {
        return Err(HeaderError::Difficulty { got: header.difficulty });
    }
    if !header.extra_data.is_empty() {
        return Err(HeaderError::ExtraData { length: header.extra_data.len() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::CliqueError;
    use alloy_primitives::{Address, B64, B256, Bytes};
    use rollup_chainspec::{dev, scroll_mainnet, scroll_sepolia};

    const EUCLID_V2: u64 = 1_745_305_200;
    const CURIE: u64 = 7_096_836;
    const GWEI: u64 = 1_000_000_000;

    fn zeros(length: usize) -> Bytes {
        vec![0; length].into()
    }

    /// A valid mainnet header from EuclidV2 on.
    fn unsigned_header() -> ScrollHeader {
        ScrollHeader {
            number: 14_907_016,
            timestamp: EUCLID_V2,
            gas_limit: 10_000_000,
            gas_used: 21_000,
            base_fee_per_gas: Some(39_486_558),
            difficulty: U256::ONE,
            ..Default::default()
        }
    }

    /// A valid mainnet header from before EuclidV2.
    fn clique_header() -> ScrollHeader {
        ScrollHeader {
            number: 14_907_015,
            timestamp: EUCLID_V2 - 1,
            difficulty: U256::from(2),
            extra_data: zeros(97),
            ..unsigned_header()
        }
    }

    /// A valid mainnet header from before Curie.
    fn archimedes_header() -> ScrollHeader {
        ScrollHeader {
            number: 1,
            timestamp: 1_696_917_614,
            base_fee_per_gas: None,
            ..clique_header()
        }
    }

    type Case = (fn(&mut ScrollHeader), HeaderError);

    fn assert_broken(header: &ScrollHeader, cases: impl IntoIterator<Item = Case>) {
        assert_eq!(validate_header(header, &scroll_mainnet()), Ok(()));
        for (break_rule, expected) in cases {
            let mut broken = header.clone();
            break_rule(&mut broken);
            assert_eq!(validate_header(&broken, &scroll_mainnet()), Err(expected));
        }
    }

    #[test]
    fn names_the_broken_rule_in_every_era() {
        let one = B256::with_last_byte(1);
        let cases: [Case; 12] = [
            (|h| h.ommers_hash = B256::with_last_byte(1), HeaderError::OmmersHash { got: one }),
            (|h| h.mix_hash = B256::with_last_byte(1), HeaderError::MixHash { got: one }),
            (
                |h| h.withdrawals_root = Some(B256::ZERO),
                HeaderError::EthereumField("withdrawals_root"),
            ),
            (|h| h.blob_gas_used = Some(0), HeaderError::EthereumField("blob_gas_used")),
            (|h| h.excess_blob_gas = Some(0), HeaderError::EthereumField("excess_blob_gas")),
            (
                |h| h.parent_beacon_block_root = Some(B256::ZERO),
                HeaderError::EthereumField("parent_beacon_block_root"),
            ),
            (|h| h.requests_hash = Some(B256::ZERO), HeaderError::EthereumField("requests_hash")),
            (
                |h| h.block_access_list_hash = Some(B256::ZERO),
                HeaderError::EthereumField("block_access_list_hash"),
            ),
            (|h| h.slot_number = Some(0), HeaderError::EthereumField("slot_number")),
            (
                |h| (h.gas_limit, h.gas_used) = (4_999, 0),
                HeaderError::GasLimitTooLow { gas_limit: 4_999, minimum: 5_000 },
            ),
            (
                |h| h.gas_limit = 1 << 63,
                HeaderError::GasLimitTooHigh { gas_limit: 1 << 63, maximum: (1 << 63) - 1 },
            ),
            (
                |h| h.gas_used = h.gas_limit + 1,
                HeaderError::GasUsedAboveLimit { gas_used: 10_000_001, gas_limit: 10_000_000 },
            ),
        ];
        for header in [archimedes_header(), clique_header(), unsigned_header()] {
            assert_broken(&header, cases.clone());
        }
    }

    #[test]
    fn names_the_broken_rule_from_euclid_v2() {
        let signer = Address::with_last_byte(5);
        let nonce = B64::repeat_byte(0xff);
        assert_broken(
            &unsigned_header(),
            [
                (
                    (|h| h.beneficiary = Address::with_last_byte(5)) as fn(&mut ScrollHeader),
                    HeaderError::Beneficiary { got: signer },
                ),
                (|h| h.nonce = B64::repeat_byte(0xff), HeaderError::Nonce { got: nonce }),
                (|h| h.difficulty = U256::ZERO, HeaderError::Difficulty { got: U256::ZERO }),
                (|h| h.difficulty = U256::from(2), HeaderError::Difficulty { got: U256::from(2) }),
                (|h| h.extra_data = zeros(1), HeaderError::ExtraData { length: 1 }),
                (|h| h.extra_data = zeros(97), HeaderError::ExtraData { length: 97 }),
            ],
        );
    }

    #[test]
    fn accepts_gas_at_its_bounds() {
        for (gas_limit, gas_used) in
            [(5_000, 0), (5_000, 5_000), ((1 << 63) - 1, 0), (10_000_000, 10_000_000)]
        {
            let header = ScrollHeader { gas_limit, gas_used, ..unsigned_header() };
            assert_eq!(validate_header(&header, &scroll_mainnet()), Ok(()), "{gas_limit}");
        }
    }

    #[test]
    fn switches_from_clique_at_the_first_second_of_euclid_v2() {
        let late_clique = ScrollHeader { timestamp: EUCLID_V2, ..clique_header() };
        let early_unsigned = ScrollHeader { timestamp: EUCLID_V2 - 1, ..unsigned_header() };
        let no_seal = CliqueError::ExtraDataLength { got: 0, expected: 97 };
        for (header, expected) in [
            (clique_header(), Ok(())),
            (late_clique, Err(HeaderError::Difficulty { got: U256::from(2) })),
            (unsigned_header(), Ok(())),
            (early_unsigned, Err(HeaderError::Clique(no_seal))),
        ] {
            assert_eq!(validate_header(&header, &scroll_mainnet()), expected, "{header:?}");
        }
    }

    #[test]
    fn has_no_checkpoints_from_euclid_v2() {
        let number = 497 * 30_000;
        let checkpoint = ScrollHeader { number, extra_data: zeros(117), ..clique_header() };
        let unsigned = ScrollHeader { number, ..unsigned_header() };
        for header in [checkpoint, unsigned] {
            assert_eq!(validate_header(&header, &scroll_mainnet()), Ok(()), "{header:?}");
        }
    }

    #[test]
    fn demands_a_base_fee_from_the_first_block_of_curie() {
        let too_high =
            HeaderError::BaseFeeTooHigh { base_fee_wei: 10 * GWEI + 1, maximum_wei: 10 * GWEI };
        for (number, base_fee_per_gas, expected) in [
            (CURIE - 1, None, Ok(())),
            (CURIE - 1, Some(0), Err(HeaderError::UnexpectedBaseFee { base_fee_wei: 0 })),
            (CURIE, None, Err(HeaderError::MissingBaseFee)),
            (CURIE, Some(0), Ok(())),
            (CURIE, Some(10 * GWEI), Ok(())),
            (CURIE, Some(10 * GWEI + 1), Err(too_high)),
        ] {
            let header = ScrollHeader { number, base_fee_per_gas, ..clique_header() };
            let result = validate_header(&header, &scroll_mainnet());
            assert_eq!(result, expected, "{number} {base_fee_per_gas:?}");
        }
    }

    #[test]
    fn accepts_the_genesis_of_every_chain() {
        for spec in [scroll_mainnet(), scroll_sepolia(), dev()] {
            assert_eq!(validate_header(spec.genesis_header().header(), &spec), Ok(()));
        }
    }

    #[test]
    fn exempts_genesis_from_its_seal_alone() {
        let spec = dev();
        let genesis = ScrollHeader {
            base_fee_per_gas: None,
            extra_data: zeros(7),
            difficulty: U256::from(7),
            nonce: B64::with_last_byte(7),
            beneficiary: Address::with_last_byte(7),
            ..spec.genesis_header().header().clone()
        };
        assert_eq!(validate_header(&genesis, &spec), Ok(()));
        let first = ScrollHeader { number: 1, ..genesis.clone() };
        assert_eq!(validate_header(&first, &spec), Err(HeaderError::MissingBaseFee));
        let greedy = ScrollHeader { base_fee_per_gas: Some(u64::MAX), ..genesis.clone() };
        assert!(matches!(validate_header(&greedy, &spec), Err(HeaderError::BaseFeeTooHigh { .. })));
        let tight = ScrollHeader { gas_limit: 0, ..genesis };
        assert!(matches!(validate_header(&tight, &spec), Err(HeaderError::GasLimitTooLow { .. })));
    }

    fn parent() -> SealedHeader {
        SealedHeader::seal_slow(clique_header())
    }

    fn child() -> ScrollHeader {
        ScrollHeader { parent_hash: parent().hash(), ..unsigned_header() }
    }

    #[test]
    fn names_the_rule_that_keeps_a_header_from_its_parent() {
        type Case = (fn(&mut ScrollHeader), ParentError);
        let (number, parent_number) = (child().number, parent().number);
        let gas_limit = |gas_limit| ParentError::GasLimit {
            gas_limit,
            parent_gas_limit: 10_000_000,
            maximum_change: 9_765,
        };
        let cases: [Case; 7] = [
            (
                |h| h.parent_hash = B256::ZERO,
                ParentError::Hash { got: B256::ZERO, expected: parent().hash() },
            ),
            (|h| h.number += 1, ParentError::Number { number: number + 1, parent_number }),
            (|h| h.number -= 1, ParentError::Number { number: parent_number, parent_number }),
            (|h| h.number = 0, ParentError::Number { number: 0, parent_number }),
            (
                |h| h.timestamp -= 2,
                ParentError::Timestamp {
                    timestamp: EUCLID_V2 - 2,
                    parent_timestamp: EUCLID_V2 - 1,
                },
            ),
            (|h| h.gas_limit = 10_009_766, gas_limit(10_009_766)),
            (|h| h.gas_limit = 9_990_234, gas_limit(9_990_234)),
        ];
        for (break_rule, expected) in cases {
            let mut broken = child();
            break_rule(&mut broken);
            assert_eq!(validate_header_against_parent(&broken, &parent()), Err(expected));
        }
    }

    #[test]
    fn accepts_equal_timestamps_and_gas_limits_at_the_bound() {
        for (timestamp, gas_limit) in [
            (EUCLID_V2, 10_000_000),
            (EUCLID_V2 - 1, 10_000_000),
            (u64::MAX, 10_009_765),
            (EUCLID_V2, 9_990_235),
        ] {
            let header = ScrollHeader { timestamp, gas_limit, ..child() };
            assert_eq!(validate_header_against_parent(&header, &parent()), Ok(()), "{gas_limit}");
        }
    }

    #[test]
    fn rejects_a_header_only_until_its_time_has_come() {
        let (header, timestamp) = (unsigned_header(), EUCLID_V2);
        let now = EUCLID_V2 - 1;
        let early = Err(FutureTimestampError { timestamp, now });
        assert_eq!(validate_timestamp_not_in_future(&header, now), early);
        assert_eq!(validate_timestamp_not_in_future(&header, EUCLID_V2), Ok(()));
        assert_eq!(validate_timestamp_not_in_future(&header, EUCLID_V2 + 1), Ok(()));
    }
}
