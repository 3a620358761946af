//! The probes.

use crate::{ANY, get, get_json};
use alloy_primitives::{Address, B256};
use reqwest::StatusCode;
use rollup_telemetry::{
    BlockHealth, Health, HealthRoutes, HealthServer, L1EndpointHealth, L1Health, L1State,
    MAX_LOOP_AGE, ReadinessLimits, Role, SequencerHealth, SequencerState, ServeError,
};
use serde_json::json;
use std::{future::Future, net::SocketAddr, time::Duration};
use tokio_util::sync::CancellationToken;

fn sequencer() -> Health {
    let block = |number| BlockHealth { number, hash: B256::with_last_byte(1) };
    Health {
        role: Role::Sequencer,
        loop_age: Duration::ZERO,
        is_serving: true,
        is_l2_synced: true,
        head: block(9),
        head_age: Duration::from_secs(3),
        safe: block(5),
        finalized: block(2),
        l1: None,
        peers: None,
        sequencer: Some(SequencerHealth {
            signer: Address::with_last_byte(7),
            is_authorized: true,
            state: SequencerState::Active,
        }),
    }
}

fn follower() -> Health {
    Health { role: Role::Follower, sequencer: None, ..sequencer() }
}

const fn l1(state: L1State) -> L1Health {
    let is_synced = !matches!(state, L1State::Unreachable | L1State::Syncing);
    L1Health { state, is_synced, lag: None, holds_blocks: false, endpoints: Vec::new() }
}

/// Runs a server with this state, asks it, and ends it.
async fn asking<T>(
    health: Health,
    limits: ReadinessLimits,
    ask: impl AsyncFnOnce(SocketAddr) -> T,
) -> T {
    let routes = HealthRoutes::new(move || health.clone(), limits);
    let server = HealthServer::bind(ANY, routes).await.unwrap();
    let (address, cancel) = (server.address(), CancellationToken::new());
    let asked = async {
        let answer = ask(address).await;
        cancel.cancel();
        answer
    };
    tokio::join!(asked, server.run(cancel.clone())).0
}

/// Status of a probe, and the codes of its reasons.
async fn probe(health: Health, path: &str) -> (u16, Vec<String>) {
    probe_within(health, ReadinessLimits::default(), path).await
}

fn probe_within(
    health: Health,
    limits: ReadinessLimits,
    path: &str,
) -> impl Future<Output = (u16, Vec<String>)> {
    asking(health, limits, async move |address| {
        let (status, body) = get_json(address, path).await;
        assert_eq!(body["ok"], json!(status == StatusCode::OK));
        let reasons = body["reasons"].as_array().unwrap();
        let code = |reason: &serde_json::Value| reason["code"].as_str().unwrap().to_owned();
        (status.as_u16(), reasons.iter().map(code).collect())
    })
}

fn codes(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|&code| code.to_owned()).collect()
}

#[tokio::test]
async fn a_node_whose_loop_stands_is_not_alive() {
    let at_limit = Health { loop_age: MAX_LOOP_AGE, ..sequencer() };
    let above = Health { loop_age: MAX_LOOP_AGE + Duration::from_nanos(1), ..sequencer() };
    assert_eq!(probe(at_limit, "/livez").await, (200, vec![]));
    for path in ["/livez", "/readyz", "/sequencez"] {
        assert_eq!(probe(above.clone(), path).await, (503, codes(&["loop_stalled"])), "{path}");
    }
}

#[tokio::test]
async fn a_node_that_cannot_serve_is_alive_but_not_ready() {
    let starting = Health { is_serving: false, is_l2_synced: false, ..follower() };
    assert_eq!(probe(starting.clone(), "/livez").await, (200, vec![]));
    assert_eq!(probe(starting, "/readyz").await, (503, codes(&["not_serving", "l2_syncing"])));
    assert_eq!(probe(follower(), "/readyz").await, (200, vec![]));
}

#[tokio::test]
async fn an_old_head_matters_only_where_blocks_are_due() {
    let old = Health { head_age: Duration::from_secs(3_600), ..sequencer() };
    assert_eq!(probe(old.clone(), "/readyz").await, (200, vec![]));
    let limits = ReadinessLimits { max_head_lag: Some(Duration::from_secs(10)) };
    let (status, reasons) = probe_within(old, limits, "/readyz").await;
    assert_eq!((status, reasons), (503, codes(&["head_lag"])));
    assert_eq!(probe_within(sequencer(), limits, "/readyz").await, (200, vec![]));
}

#[tokio::test]
async fn a_follower_needs_a_peer_or_the_l1() {
    let lonely = Health { peers: Some(0), ..follower() };
    assert_eq!(probe(lonely.clone(), "/readyz").await, (503, codes(&["no_block_source"])));
    let l1 = Some(l1(L1State::Synced));
    assert_eq!(probe(Health { l1, ..lonely.clone() }, "/readyz").await, (200, vec![]));
    assert_eq!(probe(Health { peers: Some(1), ..lonely }, "/readyz").await, (200, vec![]));
}

