//! Finding and reading witness files.

use eyre::{Result, WrapErr, bail};
use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

const COMPRESSED_SUFFIX: &str = ".json.zst";

/// Largest witness that is read, decompressed, in bytes. Real ones have tens of megabytes at most.
const MAX_WITNESS_BYTES: u64 = 1 << 30;

/// The files that `paths` stand for, sorted within each directory.
pub(super) fn collect(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let metadata = fs::metadata(path).wrap_err_with(|| path.display().to_string())?;
        if !metadata.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        collect_below(path, &mut files)?;
        if files.len() == before {
            bail!("{}: no {COMPRESSED_SUFFIX} file in this directory", path.display());
        }
    }
    Ok(files)
}

fn collect_below(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(directory).wrap_err_with(|| directory.display().to_string())?;
    let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // A link to a directory is not followed: it could lead in a circle.
        if entry.file_type()?.is_dir() {
            collect_below(&path, files)?;
        } else if is_compressed(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_compressed(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(COMPRESSED_SUFFIX))
}

/// Reads a file, decompressed if its name says that it is compressed.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let file = BufReader::new(File::open(path)?);
    if is_compressed(path) {
        return read_limited(zstd::Decoder::with_buffer(file)?).wrap_err("cannot be decompressed");
    }
    read_limited(file)
}

fn read_limited(reader: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_WITNESS_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_WITNESS_BYTES {
        bail!("larger than {MAX_WITNESS_BYTES} bytes");
    }
    Ok(bytes)
}
