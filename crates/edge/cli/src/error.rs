//! What is wrong with the arguments, or with what they name.

use alloy_primitives::B256;
use rollup_chainspec::ChainSpecError;
use rollup_forward::SequencerUrlError;
use rollup_l1::L1WatcherConfigError;
use rollup_l1_client::{L1ClientConfigError, L1UrlError};
use rollup_node_builder::L1ContractsError;
use rollup_signer::SignerUrlError;
use rollup_telemetry::LogError;
use std::{io, net::SocketAddr, path::PathBuf};
use thiserror::Error;

/// Arguments, or what they name, that cannot be used.
#[derive(Debug, Error)]
pub(crate) enum InputError {
    /// Neither the name of a chain nor a file.
    #[error("{name} is neither a chain nor a genesis file")]
    NoChain { name: PathBuf, source: ChainSpecError },
    /// A genesis file that is not one.
    #[error("{path} cannot be used as genesis")]
    Genesis { path: PathBuf, source: ChainSpecError },
    /// A file that the operating system does not give, or take.
    #[error("cannot {operation} {path}")]
    File { operation: &'static str, path: PathBuf, source: io::Error },
    /// There is no default for the data directory.
    #[error("there is no home directory to put the data directory in; name one with --datadir")]
    NoHome,
    /// The directory holds another chain.
    #[error(
        "{path} holds the chain {found}, not {expected}; pass its --chain or another --datadir"
    )]
    OtherChain { path: PathBuf, found: ChainName, expected: ChainName },
    /// The directory has a database, but no genesis block in it.
    #[error("{path} has no genesis block yet; run `rollup-node init` on it")]
    NoGenesis { path: PathBuf },
    /// A file that is not to be replaced.
    #[error("{path} is there already; choose another name, or replace it with --force")]
    Exists { path: PathBuf },
    /// A device, directory or pipe in place of a file.
    #[error("{path} is not a regular file; write to standard output with `-`")]
    NotRegular { path: PathBuf },
    /// A range without blocks.
    #[error("there is no block from {from} to {to}: the first block is not above the last")]
    EmptyRange { from: u64, to: u64 },
    /// A range that the chain does not reach.
    #[error("there is no block {number}: the head is block {head}")]
    AboveHead { number: u64, head: u64 },
    /// The chain was changed while it was read.
    #[error("block {number} does not follow the one before it: the chain changed; run this again")]
    ChainChanged { number: u64 },
    /// A key that the table cannot have.
    #[error("{text} is not a key of table {table}")]
    Key { text: String, table: &'static str, source: rollup_db::KeyTextError },
    /// A key in hex that is not.
    #[error("{text} is not hex; with --raw a key is given as its bytes in hex")]
    RawKey { text: String, source: alloy_primitives::hex::FromHexError },
    /// A question without a terminal to ask it on.
    #[error("this removes the chain in {path}; confirm with --yes")]
    NotConfirmed { path: PathBuf },
    /// A path that does not lead to a directory.
    #[error("there is no directory {path}; check --datadir")]
    NoDirectory { path: PathBuf },
}

/// Flags that do not go together, or say nothing sensible.
#[derive(Debug, Error)]
pub(crate) enum SettingsError {
    #[error(
        "either signer key file, keystore, AWS KMS key ID or remote signer is required when sequencer \
         is enabled: give --signer.key-file, --signer.keystore, --signer.aws-kms-key-id or \
         --signer.http-url, or --test for a random key"
    )]
    NoSigner,
    #[error(
        "cannot specify more than one signer key source: give one of --signer.key-file, \
         --signer.keystore, --signer.aws-kms-key-id and --signer.http-url, or --signer.kind random \
         alone"
    )]
    TwoSigners,
    #[error("--signer.kind {kind} needs --{flag}, and no other key source")]
    OtherSignerKind { kind: &'static str, flag: &'static str },
    #[error("--signer.kind random makes a key that is lost when the node ends: it needs --test")]
    RandomOutsideOfTest,
    #[error("--signer.http-url needs the address of the key: give --signer.http-address")]
    NoSignerAddress,
    #[error("--signer.http-address is for --signer.http-url, which is not given")]
    NoSignerUrl,
    /// Without the value, which may hold a key.
    #[error("--signer.http-url")]
    SignerUrl(#[source] SignerUrlError),
    #[error("--signer.keystore needs the file with its password: give --signer.password-file")]
    NoPassword,
    #[error("--signer.password-file is for --signer.keystore, which is not given")]
    NoKeystore,
    #[error(
        "system contract consensus requires either an authorized signer or a L1 provider URL: give \
         --consensus.authorized-signer or --l1.url"
    )]
    NoAuthorizedSigner,
    #[error("--dev is a chain of its own: drop --dev or --chain")]
    DevOnOtherChain,
    #[error("--sequencer.block-time must not be 0")]
    ZeroBlockTime,
    #[error("--sequencer.payload-building-duration must not be 0")]
    ZeroBuildingDuration,
    #[error(
        "--sequencer.payload-building-duration ({building} ms) must be less than \
         --sequencer.block-time ({block_time} ms)"
    )]
    BuildingBeyondSlot { building: u64, block_time: u64 },
    #[error("--signer.timeout must not be 0")]
    ZeroSigningTimeout,
    #[error("--health.max-head-lag must not be 0")]
    ZeroHeadLag,
    /// Without the value, which may be a secret with a mistake in it.
    #[error("--{flag} must be 32 bytes in hex, or a file with them")]
    JwtSecret { flag: &'static str },
    #[error(
        "--{flag} {address} can be reached from other machines, so its requests must be signed: \
         give --admin.jwtsecret or a loopback address"
    )]
    Exposed { flag: &'static str, address: SocketAddr },
    #[error(
        "--{flag} and --admin.addr are both {address}: the administration server needs an address of \
         its own"
    )]
    SharedAddress { flag: &'static str, address: SocketAddr },
    /// Without the value, which may hold a key.
    #[error("--network.sequencer-url")]
    SequencerUrl(#[source] SequencerUrlError),
    /// Without the value, which may hold a key.
    #[error("--l1.url")]
    L1Url(#[source] L1UrlError),
    #[error(transparent)]
    L1Client(#[from] L1ClientConfigError),
    #[error(transparent)]
    L1Watcher(#[from] L1WatcherConfigError),
    #[error(transparent)]
    L1Contracts(#[from] L1ContractsError),
    #[error("--l1.stale-after must not be 0")]
    ZeroStaleAfter,
    /// Without the value, which may hold a key.
    #[error("--{flag}")]
    BlobUrl { flag: &'static str, source: L1UrlError },
    #[error("--log.file.name {name} must be the name of a file, without a directory")]
    LogFileName { name: PathBuf },
    #[error(transparent)]
    Log(#[from] LogError),
}

impl InputError {
    /// For `map_err` of a file operation.
    pub(crate) fn file(
        operation: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { operation, path: path.to_owned(), source }
    }
}

/// How a chain is named to an operator.
#[derive(Debug, derive_more::Display)]
pub(crate) enum ChainName {
    /// One that is built in.
    #[display("{name} ({chain_id})")]
    BuiltIn { name: &'static str, chain_id: u64 },
    /// Any other.
    #[display("{chain_id} with genesis {genesis_hash}")]
    Custom { chain_id: u64, genesis_hash: B256 },
}
