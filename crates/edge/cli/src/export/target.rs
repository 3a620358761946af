//! Where an export goes.

use crate::error::InputError;
use std::{
    fs::{self, File},
    io::{self, BufWriter, StdoutLock, Write},
    path::{Path, PathBuf},
};

/// Added to the name of a file that is not complete yet.
const UNFINISHED: &str = "part";

/// Where an export goes.
pub(super) enum Target {
    Stdout(BufWriter<StdoutLock<'static>>),
    File(FileTarget),
}

/// A file that gets its name when it is complete.
pub(super) struct FileTarget {
    path: PathBuf,
    unfinished: PathBuf,
    /// `None` when it is complete.
    file: Option<BufWriter<File>>,
    force: bool,
}

impl Target {
    pub(super) fn create(path: &Path, force: bool) -> Result<Self, InputError> {
        if path == Path::new("-") {
            return Ok(Self::Stdout(BufWriter::new(io::stdout().lock())));
        }
        check(path, force)?;
        let unfinished = path.with_added_extension(UNFINISHED);
        let file = File::create(&unfinished).map_err(InputError::file("create", &unfinished))?;
        let file = Some(BufWriter::new(file));
        Ok(Self::File(FileTarget { path: path.to_owned(), unfinished, file, force }))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> eyre::Result<()> {
        match self {
            Self::Stdout(out) => Ok(out.write_all(bytes)?),
            Self::File(target) => Ok(target.write(bytes)?),
        }
    }

    /// Makes what was written durable, and gives it its name. Gives whether standard output is free.
    pub(super) fn finish(self) -> eyre::Result<bool> {
        match self {
            Self::Stdout(mut out) => Ok(out.flush().map(|()| false)?),
            Self::File(target) => Ok(target.finish().map(|()| true)?),
        }
    }
}

impl FileTarget {
    fn write(&mut self, bytes: &[u8]) -> Result<(), InputError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write_all(bytes).map_err(InputError::file("write to", &self.unfinished))
    }

    fn finish(mut self) -> Result<(), InputError> {
        let Some(file) = self.file.as_mut() else { return Ok(()) };
        let synced = file.flush().and_then(|()| file.get_ref().sync_all());
        synced.map_err(InputError::file("write to", &self.unfinished))?;
        check(&self.path, self.force)?;
        fs::rename(&self.unfinished, &self.path)
            .map_err(InputError::file("rename a new file to", &self.path))?;
        self.file = None;
        let directory = match self.path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(InputError::file("sync", directory))
    }
}

impl Drop for FileTarget {
    fn drop(&mut self) {
        if self.file.is_some() {
            // What ended the export is reported; the rest of a file is of no use.
            drop(fs::remove_file(&self.unfinished));
        }
    }
}

/// Refuses to replace what is not a file, and a file unless that is asked for.
fn check(path: &Path, force: bool) -> Result<(), InputError> {
    match fs::metadata(path) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(InputError::file("create", path)(source)),
        Ok(metadata) if !metadata.is_file() => {
            Err(InputError::NotRegular { path: path.to_owned() })
        }
        Ok(_) if force => Ok(()),
        Ok(_) => Err(InputError::Exists { path: path.to_owned() }),
    }
}
