//! The password of a keystore.

use super::file::{self, FileAccess};
use crate::PasswordError;
use std::{fmt, path::Path};
use zeroize::{Zeroize, Zeroizing};

/// Size of a password file that is read, at most.
const MAX_FILE_BYTES: usize = 4096;

/// A password, which is not printed.
#[derive(Clone)]
pub struct Password(Zeroizing<Vec<u8>>);

impl Password {
    /// Reads the password that is in a file, without one line end behind it.
    ///
    /// # Errors
    /// [`PasswordError::Read`] if the file cannot be read or, with [`FileAccess::OwnerOnly`], if
    /// others may use it; [`PasswordError::Empty`] if there is no password in it.
    pub fn read_file(path: &Path, access: FileAccess) -> Result<Self, PasswordError> {
        let bytes = file::read(path, MAX_FILE_BYTES, access)
            .map_err(|source| PasswordError::Read { path: path.to_owned(), source })?;
        let password = Self(without_line_end(bytes));
        if password.0.is_empty() {
            return Err(PasswordError::Empty { path: path.to_owned() });
        }
        Ok(password)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

fn without_line_end(mut bytes: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let rest = bytes.strip_suffix(b"\n").map(|rest| rest.strip_suffix(b"\r").unwrap_or(rest));
    if let Some(length) = rest.map(<[u8]>::len) {
        bytes[length..].zeroize();
        bytes.truncate(length);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
    };
    use tempfile::NamedTempFile;

    #[rstest]
    #[case::no_line_end("a b", "a b")]
    #[case::line_end("a b\n", "a b")]
    #[case::windows_line_end("a b\r\n", "a b")]
    #[case::spaces_are_part_of_it(" a b \n", " a b ")]
    #[case::one_line_end_only("a\n\n", "a\n")]
    #[case::carriage_return_is_part_of_it("a\r", "a\r")]
    fn one_line_end_is_not_part_of_a_password(#[case] text: &str, #[case] expected: &str) {
        let file = NamedTempFile::new().unwrap();
        fs::write(&file, text).unwrap();
        let password = Password::read_file(file.path(), FileAccess::OwnerOnly).unwrap();
        assert_eq!(password.as_bytes(), expected.as_bytes());
        assert_eq!(format!("{password:?}"), "Password(..)");
    }

    #[rstest]
    #[case::nothing("")]
    #[case::line_end("\n")]
    fn an_empty_password_is_refused(#[case] text: &str) {
        let file = NamedTempFile::new().unwrap();
        fs::write(&file, text).unwrap();
        let err = Password::read_file(file.path(), FileAccess::OwnerOnly).unwrap_err();
        assert_eq!(err.to_string(), format!("password file {} is empty", file.path().display()));
    }

    #[test]
    fn a_password_file_is_the_owners_alone() {
        let file = NamedTempFile::new().unwrap();
        fs::write(&file, "hunter2").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        let err = Password::read_file(file.path(), FileAccess::OwnerOnly).unwrap_err();
        let expected = format!("failed to read password file {}", file.path().display());
        assert_eq!(err.to_string(), expected);
        assert!(Password::read_file(file.path(), FileAccess::Any).is_ok());
    }
}
