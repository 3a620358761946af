//! Blocks that are not in the database yet, as readers see them: layers on top of what it has.

mod cursor;
mod layers;

pub(crate) use cursor::LayeredState;
pub(crate) use layers::{Layers, account, code, slot};
