//! The probes over HTTP.

use super::{
    judge,
    types::{
        BlockHealth, Health, HealthReason, HealthSource, L1EndpointHealth, L1Health, L1State,
        ReadinessLimits, Role, SequencerState,
    },
};
use crate::{error::ServeError, server::Server};
use alloy_primitives::Address;
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use std::{
    fmt::{self, Debug},
    net::SocketAddr,
    sync::Arc,
};
use tokio_util::sync::CancellationToken;

/// What answers the probes.
#[derive(Clone)]
pub struct HealthRoutes {
    source: Arc<dyn HealthSource>,
    limits: ReadinessLimits,
}

impl HealthRoutes {
    /// Probes of this node.
    pub fn new(source: impl HealthSource, limits: ReadinessLimits) -> Self {
        Self { source: Arc::new(source), limits }
    }
}

impl Debug for HealthRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthRoutes").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// The flag that sets the address.
const FLAG: &str = "--health.addr";

/// Answers `/livez`, `/readyz`, `/healthz` and `/sequencez`.
#[derive(Debug)]
pub struct HealthServer {
    server: Server,
    routes: HealthRoutes,
}

impl HealthServer {
    /// Listens on an address.
    ///
    /// # Errors
    ///
    /// If the address cannot be had, above all because another program listens there.
    pub async fn bind(address: SocketAddr, routes: HealthRoutes) -> Result<Self, ServeError> {
        Ok(Self { server: Server::bind(address, FLAG).await?, routes })
    }

    /// Looks whether an address can be had, and leaves it free.
    ///
    /// # Errors
    ///
    /// As [`Self::bind`].
    pub async fn check(address: SocketAddr) -> Result<(), ServeError> {
        Server::bind(address, FLAG).await.map(drop)
    }

    /// Where it listens, with the port that was chosen if it was 0.
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Answers until it is cancelled.
    pub async fn run(self, cancel: CancellationToken) {
        self.server.run(router(self.routes), cancel).await;
    }
}

/// The paths of the probes.
pub(crate) fn router(routes: HealthRoutes) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/healthz", get(healthz))
        .route("/sequencez", get(sequencez))
        .with_state(routes)
}

async fn livez(State(routes): State<HealthRoutes>) -> Response {
    verdict(&judge::liveness(&routes.source.health()))
}

async fn readyz(State(routes): State<HealthRoutes>) -> Response {
    verdict(&judge::readiness(&routes.source.health(), routes.limits))
}

async fn sequencez(State(routes): State<HealthRoutes>) -> Response {
    verdict(&judge::sequencing(&routes.source.health()))
}

/// Always 200: it describes, and the other probes decide.
async fn healthz(State(routes): State<HealthRoutes>) -> Json<Report> {
    let health = routes.source.health();
    let reasons = judge::all(&health, routes.limits);
    Json(Report::new(&health, &reasons))
}

/// 200 without reasons, else 503 with them.
fn verdict(reasons: &[HealthReason]) -> Response {
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = Verdict { ok: reasons.is_empty(), reasons: describe(reasons) };
    (status, Json(body)).into_response()
}

fn describe(reasons: &[HealthReason]) -> Vec<ReasonText> {
    let text =
        |reason: &HealthReason| ReasonText { code: reason.code(), message: reason.to_string() };
    reasons.iter().map(text).collect()
}

#[derive(Debug, Serialize)]
struct Verdict {
    ok: bool,
    reasons: Vec<ReasonText>,
}

#[derive(Debug, Serialize)]
struct ReasonText {
    code: &'static str,
    message: String,
}

/// The body of `/healthz`. Ages are in whole seconds.
#[derive(Debug, Serialize)]
struct Report {
    role: Role,
    leader: bool,
    authorised: Option<bool>,
    head: BlockHealth,
    safe: BlockHealth,
    finalized: BlockHealth,
    head_age_s: u64,
    loop_age_s: u64,
    l1: Option<L1Report>,
    peers: Option<usize>,
    sequencer: Option<SequencerState>,
    signer: Option<Address>,
    reasons: Vec<ReasonText>,
}

#[derive(Debug, Serialize)]
struct L1Report {
    status: L1State,
    lag_s: Option<u64>,
    endpoints: Vec<L1EndpointHealth>,
}

impl From<&L1Health> for L1Report {
    fn from(l1: &L1Health) -> Self {
        let L1Health { state, is_synced: _, lag, holds_blocks: _, endpoints } = l1;
        Self { status: *state, lag_s: lag.map(|lag| lag.as_secs()), endpoints: endpoints.clone() }
    }
}

impl Report {
    fn new(health: &Health, reasons: &[HealthReason]) -> Self {
        Self {
            role: health.role,
            leader: judge::sequencing(health).is_empty(),
            authorised: health.sequencer.map(|sequencer| sequencer.is_authorized),
            head: health.head,
            safe: health.safe,
            finalized: health.finalized,
            head_age_s: health.head_age.as_secs(),
            loop_age_s: health.loop_age.as_secs(),
            l1: health.l1.as_ref().map(L1Report::from),
            peers: health.peers,
            sequencer: health.sequencer.map(|sequencer| sequencer.state),
            signer: health.sequencer.map(|sequencer| sequencer.signer),
            reasons: describe(reasons),
        }
    }
}
