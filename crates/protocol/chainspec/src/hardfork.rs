//! The hardforks of Scroll.

use crate::error::UnknownHardfork;
use alloy_hardforks::Hardfork;
use std::{fmt, str::FromStr};

/// A hardfork of Scroll. Ordered from oldest to newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScrollHardfork {
    /// Genesis rules. Activated by block number.
    Archimedes,
    /// Blobs for batches; SHA-256. Activated by block number.
    Bernoulli,
    /// Base fee, typed transactions, blob-based L1 data fee. Activated by block number.
    Curie,
    /// Batches in bundles. This and every later fork is activated by timestamp.
    Darwin,
    /// Compressed batches; execution as in Darwin.
    DarwinV2,
    /// State roots become those of the Merkle Patricia trie; execution as in Darwin.
    Euclid,
    /// End of Clique; EIP-7702 and P256VERIFY; message queue V2.
    EuclidV2,
    /// EIP-2935, EIP-7623, L1 data fee by compression, base fee by congestion.
    Feynman,
    /// L1 data fee by compressed size; parts of Osaka.
    Galileo,
    /// Corrected gas price oracle.
    GalileoV2,
}

impl ScrollHardfork {
    /// Number of forks.
    pub(crate) const COUNT: usize = 10;

    /// Every fork, from oldest to newest.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Archimedes,
        Self::Bernoulli,
        Self::Curie,
        Self::Darwin,
        Self::DarwinV2,
        Self::Euclid,
        Self::EuclidV2,
        Self::Feynman,
        Self::Galileo,
        Self::GalileoV2,
    ];

    /// The name, as [`Display`](fmt::Display) writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Archimedes => "Archimedes",
            Self::Bernoulli => "Bernoulli",
            Self::Curie => "Curie",
            Self::Darwin => "Darwin",
            Self::DarwinV2 => "DarwinV2",
            Self::Euclid => "Euclid",
            Self::EuclidV2 => "EuclidV2",
            Self::Feynman => "Feynman",
            Self::Galileo => "Galileo",
            Self::GalileoV2 => "GalileoV2",
        }
    }

    /// Whether a block number activates this fork; a timestamp does otherwise.
    pub const fn is_block_based(self) -> bool {
        matches!(self, Self::Archimedes | Self::Bernoulli | Self::Curie)
    }

    /// Position in [`Self::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for ScrollHardfork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ScrollHardfork {
    type Err = UnknownHardfork;

    /// Reads a name in any case; `EuclidV1` is another name of Euclid.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name.eq_ignore_ascii_case("EuclidV1") {
            return Ok(Self::Euclid);
        }
        Self::ALL
            .into_iter()
            .find(|fork| fork.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownHardfork { name: name.into() })
    }
}

impl Hardfork for ScrollHardfork {
    fn name(&self) -> &'static str {
        self.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_indexes_from_oldest_to_newest() {
        assert!(ScrollHardfork::ALL.is_sorted());
        for (position, fork) in ScrollHardfork::ALL.into_iter().enumerate() {
            assert_eq!(fork.index(), position);
        }
    }

    #[test]
    fn reads_its_own_names_in_any_case() {
        for fork in ScrollHardfork::ALL {
            let name = fork.to_string();
            for spelling in [name.clone(), name.to_lowercase(), name.to_uppercase()] {
                assert_eq!(spelling.parse(), Ok(fork));
            }
            assert_eq!(Hardfork::name(&fork), name);
        }
        assert_eq!("euclidv1".parse(), Ok(ScrollHardfork::Euclid));
        assert_eq!("EUCLIDV1".parse(), Ok(ScrollHardfork::Euclid));
    }

    #[test]
    fn names_the_known_forks_when_one_is_unknown() {
        for name in ["", "Euclid ", "London", "galileo3"] {
            let message = name.parse::<ScrollHardfork>().unwrap_err().to_string();
            assert!(message.contains(&format!("\"{name}\"")), "{message}");
            for fork in ScrollHardfork::ALL {
                assert!(message.contains(fork.as_str()), "{message}");
            }
        }
    }
}
