//! The arguments that name a chain and a data directory.

use crate::error::{ChainName, InputError};
use clap::Args;
use rollup_chainspec::ScrollChainSpec;
use rollup_db::{DatabaseConfig, DbError};
use rollup_evm::ScrollEvmConfig;
use rollup_primitives::SealedBlock;
use rollup_storage::{
    ChainIdentity, ChainReader, ChainView, Durability, Storage, StorageConfig, StorageError,
    database_path, log_path,
};
use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Names of the chains that are built in.
const BUILT_IN: [&str; 3] = ["scroll-mainnet", "scroll-sepolia", DEV];
const DEV: &str = "dev";
/// Directory of this program in the user's data directory.
const PROGRAM_DIRECTORY: &str = "rollup-node";

/// Which chain, and where its data are.
#[derive(Debug, Args)]
pub(crate) struct DataDirArgs {
    /// Chain: scroll-mainnet, scroll-sepolia, dev, or a genesis file in JSON
    #[arg(
        long,
        value_name = "NAME|FILE",
        default_value = "dev",
        env = "ROLLUP_NODE_CHAIN",
        hide_env_values = true
    )]
    chain: PathBuf,

    /// Data directory; by default rollup-node/<chain> in the user's data directory, where <chain> is
    /// the name of the chain, or the chain id if it has none
    #[arg(long, value_name = "DIRECTORY", env = "ROLLUP_NODE_DATADIR", hide_env_values = true)]
    datadir: Option<PathBuf>,
}

impl DataDirArgs {
    /// The chain that is named.
    pub(crate) fn chain(&self) -> Result<Chain, InputError> {
        let path = self.chain.as_path();
        let source = match ScrollChainSpec::parse(&path.to_string_lossy()) {
            Ok(spec) => return Ok(Chain { spec }),
            Err(source) => source,
        };
        if !path.exists() {
            return Err(InputError::NoChain { name: path.to_owned(), source });
        }
        let json = fs::read(path).map_err(InputError::file("read", path))?;
        let spec = ScrollChainSpec::from_genesis_json(json)
            .map_err(|source| InputError::Genesis { path: path.to_owned(), source })?;
        Ok(Chain { spec: Arc::new(spec) })
    }

    /// The data directory. The chain is looked at only for the default.
    pub(crate) fn data_dir(&self) -> Result<DataDir, InputError> {
        if let Some(path) = &self.datadir {
            return Ok(DataDir { path: path.clone() });
        }
        let home = user_data_directory().ok_or(InputError::NoHome)?;
        let path = home.join(PROGRAM_DIRECTORY).join(self.chain()?.directory_name());
        Ok(DataDir { path })
    }
}

/// `$XDG_DATA_HOME`, or where it is if it is not set.
fn user_data_directory() -> Option<PathBuf> {
    let xdg = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    xdg.or_else(|| env::home_dir().map(|home| home.join(".local/share")))
}

/// A chain that was named.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) spec: Arc<ScrollChainSpec>,
}

impl Chain {
    pub(crate) fn identity(&self) -> ChainIdentity {
        let (chain_id, genesis_hash) = (self.spec.chain_id(), self.spec.genesis_hash());
        ChainIdentity { chain_id, genesis_hash }
    }

    /// Whether it is the development chain that is built in.
    pub(crate) fn is_dev(&self) -> bool {
        matches!(chain_name(self.identity()), ChainName::BuiltIn { name: DEV, .. })
    }

    fn directory_name(&self) -> String {
        match chain_name(self.identity()) {
            ChainName::BuiltIn { name, .. } => name.to_owned(),
            ChainName::Custom { chain_id, .. } => chain_id.to_string(),
        }
    }
}

/// What an operator calls a chain.
pub(crate) fn chain_name(identity: ChainIdentity) -> ChainName {
    let ChainIdentity { chain_id, genesis_hash } = identity;
    let name = BUILT_IN.into_iter().find(|name| {
        ScrollChainSpec::parse(name)
            .is_ok_and(|spec| (spec.chain_id(), spec.genesis_hash()) == (chain_id, genesis_hash))
    });
    name.map_or(ChainName::Custom { chain_id, genesis_hash }, |name| ChainName::BuiltIn {
        name,
        chain_id,
    })
}

/// A data directory, which may not exist.
#[derive(Clone, Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
}

impl DataDir {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn database(&self) -> PathBuf {
        database_path(&self.path)
    }

    pub(crate) fn log(&self) -> PathBuf {
        log_path(&self.path)
    }

    /// The stored chain, for reading beside a node.
    pub(crate) fn reader(&self) -> Result<ChainReader, StorageError> {
        ChainReader::open(&self.database(), DatabaseConfig::default())
    }

    /// Which chain is in the directory, if there is one.
    pub(crate) fn identity(&self) -> Result<Option<ChainIdentity>, StorageError> {
        match self.reader() {
            Ok(reader) => reader.identity(),
            Err(StorageError::Db(DbError::Missing { .. })) => Ok(None),
            Err(err) => Err(err),
        }
    }

    /// Refuses a directory with another chain in it. Gives whether there is one at all.
    pub(crate) fn check_chain(&self, chain: &Chain) -> eyre::Result<bool> {
        let Some(found) = self.identity()? else { return Ok(false) };
        self.check_identity(found, chain)?;
        Ok(true)
    }

    fn check_identity(&self, found: ChainIdentity, chain: &Chain) -> Result<(), InputError> {
        let expected = chain.identity();
        if found == expected {
            return Ok(());
        }
        Err(InputError::OtherChain {
            path: self.path.clone(),
            found: chain_name(found),
            expected: chain_name(expected),
        })
    }

    /// The stored chain, for reading beside a node, which must be this one.
    pub(crate) fn reader_of(&self, chain: &Chain) -> eyre::Result<ChainReader> {
        let reader = self.reader()?;
        let no_genesis = || InputError::NoGenesis { path: self.path.clone() };
        self.check_identity(reader.identity()?.ok_or_else(no_genesis)?, chain)?;
        Ok(reader)
    }

    /// Opens the storage, which is made if there is none, and checks that it is of this chain.
    pub(crate) fn open(&self, chain: &Chain, durability: Durability) -> eyre::Result<Storage> {
        self.check_chain(chain)?;
        let config = StorageConfig { durability, ..StorageConfig::default() };
        let evm = ScrollEvmConfig::new(Arc::clone(&chain.spec));
        let replay = |view: &ChainView, block: SealedBlock| {
            rollup_engine::execute_block(&evm, view, block).map_err(Into::into)
        };
        let (storage, _) = Storage::open(&self.path, config, Arc::clone(&chain.spec), &replay)?;
        Ok(storage)
    }
}
