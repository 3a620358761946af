//! What is most often wrong with the settings of a node, looked at before anything is made on the
//! disk.

use crate::{config::NodeConfig, error::LaunchError, launch::Parts};
use rollup_rpc::RpcServers;
use rollup_signer::{BlockSigner, open_signer};
use rollup_telemetry::{HealthServer, MetricsServer};
use std::sync::Arc;

/// What a node needs from outside, and has.
#[derive(Debug)]
pub(crate) struct Preflight {
    pub(crate) signer: Option<Arc<dyn BlockSigner>>,
    pub(crate) metrics: Option<MetricsServer>,
}

impl Preflight {
    /// Opens the key, which may take some seconds where it is on another machine, and looks whether
    /// all addresses are free.
    pub(crate) async fn new(config: &NodeConfig, parts: &mut Parts) -> Result<Self, LaunchError> {
        let signer = match (parts.signer.take(), &config.signer) {
            (Some(signer), _) => Some(signer),
            (None, Some(signer)) => {
                Some(open_signer(signer, config.signing, parts.clock.as_ref()).await?)
            }
            (None, None) => None,
        };
        if signer.is_none() && config.sequencer.is_some() {
            return Err(LaunchError::NoSigner);
        }
        let metrics = match (config.metrics, parts.metrics.take()) {
            (Some(addr), Some(metrics)) => Some(MetricsServer::bind(addr, metrics).await?),
            _ => None,
        };
        if let Some(health) = config.health.filter(|health| health.is_required) {
            HealthServer::check(health.addr).await?;
        }
        RpcServers::check(&config.rpc).await?;
        Ok(Self { signer, metrics })
    }
}
