//! Flags that stand for others.

use clap::Args;
use std::path::PathBuf;

/// The flag that names the file.
pub(in crate::node) const CONFIG_FILE: &str = "config-file";
/// The flag that stands for [`DEV_PRESET`].
pub(in crate::node) const DEV: &str = "dev";

/// What `--dev` stands for, below anything that is said. Blocks come with transactions, a quarter of a
/// second after them: a developer who waits for a receipt waits for that.
pub(in crate::node) const DEV_PRESET: [(&str, &str); 10] = [
    ("chain", "dev"),
    ("test", "true"),
    ("sequencer.enabled", "true"),
    ("sequencer.auto-start", "true"),
    ("sequencer.block-time", "250"),
    ("http", "true"),
    ("http.api", "all"),
    ("ws", "true"),
    ("ws.api", "all"),
    ("rpc.rollup-node-admin", "true"),
];

/// Flags that stand for others.
#[derive(Debug, Args)]
pub(super) struct GeneralArgs {
    /// Read flags from this TOML file as well
    ///
    /// A flag wins over its environment variable, that over the file, the file over the default.
    #[arg(long = CONFIG_FILE, value_name = "FILE")]
    config_file: Option<PathBuf>,

    /// A development chain in one word: the dev chain, a random signer, blocks as soon as there are
    /// transactions (slots of 250 ms, no empty blocks), HTTP and WebSocket with all modules
    #[arg(long = DEV)]
    dev: bool,

    /// Test mode: a random signer if none is named, and noop consensus unless an authorized signer is
    #[arg(long)]
    test: bool,
}

impl GeneralArgs {
    pub(super) const fn is_dev(&self) -> bool {
        self.dev
    }

    /// What is in the file is among the other flags by now.
    pub(super) const fn is_test(&self) -> bool {
        let Self { config_file: _, dev: _, test } = self;
        *test
    }
}