#[tokio::test]
async fn only_the_active_and_authorized_sequencer_is_the_leader() {
    let with = |is_authorized, state| {
        let signer = Address::ZERO;
        Health { sequencer: Some(SequencerHealth { signer, is_authorized, state }), ..sequencer() }
    };
    let cases = [
        (sequencer(), 200, &[][..]),
        (follower(), 503, &["no_sequencer"]),
        (with(true, SequencerState::Stopped), 503, &["sequencer_stopped"]),
        (with(true, SequencerState::Failed), 503, &["sequencer_failed"]),
        (with(false, SequencerState::Active), 503, &["not_authorized"]),
    ];
    for (health, status, reasons) in cases {
        assert_eq!(probe(health, "/sequencez").await, (status, codes(reasons)));
    }
}

#[tokio::test]
async fn before_the_l1_was_followed_to_its_head_a_node_is_not_ready() {
    for health in [sequencer(), follower()] {
        for (state, reason) in
            [(L1State::Unreachable, "l1_unreachable"), (L1State::Syncing, "l1_syncing")]
        {
            let health = Health { l1: Some(l1(state)), ..health.clone() };
            assert_eq!(probe(health, "/readyz").await, (503, codes(&[reason])));
        }
    }
    let syncing = Health { l1: Some(l1(L1State::Syncing)), ..sequencer() };
    assert_eq!(probe(syncing.clone(), "/sequencez").await, (503, codes(&["l1_syncing"])));
    assert_eq!(probe(syncing, "/livez").await, (200, vec![]));
    // It was lost on the way.
    for health in [sequencer(), follower()] {
        let l1 = Some(L1Health { is_synced: false, ..l1(L1State::Stale) });
        assert_eq!(probe(Health { l1, ..health }, "/readyz").await, (503, codes(&["l1_stale"])));
    }
}

#[tokio::test]
async fn an_l1_without_news_matters_where_the_sequencer_is_to_wait_for_it() {
    for (state, reason) in [(L1State::Stale, "l1_stale"), (L1State::Faulty, "l1_faulty")] {
        let goes_on = Some(l1(state));
        let waits = Some(L1Health { holds_blocks: true, ..l1(state) });
        for path in ["/readyz", "/sequencez"] {
            let health = Health { l1: goes_on.clone(), ..sequencer() };
            assert_eq!(probe(health, path).await, (200, vec![]), "{path}");
            let health = Health { l1: waits.clone(), ..sequencer() };
            assert_eq!(probe(health, path).await, (503, codes(&[reason])), "{path}");
        }
        let health = Health { l1: waits, ..follower() };
        assert_eq!(probe(health, "/readyz").await, (200, vec![]));
        // The operator learns it in any case.
        let health = Health { l1: goes_on, ..sequencer() };
        let body = asking(health, ReadinessLimits::default(), async |address| {
            get_json(address, "/healthz").await.1
        })
        .await;
        assert_eq!((&body["reasons"][0]["code"], &body["leader"]), (&json!(reason), &json!(true)));
    }
}

#[tokio::test]
async fn healthz_describes_the_node() {
    let endpoint = L1EndpointHealth { url: "l1.example:443".to_owned(), state: "healthy" };
    let lag = Some(Duration::from_secs(70));
    let l1 = Some(L1Health { lag, endpoints: vec![endpoint], ..l1(L1State::Syncing) });
    let mut health = Health { l1, peers: Some(3), ..sequencer() };
    health.sequencer.as_mut().unwrap().state = SequencerState::Stopped;
    let (status, body) = asking(health, ReadinessLimits::default(), async |address| {
        get_json(address, "/healthz").await
    })
    .await;
    assert_eq!(status, StatusCode::OK);
    let hash = B256::with_last_byte(1);
    assert_eq!(
        body,
        json!({
            "role": "sequencer",
            "leader": false,
            "authorised": true,
            "head": { "number": 9, "hash": hash },
            "safe": { "number": 5, "hash": hash },
            "finalized": { "number": 2, "hash": hash },
            "head_age_s": 3,
            "loop_age_s": 0,
            "l1": {
                "status": "syncing",
                "lag_s": 70,
                "endpoints": [{ "url": "l1.example:443", "state": "healthy" }],
            },
            "peers": 3,
            "sequencer": "stopped",
            "signer": Address::with_last_byte(7),
            "reasons": [
                { "code": "l1_syncing", "message": "the L1 is being synchronised" },
                { "code": "sequencer_stopped", "message": "the sequencer is stopped" },
            ],
        })
    );
}

#[tokio::test]
async fn other_paths_are_not_there() {
    let status = asking(sequencer(), ReadinessLimits::default(), async |address| {
        get(address, "/").await.status()
    })
    .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_occupied_address_is_named_with_its_flag() {
    let routes = || HealthRoutes::new(sequencer, ReadinessLimits::default());
    let first = HealthServer::bind(ANY, routes()).await.unwrap();
    let error = HealthServer::bind(first.address(), routes()).await.unwrap_err();
    assert!(matches!(error, ServeError::InUse { .. }));
    let text = error.to_string();
    let expected = format!("{} is in use by another program", first.address());
    assert!(text.starts_with(&expected) && text.ends_with("--health.addr"), "{text}");
}
