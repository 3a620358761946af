//! Who may make blocks.

use super::Context;
use crate::{
    error::SettingsError,
    node::{notice::Notice, settings::ConsensusSettings},
};
use alloy_primitives::Address;
use clap::{Args, ValueEnum};
use rollup_orchestrator::OrchestratorConfig;

/// Flags of the consensus.
#[derive(Debug, Args)]
#[command(next_help_heading = "Consensus")]
pub(super) struct ConsensusArgs {
    /// Whose blocks are taken: those of the authorized signer, or anyone's. By default
    /// system-contract; noop with --test, and on the dev chain without L1, unless a signer is named
    #[arg(long = "consensus.algorithm", value_name = "CONSENSUS_ALGORITHM")]
    algorithm: Option<ConsensusAlgorithm>,

    /// The signer whose blocks are taken; by default the one that the system contract on L1 names
    #[arg(long = "consensus.authorized-signer", value_name = "ADDRESS")]
    authorized_signer: Option<Address>,

    /// L1 blocks for which the signer before a change on L1 stays valid, for blocks that are not later
    /// than the change
    #[arg(
        long = "consensus.signer-grace-blocks",
        value_name = "L1_BLOCKS",
        default_value_t = OrchestratorConfig::default().signer_grace_blocks
    )]
    signer_grace_blocks: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ConsensusAlgorithm {
    /// The signer that the chain's system contract on L1 names
    SystemContract,
    /// No check
    Noop,
}

impl ConsensusArgs {
    /// For how many L1 blocks the signer before a change stays valid.
    pub(super) const fn signer_grace_blocks(&self) -> u64 {
        self.signer_grace_blocks
    }

    pub(super) fn into_settings(
        self,
        has_l1: bool,
        context: &mut Context<'_>,
    ) -> Result<ConsensusSettings, SettingsError> {
        let Self { algorithm, authorized_signer, signer_grace_blocks: _ } = self;
        let is_implied_noop = algorithm.is_none()
            && authorized_signer.is_none()
            && (context.is_test || (context.is_dev_chain && !has_l1));
        if is_implied_noop {
            context.notices.push(Notice::NoopConsensus);
            return Ok(ConsensusSettings::Noop);
        }
        match (algorithm, authorized_signer) {
            (Some(ConsensusAlgorithm::Noop), signer) => {
                context.notices.extend(signer.map(|_| Notice::SignerWithoutEffect));
                Ok(ConsensusSettings::Noop)
            }
            (_, None) if !has_l1 => Err(SettingsError::NoAuthorizedSigner),
            (_, authorized_signer) => Ok(ConsensusSettings::SystemContract { authorized_signer }),
        }
    }
}
