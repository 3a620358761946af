//! What the flags of a node amount to: checked, plain data.

use super::notice::Notice;
use alloy_primitives::Address;
use rollup_chainspec::ScrollChainSpec;
use rollup_payload::PayloadConfig;
use rollup_storage::PruneMode;
use rollup_telemetry::{LogConfig, ReadinessLimits};
use rollup_txpool::TxpoolConfig;
use std::{
    fmt, net::SocketAddr, num::ParseIntError, path::PathBuf, str::FromStr, sync::Arc,
    time::Duration,
};
use thiserror::Error;
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
    /// The sequencer, if the node is to have one.
    pub sequencer: Option<SequencerSettings>,
    /// Limits of blocks.
    pub payload: PayloadConfig,
    /// The signer; there is one if there is a sequencer.
    pub signer: Option<SignerSettings>,
    /// The RPC servers.
    pub rpc: RpcSettings,
    /// Suggested fees.
    pub gas_price: GasPriceSettings,
    /// The pool.
    pub txpool: TxpoolConfig,
    /// The exporter of metrics.
    pub metrics: Option<MetricsSettings>,
    /// The probes.
    pub health: HealthSettings,
    /// Log lines.
    pub log: LogConfig,
    /// What the operator should hear once there are logs.
    pub notices: Vec<Notice>,
}

/// Whose blocks are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsensusSettings {
    /// Anyone's.
    Noop,
    /// Those of the authorized signer.
    SystemContract {
        /// That signer.
        authorized_signer: Address,
    },
}

/// Settings of the sequencer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequencerSettings {
    /// Whether slots begin without an order to.
    pub auto_start: bool,
    /// From one slot to the next; not zero.
    pub block_time: Duration,
    /// How long a block takes transactions; not zero, and less than [`Self::block_time`] unless that
    /// is a millisecond.
    pub payload_building_duration: Duration,
    /// Who gets the fees, on a chain without a fee vault.
    pub fee_recipient: Address,
    /// Which L1 messages may be included.
    pub l1_inclusion_mode: L1InclusionMode,
    /// Whether a block without transactions is kept.
    pub allow_empty_blocks: bool,
    /// L1 messages of a block, at most; none for what the chain allows.
    pub max_l1_messages: Option<u64>,
    /// Whether the node starts although its signer is not the authorized one.
    pub allow_unauthorized: bool,
}

/// Which L1 messages may be included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L1InclusionMode {
    /// Those that are this many blocks below the finalized L1 block, or more.
    Finalized(u64),
    /// Those that are this many blocks below the latest L1 block, or more.
    Depth(u64),
}

/// A text that names no inclusion mode.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum L1InclusionModeError {
    /// What follows the colon is not a number.
    #[error("Expected a valid number after '{mode}:', got '{number}'")]
    Number {
        /// Before the colon.
        mode: &'static str,
        /// After it.
        number: String,
        /// Why it is not one.
        #[source]
        source: ParseIntError,
    },
    /// Neither of the modes.
    #[error("Expected 'finalized' or 'depth:{{number}}' (e.g. 'depth:10')")]
    Unknown,
}

impl Default for L1InclusionMode {
    fn default() -> Self {
        Self::Finalized(2)
    }
}

impl fmt::Display for L1InclusionMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finalized(blocks) => write!(f, "finalized:{blocks}"),
            Self::Depth(blocks) => write!(f, "depth:{blocks}"),
        }
    }
}

impl FromStr for L1InclusionMode {
    type Err = L1InclusionModeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |mode, number: &str| {
            let error = |source| Self::Err::Number { mode, number: number.to_owned(), source };
            number.parse().map_err(error)
        };
        match text.to_ascii_lowercase().split_once(':') {
            None if text.eq_ignore_ascii_case("finalized") => Ok(Self::Finalized(0)),
            Some(("finalized", blocks)) => number("finalized", blocks).map(Self::Finalized),
            Some(("depth", blocks)) => number("depth", blocks).map(Self::Depth),
            _ => Err(Self::Err::Unknown),
        }
    }
}

/// The key of the sequencer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerSettings {
    /// Where it is.
    pub source: SignerSource,
    /// How long one try to sign may take; not zero.
    pub timeout: Duration,
    /// Tries after the first one.
    pub retries: u32,
}

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerSource {
    /// In hex.
    KeyFile {
        /// The file.
        path: PathBuf,
        /// Whether it is used although others may use it.
        allow_readable_by_others: bool,
    },
    /// Encrypted.
    Keystore {
        /// The file.
        path: PathBuf,
        /// The file with the password.
        password_file: PathBuf,
        /// Whether the latter is used although others may use it.
        allow_readable_by_others: bool,
    },
    /// Made up, and lost with the process.
    Random,
}

