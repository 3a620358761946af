//! Settings of what is made of L1.

use alloy_primitives::Address;
use std::{fmt, num::ParseIntError, str::FromStr};
use thiserror::Error;

/// Events that a slow subscriber may be behind, at most.
pub(crate) const EVENT_CAPACITY: usize = 1024;

/// Settings of what is made of L1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrchestratorConfig {
    /// Who may sign blocks. Default: the signer of the L1 system contract.
    pub signers: SignerRule,
    /// For how many L1 blocks the signer before a change stays valid, for blocks that are not later
    /// than the change. Default: 64.
    pub signer_grace_blocks: u64,
    /// What the sequencer does while L1 is stale. Default: it goes on.
    pub stale_policy: L1StalePolicy,
}

impl Default for OrchestratorConfig {
    fn default() -> Self {
        Self {
            signers: SignerRule::SystemContract,
            signer_grace_blocks: 64,
            stale_policy: L1StalePolicy::default(),
        }
    }
}

/// Who may sign blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignerRule {
    /// Anybody.
    Anybody,
    /// This one, whatever L1 says.
    Fixed(Address),
    /// Whom the L1 system contract names.
    SystemContract,
}

const CONTINUE: &str = "continue";
const LIMIT: &str = "limit";
const STOP: &str = "stop";

/// What the sequencer does while L1 is stale: not read, or without a new block, for too long.
///
/// Read from `continue`, `limit` (that is `limit` with [`Self::DEFAULT_MAX_UNSAFE_BLOCKS`]),
/// `limit:N` and `stop`, in upper or lower case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum L1StalePolicy {
    /// It goes on. There are no new L1 messages then.
    #[default]
    Continue,
    /// It goes on until there are so many blocks above the safe one.
    Limit {
        /// Blocks above the safe one, at most.
        max_unsafe_blocks: u64,
    },
    /// It makes no blocks.
    Stop,
}

impl L1StalePolicy {
    /// Blocks above the safe one that `limit` permits if it names no number: an hour of one block
    /// per second.
    pub const DEFAULT_MAX_UNSAFE_BLOCKS: u64 = 3600;

    /// The same with another number of blocks, if it is [`Self::Limit`].
    #[must_use]
    pub const fn with_max_unsafe_blocks(self, max_unsafe_blocks: u64) -> Self {
        match self {
            Self::Limit { .. } => Self::Limit { max_unsafe_blocks },
            Self::Continue | Self::Stop => self,
        }
    }
}

impl fmt::Display for L1StalePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Continue => f.write_str(CONTINUE),
            Self::Limit { max_unsafe_blocks } => write!(f, "{LIMIT}:{max_unsafe_blocks}"),
            Self::Stop => f.write_str(STOP),
        }
    }
}

impl FromStr for L1StalePolicy {
    type Err = L1StalePolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.to_ascii_lowercase();
        match lower.split_once(':') {
            None if lower == CONTINUE => Ok(Self::Continue),
            None if lower == STOP => Ok(Self::Stop),
            None if lower == LIMIT => {
                Ok(Self::Limit { max_unsafe_blocks: Self::DEFAULT_MAX_UNSAFE_BLOCKS })
            }
            Some((LIMIT, number)) => match number.parse() {
                Ok(max_unsafe_blocks) => Ok(Self::Limit { max_unsafe_blocks }),
                Err(source) => Err(L1StalePolicyError::Number { number: number.into(), source }),
            },
            _ => Err(L1StalePolicyError::Unknown),
        }
    }
}

/// A text that names no policy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum L1StalePolicyError {
    /// What follows the colon is not a number of 64 bits.
    #[error("expected a number of blocks after '{LIMIT}:', got '{number}'")]
    Number {
        /// After the colon.
        number: Box<str>,
        /// Why it is not one.
        #[source]
        source: ParseIntError,
    },
    /// None of the policies.
    #[error("expected '{CONTINUE}', '{LIMIT}', '{LIMIT}:{{blocks}}' or '{STOP}'")]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("continue", L1StalePolicy::Continue)]
    #[case("STOP", L1StalePolicy::Stop)]
    #[case("limit:0", L1StalePolicy::Limit { max_unsafe_blocks: 0 })]
    #[case("Limit:100", L1StalePolicy::Limit { max_unsafe_blocks: 100 })]
    #[case("limit", L1StalePolicy::Limit { max_unsafe_blocks: 3600 })]
    fn reads_and_writes_policies(#[case] text: &str, #[case] policy: L1StalePolicy) {
        assert_eq!(text.parse(), Ok(policy));
        assert_eq!(policy.to_string().parse(), Ok(policy));
    }

    #[rstest]
    #[case("limit:", "expected a number of blocks after 'limit:', got ''")]
    #[case("limit:-1", "expected a number of blocks after 'limit:', got '-1'")]
    #[case("stop:1", "expected 'continue', 'limit', 'limit:{blocks}' or 'stop'")]
    #[case("", "expected 'continue', 'limit', 'limit:{blocks}' or 'stop'")]
    fn refuses_what_is_no_policy(#[case] text: &str, #[case] message: &str) {
        assert_eq!(text.parse::<L1StalePolicy>().unwrap_err().to_string(), message);
    }

    #[test]
    fn the_number_of_blocks_is_that_of_a_limit_alone() {
        let limit = L1StalePolicy::Limit { max_unsafe_blocks: 1 };
        let more = L1StalePolicy::Limit { max_unsafe_blocks: 7 };
        assert_eq!(limit.with_max_unsafe_blocks(7), more);
        assert_eq!(L1StalePolicy::Stop.with_max_unsafe_blocks(7), L1StalePolicy::Stop);
    }
}
