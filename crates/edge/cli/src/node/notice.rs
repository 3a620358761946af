//! What the operator should hear when a node starts.

use alloy_primitives::Address;
use std::net::SocketAddr;
use tracing::{info, warn};

/// Something that follows from the settings, and may not have been meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, derive_more::Display)]
pub enum Notice {
    /// Noop consensus was not asked for.
    #[display(
        "Noop consensus: blocks of any signer are taken, because this is a test or the dev chain"
    )]
    NoopConsensus,
    /// A key was made up.
    #[display("Random signer: its key is lost when the node ends")]
    RandomSigner,
    /// There is no L1.
    #[display("No L1: it counts as synced, and there are no L1 messages")]
    NoL1,
    /// The authorized signer is not looked at.
    #[display("--consensus.authorized-signer has no effect with noop consensus")]
    SignerWithoutEffect,
    /// Nothing can be started.
    #[display("--sequencer.auto-start has no effect without --sequencer.enabled")]
    AutoStartWithoutSequencer,
    /// Fees do not go where they were sent.
    #[display(
        "The chain pays all fees to {vault}; --sequencer.fee-recipient {fee_recipient} gets nothing"
    )]
    FeeRecipient {
        /// Who was to get the fees.
        fee_recipient: Address,
        /// Who gets them.
        vault: Address,
    },
    /// Blob sources have no reader yet.
    #[display(
        "--{flag}: this version stores the batches of L1 and derives no blocks from them, so nothing is \
         fetched from there"
    )]
    BlobsUnread {
        /// The flag that names them.
        flag: &'static str,
    },
    /// The limit is not that of the policy.
    #[display("--sequencer.max-unsafe-blocks has no effect without --l1.stale-policy limit")]
    UnsafeBlocksWithoutEffect,
    /// Others may stop the sequencer.
    #[display(
        "--{flag} lets everyone who reaches {address} ask for rollupNodeAdmin: give --rpc.jwtsecret"
    )]
    AdminExposed {
        /// The flag that sets the address.
        flag: &'static str,
        /// The address.
        address: SocketAddr,
    },
}

impl Notice {
    /// Whether it is a mistake rather than a consequence.
    pub const fn is_warning(self) -> bool {
        match self {
            Self::NoopConsensus | Self::RandomSigner | Self::NoL1 | Self::BlobsUnread { .. } => {
                false
            }
            Self::SignerWithoutEffect
            | Self::AutoStartWithoutSequencer
            | Self::UnsafeBlocksWithoutEffect
            | Self::FeeRecipient { .. }
            | Self::AdminExposed { .. } => true,
        }
    }

    /// Writes it to the log.
    pub(super) fn log(self) {
        if self.is_warning() {
            warn!(target: "rollup_node::args", "{self}");
        } else {
            info!(target: "rollup_node::args", "{self}");
        }
    }
}
