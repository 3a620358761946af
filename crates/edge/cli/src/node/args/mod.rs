//! The flags of a node, one struct per area.

mod blob;
mod builder;
mod consensus;
mod eth;
mod general;
mod health;
mod http;
mod ipc;
mod l1;
mod log;
mod network;
mod parse;
mod prune;
mod rpc;
mod sequencer;
mod signer;
mod txpool;
mod ws;

use super::{layers::Origins, notice::Notice, settings::NodeSettings};
use crate::{data_dir::DataDirArgs, error::SettingsError};
use clap::Args;
pub(super) use general::{CONFIG_FILE, DEV, DEV_PRESET};
use std::net::SocketAddr;

/// Flags whose values are not shown: they may be the secret itself.
pub(super) const SECRETS: [&str; 2] = [rpc::JWT_SECRET, rpc::ADMIN_JWT_SECRET];

/// Flags whose values are URLs and nothing else: of a value that is none, nothing is shown.
pub(super) const URLS: [&str; 4] =
    [l1::L1_URL, blob::BEACON_NODE_URLS, blob::S3_URL, network::SEQUENCER_URL];

/// Arguments of `node`.
#[derive(Debug, Args)]
pub(crate) struct NodeArgs {
    #[command(flatten)]
    general: general::GeneralArgs,
    #[command(flatten)]
    chain: DataDirArgs,
    #[command(flatten)]
    prune: prune::PruneArgs,
    #[command(flatten)]
    consensus: consensus::ConsensusArgs,
    #[command(flatten)]
    l1: l1::L1Args,
    #[command(flatten)]
    blob: blob::BlobArgs,
    #[command(flatten)]
    sequencer: sequencer::SequencerArgs,
    #[command(flatten)]
    builder: builder::BuilderArgs,
    #[command(flatten)]
    signer: signer::SignerArgs,
    #[command(flatten)]
    network: network::NetworkArgs,
    #[command(flatten)]
    http: http::HttpArgs,
    #[command(flatten)]
    ws: ws::WsArgs,
    #[command(flatten)]
    ipc: ipc::IpcArgs,
    #[command(flatten)]
    rpc: rpc::RpcArgs,
    #[command(flatten)]
    eth: eth::EthArgs,
    #[command(flatten)]
    txpool: txpool::TxpoolArgs,
    #[command(flatten)]
    metrics: MetricsArgs,
    #[command(flatten)]
    health: health::HealthArgs,
    #[command(flatten)]
    log: log::LogArgs,
}

/// Flags of the metrics.
#[derive(Debug, Args)]
#[command(next_help_heading = "Metrics and probes")]
struct MetricsArgs {
    /// Show metrics for Prometheus here, on / and /metrics, and the probes; off if not given
    #[arg(long, value_name = "HOST:PORT", value_parser = parse::socket_address)]
    metrics: Option<SocketAddr>,
}

/// What the settings of one area depend on elsewhere.
#[derive(Debug)]
struct Context<'a> {
    origins: &'a Origins,
    /// Whether the chain is the built-in development chain.
    is_dev_chain: bool,
    /// Whether a random key and noop consensus stand in where nothing else is named.
    is_test: bool,
    notices: Vec<Notice>,
}

impl NodeArgs {
    /// The settings of the node. Opens nothing but a genesis file.
    pub(crate) fn into_settings(
        self,
        origins: &Origins,
        rust_log: Option<String>,
    ) -> eyre::Result<NodeSettings> {
        let Self {
            general,
            chain,
            prune,
            consensus,
            l1,
            blob,
            sequencer,
            builder,
            signer,
            network,
            http,
            ws,
            ipc,
            rpc,
            eth,
            txpool,
            metrics: MetricsArgs { metrics },
            health,
            log,
        } = self;
        let data_dir = chain.data_dir()?;
        let chain = chain.chain()?;
        let is_test = general.is_test();
        let is_dev_chain = chain.is_dev();
        if general.is_dev() && !is_dev_chain {
            return Err(SettingsError::DevOnOtherChain.into());
        }
        let mut context = Context { origins, is_dev_chain, is_test, notices: Vec::new() };
        let payload = builder.into_config();
        let sequencer::SequencerSettings {
            config: sequencer,
            allow_unauthorized,
            max_unsafe_blocks,
        } = sequencer.into_settings(&chain.spec, payload.gas_limit, &mut context)?;
        let (signer, signing) = signer.into_settings(sequencer.is_some(), &mut context)?;
        let signer_grace_blocks = consensus.signer_grace_blocks();
        let consensus = consensus.into_settings(l1.is_given(), &mut context)?;
        let rules = l1::L1Rules { signer_grace_blocks, max_unsafe_blocks };
        let l1 = l1.into_settings(&chain.spec, consensus, rules, &mut context)?;
        blob.check(&mut context)?;
        let http = http.into_settings();
        let ws = ws.into_settings();
        let ipc = ipc.into_settings(data_dir.path(), &context);
        let (mut rpc, secrets) = rpc.into_settings(http, ws, &mut context)?;
        rpc.ipc = ipc;
        let health = health.into_settings(sequencer.as_ref(), &context)?;
        let txpool = txpool.into_config(data_dir.path(), &chain.spec, is_dev_chain);
        let log = log.into_config(rust_log)?;
        context.notices.extend(l1.is_none().then_some(Notice::NoL1));
        Ok(NodeSettings {
            chain: chain.spec,
            data_dir: data_dir.path().to_owned(),
            prune: prune.into_mode(),
            consensus,
            l1,
            sequencer,
            allow_unauthorized,
            payload,
            signer,
            signing,
            forward: network.into_config()?,
            rpc,
            secrets,
            eth: eth.into_config(),
            txpool,
            metrics,
            health,
            log,
            shows_dev_accounts: general.is_dev(),
            notices: context.notices,
        })
    }
}
