//! The consistency check: silent about what is sound, and not about anything else.

mod corruption;
mod every_entry;
pub(crate) mod fixture;
mod pages;
mod sound;
