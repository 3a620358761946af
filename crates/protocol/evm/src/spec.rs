//! Execution rule sets.

use revm::{
    context_interface::cfg::{GasId, GasParams},
    primitives::hardfork::SpecId,
};
use rollup_chainspec::ScrollHardfork;

/// The rule set that a block is executed by.
///
/// Coarser than [`ScrollHardfork`]: a fork that changes nothing in execution has no rule set of
/// its own. Ordered from oldest to newest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScrollSpecId {
    /// Genesis: Shanghai without BASEFEE, typed transactions, SHA-256, RIPEMD-160 and BLAKE2.
    Archimedes,
    /// SHA-256.
    Bernoulli,
    /// Typed transactions, BASEFEE, transient storage, MCOPY, the blob-based L1 data fee.
    Curie,
    /// Same execution as Curie; kept apart because batches change.
    Darwin,
    /// An L1 message without funds for its value is included as failed.
    Euclid,
    /// EIP-7702 and P256VERIFY.
    EuclidV2,
    /// EIP-2935, EIP-7623, unlimited pairing, compression-based L1 data fee.
    Feynman,
    /// CLZ, Osaka's MODEXP and P256VERIFY prices, L1 data fee by compressed size.
    #[default]
    Galileo,
}

impl ScrollSpecId {
    /// Whether this rule set includes the changes of `other`.
    pub const fn is_enabled_in(self, other: Self) -> bool {
        self as u8 >= other as u8
    }

    /// Gas schedule of this rule set.
    pub fn gas_params(self) -> GasParams {
        let mut params = GasParams::new_spec(self.into());
        if !self.is_enabled_in(Self::Feynman) {
            // Ethereum brought EIP-7702 and EIP-7623 at once; here the floor comes two forks later.
            params.override_gas([
                (GasId::tx_floor_cost_per_token(), 0),
                (GasId::tx_floor_cost_base_gas(), 0),
            ]);
        }
        params
    }

    /// Whether a block by these rules may hold a transaction of this EIP-2718 type
    /// (spec/execution 2.1).
    pub const fn allows_tx_type(self, ty: u8) -> bool {
        match ty {
            0x00 | rollup_primitives::L1_MESSAGE_TX_TYPE => true,
            0x01 | 0x02 => self.is_enabled_in(Self::Curie),
            0x04 => self.is_enabled_in(Self::EuclidV2),
            _ => false,
        }
    }
}

impl From<ScrollHardfork> for ScrollSpecId {
    fn from(fork: ScrollHardfork) -> Self {
        match fork {
            ScrollHardfork::Archimedes => Self::Archimedes,
            ScrollHardfork::Bernoulli => Self::Bernoulli,
            ScrollHardfork::Curie => Self::Curie,
            ScrollHardfork::Darwin | ScrollHardfork::DarwinV2 => Self::Darwin,
            ScrollHardfork::Euclid => Self::Euclid,
            ScrollHardfork::EuclidV2 => Self::EuclidV2,
            ScrollHardfork::Feynman => Self::Feynman,
            ScrollHardfork::Galileo | ScrollHardfork::GalileoV2 => Self::Galileo,
        }
    }
}

/// The Ethereum rules that revm starts from; [`crate::ScrollEvm`] overrides what differs.
impl From<ScrollSpecId> for SpecId {
    fn from(spec: ScrollSpecId) -> Self {
        match spec {
            ScrollSpecId::Archimedes | ScrollSpecId::Bernoulli => Self::SHANGHAI,
            ScrollSpecId::Curie | ScrollSpecId::Darwin | ScrollSpecId::Euclid => Self::CANCUN,
            ScrollSpecId::EuclidV2 | ScrollSpecId::Feynman | ScrollSpecId::Galileo => Self::PRAGUE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ScrollSpecId::{Archimedes, Bernoulli, Curie, Darwin, Euclid, EuclidV2, Feynman, Galileo};

    #[test]
    fn every_fork_has_its_rules() {
        let expected = [
            Archimedes, Bernoulli, Curie, Darwin, Darwin, Euclid, EuclidV2, Feynman, Galileo,
            Galileo,
        ];
        assert_eq!(ScrollHardfork::ALL.map(ScrollSpecId::from), expected);
        assert_eq!(ScrollSpecId::default(), Galileo);
    }

    #[test]
    fn rules_include_those_before_them() {
        for pair in ScrollHardfork::ALL.map(ScrollSpecId::from).windows(2) {
            assert!(pair[1].is_enabled_in(pair[0]));
            assert_eq!(pair[0].is_enabled_in(pair[1]), pair[0] == pair[1]);
        }
    }
}
