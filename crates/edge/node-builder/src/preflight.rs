//! What is most often wrong with the settings of a node, looked at before anything is made on the
//! disk.

use crate::{
    config::{ConsensusConfig, NodeConfig},
    error::{LaunchError, SignerAuthority},
    l1::L1Source,
    launch::Parts,
};
use alloy_primitives::Address;
use rollup_rpc::RpcServers;
use rollup_runtime::Clock;
use rollup_signer::{BlockSigner, open_signer};
use rollup_telemetry::{HealthServer, MetricsServer};
use std::sync::Arc;
use tracing::{info, warn};

/// What a node needs from outside, and has.
#[derive(Debug)]
pub(crate) struct Preflight {
    pub(crate) signer: Option<Arc<dyn BlockSigner>>,
    pub(crate) metrics: Option<MetricsServer>,
    /// `None` of a node that follows no L1.
    pub(crate) l1: Option<L1Source>,
}

impl Preflight {
    /// Opens the key, which may take some seconds where it is on another machine, looks whether all
    /// addresses are free, and whether the key may sign.
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
        let clock = Arc::clone(&parts.clock);
        let l1 = config
            .l1
            .clone()
            .map(|l1| L1Source::new(l1, &config.chain_spec, config.consensus, &clock));
        let l1 = l1.transpose()?;
        if let Some(signer) = &signer {
            let address = signer.address();
            info!(target: "rollup_node::signer", %address, "Signer");
            if let Some(sequencer) = &config.sequencer {
                let authorized = authorized_signer(config, l1.as_ref(), &*clock).await;
                let is_standby = config.allow_unauthorized || !sequencer.auto_start;
                check_signer(address, authorized, is_standby)?;
            }
        }
        Ok(Self { signer, metrics, l1 })
    }
}

/// Who may sign, and who says so; `None` if anybody may, and while L1 does not say it.
async fn authorized_signer(
    config: &NodeConfig,
    l1: Option<&L1Source>,
    clock: &dyn Clock,
) -> Option<(Address, SignerAuthority)> {
    match (config.consensus, l1) {
        (ConsensusConfig::Noop, _)
        | (ConsensusConfig::SystemContract { authorized_signer: None }, None) => None,
        (ConsensusConfig::SystemContract { authorized_signer: Some(signer) }, _) => {
            Some((signer, SignerAuthority::Settings))
        }
        (ConsensusConfig::SystemContract { authorized_signer: None }, Some(l1)) => {
            l1.authorized_signer(clock).await
        }
    }
}

/// # Errors
/// [`LaunchError::NotAuthorized`] if blocks are to be made at once that nobody takes.
fn check_signer(
    signer: Address,
    authorized: Option<(Address, SignerAuthority)>,
    is_standby: bool,
) -> Result<(), LaunchError> {
    let Some((authorized, authority)) = authorized.filter(|(address, _)| *address != signer) else {
        return Ok(());
    };
    if !is_standby {
        return Err(LaunchError::NotAuthorized { signer, authorized, authority });
    }
    warn!(target: "rollup_node::signer", %signer, %authorized, "The signer is not the authorized one: no blocks are made");
    Ok(())
}
