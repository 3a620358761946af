#![doc = include_str!("../README.md")]

mod db;
mod error;
mod execution;
mod post_state;
mod verify;
mod witness;

pub use db::WitnessDatabase;
pub use error::{VerifyError, WitnessError, WitnessStateError};
pub use execution::{PartialState, StatelessError, StatelessExecution, execute};
pub use verify::{ChangedAccounts, Difference, VerifiedBlock, verify};
pub use witness::{BlockWitness, DerivedResults, StateScheme, WITNESS_SCHEMA, WitnessHeader};
