//! The file that keeps the transactions of this node's users over a restart.
//!
//! A run of RLP strings, each the EIP-2718 bytes of a transaction. It grows by appending, and is
//! written anew with what is still in the pool when most of it is not. A crash while appending
//! leaves a torn tail, which reading drops; no transaction in it was acknowledged.

use alloy_rlp::{Encodable, Header};
use rollup_storage::{FileError, FileOperation};
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Bytes that the file may hold beyond twice what was in the pool when it was last written anew.
const SLACK_BYTES: u64 = 1 << 20;
/// The lowest first byte of an RLP string that is longer than a byte.
const FIRST_STRING_BYTE: u8 = 0x81;

/// What a journal holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct JournalContent {
    /// EIP-2718 bytes, in the order in which they were appended.
    pub(crate) transactions: Vec<Vec<u8>>,
    /// Bytes at the end that are no record.
    pub(crate) lost_bytes: usize,
}

/// A journal that is open for appending.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    bytes: u64,
    /// Length when it was last written anew.
    bytes_rewritten: u64,
    /// Whether an append failed, so that nothing that is appended now could be found again.
    is_torn: bool,
}

impl Journal {
    /// Reads a journal; one that does not exist holds nothing.
    ///
    /// # Errors
    /// If the file cannot be read, whatever is in it.
    pub(crate) fn read(path: &Path) -> Result<JournalContent, FileError> {
        match fs::read(path) {
            Ok(bytes) => Ok(parse(&bytes)),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(JournalContent::default()),
            Err(err) => Err(failed(FileOperation::Read, path)(err)),
        }
    }

    /// Makes a journal of these transactions, in place of the one that is there. If it fails or the
    /// machine stops, that one stays.
    ///
    /// # Errors
    /// Names the file.
    pub(crate) fn create<'a>(
        path: &Path,
        transactions: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, FileError> {
        let bytes = records(transactions);
        let new = new_path(path);
        let mut file = File::create(&new).map_err(failed(FileOperation::Create, &new))?;
        file.write_all(&bytes).map_err(failed(FileOperation::Write, &new))?;
        file.sync_all().map_err(failed(FileOperation::Sync, &new))?;
        fs::rename(&new, path).map_err(failed(FileOperation::Rename, path))?;
        sync_directory_of(path)?;
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(failed(FileOperation::Open, path))?;
        let bytes = bytes.len() as u64;
        Ok(Self { path: path.into(), file, bytes, bytes_rewritten: bytes, is_torn: false })
    }

    /// Appends transactions. They are durable when this returns.
    ///
    /// # Errors
    /// Names the file. Then [`Self::is_due`], and nothing may be appended before
    /// [`Self::rewrite`].
    pub(crate) fn append<'a>(
        &mut self,
        transactions: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), FileError> {
        let bytes = records(transactions);
        if bytes.is_empty() {
            return Ok(());
        }
        // Torn until the bytes are known to be there: after a failed sync they may never be.
        self.is_torn = true;
        self.file.write_all(&bytes).map_err(failed(FileOperation::Write, &self.path))?;
        self.file.sync_data().map_err(failed(FileOperation::Sync, &self.path))?;
        self.is_torn = false;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Whether it should be written anew: it is torn, or most of it is likely of no use.
    pub(crate) const fn is_due(&self) -> bool {
        self.is_torn || self.bytes > self.bytes_rewritten * 2 + SLACK_BYTES
    }

    /// Whether nothing can be appended before it is written anew.
    pub(crate) const fn is_torn(&self) -> bool {
        self.is_torn
    }

    /// Writes it anew with these transactions alone.
    ///
    /// # Errors
    /// Names the file. The journal is as it was.
    pub(crate) fn rewrite<'a>(
        &mut self,
        transactions: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), FileError> {
        *self = Self::create(&self.path, transactions)?;
        Ok(())
    }

    /// As if the disk took no more of this file.
    #[cfg(test)]
    pub(crate) fn make_read_only(&mut self) {
        self.file = File::open(&self.path).unwrap();
    }

    /// Length of the file.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }
}

fn records<'a>(transactions: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for transaction in transactions {
        transaction.encode(&mut bytes);
    }
    bytes
}

fn parse(bytes: &[u8]) -> JournalContent {
    let mut content = JournalContent::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some((transaction, behind)) = record(rest) else {
            content.lost_bytes = rest.len();
            break;
        };
        content.transactions.push(transaction.to_vec());
        rest = behind;
    }
    content
}

/// The first record, and what is behind it. No transaction is so short that it is its own record,
/// so zeros that a crash left in place of data are none.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if *bytes.first()? < FIRST_STRING_BYTE {
        return None;
    }
    let mut rest = bytes;
    let header = Header::decode(&mut rest).ok()?;
    if header.list { None } else { rest.split_at_checked(header.payload_length) }
}

