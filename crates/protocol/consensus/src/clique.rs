//! Structure of Clique headers (execution specification 6.2), before EuclidV2.

use crate::error::CliqueError;
use alloy_primitives::{Address, B64, U256};
use rollup_chainspec::{CliqueConfig, ScrollChainSpec};
use rollup_primitives::{BLOCK_SIGNATURE_LENGTH, CLIQUE_VANITY_LENGTH, ScrollHeader};

/// Extra data without a list of signers.
const SEAL_LENGTH: usize = CLIQUE_VANITY_LENGTH + BLOCK_SIGNATURE_LENGTH;

/// Nonce of a vote to add a signer; one to drop it is zero.
const ADD_SIGNER_NONCE: B64 = B64::repeat_byte(0xff);

/// Checks nonce, difficulty, beneficiary and extra data. Who signed is another question, see
/// [`crate::validate_clique_signer`].
pub(crate) fn validate_clique_structure(
    header: &ScrollHeader,
    spec: &ScrollChainSpec,
) -> Result<(), CliqueError> {
    validate_nonce(header.nonce)?;
    validate_difficulty(header.difficulty)?;
    // A genesis file may leave Clique out. Its epoch is then the one Clique itself falls back to,
    // which is also that of the public networks.
    if spec.config().clique.unwrap_or(CliqueConfig::SCROLL).is_checkpoint(header.number) {
        validate_checkpoint(header)
    } else {
        validate_extra_data(header)
    }
}

fn validate_nonce(nonce: B64) -> Result<(), CliqueError> {
    if nonce == B64::ZERO || nonce == ADD_SIGNER_NONCE {
        Ok(())
    } else {
        Err(CliqueError::Nonce { got: nonce })
    }
}

/// 2 if it was the signer's turn, 1 if not.
fn validate_difficulty(difficulty: U256) -> Result<(), CliqueError> {
    if difficulty == U256::from(1) || difficulty == U256::from(2) {
        Ok(())
    } else {
        Err(CliqueError::Difficulty { got: difficulty })
    }
}

/// A checkpoint lists the signers, so it may not vote on one.
fn validate_checkpoint(header: &ScrollHeader) -> Result<(), CliqueError> {
    if !header.nonce.is_zero() {
        return Err(CliqueError::CheckpointNonce { got: header.nonce });
    }
    if !header.beneficiary.is_zero() {
        return Err(CliqueError::CheckpointBeneficiary { got: header.beneficiary });
    }
    let got = header.extra_data.len();
    match got.checked_sub(SEAL_LENGTH) {
        Some(signers) if signers.is_multiple_of(Address::len_bytes()) => Ok(()),
        _ => Err(CliqueError::CheckpointExtraDataLength { got }),
    }
}

