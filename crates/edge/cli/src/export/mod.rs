//! `rollup-node export`: the stored chain as a file of blocks.

mod target;

use crate::{data_dir::DataDirArgs, error::InputError, exit::Exit, progress};
use alloy_primitives::B256;
use alloy_rlp::Encodable;
use clap::Args;
use indicatif::HumanCount;
use rollup_storage::{ChainReader, ChainView, StorageError};
use std::{
    io::{self, Write},
    path::PathBuf,
};
use target::Target;

const BAR: &str = "{bar:40} {pos}/{len} blocks, {per_sec}, {eta} left";
/// Blocks that are read from one view: a view that is open makes the database of a node grow.
const BLOCKS_PER_VIEW: u64 = 1_024;

/// Arguments of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// File to write, or - for standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// First block
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u64,

    /// Last block; by default the head
    #[arg(long, value_name = "N")]
    to: Option<u64>,

    /// Replace the file if there is one
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    data_dir: DataDirArgs,
}

impl ExportArgs {
    /// Writes the blocks.
    pub(crate) fn run(self) -> eyre::Result<Exit> {
        let reader = self.data_dir.data_dir()?.reader()?;
        let head = reader.view()?.head()?.number;
        let to = self.to.unwrap_or(head);
        if let Some(number) = [self.from, to].into_iter().find(|number| *number > head) {
            return Err(InputError::AboveHead { number, head }.into());
        }
        if self.from > to {
            return Err(InputError::EmptyRange { from: self.from, to }.into());
        }
        let mut target = Target::create(&self.file, self.force)?;
        let bytes = write_blocks(&reader, self.from..=to, &mut target)?;
        if target.finish()? {
            let blocks = HumanCount(to - self.from + 1);
            let file = self.file.display();
            writeln!(
                io::stdout().lock(),
                "exported {blocks} blocks, {} to {to}, {} bytes, to {file}",
                self.from,
                HumanCount(bytes),
            )?;
        }
        Ok(Exit::Success)
    }
}

/// Writes a range of blocks. Gives how many bytes it has.
fn write_blocks(
    reader: &ChainReader,
    range: std::ops::RangeInclusive<u64>,
    target: &mut Target,
) -> eyre::Result<u64> {
    let bar = progress::bar(range.end() - range.start() + 1, BAR);
    let mut view = reader.view()?;
    let mut parent = None;
    let mut buffer = Vec::new();
    let mut bytes = 0;
    for (index, number) in (0..).zip(range) {
        if u64::is_multiple_of(index, BLOCKS_PER_VIEW) {
            view = reader.view()?;
        }
        buffer.clear();
        parent = Some(encode(&view, number, parent, &mut buffer)?);
        target.write(&buffer)?;
        bytes += buffer.len() as u64;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(bytes)
}

/// Appends a block, which must be a child of `parent`. Gives its hash.
fn encode(
    view: &ChainView,
    number: u64,
    parent: Option<B256>,
    buffer: &mut Vec<u8>,
) -> eyre::Result<B256> {
    let missing = || InputError::ChainChanged { number };
    let block = view.block(number)?.ok_or_else(missing)?;
    if parent.is_some_and(|parent| parent != block.parent_hash) {
        return Err(missing().into());
    }
    // The header of the table may be another than the one that was hashed, if it is damaged.
    if block.header().hash_slow() != block.hash() {
        return Err(StorageError::Missing { table: "Headers", number }.into());
    }
    block.sealed_block().encode(buffer);
    Ok(block.hash())
}
