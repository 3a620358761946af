//! Tests on a real storage, with real blocks.

mod cases;
mod model;
mod runs;
mod world;
