#![doc = include_str!("../README.md")]

mod base_fee;
mod body;
mod clique;
mod error;
mod header;
mod post_execution;
mod senders;
mod signer;

pub use base_fee::{BaseFeeInputs, next_base_fee};
pub use body::validate_body;
pub use error::{
    BodyError, CliqueError, FutureTimestampError, HeaderError, ParentError, PostExecutionError,
    SenderError, SignerError, StateRootError,
};
pub use header::{
    validate_header, validate_header_against_parent, validate_timestamp_not_in_future,
};
pub use post_execution::{validate_post_execution, validate_state_root};
pub use senders::recover_senders;
pub use signer::{validate_block_signer, validate_clique_signer};