fn new_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".new");
    name.into()
}

fn sync_directory_of(path: &Path) -> Result<(), FileError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or_else(|| Path::new("."));
    let sync = || File::open(parent)?.sync_all();
    sync().map_err(failed(FileOperation::Sync, parent))
}

fn failed(operation: FileOperation, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError { operation, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tempfile::TempDir;

    fn transactions(count: u8) -> Vec<Vec<u8>> {
        (0..count).map(|at| vec![at | 0x80; 40 + 40 * usize::from(at)]).collect()
    }

    fn slices(transactions: &[Vec<u8>]) -> impl Iterator<Item = &[u8]> {
        transactions.iter().map(Vec::as_slice)
    }

    fn journal(transactions: &[Vec<u8>]) -> (TempDir, PathBuf, Journal) {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("journal");
        let journal = Journal::create(&path, slices(transactions)).unwrap();
        (directory, path, journal)
    }

    #[test]
    fn a_journal_that_is_not_there_holds_nothing() {
        let directory = TempDir::new().unwrap();
        let content = Journal::read(&directory.path().join("journal")).unwrap();
        assert_eq!(content, JournalContent::default());
    }

    #[test]
    fn a_journal_that_cannot_be_read_is_an_error_that_names_it() {
        let directory = TempDir::new().unwrap();
        let err = Journal::read(directory.path()).unwrap_err();
        assert!(err.to_string().contains(&directory.path().display().to_string()), "{err}");
    }

    #[test]
    fn keeps_what_is_appended_in_order() {
        let all = transactions(9);
        let (_directory, path, mut journal) = journal(&all[..2]);
        for range in [2..5, 5..5, 5..9] {
            journal.append(slices(&all[range])).unwrap();
        }
        let content = Journal::read(&path).unwrap();
        assert_eq!(content, JournalContent { transactions: all, lost_bytes: 0 });
        assert_eq!(journal.bytes(), fs::metadata(&path).unwrap().len());
    }

    #[test]
    fn a_torn_tail_costs_the_record_it_is_in() {
        let all = transactions(4);
        let (_directory, path, _journal) = journal(&all);
        let bytes = fs::read(&path).unwrap();
        let mut end = 0;
        for kept in 0..all.len() {
            let start = end;
            end = start + alloy_rlp::encode(all[kept].as_slice()).len();
            for length in start..end {
                let content = parse(&bytes[..length]);
                assert_eq!(content.transactions, all[..kept], "{length}");
                assert_eq!(content.lost_bytes, length - start, "{length}");
            }
        }
        assert_eq!(end, bytes.len());
    }

    #[test]
    fn zeros_that_a_crash_left_are_lost_bytes() {
        let all = transactions(2);
        let bytes = [records(slices(&all)), vec![0; 4096]].concat();
        assert_eq!(parse(&bytes), JournalContent { transactions: all, lost_bytes: 4096 });
    }

    #[test]
    fn writing_it_anew_replaces_everything() {
        let all = transactions(6);
        let (directory, path, mut journal) = journal(&all);
        journal.rewrite(slices(&all[4..5])).unwrap();
        journal.append(slices(&all[..1])).unwrap();
        let expected = vec![all[4].clone(), all[0].clone()];
        assert_eq!(Journal::read(&path).unwrap().transactions, expected);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn is_due_when_most_of_it_is_of_no_use() {
        let transaction = vec![0xff; 1000];
        let (_directory, _path, mut journal) = journal(&[]);
        let mut appended = 0;
        while !journal.is_due() {
            journal.append([transaction.as_slice()]).unwrap();
            appended += 1;
            assert!(appended < 2000);
        }
        assert!(journal.bytes() > SLACK_BYTES);
        journal.rewrite([transaction.as_slice()]).unwrap();
        assert!(!journal.is_due());
        assert!(journal.bytes() < 2000);
    }

    #[test]
    fn after_a_failed_append_it_is_written_anew_first() {
        let all = transactions(2);
        let (_directory, path, mut journal) = journal(&all[..1]);
        journal.make_read_only();
        journal.append(slices(&all[1..])).unwrap_err();
        assert!(journal.is_due() && journal.is_torn());
        journal.rewrite(slices(&all[..1])).unwrap();
        assert!(!journal.is_torn());
        journal.append(slices(&all[1..])).unwrap();
        assert_eq!(Journal::read(&path).unwrap().transactions, all);
    }

    proptest! {
        #[test]
        fn reading_never_fails_for_what_is_in_it(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let content = parse(&bytes);
            let read: usize = content.transactions.iter().map(Vec::len).sum();
            prop_assert!(read + content.lost_bytes <= bytes.len());
        }
    }
}
