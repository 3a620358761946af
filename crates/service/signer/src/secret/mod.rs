//! Private keys and passwords, and the files that they are in.

mod file;
mod hex;
mod key;
mod password;

pub use file::FileAccess;
pub(crate) use file::{create, read};
pub use key::SecretKey;
pub use password::Password;
