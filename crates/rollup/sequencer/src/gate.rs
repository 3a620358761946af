//! What the state of L1 lets the sequencer do.

/// What the state of L1 lets the sequencer do in its slots. A block that was begun is finished, and
/// one that is ordered is built, whatever this says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum L1Gate {
    /// Whatever it does.
    #[default]
    Open,
    /// L1 is not seen any more: no more than so many blocks above the safe one.
    Limited {
        /// Blocks above the safe block, at most. 0 is like [`Self::Closed`].
        max_unsafe_blocks: u64,
    },
    /// Nothing.
    Closed,
}

impl L1Gate {
    /// Whether a block may be begun on a head that is so many blocks above the safe one.
    pub const fn permits(self, unsafe_blocks: u64) -> bool {
        match self {
            Self::Open => true,
            Self::Limited { max_unsafe_blocks } => unsafe_blocks < max_unsafe_blocks,
            Self::Closed => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::open(L1Gate::Open, u64::MAX, true)]
    #[case::below_the_limit(L1Gate::Limited { max_unsafe_blocks: 3 }, 2, true)]
    #[case::at_the_limit(L1Gate::Limited { max_unsafe_blocks: 3 }, 3, false)]
    #[case::above_the_limit(L1Gate::Limited { max_unsafe_blocks: 3 }, 4, false)]
    #[case::none_at_all(L1Gate::Limited { max_unsafe_blocks: 0 }, 0, false)]
    #[case::closed(L1Gate::Closed, 0, false)]
    fn permits_blocks(#[case] gate: L1Gate, #[case] unsafe_blocks: u64, #[case] permitted: bool) {
        assert_eq!(gate.permits(unsafe_blocks), permitted);
    }
}
