//! What the flags of a node amount to: checked, plain data.

use super::notice::Notice;
use alloy_primitives::Address;
use rollup_chainspec::ScrollChainSpec;
use rollup_forward::ForwardConfig;
use rollup_node_builder::L1NodeConfig;
use rollup_payload::PayloadConfig;
use rollup_rpc::{EthConfig, JwtSecret, JwtSecretError, RpcConfig};
use rollup_sequencer::SequencerConfig;
use rollup_signer::{SignerConfig, SigningPolicy};
use rollup_storage::PruneMode;
use rollup_telemetry::{LogConfig, ReadinessLimits};
use rollup_txpool::TxpoolConfig;
use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc};
use zeroize::Zeroizing;

/// Settings of a node.
#[derive(Debug)]
pub struct NodeSettings {
    /// The chain.
    pub chain: Arc<ScrollChainSpec>,
    /// Where its data are, or will be.
    pub data_dir: PathBuf,
    /// What is kept of old blocks.
    pub prune: PruneMode,
    /// Whose blocks are taken.
    pub consensus: ConsensusSettings,
    /// How L1 is followed, if it is.
    pub l1: Option<L1NodeConfig>,
    /// The sequencer, if the node is to have one.
    pub sequencer: Option<SequencerConfig>,
    /// Whether a sequencer that starts by itself may have a signer that is not the authorized one.
    pub allow_unauthorized: bool,
    /// Limits of blocks.
    pub payload: PayloadConfig,
    /// The signer; there is one if there is a sequencer.
    pub signer: Option<SignerConfig>,
    /// How long and how often the signer is asked.
    pub signing: SigningPolicy,
    /// Where transactions of users are forwarded to, if they are.
    pub forward: Option<ForwardConfig>,
    /// The RPC servers, but for what [`Self::secrets`] says.
    pub rpc: RpcConfig,
    /// What requests to the RPC servers must be signed with.
    pub secrets: RpcSecrets,
    /// The `eth` methods.
    pub eth: EthConfig,
    /// The pool.
    pub txpool: TxpoolConfig,
    /// Where metrics are shown; the address must be free.
    pub metrics: Option<SocketAddr>,
    /// The probes.
    pub health: Option<HealthSettings>,
    /// Log lines.
    pub log: LogConfig,
    /// Whether the accounts of the dev chain are shown.
    pub shows_dev_accounts: bool,
    /// What the operator should hear once there are logs.
    pub notices: Vec<Notice>,
}

/// What requests to the RPC servers must be signed with.
#[derive(Clone, Debug, Default)]
pub struct RpcSecrets {
    /// Those over HTTP and WebSocket.
    pub users: Option<JwtSource>,
    /// Those to the administration server.
    pub admin: Option<JwtSource>,
}

/// Whose blocks are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsensusSettings {
    /// Anyone's.
    Noop,
    /// Those of the authorized signer.
    SystemContract {
        /// That signer; `None` for the one that the system contract on L1 names.
        authorized_signer: Option<Address>,
    },
}

impl ConsensusSettings {
    /// Whether the authorized signer is read from L1.
    pub const fn reads_signer(self) -> bool {
        matches!(self, Self::SystemContract { authorized_signer: None })
    }
}

/// Where a secret of 32 bytes is.
#[derive(Clone)]
pub enum JwtSource {
    /// Here, in hex; it may turn out not to be.
    Hex(Zeroizing<String>),
    /// In a file, in hex.
    File(PathBuf),
}

/// Hex digits of a secret.
const SECRET_DIGITS: usize = 64;

impl JwtSource {
    /// Whether it says that it is a secret, and is none. A file is not looked at.
    pub fn is_malformed(&self) -> bool {
        match self {
            Self::Hex(text) => text.parse::<JwtSecret>().is_err(),
            Self::File(path) => path.as_os_str().is_empty(),
        }
    }

    /// The secret.
    ///
    /// # Errors
    ///
    /// If the text or the file is none, or the file cannot be read.
    pub fn secret(&self) -> Result<JwtSecret, JwtSecretError> {
        match self {
            Self::Hex(text) => text.parse(),
            Self::File(path) => JwtSecret::read(path),
        }
    }
}

impl fmt::Debug for JwtSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hex(_) => f.write_str("Hex(..)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

impl From<&str> for JwtSource {
    /// A text of nothing but hex digits is taken for a secret, so that one with a digit too few is not
    /// shown as the name of a file that does not exist.
    fn from(text: &str) -> Self {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let is_hex = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_hexdigit());
        let long = digits.len() >= SECRET_DIGITS / 2;
        if text.starts_with("0x") || (is_hex && long) {
            Self::Hex(Zeroizing::new(text.to_owned()))
        } else {
            Self::File(PathBuf::from(text))
        }
    }
}

/// The probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthSettings {
    /// Where they are answered.
    pub address: SocketAddr,
    /// Whether the address was given: then it must be free. Else the node runs without.
    pub is_required: bool,
    /// When the node is not ready.
    pub limits: ReadinessLimits,
}
