//! What a dashboard shows of the signer.

use crate::scripted::{ScriptedSigner, Step, clock, run, service};
use alloy_primitives::B256;
use metrics_exporter_prometheus::PrometheusBuilder;
use rollup_signer::{BlockSigner, SigningPolicy};

#[test]
fn requests_failures_by_reason_and_the_key_are_counted_and_shown() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let exported = recorder.handle();
    let clock = clock();
    let script = [Step::Unavailable, Step::Hang, Step::Hang, Step::SignWithHighS];
    let signer = ScriptedSigner::new(&clock, &script);
    let service = metrics::with_local_recorder(&recorder, || {
        service(&signer, SigningPolicy::default(), &clock)
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        run(&clock, service.sign(B256::ZERO)).await.unwrap_err();
        run(&clock, service.sign(B256::ZERO)).await.unwrap();
    });

    let text = exported.render();
    for line in [
        "signer_requests_total 2",
        "signer_given_up_total 1",
        "signer_failures_total{reason=\"unavailable\"} 1",
        "signer_failures_total{reason=\"timed_out\"} 2",
        "signer_failures_total{reason=\"high_s\"} 1",
        "signer_failures_total{reason=\"refused\"} 0",
        "signer_failures_total{reason=\"other_key\"} 0",
        "signer_failures_total{reason=\"unrecoverable\"} 0",
        "signer_signing_duration_count 1",
        &format!("signer_info{{address=\"{}\",kind=\"http\"}} 1", signer.address()),
    ] {
        assert!(text.lines().any(|found| found == line), "no line {line} in:\n{text}");
    }
}
