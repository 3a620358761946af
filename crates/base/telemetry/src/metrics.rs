//! Metrics for Prometheus.

use crate::{
    error::{MetricsError, ServeError},
    health::{self, HealthRoutes},
    log::LostLogLines,
    server::Server,
};
use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use metrics::{Unit, describe_counter, describe_gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use std::{net::SocketAddr, time::Duration};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// Quantiles of a histogram, which is shown as a summary of the last minute.
pub const QUANTILES: [f64; 7] = [0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0];

/// How often samples of histograms are summed up; without it they pile up until a scrape.
const UPKEEP: Duration = Duration::from_secs(5);
/// The content type of what Prometheus reads.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

const BUILD_INFO: &str = "build_info";
const LOST_LOG_LINES: &str = "rollup_telemetry_lost_log_lines_total";

/// What the metric `build_info` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildInfo {
    /// Version of the program.
    pub version: &'static str,
    /// Commit it was built from, if known.
    pub commit: Option<&'static str>,
    /// How it was built: `release` or `debug`.
    pub profile: &'static str,
}

/// The metrics of this process.
#[derive(Clone, Debug)]
pub struct Metrics {
    recorder: PrometheusHandle,
    process: Collector,
    lost_lines: LostLogLines,
}

/// Begins to record the metrics of this process. What components count before is lost, so this comes
/// first; without it they count nothing.
///
/// # Errors
///
/// If it was done before.
pub fn install_metrics(
    build: BuildInfo,
    lost_lines: LostLogLines,
) -> Result<Metrics, MetricsError> {
    let recorder = PrometheusBuilder::new().set_quantiles(&QUANTILES)?.install_recorder()?;
    let process = Collector::default();
    process.describe();
    describe_gauge!(BUILD_INFO, "1; the labels say what runs");
    let labels = [
        ("version", build.version),
        ("commit", build.commit.unwrap_or("unknown")),
        ("profile", build.profile),
    ];
    metrics::gauge!(BUILD_INFO, &labels).set(1);
    describe_counter!(LOST_LOG_LINES, Unit::Count, "Log lines that were not written");
    Ok(Metrics { recorder, process, lost_lines })
}

impl Metrics {
    /// All metrics in the text format of Prometheus.
    pub fn render(&self) -> String {
        self.process.collect();
        metrics::counter!(LOST_LOG_LINES).absolute(self.lost_lines.count());
        self.recorder.render()
    }
}

/// Shows metrics on `/` and `/metrics`, and the probes of [`crate::HealthServer`].
#[derive(Debug)]
pub struct MetricsServer {
    server: Server,
    metrics: Metrics,
    health: Option<HealthRoutes>,
}

impl MetricsServer {
    /// Listens on an address.
    ///
    /// # Errors
    ///
    /// If the address cannot be had, above all because another program listens there.
    pub async fn bind(address: SocketAddr, metrics: Metrics) -> Result<Self, ServeError> {
        Ok(Self { server: Server::bind(address, "--metrics").await?, metrics, health: None })
    }

    /// Answers the probes as well.
    #[must_use]
    pub fn with_health(mut self, health: HealthRoutes) -> Self {
        self.health = Some(health);
        self
    }

    /// Where it listens, with the port that was chosen if it was 0.
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Answers until it is cancelled.
    pub async fn run(self, cancel: CancellationToken) {
        let recorder = self.metrics.recorder.clone();
        let mut routes = Router::new()
            .route("/", get(scrape))
            .route("/metrics", get(scrape))
            .with_state(self.metrics);
        if let Some(health) = self.health {
            routes = routes.merge(health::router(health));
        }
        tokio::select! {
            () = self.server.run(routes, cancel) => {}
            () = upkeep(recorder) => {}
        }
    }
}

async fn upkeep(recorder: PrometheusHandle) {
    let mut interval = tokio::time::interval(UPKEEP);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        recorder.run_upkeep();
    }
}

async fn scrape(State(metrics): State<Metrics>) -> impl IntoResponse {
    // It reads files of the operating system and sorts samples: not on a thread of the runtime.
    match tokio::task::spawn_blocking(move || metrics.render()).await {
        Ok(text) => ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], text).into_response(),
        Err(_) => axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
