//! `rollup-node db get`.

use crate::{data_dir::DataDirArgs, error::InputError, exit::Exit};
use alloy_primitives::hex;
use clap::{Args, builder::PossibleValuesParser};
use rollup_db::{TABLES, TableInfo};
use std::{
    io::{self, BufWriter, Write},
    num::NonZeroU64,
};

const DEFAULT_LIMIT: &str = "20";

/// Arguments of `db get`.
#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// Table
    #[arg(
        value_parser = PossibleValuesParser::new(TABLES.iter().map(|table| table.name)),
        ignore_case = true,
        hide_possible_values = true
    )]
    table: String,

    /// Key, in the form in which it is printed, or its first fields; without it, all keys
    key: Option<String>,

    /// Most entries to print
    #[arg(long, value_name = "N", default_value = DEFAULT_LIMIT)]
    limit: NonZeroU64,

    /// Print keys and values, and take the key, as bytes in hex
    #[arg(long)]
    raw: bool,

    #[command(flatten)]
    data_dir: DataDirArgs,
}

/// What was printed.
#[derive(Default)]
struct Printed {
    entries: u64,
    is_damaged: bool,
    /// There is more than the limit.
    has_more: bool,
}

impl GetArgs {
    /// Prints the entries.
    pub(crate) fn run(self) -> eyre::Result<Exit> {
        // INVARIANT: the parser takes names of the list only.
        let Some(table) = TABLES.iter().find(|table| table.name.eq_ignore_ascii_case(&self.table))
        else {
            return Ok(Exit::Internal);
        };
        let prefix = self.prefix(table)?;
        let reader = self.data_dir.data_dir()?.reader()?;
        let tx = reader.database().begin_read()?;
        let mut stdout = BufWriter::new(io::stdout().lock());
        let mut printed = Printed::default();
        let mut failure = None;
        tx.visit_raw(table.name, &prefix, |key, value| {
            if !key.starts_with(&prefix) {
                return false;
            }
            if printed.entries == self.limit.get() {
                printed.has_more = true;
                return false;
            }
            printed.entries += 1;
            match self.print(&mut stdout, table, key, value) {
                Ok(is_sound) => printed.is_damaged |= !is_sound,
                Err(err) => failure = Some(err),
            }
            failure.is_none()
        })?;
        failure.map_or(Ok(()), Err)?;
        stdout.flush()?;
        drop(stdout);
        Ok(self.conclude(table, &printed)?)
    }

    /// Bytes that the keys start with.
    fn prefix(&self, table: &'static TableInfo) -> Result<Vec<u8>, InputError> {
        let Some(text) = self.key.as_ref() else { return Ok(Vec::new()) };
        if self.raw {
            return hex::decode(text)
                .map_err(|source| InputError::RawKey { text: text.clone(), source });
        }
        (table.parse_key)(text).map_err(|source| InputError::Key {
            text: text.clone(),
            table: table.name,
            source,
        })
    }

    /// Prints an entry. Gives whether it is sound.
    fn print(
        &self,
        out: &mut impl Write,
        table: &TableInfo,
        key: &[u8],
        value: &[u8],
    ) -> io::Result<bool> {
        let bytes = |out: &mut dyn Write| {
            write!(out, "{} {}", hex::encode_prefixed(key), hex::encode_prefixed(value))
        };
        if self.raw {
            bytes(out)?;
            writeln!(out)?;
            return Ok(true);
        }
        match (table.show)(key, value) {
            Ok((key, value)) => writeln!(out, "{key} {value}").map(|()| true),
            Err(err) => {
                write!(out, "DAMAGED ")?;
                bytes(out)?;
                writeln!(out, ": {}", one_line(&err)).map(|()| false)
            }
        }
    }

    fn conclude(&self, table: &TableInfo, printed: &Printed) -> io::Result<Exit> {
        let mut stderr = io::stderr().lock();
        if printed.has_more {
            writeln!(stderr, "there are more entries than {}; see --limit", self.limit)?;
        }
        if printed.entries == 0 {
            match &self.key {
                Some(key) => writeln!(stderr, "table {} has no entry {key}", table.name)?,
                None => writeln!(stderr, "table {} is empty", table.name)?,
            }
        }
        let is_yes = printed.entries > 0 && !printed.is_damaged;
        Ok(if is_yes { Exit::Success } else { Exit::No })
    }
}

/// An error with its sources.
fn one_line(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut source = err.source();
    while let Some(err) = source {
        text = format!("{text}: {err}");
        source = err.source();
    }
    text
}
