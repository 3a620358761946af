//! From settings to a running node.

use super::{
    dev_accounts,
    settings::{ConsensusSettings, HealthSettings, NodeSettings, RpcSecrets},
    signals::Signals,
};
use crate::exit::{Exit, INTERRUPTED_CODE};
use eyre::WrapErr as _;
use rollup_engine::EngineConfig;
use rollup_exex::ExExConfig;
use rollup_node_builder::{ConsensusConfig, HealthConfig, NodeBuilder, NodeConfig};
use rollup_rpc::{JwtSecretError, RpcConfig};
use rollup_storage::{PruneConfig, StorageConfig};
use rollup_telemetry::{BuildInfo, LostLogLines, install_metrics};
use std::process;
use tokio::runtime::Builder;

const BUILD: BuildInfo = BuildInfo {
    version: env!("CARGO_PKG_VERSION"),
    commit: option_env!("ROLLUP_NODE_COMMIT"),
    profile: if cfg!(debug_assertions) { "debug" } else { "release" },
};

/// Runs a node with these settings, and what is added to it, until it ends.
pub(super) fn launch(
    settings: NodeSettings,
    lost_lines: LostLogLines,
    extend: impl FnOnce(NodeBuilder) -> NodeBuilder,
) -> eyre::Result<Exit> {
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .thread_name("rollup-node")
        .build()
        .wrap_err("the threads of the node cannot be started")?;
    runtime.block_on(run(settings, lost_lines, extend))
}

fn listen() -> eyre::Result<Signals> {
    Signals::listen().wrap_err("signals cannot be listened to")
}

async fn run(
    settings: NodeSettings,
    lost_lines: LostLogLines,
    extend: impl FnOnce(NodeBuilder) -> NodeBuilder,
) -> eyre::Result<Exit> {
    let (first, second) = (listen()?, listen()?);
    let metrics = settings.metrics.map(|_| install_metrics(BUILD, lost_lines)).transpose()?;
    let shows_accounts = settings.shows_dev_accounts;
    let mut builder = NodeBuilder::new(config(settings)?);
    if let Some(metrics) = metrics {
        builder = builder.with_metrics(metrics);
    }
    let node = extend(builder).launch().await?;
    if shows_accounts {
        dev_accounts::log();
    }
    tokio::select! {
        biased;
        ended = node.wait_for_exit(first.first()) => ended?,
        // Whatever still runs may hang: nobody waits for it.
        () = second.second() => process::exit(INTERRUPTED_CODE),
    }
    Ok(Exit::Success)
}

/// The settings as the parts of the node take them.
fn config(settings: NodeSettings) -> Result<NodeConfig, JwtSecretError> {
    let NodeSettings {
        chain,
        data_dir,
        prune,
        consensus,
        l1,
        sequencer,
        allow_unauthorized,
        payload,
        signer,
        signing,
        forward,
        rpc,
        secrets,
        eth,
        txpool,
        metrics,
        health,
        // Done with before.
        log: _,
        notices: _,
        shows_dev_accounts: _,
    } = settings;
    let prune = PruneConfig { mode: prune, ..PruneConfig::default() };
    Ok(NodeConfig {
        chain_spec: chain,
        data_dir,
        storage: StorageConfig { prune, ..StorageConfig::default() },
        engine: EngineConfig::default(),
        payload,
        txpool,
        consensus: match consensus {
            ConsensusSettings::Noop => ConsensusConfig::Noop,
            ConsensusSettings::SystemContract { authorized_signer } => {
                ConsensusConfig::SystemContract { authorized_signer }
            }
        },
        l1,
        signer,
        signing,
        sequencer,
        allow_unauthorized,
        forward,
        rpc: with_secrets(rpc, &secrets)?,
        eth,
        exex: ExExConfig::default(),
        metrics,
        health: health.map(|HealthSettings { address, is_required, limits }| HealthConfig {
            addr: address,
            is_required,
            limits,
        }),
    })
}

fn with_secrets(mut rpc: RpcConfig, secrets: &RpcSecrets) -> Result<RpcConfig, JwtSecretError> {
    let RpcSecrets { users, admin } = secrets;
    rpc.jwt_secret = users.as_ref().map(|source| source.secret()).transpose()?;
    if let Some(server) = &mut rpc.admin {
        server.jwt_secret = admin.as_ref().map(|source| source.secret()).transpose()?;
    }
    Ok(rpc)
}