fn validate_extra_data(header: &ScrollHeader) -> Result<(), CliqueError> {
    let got = header.extra_data.len();
    if got == SEAL_LENGTH {
        Ok(())
    } else {
        Err(CliqueError::ExtraDataLength { got, expected: SEAL_LENGTH })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Bytes, address};
    use rollup_chainspec::{ForkSchedule, Genesis, ScrollConfig, ScrollHardfork};
    use std::num::NonZeroU64;

    const ACCOUNT: Address = address!("0x48C3F81f3D998b6652900e1C3183736C238Fe429");

    fn zeros(length: usize) -> Bytes {
        vec![0; length].into()
    }

    fn header(number: u64, extra_data_length: usize) -> ScrollHeader {
        ScrollHeader {
            number,
            difficulty: U256::from(2),
            extra_data: zeros(extra_data_length),
            ..Default::default()
        }
    }

    fn spec(clique: Option<CliqueConfig>) -> ScrollChainSpec {
        let config = ScrollConfig { clique, ..Default::default() };
        let schedule = ForkSchedule::forced(ScrollHardfork::DarwinV2);
        ScrollChainSpec::new(534_352, Genesis::default(), schedule, config)
    }

    #[test]
    fn accepts_votes_turns_and_lists_of_signers() {
        let spec = spec(Some(CliqueConfig::SCROLL));
        let mut vote = ScrollHeader { beneficiary: ACCOUNT, ..header(1, 97) };
        vote.nonce = ADD_SIGNER_NONCE;
        let out_of_turn = ScrollHeader { difficulty: U256::from(1), ..header(29_999, 97) };
        let checkpoints = [97, 117, 137].map(|length| header(60_000, length));
        for header in [header(1, 97), vote, out_of_turn].into_iter().chain(checkpoints) {
            assert_eq!(validate_clique_structure(&header, &spec), Ok(()), "{header:?}");
        }
    }

    #[test]
    fn names_the_broken_rule_between_checkpoints() {
        type Case = (fn(&mut ScrollHeader), CliqueError);
        let other_nonce = B64::with_last_byte(1);
        let cases: [Case; 6] = [
            (|h| h.nonce = B64::with_last_byte(1), CliqueError::Nonce { got: other_nonce }),
            (|h| h.difficulty = U256::ZERO, CliqueError::Difficulty { got: U256::ZERO }),
            (|h| h.difficulty = U256::from(3), CliqueError::Difficulty { got: U256::from(3) }),
            (|h| h.extra_data = zeros(96), CliqueError::ExtraDataLength { got: 96, expected: 97 }),
            (|h| h.extra_data = zeros(98), CliqueError::ExtraDataLength { got: 98, expected: 97 }),
            (
                |h| h.extra_data = zeros(117),
                CliqueError::ExtraDataLength { got: 117, expected: 97 },
            ),
        ];
        let spec = spec(Some(CliqueConfig::SCROLL));
        for (break_rule, expected) in cases {
            let mut header = header(30_001, 97);
            break_rule(&mut header);
            assert_eq!(validate_clique_structure(&header, &spec), Err(expected));
        }
    }

    #[test]
    fn names_the_broken_rule_of_a_checkpoint() {
        type Case = (fn(&mut ScrollHeader), CliqueError);
        let cases: [Case; 6] = [
            (
                |h| h.nonce = ADD_SIGNER_NONCE,
                CliqueError::CheckpointNonce { got: ADD_SIGNER_NONCE },
            ),
            (|h| h.beneficiary = ACCOUNT, CliqueError::CheckpointBeneficiary { got: ACCOUNT }),
            (|h| h.extra_data = zeros(0), CliqueError::CheckpointExtraDataLength { got: 0 }),
            (|h| h.extra_data = zeros(77), CliqueError::CheckpointExtraDataLength { got: 77 }),
            (|h| h.extra_data = zeros(116), CliqueError::CheckpointExtraDataLength { got: 116 }),
            (|h| h.extra_data = zeros(118), CliqueError::CheckpointExtraDataLength { got: 118 }),
        ];
        let spec = spec(Some(CliqueConfig::SCROLL));
        for (break_rule, expected) in cases {
            let mut header = header(30_000, 117);
            break_rule(&mut header);
            assert_eq!(validate_clique_structure(&header, &spec), Err(expected));
        }
    }

    #[test]
    fn takes_the_epoch_from_the_chain_and_its_default_otherwise() {
        let ten = CliqueConfig { period: 0, epoch: NonZeroU64::new(10).unwrap() };
        let no_checkpoint = Err(CliqueError::ExtraDataLength { got: 117, expected: 97 });
        for (clique, number, expected) in [
            (Some(ten), 10, Ok(())),
            (Some(ten), 11, no_checkpoint.clone()),
            (None, 30_000, Ok(())),
            (None, 10, no_checkpoint),
        ] {
            let result = validate_clique_structure(&header(number, 117), &spec(clique));
            assert_eq!(result, expected, "{clique:?} {number}");
        }
    }
}