/// Settings of the RPC servers.
#[derive(Debug)]
pub struct RpcSettings {
    /// The HTTP server.
    pub http: Option<ListenerSettings>,
    /// The WebSocket server.
    pub ws: Option<ListenerSettings>,
    /// The administration server.
    pub admin: Option<AdminSettings>,
    /// What requests to the first two must be signed with.
    pub jwt_secret: Option<JwtSource>,
    /// Whether the first two serve `rollupNode`.
    pub rollup_node: bool,
    /// Whether the first two serve `rollupNodeAdmin`.
    pub rollup_node_admin: bool,
    /// Bytes of a request, at most.
    pub max_request_bytes: u32,
    /// Bytes of a response, at most.
    pub max_response_bytes: u32,
    /// Open connections per server, at most.
    pub max_connections: u32,
    /// Subscriptions per connection, at most.
    pub max_subscriptions_per_connection: u32,
    /// Gas that one call may use.
    pub gas_cap: u64,
    /// Blocks that one query for logs may cover.
    pub max_blocks_per_filter: u64,
    /// Logs that one query may give.
    pub max_logs_per_response: usize,
    /// How many blocks below the head can be proved.
    pub proof_window_blocks: u64,
}

/// A server for users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerSettings {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it serves.
    pub modules: ModuleList,
    /// Which web pages may call it: origins with commas, or `*`.
    pub origins: Option<String>,
    /// Whether responses over HTTP are compressed.
    pub compression: bool,
}

/// The server for the operator.
#[derive(Debug)]
pub struct AdminSettings {
    /// Where it listens.
    pub address: SocketAddr,
    /// Whether the address was given: then it must be free. Else the node runs without.
    pub is_required: bool,
    /// What requests must be signed with.
    pub jwt_secret: Option<JwtSource>,
}

/// Names of modules with commas, or `all` or `none`; checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleList(String);

/// Names of modules.
const MODULES: [&str; 16] = [
    "admin",
    "debug",
    "eth",
    "net",
    "trace",
    "txpool",
    "web3",
    "rpc",
    "reth",
    "ots",
    "flashbots",
    "miner",
    "mev",
    "rollupNode",
    "rollupNodeAdmin",
    "scroll",
];
/// What may stand in place of names, in any case.
const WORDS: [&str; 2] = ["all", "none"];

/// A name that is not that of a module.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("Unknown RPC module: '{name}'")]
pub struct UnknownModule {
    /// The name.
    pub name: String,
}

impl ModuleList {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ModuleList {
    fn default() -> Self {
        Self("eth,net,web3".to_owned())
    }
}

impl fmt::Display for ModuleList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ModuleList {
    type Err = UnknownModule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        for (index, name) in text.split(',').map(str::trim).enumerate() {
            let is_word = || index == 0 && WORDS.iter().any(|word| word.eq_ignore_ascii_case(name));
            if !MODULES.contains(&name) && !is_word() {
                return Err(UnknownModule { name: name.to_owned() });
            }
        }
        Ok(Self(text.to_owned()))
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
    /// Whether it says that it is a secret, and is none.
    pub fn is_malformed(&self) -> bool {
        match self {
            Self::Hex(text) => {
                let digits = text.strip_prefix("0x").unwrap_or(text);
                digits.len() != SECRET_DIGITS || !digits.bytes().all(|c| c.is_ascii_hexdigit())
            }
            Self::File(path) => path.as_os_str().is_empty(),
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

/// Which fees are suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasPriceSettings {
    /// Tip that is suggested while blocks are not full, in wei.
    pub suggested_tip_wei: u128,
    /// Tip that is suggested at most, in wei.
    pub max_suggested_tip_wei: u128,
}

/// The exporter of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricsSettings {
    /// Where it listens; it must be free.
    pub address: SocketAddr,
}

/// The probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthSettings {
    /// Where they are answered.
    pub address: Option<SocketAddr>,
    /// Whether the address was given: then it must be free. Else the node runs without.
    pub is_required: bool,
    /// When the node is not ready.
    pub limits: ReadinessLimits,
}
