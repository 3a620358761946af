//! What one client may take from another.

use crate::{ANY, get};
use rollup_telemetry::{
    BlockHealth, Health, HealthRoutes, HealthServer, IDLE_CONNECTION, MAX_CONNECTIONS,
    ReadinessLimits, Role,
};
use std::{net::SocketAddr, time::Duration};
use tokio::{io::AsyncReadExt, net::TcpStream};
use tokio_util::sync::CancellationToken;

fn health() -> Health {
    let block = BlockHealth::default();
    Health {
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
    }
}

async fn serving(ask: impl AsyncFnOnce(SocketAddr)) {
    let routes = HealthRoutes::new(health, ReadinessLimits::default());
    let server = HealthServer::bind(ANY, routes).await.unwrap();
    let (address, cancel) = (server.address(), CancellationToken::new());
    let asked = async {
        ask(address).await;
        cancel.cancel();
    };
    tokio::join!(asked, server.run(cancel.clone()));
}

#[tokio::test(start_paused = true)]
async fn silent_connections_are_closed_and_make_room() {
    serving(async |address| {
        let mut silent = Vec::new();
        for _ in 0..MAX_CONNECTIONS {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        let start = tokio::time::Instant::now();
        assert_eq!(get(address, "/livez").await.status(), 200);
        // All places were taken: it was answered when the others had been closed.
        assert!(start.elapsed() >= IDLE_CONNECTION);
        for connection in &mut silent {
            assert_eq!(connection.read(&mut [0]).await.unwrap_or_default(), 0);
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_end_does_not_wait_for_silent_connections() {
    let start = tokio::time::Instant::now();
    let mut kept = None;
    serving(async |address| {
        kept = Some(TcpStream::connect(address).await.unwrap());
        assert_eq!(get(address, "/livez").await.status(), 200);
    })
    .await;
    assert!(start.elapsed() < IDLE_CONNECTION);
    drop(kept);
}
