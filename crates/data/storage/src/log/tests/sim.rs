//! A disk in memory that fails on demand and forgets what was not synced.
//!
//! It simulates what cannot be had in a test: power loss and disk faults. Its crash keeps every
//! synced byte and any subset of the unsynced ones in pieces of 16 or 512 bytes, in any order; pieces
//! that did not reach the disk read as zeros, as what they held before, or as bytes of any file.
//! It assumes, as the log does, that a write leaves the bytes beside it alone, and that a rename is
//! atomic. It does not simulate a disk that says "synced" and lies.

use crate::log::disk::{Disk, DiskFile, FileLock};
use rand::{Rng, rngs::StdRng};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::TryLockError,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// Sizes of what is written whole or not at all.
const PIECE_BYTES: [usize; 2] = [16, 512];

/// The disk. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct SimDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: Vec<FileState>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    name_changes: Vec<NameChange>,
    /// Operations that change something, so far.
    operations: u64,
    faults: Vec<Fault>,
}

#[derive(Clone, Debug, Default)]
struct FileState {
    bytes: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    SetLength(usize),
}

#[derive(Clone, Debug)]
enum NameChange {
    Add(PathBuf, usize),
    Remove(PathBuf),
    Rename { from: PathBuf, to: PathBuf, file: usize },
}

/// What goes wrong, and at which operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) at_operation: u64,
    pub(super) effect: Effect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// This operation fails with `ENOSPC`; a write has written half.
    NoSpace,
    /// This operation fails with `EIO`; a failed sync forgets what was to be synced, but goes on
    /// showing it, as Linux does.
    Io,
    /// This operation and all after it fail: the machine is off.
    Crash,
}

impl SimDisk {
    /// Operations so far that change something.
    pub(super) fn operations(&self) -> u64 {
        self.0.lock().unwrap().operations
    }

    pub(super) fn add_fault(&self, fault: Fault) {
        self.0.lock().unwrap().faults.push(fault);
    }

    pub(super) fn clear_faults(&self) {
        self.0.lock().unwrap().faults.clear();
    }

    /// The content of a file as a process sees it.
    pub(super) fn read(&self, path: &Path) -> Vec<u8> {
        let state = self.0.lock().unwrap();
        state.files[state.names[path]].bytes.clone()
    }

    /// Replaces the content of a file, durably.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) {
        let mut state = self.0.lock().unwrap();
        let file = state.names[path];
        state.files[file] =
            FileState { bytes: bytes.into(), durable: bytes.into(), unsynced: vec![] };
    }

    pub(super) fn names(&self) -> Vec<PathBuf> {
        self.0.lock().unwrap().names.keys().cloned().collect()
    }

    /// A disk with the same files, all durable.
    pub(super) fn copy(&self) -> Self {
        let state = self.0.lock().unwrap();
        let durable = |file: &FileState| FileState {
            bytes: file.bytes.clone(),
            durable: file.bytes.clone(),
            unsynced: vec![],
        };
        Self::from_files(state.files.iter().map(durable).collect(), state.names.clone())
    }

    /// The disk after the end of the process that used it, with or without power loss.
    pub(super) fn restart(&self, rng: &mut StdRng) -> Self {
        if rng.random_bool(0.7) {
            return self.crash(rng);
        }
        self.clear_faults();
        self.clone()
    }

    /// What the disk holds after power loss.
    pub(super) fn crash(&self, rng: &mut StdRng) -> Self {
        let state = self.0.lock().unwrap();
        let stale: Vec<u8> = state.files.iter().flat_map(|file| file.bytes.clone()).collect();
        let files = state.files.iter().map(|file| survivor(file, &stale, rng)).collect();
        let mut names = state.durable_names.clone();
        for change in &state.name_changes {
            if rng.random() {
                change.apply(&mut names);
            }
        }
        Self::from_files(files, names)
    }

    fn from_files(files: Vec<FileState>, names: BTreeMap<PathBuf, usize>) -> Self {
        let durable_names = names.clone();
        Self(Arc::new(Mutex::new(State { files, names, durable_names, ..State::default() })))
    }
}

/// What is left of a file: the synced bytes, and of each unsynced change some pieces.
fn survivor(file: &FileState, stale: &[u8], rng: &mut StdRng) -> FileState {
    let mut bytes = file.durable.clone();
    let piece_bytes = PIECE_BYTES[rng.random_range(0..PIECE_BYTES.len())];
    let keep = *[0.0, 0.5, 0.9, 1.0].get(rng.random_range(0..4)).unwrap();
    for change in &file.unsynced {
        match change {
            Change::SetLength(length) if rng.random_bool(keep) => bytes.resize(*length, 0),
            Change::SetLength(_) => {}
            Change::Write { offset, bytes: written } => {
                for (start, piece) in pieces(*offset, written, piece_bytes) {
                    if rng.random_bool(keep) {
                        put(&mut bytes, start, piece);
                    } else if keep > 0.0
                        && rng.random_bool(0.3)
                        && start + piece.len() > bytes.len()
                    {
                        // The length reached the disk, the bytes did not.
                        let from = rng.random_range(0..=stale.len().saturating_sub(piece.len()));
                        let old = match stale.get(from..from + piece.len()) {
                            Some(old) if rng.random() => old.to_vec(),
                            _ => vec![0; piece.len()],
                        };
                        put(&mut bytes, start, &old);
                    }
                }
            }
        }
    }
    FileState { bytes: bytes.clone(), durable: bytes, unsynced: vec![] }
}

