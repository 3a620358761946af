//! What became of an imported block.

/// What became of an imported block. The head stays where it is until the forkchoice moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// Executed, and valid.
    Executed,
    /// It was there already, and is valid.
    Known,
    /// Kept without being executed, since its parent's state is not at hand: it branches off below
    /// the blocks in memory. It is executed when the forkchoice leads to it.
    Deferred,
}
