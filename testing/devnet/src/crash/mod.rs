//! Processes that are killed.

mod child;
mod kill;

pub use child::{Child, is_child, say};
pub use kill::{KillPoint, follow_kill_point};
