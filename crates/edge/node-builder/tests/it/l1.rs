//! Nodes that are told of an L1, or of who may sign.

use crate::lifecycle::{call, config};
use alloy_primitives::Address;
use rollup_chainspec::{ScrollChainSpec, ScrollHardfork};
use rollup_node_builder::{
    ConsensusConfig, L1ContractsError, L1NodeConfig, LaunchError, NodeBuilder, NodeConfig,
    SignerAuthority,
};
use rollup_sequencer::SequencerState;
use serde_json::json;
use std::{net::TcpListener, path::Path, sync::Arc};

/// An L1 that does not answer.
fn nowhere() -> Option<L1NodeConfig> {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    Some(L1NodeConfig::new(vec![format!("http://127.0.0.1:{port}").parse().unwrap()]))
}

fn is_empty(directory: &Path) -> bool {
    directory.read_dir().unwrap().next().is_none()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_l1_is_down_serves_and_waits_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let followed = || NodeConfig { l1: nowhere(), ..config(directory.path()) };
    let node = NodeBuilder::new(followed()).launch().await.unwrap();
    let status = call(&node, "rollupNode_status", json!([])).await;
    assert_eq!(status["l1"]["status"], "Syncing");
    let health = call(&node, "rollupNode_health", json!([])).await;
    assert_eq!(health["reasons"], json!(["l1 unreachable: no endpoint answers"]));
    let endpoints = call(&node, "rollupNode_l1Endpoints", json!([])).await;
    assert_eq!(endpoints.as_array().unwrap().len(), 1);
    let mut states = node.sequencer.as_ref().unwrap().watch();
    states.wait_for(|status| status.state == SequencerState::WaitingForSync).await.unwrap();
    assert_eq!(node.engine.head().number, 0);
    node.shutdown().await;
    // It left nothing behind that holds the directory.
    let node = NodeBuilder::new(followed()).launch().await.unwrap();
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_that_names_no_contracts_on_l1_follows_none() {
    let directory = tempfile::tempdir().unwrap();
    let plain = ScrollChainSpec::with_forced_fork(99, ScrollHardfork::GalileoV2);
    let config =
        NodeConfig { chain_spec: Arc::new(plain), l1: nowhere(), ..config(directory.path()) };
    let refused = NodeBuilder::new(config).launch().await.unwrap_err();
    let LaunchError::L1Contracts(L1ContractsError { key, .. }) = refused else {
        panic!("{refused}");
    };
    assert_eq!(key, "scrollChainAddress");
    assert!(is_empty(directory.path()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_not_that_of_the_named_signer_starts_as_a_standby_alone() {
    let directory = tempfile::tempdir().unwrap();
    let authorized = Address::with_last_byte(1);
    let consensus = ConsensusConfig::SystemContract { authorized_signer: Some(authorized) };
    let named = || NodeConfig { consensus, ..config(directory.path()) };
    let refused = NodeBuilder::new(named()).launch().await.unwrap_err();
    let is_named = matches!(
        refused,
        LaunchError::NotAuthorized { authorized: by, authority: SignerAuthority::Settings, .. }
            if by == authorized
    );
    assert!(is_named, "{refused}");
    assert!(is_empty(directory.path()));

    let standby = NodeConfig { allow_unauthorized: true, ..named() };
    let node = NodeBuilder::new(standby).launch().await.unwrap();
    let mut states = node.sequencer.as_ref().unwrap().watch();
    states.wait_for(|status| status.state == SequencerState::NotAuthorized).await.unwrap();
    node.shutdown().await;
}
