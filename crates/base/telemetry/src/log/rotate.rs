//! A file that begins anew when it is full.

use crate::{config::FileLogConfig, error::LogError};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A log file with its predecessors `<name>.1` (the youngest) to `<name>.<files - 1>`.
#[derive(Debug)]
pub(super) struct RotatingFile {
    path: PathBuf,
    /// None after a failure, until the file can be opened.
    current: Option<Current>,
    max_bytes: u64,
    max_files: usize,
}

#[derive(Debug)]
struct Current {
    file: File,
    bytes: u64,
}

impl Current {
    fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { file, bytes })
    }
}

impl RotatingFile {
    /// Opens the file, behind what is in it.
    pub(super) fn open(config: &FileLogConfig) -> Result<Self, LogError> {
        let error = |path: &Path| {
            let path = path.to_owned();
            |source| LogError::File { path, source }
        };
        fs::create_dir_all(&config.directory).map_err(error(&config.directory))?;
        let path = config.directory.join(&config.name);
        let current = Some(Current::open(&path).map_err(error(&path))?);
        let max_files = config.max_files.max(1);
        Ok(Self { path, current, max_bytes: config.max_bytes, max_files })
    }

    fn predecessor(&self, index: usize) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{index}"));
        name.into()
    }

    /// Renames the files, the last of which is lost, and begins a new one.
    fn rotate(&mut self) -> io::Result<()> {
        self.current = None;
        for index in (1..self.max_files.saturating_sub(1)).rev() {
            rename_if_there(&self.predecessor(index), &self.predecessor(index + 1))?;
        }
        if self.max_files > 1 {
            rename_if_there(&self.path, &self.predecessor(1))
        } else {
            fs::remove_file(&self.path)
        }
    }
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

impl Write for RotatingFile {
    /// Writes the line as a whole, or fails.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let length = u64::try_from(line.len()).map_err(io::Error::other)?;
        let is_full =
            |current: &Current| current.bytes > 0 && current.bytes + length > self.max_bytes;
        let mut current = match self.current.take() {
            Some(current) => current,
            None => Current::open(&self.path)?,
        };
        if is_full(&current) {
            self.rotate()?;
            current = Current::open(&self.path)?;
        }
        // On failure the file is opened again, and its size with it: part of the line may be there.
        current.file.write_all(line)?;
        current.bytes += length;
        self.current = Some(current);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.current.as_mut().map_or(Ok(()), |current| current.file.flush())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn config(directory: &TempDir, max_files: usize) -> FileLogConfig {
        let config = FileLogConfig::new(directory.path().to_owned());
        FileLogConfig { name: "log".to_owned(), max_bytes: 10, max_files, ..config }
    }

    fn write(file: &mut RotatingFile, lines: &[&str]) {
        for line in lines {
            file.write_all(line.as_bytes()).unwrap();
        }
    }

    /// Names and texts of all files.
    fn files(directory: &TempDir) -> Vec<(String, String)> {
        let mut files: Vec<_> = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap_or_default())
            })
            .collect();
        files.sort();
        files
    }

    fn expected(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect()
    }

    #[test]
    fn keeps_as_many_files_as_it_may_and_none_above_its_size() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = RotatingFile::open(&config(&directory, 3)).unwrap();
        write(&mut file, &["aaaa\n", "bbbb\n", "cccc\n", "dddd\n", "eeee\n", "ffff\n", "gggg\n"]);
        let kept = [("log", "gggg\n"), ("log.1", "eeee\nffff\n"), ("log.2", "cccc\ndddd\n")];
        assert_eq!(files(&directory), expected(&kept));
    }

    #[test]
    fn a_restart_goes_on_in_the_same_file() {
        let directory = tempfile::tempdir().unwrap();
        write(&mut RotatingFile::open(&config(&directory, 2)).unwrap(), &["aaaa\n"]);
        write(&mut RotatingFile::open(&config(&directory, 2)).unwrap(), &["bbbb\n", "cccc\n"]);
        assert_eq!(files(&directory), expected(&[("log", "cccc\n"), ("log.1", "aaaa\nbbbb\n")]));
    }

    #[test]
    fn a_single_file_begins_anew() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = RotatingFile::open(&config(&directory, 1)).unwrap();
        write(&mut file, &["aaaa\n", "bbbb\n", "cccc\n"]);
        assert_eq!(files(&directory), expected(&[("log", "cccc\n")]));
    }

    #[test]
    fn a_line_above_the_size_has_a_file_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = RotatingFile::open(&config(&directory, 3)).unwrap();
        write(&mut file, &["a\n", "a longer line\n", "b\n"]);
        let kept = [("log", "b\n"), ("log.1", "a longer line\n"), ("log.2", "a\n")];
        assert_eq!(files(&directory), expected(&kept));
    }

    #[test]
    fn a_rotation_that_fails_is_tried_again() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = RotatingFile::open(&config(&directory, 2)).unwrap();
        write(&mut file, &["aaaa\n", "bbbb\n"]);
        let obstacle = directory.path().join("log.1");
        fs::create_dir_all(obstacle.join("full")).unwrap();
        file.write_all(b"lost\n").unwrap_err();
        file.write_all(b"lost\n").unwrap_err();
        fs::remove_dir_all(&obstacle).unwrap();
        write(&mut file, &["cccc\n"]);
        assert_eq!(files(&directory), expected(&[("log", "cccc\n"), ("log.1", "aaaa\nbbbb\n")]));
    }
}