/// Cuts a write at the multiples of a size.
fn pieces(offset: usize, bytes: &[u8], piece_bytes: usize) -> Vec<(usize, &[u8])> {
    let mut pieces = Vec::new();
    let (mut start, mut rest) = (offset, bytes);
    while !rest.is_empty() {
        let room = piece_bytes - start % piece_bytes;
        let (piece, after) = rest.split_at(room.min(rest.len()));
        pieces.push((start, piece));
        start += piece.len();
        rest = after;
    }
    pieces
}

fn put(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(bytes);
}

impl FileState {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.bytes);
        self.unsynced.push(change);
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => put(file, *offset, bytes),
            Self::SetLength(length) => file.resize(*length, 0),
        }
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Add(path, file) => {
                names.insert(path.clone(), *file);
            }
            Self::Remove(path) => {
                names.remove(path);
            }
            Self::Rename { from, to, file } => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
        }
    }
}

impl State {
    /// Counts an operation and returns the effect of a fault on it.
    fn operate(&mut self) -> Option<Effect> {
        self.operations += 1;
        let hits = self.faults.iter().find(|fault| match fault.effect {
            Effect::Crash => self.operations >= fault.at_operation,
            Effect::NoSpace | Effect::Io => self.operations == fault.at_operation,
        });
        hits.map(|fault| fault.effect)
    }

    fn operate_or_fail(&mut self) -> io::Result<()> {
        self.operate().map_or(Ok(()), |effect| Err(effect.error()))
    }

    /// Whether the last operation is the one in which the machine went off: it may still have
    /// reached the disk, those after it not.
    fn is_last_breath(&self) -> bool {
        self.faults
            .iter()
            .any(|fault| fault.effect == Effect::Crash && fault.at_operation == self.operations)
    }

    fn change_name(&mut self, change: NameChange) -> io::Result<()> {
        let result = self.operate_or_fail();
        if result.is_ok() || self.is_last_breath() {
            change.apply(&mut self.names);
            self.name_changes.push(change);
        }
        result
    }
}

impl Effect {
    fn error(self) -> io::Error {
        match self {
            Self::NoSpace => io::ErrorKind::StorageFull.into(),
            Self::Io => io::Error::other("input/output error"),
            Self::Crash => io::Error::other("machine is off"),
        }
    }
}

impl Disk for SimDisk {
    fn create_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<OsString>> {
        let state = self.0.lock().unwrap();
        let names = state.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(names.filter_map(|path| path.file_name().map(Into::into)).collect())
    }

    fn open_to_read(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.open_to_write(path)
    }

    fn open_to_write(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let state = self.0.lock().unwrap();
        let file = *state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(SimFile { disk: self.clone(), file }))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        if let Ok(file) = self.open_to_write(path) {
            file.set_length(0)?;
            return Ok(file);
        }
        let mut state = self.0.lock().unwrap();
        let file = state.files.len();
        state.files.push(FileState::default());
        state.change_name(NameChange::Add(path.to_owned(), file))?;
        Ok(Box::new(SimFile { disk: self.clone(), file }))
    }

    fn lock(&self, _: &Path) -> Result<Box<dyn FileLock>, TryLockError> {
        Ok(Box::new(self.clone()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let file = *state.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        let (from, to) = (from.to_owned(), to.to_owned());
        state.change_name(NameChange::Rename { from, to, file })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.lock().unwrap().change_name(NameChange::Remove(path.to_owned()))
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.operate_or_fail()?;
        state.durable_names = state.names.clone();
        state.name_changes.clear();
        Ok(())
    }
}

impl FileLock for SimDisk {}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    file: usize,
}

impl DiskFile for SimFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.0.lock().unwrap().files[self.file].bytes.len() as u64)
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let state = self.disk.0.lock().unwrap();
        let start = usize::try_from(offset).unwrap();
        let bytes = state.files[self.file].bytes.get(start..start + buffer.len());
        buffer.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.0.lock().unwrap();
        let effect = state.operate();
        let written = match effect {
            None => bytes,
            Some(Effect::Crash) if state.is_last_breath() => bytes,
            Some(Effect::Crash) => return Err(Effect::Crash.error()),
            Some(Effect::NoSpace | Effect::Io) => &bytes[..bytes.len() / 2],
        };
        let offset = usize::try_from(offset).unwrap();
        state.files[self.file].change(Change::Write { offset, bytes: written.into() });
        effect.map_or(Ok(()), |effect| Err(effect.error()))
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.0.lock().unwrap();
        let result = state.operate_or_fail();
        if result.is_ok() || state.is_last_breath() {
            let change = Change::SetLength(usize::try_from(length).unwrap());
            state.files[self.file].change(change);
        }
        result
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.disk.0.lock().unwrap();
        let effect = state.operate();
        let file = &mut state.files[self.file];
        match effect {
            None => {
                for change in file.unsynced.drain(..) {
                    change.apply(&mut file.durable);
                }
                Ok(())
            }
            Some(Effect::Crash) => Err(Effect::Crash.error()),
            Some(effect) => {
                file.unsynced.clear();
                Err(effect.error())
            }
        }
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync_data()
    }
}
