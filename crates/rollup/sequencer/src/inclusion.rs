//! From which L1 blocks messages are taken.

use rollup_storage::L1Progress;
use std::{fmt, num::ParseIntError, str::FromStr};
use thiserror::Error;

const FINALIZED: &str = "finalized";
const DEPTH: &str = "depth";

/// From which L1 blocks messages are taken.
///
/// Read from `finalized` (that is `finalized:0`), `finalized:N` and `depth:N`, in upper or lower
/// case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum L1InclusionMode {
    /// Those that are this many blocks below the finalized one, or more. L1 cannot take such a
    /// message back.
    Finalized(u64),
    /// Those that are this many blocks below the latest one, or more. An L1 reorg that is deeper
    /// takes L2 blocks off the chain.
    Depth(u64),
}

impl L1InclusionMode {
    /// The highest L1 block that messages are taken from, if there is one.
    pub fn highest_l1_block(self, progress: L1Progress) -> Option<u64> {
        match self {
            Self::Finalized(below) => progress.finalized?.checked_sub(below),
            Self::Depth(below) => progress.latest?.checked_sub(below),
        }
    }
}

impl Default for L1InclusionMode {
    fn default() -> Self {
        Self::Finalized(2)
    }
}

impl fmt::Display for L1InclusionMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finalized(below) => write!(f, "{FINALIZED}:{below}"),
            Self::Depth(below) => write!(f, "{DEPTH}:{below}"),
        }
    }
}

impl FromStr for L1InclusionMode {
    type Err = L1InclusionModeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.to_ascii_lowercase();
        match lower.split_once(':') {
            None if lower == FINALIZED => Ok(Self::Finalized(0)),
            Some((FINALIZED, number)) => number_after(FINALIZED, number).map(Self::Finalized),
            Some((DEPTH, number)) => number_after(DEPTH, number).map(Self::Depth),
            _ => Err(L1InclusionModeError::Unknown),
        }
    }
}

fn number_after(mode: &'static str, number: &str) -> Result<u64, L1InclusionModeError> {
    number.parse().map_err(|source| L1InclusionModeError::Number {
        mode,
        number: number.to_owned(),
        source,
    })
}

/// A text that names no inclusion mode.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum L1InclusionModeError {
    /// What follows the colon is not a number of 64 bits.
    #[error("Expected a valid number after '{mode}:', got '{number}'")]
    Number {
        /// Before the colon.
        mode: &'static str,
        /// After it.
        number: String,
        /// Why it is not one.
        #[source]
        source: ParseIntError,
    },
    /// Neither of the modes.
    #[error("Expected 'finalized' or 'depth:{{number}}' (e.g. 'depth:10')")]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("finalized", L1InclusionMode::Finalized(0))]
    #[case("FINALIZED", L1InclusionMode::Finalized(0))]
    #[case("finalized:2", L1InclusionMode::Finalized(2))]
    #[case("Finalized:18446744073709551615", L1InclusionMode::Finalized(u64::MAX))]
    #[case("depth:0", L1InclusionMode::Depth(0))]
    #[case("depth:10", L1InclusionMode::Depth(10))]
    fn reads_and_writes_modes(#[case] text: &str, #[case] mode: L1InclusionMode) {
        assert_eq!(text.parse(), Ok(mode));
        assert_eq!(mode.to_string().parse(), Ok(mode));
    }

    #[rstest]
    #[case("finalized:", "Expected a valid number after 'finalized:', got ''")]
    #[case("finalized:-1", "Expected a valid number after 'finalized:', got '-1'")]
    #[case("depth:x", "Expected a valid number after 'depth:', got 'x'")]
    #[case(
        "depth:18446744073709551616",
        "Expected a valid number after 'depth:', got '18446744073709551616'"
    )]
    #[case("depth", "Expected 'finalized' or 'depth:{number}' (e.g. 'depth:10')")]
    #[case("latest:2", "Expected 'finalized' or 'depth:{number}' (e.g. 'depth:10')")]
    #[case("", "Expected 'finalized' or 'depth:{number}' (e.g. 'depth:10')")]
    fn refuses_what_is_no_mode(#[case] text: &str, #[case] message: &str) {
        assert_eq!(text.parse::<L1InclusionMode>().unwrap_err().to_string(), message);
    }

    #[rstest]
    #[case::below_the_finalized(L1InclusionMode::Finalized(2), Some(100), Some(3), Some(1))]
    #[case::not_deep_enough(L1InclusionMode::Finalized(2), Some(100), Some(1), None)]
    #[case::nothing_finalized(L1InclusionMode::Finalized(0), Some(100), None, None)]
    #[case::the_finalized(L1InclusionMode::Finalized(0), Some(100), Some(7), Some(7))]
    #[case::below_the_latest(L1InclusionMode::Depth(2), Some(3), None, Some(1))]
    #[case::too_early(L1InclusionMode::Depth(2), Some(1), Some(1), None)]
    #[case::the_latest(L1InclusionMode::Depth(0), Some(3), Some(1), Some(3))]
    #[case::nothing_seen(L1InclusionMode::Depth(0), None, None, None)]
    fn s3_s4_s5_takes_messages_up_to(
        #[case] mode: L1InclusionMode,
        #[case] latest: Option<u64>,
        #[case] finalized: Option<u64>,
        #[case] highest: Option<u64>,
    ) {
        let progress = L1Progress { latest, finalized, processed: latest };
        assert_eq!(mode.highest_l1_block(progress), highest);
    }
}
