//! Who may sign blocks.

mod authorized;
mod schedule;

pub use authorized::AuthorizedSigners;
pub use schedule::{L1Point, SignerChange, SignerSchedule};
