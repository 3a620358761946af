//! Files with secrets in them.

use crate::{CreateError, SecretFileError};
use rustix::fs::{Mode, OFlags};
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};
use zeroize::Zeroizing;

/// Permission bits of others than the owner: a secret that they can replace is none either.
const OTHERS: u32 = 0o077;
/// Permission bits.
const PERMISSIONS: u32 = 0o7777;
/// Mode of the files that are created.
const OWNER_ONLY: u32 = 0o600;

/// Whose a file with a secret may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileAccess {
    /// Only its owner may read, write or execute it.
    OwnerOnly,
    /// Its mode does not matter. For directories that keep others out, and for secrets that are
    /// mounted with another mode.
    Any,
}

impl FileAccess {
    /// [`Self::Any`] if others may be allowed.
    pub const fn allow_others(is_allowed: bool) -> Self {
        if is_allowed { Self::Any } else { Self::OwnerOnly }
    }
}

/// Reads a file of at most `limit_bytes`. Symbolic links are followed: what counts is where they
/// lead. What is checked is the file that is read, whatever happens to its name meanwhile.
pub(crate) fn read(
    path: &Path,
    limit_bytes: usize,
    access: FileAccess,
) -> Result<Zeroizing<Vec<u8>>, SecretFileError> {
    // Without NONBLOCK, a pipe in place of the file would be waited for.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from)?);
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(SecretFileError::NotRegular);
    }
    let mode = metadata.mode() & PERMISSIONS;
    if access == FileAccess::OwnerOnly && mode & OTHERS != 0 {
        return Err(SecretFileError::OpenToOthers { path: path.to_owned(), mode });
    }
    if metadata.len() > limit_bytes as u64 {
        return Err(SecretFileError::TooLarge { limit_bytes });
    }
    read_limited(file, limit_bytes)
}

/// Reads to the end, into one buffer that is never moved: no copy is left behind.
fn read_limited(
    mut reader: impl Read,
    limit_bytes: usize,
) -> Result<Zeroizing<Vec<u8>>, SecretFileError> {
    let mut bytes = Zeroizing::new(vec![0; limit_bytes + 1]);
    let mut length = 0;
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => {
                bytes.truncate(length);
                return Ok(bytes);
            }
            Ok(read) => length += read,
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) => return Err(err.into()),
        }
    }
    Err(SecretFileError::TooLarge { limit_bytes })
}

/// Creates a file that only its owner may use, and syncs it to the disk. Nothing that is there is
/// replaced, be it a link that leads nowhere.
pub(crate) fn create(path: &Path, contents: &[u8]) -> Result<(), CreateError> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path);
    let file = opened.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => CreateError::Exists { path: path.to_owned() },
        _ => CreateError::Write { path: path.to_owned(), source },
    })?;
    write(file, path, contents).map_err(|source| {
        // The first error is the one to report; half a key is of no use.
        std::fs::remove_file(path).ok();
        CreateError::Write { path: path.to_owned(), source }
    })
}

fn write(mut file: File, path: &Path, contents: &[u8]) -> io::Result<()> {
    file.write_all(contents)?;
    file.sync_all()?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::{
        fs::{self, Permissions},
        os::unix::fs::{PermissionsExt, symlink},
        path::PathBuf,
    };
    use tempfile::TempDir;

    const LIMIT: usize = 8;

    fn file(directory: &TempDir, contents: &[u8], mode: u32) -> PathBuf {
        let path = directory.path().join("secret");
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    #[rstest]
    #[case::owner(0o600)]
    #[case::owner_reads(0o400)]
    #[case::owner_executes(0o700)]
    fn a_file_of_its_owner_alone_is_read(#[case] mode: u32) {
        let directory = TempDir::new().unwrap();
        let path = file(&directory, b"secret", mode);
        assert_eq!(**read(&path, LIMIT, FileAccess::OwnerOnly).unwrap(), *b"secret");
    }

    #[rstest]
    #[case::group_reads(0o640, "0640")]
    #[case::others_read(0o604, "0604")]
    #[case::all_read(0o444, "0444")]
    #[case::group_writes(0o620, "0620")]
    #[case::others_write(0o602, "0602")]
    fn a_file_open_to_others_is_refused_unless_allowed(#[case] mode: u32, #[case] shown: &str) {
        let directory = TempDir::new().unwrap();
        let path = file(&directory, b"secret", mode);
        let err = read(&path, LIMIT, FileAccess::OwnerOnly).unwrap_err();
        let expected = format!(
            "its mode {shown} lets others than its owner use it; run `chmod 600 {}`, or use it \
             as it is with allow-readable-by-others",
            path.display()
        );
        assert_eq!(err.to_string(), expected);
        assert_eq!(**read(&path, LIMIT, FileAccess::Any).unwrap(), *b"secret");
    }

    #[rstest]
    #[case::to_one_of_the_owner(0o600, true)]
    #[case::to_one_open_to_others(0o640, false)]
    fn a_link_is_judged_by_where_it_leads(#[case] mode: u32, #[case] is_read: bool) {
        let directory = TempDir::new().unwrap();
        let link = directory.path().join("link");
        symlink(file(&directory, b"secret", mode), &link).unwrap();
        assert_eq!(read(&link, LIMIT, FileAccess::OwnerOnly).is_ok(), is_read);
    }

    #[test]
    fn what_is_no_file_is_refused_without_waiting_for_it() {
        let directory = TempDir::new().unwrap();
        let pipe = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        for path in [directory.path(), &pipe, Path::new("/dev/zero")] {
            let err = read(path, LIMIT, FileAccess::Any).unwrap_err();
            assert!(matches!(err, SecretFileError::NotRegular), "{}: {err}", path.display());
        }
    }

    #[test]
    fn a_file_above_the_limit_is_refused() {
        let directory = TempDir::new().unwrap();
        let path = file(&directory, &[b'x'; LIMIT], 0o600);
        assert_eq!(read(&path, LIMIT, FileAccess::OwnerOnly).unwrap().len(), LIMIT);
        let path = file(&directory, &[b'x'; LIMIT + 1], 0o600);
        let err = read(&path, LIMIT, FileAccess::OwnerOnly).unwrap_err();
        assert_eq!(err.to_string(), "it has more than 8 bytes");
    }

    #[test]
    fn a_file_that_grows_while_it_is_read_is_refused() {
        let err = read_limited(io::repeat(b'x'), LIMIT).unwrap_err();
        assert!(matches!(err, SecretFileError::TooLarge { limit_bytes: LIMIT }));
    }

    #[test]
    fn a_created_file_is_of_its_owner_alone_and_replaces_nothing() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("new");
        create(&path, b"secret").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & PERMISSIONS, OWNER_ONLY);
        let nowhere = directory.path().join("link");
        symlink(directory.path().join("nowhere"), &nowhere).unwrap();
        for path in [&path, &nowhere] {
            let err = create(path, b"other").unwrap_err();
            assert!(matches!(err, CreateError::Exists { .. }), "{err}");
        }
        assert_eq!(fs::read(&path).unwrap(), b"secret");
        assert!(!directory.path().join("nowhere").exists());
    }
}
