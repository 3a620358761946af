//! The exporter.

use crate::{ANY, get, get_json};
use reqwest::header::CONTENT_TYPE;
use rollup_telemetry::{
    BlockHealth, BuildInfo, Health, HealthRoutes, LostLogLines, Metrics, MetricsServer,
    ReadinessLimits, Role, ServeError, install_metrics,
};
use std::{net::SocketAddr, sync::LazyLock, time::Duration};
use tokio_util::sync::CancellationToken;

/// There is one recorder in a process, also where tests share one.
static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let build = BuildInfo { version: "1.2.3", commit: Some("abcdef"), profile: "release" };
    install_metrics(build, LostLogLines::default()).unwrap()
});

async fn serving<T>(server: MetricsServer, ask: impl AsyncFnOnce(SocketAddr) -> T) -> T {
    let (address, cancel) = (server.address(), CancellationToken::new());
    let asked = async {
        let answer = ask(address).await;
        cancel.cancel();
        answer
    };
    tokio::join!(asked, server.run(cancel.clone())).0
}

#[tokio::test]
async fn shows_process_build_and_own_metrics_on_both_paths() {
    let metrics = METRICS.clone();
    ::metrics::counter!("test_blocks_total").increment(3);
    let server = MetricsServer::bind(ANY, metrics).await.unwrap();
    serving(server, async |address| {
        for path in ["/", "/metrics"] {
            let response = get(address, path).await;
            assert_eq!(
                response.headers()[CONTENT_TYPE],
                "text/plain; version=0.0.4; charset=utf-8"
            );
            let text = response.text().await.unwrap();
            for line in [
                "test_blocks_total 3",
                "build_info{version=\"1.2.3\",commit=\"abcdef\",profile=\"release\"} 1",
                "rollup_telemetry_lost_log_lines_total 0",
                "# TYPE process_resident_memory_bytes gauge",
                "# TYPE process_cpu_seconds_total counter",
            ] {
                assert!(text.lines().any(|shown| shown == line), "{line} is not in {text}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn histograms_are_summaries_with_the_documented_quantiles() {
    let metrics = METRICS.clone();
    ::metrics::histogram!("test_duration_seconds").record(0.5);
    let text = metrics.render();
    assert!(text.contains("# TYPE test_duration_seconds summary"), "{text}");
    for quantile in ["0", "0.5", "0.9", "0.95", "0.99", "0.999", "1"] {
        let start = format!("test_duration_seconds{{quantile=\"{quantile}\"}} ");
        assert!(text.lines().any(|line| line.starts_with(&start)), "{quantile} is not in {text}");
    }
    assert!(text.contains("test_duration_seconds_count 1"), "{text}");
}

#[tokio::test]
async fn a_second_installation_is_refused() {
    LazyLock::force(&METRICS);
    let build = BuildInfo { version: "", commit: None, profile: "" };
    let error = install_metrics(build, LostLogLines::default()).unwrap_err();
    assert_eq!(error.to_string(), "cannot install the metrics");
}

#[tokio::test]
async fn answers_the_probes_as_well() {
    let block = BlockHealth::default();
    let health = Health {
        role: Role::Follower,
        loop_age: Duration::ZERO,
        is_serving: true,
        is_l2_synced: true,
        head: block,
        head_age: Duration::ZERO,
        safe: block,
        finalized: block,
        l1: None,
        peers: None,
        sequencer: None,
    };
    let routes = HealthRoutes::new(move || health.clone(), ReadinessLimits::default());
    let server = MetricsServer::bind(ANY, METRICS.clone()).await.unwrap().with_health(routes);
    let (status, _) = serving(server, async |address| get_json(address, "/readyz").await).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn an_occupied_address_is_named_with_its_flag() {
    let first = MetricsServer::bind(ANY, METRICS.clone()).await.unwrap();
    let error = MetricsServer::bind(first.address(), METRICS.clone()).await.unwrap_err();
    assert!(matches!(error, ServeError::InUse { .. }));
    assert!(error.to_string().ends_with("--metrics"), "{error}");
}
