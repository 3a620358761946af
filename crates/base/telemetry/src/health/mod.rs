//! Whether the node lives, is ready, and makes blocks.

mod judge;
mod routes;
mod types;

pub(crate) use routes::router;
pub use routes::{HealthRoutes, HealthServer};
pub use types::{
    BlockHealth, Health, HealthReason, HealthSource, L1EndpointHealth, L1Health, L1State,
    MAX_LOOP_AGE, ReadinessLimits, Role, SequencerHealth, SequencerState,
};
