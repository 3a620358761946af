//! Who may make blocks.

use super::Context;
use crate::{
    error::SettingsError,
    node::{notice::Notice, settings::ConsensusSettings},
};
use alloy_primitives::Address;
use clap::{Args, ValueEnum};

/// Flags of the consensus.
#[derive(Debug, Args)]
#[command(next_help_heading = "Consensus")]
pub(super) struct ConsensusArgs {
    /// Whose blocks are taken: those of the authorized signer, or anyone's. By default
    /// system-contract; noop on the dev chain and with --test, unless a signer is named
    #[arg(long = "consensus.algorithm", value_name = "CONSENSUS_ALGORITHM")]
    algorithm: Option<ConsensusAlgorithm>,

    /// The signer whose blocks are taken
    #[arg(long = "consensus.authorized-signer", value_name = "ADDRESS")]
    authorized_signer: Option<Address>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ConsensusAlgorithm {
    /// The signer that the chain's system contract on L1 names
    SystemContract,
    /// No check
    Noop,
}

impl ConsensusArgs {
    pub(super) fn into_settings(
        self,
        context: &mut Context<'_>,
    ) -> Result<ConsensusSettings, SettingsError> {
        let Self { algorithm, authorized_signer } = self;
        let is_implied_noop = algorithm.is_none()
            && authorized_signer.is_none()
            && (context.is_test || context.is_dev_chain);
        if is_implied_noop {
            context.notices.push(Notice::NoopConsensus);
            return Ok(ConsensusSettings::Noop);
        }
        match (algorithm, authorized_signer) {
            (Some(ConsensusAlgorithm::Noop), signer) => {
                context.notices.extend(signer.map(|_| Notice::SignerWithoutEffect));
                Ok(ConsensusSettings::Noop)
            }
            (_, Some(authorized_signer)) => {
                Ok(ConsensusSettings::SystemContract { authorized_signer })
            }
            (_, None) => Err(SettingsError::NoAuthorizedSigner),
        }
    }
}
