//! `rollup-node import`: blocks of files onto the stored chain.

mod blocks;
mod error;
mod importer;
mod totals;

use crate::{
    data_dir::DataDirArgs,
    error::InputError,
    exit::{self, Exit, INTERRUPTED_CODE},
    progress,
};
use blocks::Blocks;
use clap::Args;
use error::ImportError;
use importer::Importer;
use indicatif::ProgressBar;
use rollup_storage::Durability;
use signal_hook::{consts::SIGINT, consts::SIGTERM, flag};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use totals::Totals;

const BAR: &str = "{bar:40} {bytes}/{total_bytes}, {msg}, {eta} left";
const READ_BUFFER_BYTES: usize = 1 << 20;

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Files of consecutive blocks in RLP, in this order; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    data_dir: DataDirArgs,
}

/// A file, and what gives its bytes.
type Source = (PathBuf, Box<dyn BufRead>);

impl ImportArgs {
    /// Imports the blocks of all files and prints what came of it.
    pub(crate) fn run(self) -> eyre::Result<Exit> {
        let chain = self.data_dir.chain()?;
        let directory = self.data_dir.data_dir()?;
        let stop = stop_flag()?;
        let length = total_length(&self.files)?;
        let storage = directory.open(&chain, Durability::Database)?;
        let importer = Importer::new(storage, &chain);

        let bar = progress::bar(length, BAR);
        let mut totals = Totals::start();
        let mut result = import_files(&importer, &self.files, &stop, &mut totals, &bar);
        // What was imported is kept, whatever stopped it.
        let flushed = importer.flush().map_err(ImportError::from);
        result = result.and_then(|end| flushed.map(|()| end).map_err(Into::into));
        bar.finish_and_clear();

        writeln!(io::stdout().lock(), "{totals}; the head is {}", importer.head_text())?;
        Ok(match result {
            Ok(End::Complete) => Exit::Success,
            Ok(End::Interrupted) => interrupted(),
            Err(err) => report(&err),
        })
    }
}

/// Set by the first SIGINT or SIGTERM; a second one ends the process, which loses no more than the
/// blocks that are not in the database yet.
fn stop_flag() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, INTERRUPTED_CODE, Arc::clone(&stop))?;
        flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// Bytes of all files, as far as they are known. Fails before anything is done if one is missing.
fn total_length(files: &[PathBuf]) -> Result<u64, InputError> {
    let mut total = 0;
    for path in files.iter().filter(|path| !is_stdin(path)) {
        let metadata = path.metadata().map_err(InputError::file("read", path))?;
        if metadata.is_dir() {
            let source = io::ErrorKind::IsADirectory.into();
            return Err(InputError::file("read", path)(source));
        }
        total += metadata.len();
    }
    Ok(total)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn open(path: &Path) -> Result<Source, InputError> {
    if is_stdin(path) {
        let input = BufReader::with_capacity(READ_BUFFER_BYTES, io::stdin());
        return Ok((PathBuf::from("standard input"), Box::new(input)));
    }
    let file = File::open(path).map_err(InputError::file("read", path))?;
    Ok((path.to_owned(), Box::new(BufReader::with_capacity(READ_BUFFER_BYTES, file))))
}

/// How the reading of the files ended.
#[derive(Clone, Copy)]
enum End {
    Complete,
    Interrupted,
}

fn import_files(
    importer: &Importer,
    files: &[PathBuf],
    stop: &AtomicBool,
    totals: &mut Totals,
    bar: &ProgressBar,
) -> eyre::Result<End> {
    for path in files {
        let (name, input) = open(path)?;
        let start = bar.position();
        let mut blocks = Blocks::new(input, name);
        while let Some(block) = blocks.next().map_err(ImportError::from)? {
            if stop.load(Ordering::Relaxed) {
                return Ok(End::Interrupted);
            }
            let step = importer.import(block)?;
            totals.add(&step);
            bar.set_position(start + blocks.offset());
            bar.set_message(totals.rate());
        }
    }
    Ok(End::Complete)
}

/// Prints why the import stopped.
fn report(err: &eyre::Report) -> Exit {
    match err.downcast_ref::<ImportError>() {
        Some(import) => {
            exit::print(err);
            import.exit()
        }
        None => exit::report(err),
    }
}

#[expect(clippy::print_stderr, reason = "why the command ended early")]
fn interrupted() -> Exit {
    eprintln!("interrupted; run the same command again to go on");
    Exit::Interrupted
}
