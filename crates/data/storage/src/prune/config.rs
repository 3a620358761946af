use std::num::NonZeroU64;

/// Distance of [`PruneMode::full`], in blocks: that of reth's full node, 10,000 blocks and two
/// Ethereum epochs. It only says how much history can be asked for. Reorgs are no reason for a
/// greater one: they stay above the finalized block, and so does what they need.
pub const DEFAULT_DISTANCE_BLOCKS: u64 = 10_064;

/// Default of [`PruneConfig::blocks_per_step`].
pub const DEFAULT_PRUNE_BLOCKS_PER_STEP: NonZeroU64 =
    NonZeroU64::new(256).expect("256 is not zero, checked when compiling");

/// Default of [`PruneConfig::entries_per_step`].
pub const DEFAULT_PRUNE_ENTRIES_PER_STEP: NonZeroU64 =
    NonZeroU64::new(2_000).expect("2000 is not zero, checked when compiling");

/// Of which blocks history is kept: changesets, history index and receipts. Headers, transactions
/// and the latest state are always kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PruneMode {
    /// Of all. The default. What another mode has removed does not come back.
    #[default]
    Archive,
    /// Of the blocks above the lower of head − `distance_blocks` and the finalized block.
    Full {
        /// How far below the head the state can be read, in blocks. Zero keeps what is above the
        /// finalized block.
        distance_blocks: u64,
    },
}

impl PruneMode {
    /// [`Self::Full`] with [`DEFAULT_DISTANCE_BLOCKS`].
    pub const fn full() -> Self {
        Self::Full { distance_blocks: DEFAULT_DISTANCE_BLOCKS }
    }
}

/// Settings of pruning. They may change from one start of the node to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PruneConfig {
    /// Of which blocks history is kept. Default: [`PruneMode::Archive`].
    pub mode: PruneMode,
    /// Blocks whose history becomes unreadable in one step, at most. Default:
    /// [`DEFAULT_PRUNE_BLOCKS_PER_STEP`].
    pub blocks_per_step: NonZeroU64,
    /// Changeset entries and receipts removed in one step, at most; a block with more takes
    /// several. Each changeset entry is also a search in the history index, and the change of one
    /// shard there. Default: [`DEFAULT_PRUNE_ENTRIES_PER_STEP`].
    pub entries_per_step: NonZeroU64,
}

impl Default for PruneConfig {
    fn default() -> Self {
        Self {
            mode: PruneMode::default(),
            blocks_per_step: DEFAULT_PRUNE_BLOCKS_PER_STEP,
            entries_per_step: DEFAULT_PRUNE_ENTRIES_PER_STEP,
        }
    }
}
