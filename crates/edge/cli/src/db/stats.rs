//! `rollup-node db stats`.

use crate::{
    data_dir::{DataDir, DataDirArgs, chain_name},
    error::InputError,
    exit::Exit,
};
use alloy_eips::BlockNumHash;
use clap::Args;
use indicatif::{BinaryBytes, HumanCount};
use rollup_db::{DatabaseStats, Forkchoice, ForkchoiceKey, Metadata, MetadataKey, ReadTx};
use rollup_storage::{ChainIdentity, LogFiles, SignedBlockId, read_log_files, read_signed_height};
use serde_json::{Value, json};
use std::{
    io::{self, Write},
    path::PathBuf,
};

/// Arguments of `db stats`.
#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    data_dir: DataDirArgs,
}

impl StatsArgs {
    /// Prints the figures.
    pub(crate) fn run(self) -> eyre::Result<Exit> {
        let stats = Stats::read(&self.data_dir.data_dir()?)?;
        let mut stdout = io::stdout().lock();
        if self.json {
            writeln!(stdout, "{}", stats.json())?;
        } else {
            stats.print(&mut stdout)?;
        }
        Ok(Exit::Success)
    }
}

/// What a data directory holds.
struct Stats {
    directory: PathBuf,
    chain: ChainIdentity,
    head: BlockNumHash,
    safe: BlockNumHash,
    finalized: BlockNumHash,
    /// Lowest block after which the state can be read.
    history_start: u64,
    signed: Option<SignedBlockId>,
    database: DatabaseStats,
    log: LogFiles,
}

impl Stats {
    fn read(directory: &DataDir) -> eyre::Result<Self> {
        let reader = directory.reader()?;
        let no_genesis = || InputError::NoGenesis { path: directory.path().to_owned() };
        let chain = reader.identity()?.ok_or_else(no_genesis)?;
        let tx = reader.database().begin_read()?;
        let point = |key| eyre::Ok(tx.get::<Forkchoice>(&key)?.ok_or_else(no_genesis)?);
        Ok(Self {
            directory: directory.path().to_owned(),
            chain,
            head: point(ForkchoiceKey::Head)?,
            safe: point(ForkchoiceKey::Safe)?,
            finalized: point(ForkchoiceKey::Finalized)?,
            history_start: history_start(&tx)?,
            signed: read_signed_height(&directory.log())?,
            database: reader.database().stats()?,
            log: read_log_files(&directory.log())?,
        })
    }

    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "directory    {}", self.directory.display())?;
        writeln!(out, "chain        {}", chain_name(self.chain))?;
        for (name, point) in
            [("head", self.head), ("safe", self.safe), ("finalized", self.finalized)]
        {
            writeln!(out, "{name:<12} block {}, {}", point.number, point.hash)?;
        }
        writeln!(out, "history      from block {}", self.history_start)?;
        match self.signed {
            Some(signed) => writeln!(out, "signed       block {}, {}", signed.number, signed.hash)?,
            None => writeln!(out, "signed       nothing")?,
        }
        writeln!(
            out,
            "database     {} in use, {} of them free again, file of {}",
            BinaryBytes(self.database.used_bytes),
            BinaryBytes(self.database.free_bytes),
            BinaryBytes(self.database.file_bytes),
        )?;
        let LogFiles { segments, bytes } = self.log;
        writeln!(out, "block log    {}, {segments} segments", BinaryBytes(bytes))?;
        self.print_tables(out)
    }

    /// Prints the tables that have entries.
    fn print_tables(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "\n{:<20} {:>14} {:>12}", "table", "entries", "size")?;
        let tables = &self.database.tables;
        for table in tables.iter().filter(|table| table.entries > 0) {
            // Formatted first: these types take no width.
            let (entries, size) = (HumanCount(table.entries), BinaryBytes(table.bytes()));
            writeln!(
                out,
                "{:<20} {:>14} {:>12}",
                table.name,
                entries.to_string(),
                size.to_string()
            )?;
        }
        let empty = tables.iter().filter(|table| table.entries == 0).count();
        writeln!(out, "{empty} tables are empty")
    }

    fn json(&self) -> Value {
        let block = |point: BlockNumHash| json!({"number": point.number, "hash": point.hash});
        let tables: Vec<_> = self
            .database
            .tables
            .iter()
            .map(|table| {
                json!({"name": table.name, "entries": table.entries, "bytes": table.bytes()})
            })
            .collect();
        json!({
            "directory": self.directory,
            "chainId": self.chain.chain_id,
            "genesisHash": self.chain.genesis_hash,
            "head": block(self.head),
            "safe": block(self.safe),
            "finalized": block(self.finalized),
            "historyStart": self.history_start,
            "signed": self.signed.map(|signed| json!({"number": signed.number, "hash": signed.hash})),
            "database": {
                "usedBytes": self.database.used_bytes,
                "freeBytes": self.database.free_bytes,
                "fileBytes": self.database.file_bytes,
            },
            "log": {"segments": self.log.segments, "bytes": self.log.bytes},
            "tables": tables,
        })
    }
}

/// Without an entry nothing was pruned.
fn history_start(tx: &ReadTx) -> eyre::Result<u64> {
    let bytes = tx.get::<Metadata>(&MetadataKey::HistoryStart)?;
    Ok(match bytes {
        Some(bytes) => u64::from_be_bytes(bytes.as_ref().try_into()?),
        None => 0,
    })
}
