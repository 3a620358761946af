#![doc = include_str!("../README.md")]

mod actor;
mod builder;
mod config;
mod core;
mod error;
mod event;
mod handle;
mod index;
mod message_status;
mod metrics;
mod report;
mod signers;

pub use builder::{OrchestratorBuilder, OrchestratorParts};
pub use config::{L1StalePolicy, L1StalePolicyError, OrchestratorConfig, SignerRule};
pub use error::ConsensusCheckError;
pub use event::OrchestratorEvent;
pub use handle::OrchestratorHandle;
pub use index::L1Index;
pub use message_status::{
    InclusionLevel, L1MessageKey, L1MessageObstacle, L1MessageRules, L1MessageState,
    L1MessageStatus, l1_message_status,
};
pub use report::{L1Report, L1State};
pub use signers::{AuthorizedSigners, L1Point, SignerChange, SignerSchedule};
