#![doc = include_str!("../README.md")]

mod accounts;
mod anvil;
mod batch;
mod call;
mod chain;
mod contracts;
mod deployment;
mod message;
mod options;
pub mod packages;
mod proxy;
mod rpc;

pub use accounts::{KEYS, OWNER, PROVER, SEQUENCER, SIGNER, USER, address_of, signer_of};
pub use anvil::Anvil;
pub use batch::{L1Batch, blob};
pub use call::L1Call;
pub use chain::{L1Block, L1Chain};
pub use contracts::{CONTRACTS, Contracts, abi};
pub use deployment::{deployment_directory, run_script};
pub use message::L1Message;
pub use options::L1Options;
pub use proxy::{Fault, FaultProxy};
pub use rpc::L1Rpc;
