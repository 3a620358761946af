//! The file of a socket, from its making to its end.

use crate::{config::IpcConfig, server::RpcStartError};
use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};
use tokio::net::{UnixListener, UnixSocket, UnixStream};

/// Connections that the system keeps until they are accepted.
const BACKLOG: u32 = 128;

/// A socket and its file, which is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct IpcSocket {
    pub(super) listener: UnixListener,
    _file: SocketFile,
}

#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    /// Device and number of the file: another may be in its place by the end.
    identity: (u64, u64),
}

impl SocketFile {
    fn identity(path: &Path) -> io::Result<(u64, u64)> {
        fs::symlink_metadata(path).map(|own| (own.dev(), own.ino()))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if Self::identity(&self.path).is_ok_and(|found| found == self.identity) {
            // What is left is taken for that of a dead node.
            fs::remove_file(&self.path).ok();
        }
    }
}

impl IpcSocket {
    /// Makes the file, in the place of one that a node has left.
    ///
    /// # Errors
    /// [`RpcStartError::IpcOccupied`] if somebody listens there; [`RpcStartError::IpcNoSocket`] if
    /// something else is there; [`RpcStartError::Ipc`] if the file cannot be made.
    pub(crate) async fn bind(config: &IpcConfig) -> Result<Self, RpcStartError> {
        let path = &config.path;
        if is_left(path).await? {
            fs::remove_file(path).map_err(|source| failed(path, source))?;
        }
        Self::make(config).map_err(|source| failed(path, source))
    }

    fn make(config: &IpcConfig) -> io::Result<Self> {
        let path = &config.path;
        let socket = UnixSocket::new_stream()?;
        socket.bind(path)?;
        let file = SocketFile { path: path.clone(), identity: SocketFile::identity(path)? };
        // Nobody can connect before the socket listens, so nobody does before this holds.
        fs::set_permissions(path, Permissions::from_mode(config.permissions))?;
        Ok(Self { listener: socket.listen(BACKLOG)?, _file: file })
    }

    /// Looks whether the file could be made, and makes none.
    ///
    /// # Errors
    /// As [`Self::bind`].
    pub(crate) async fn check(config: &IpcConfig) -> Result<(), RpcStartError> {
        is_left(&config.path).await.map(drop)
    }
}

/// Whether there is a socket on which nobody listens any more.
async fn is_left(path: &Path) -> Result<bool, RpcStartError> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(failed(path, source)),
    };
    if !found.file_type().is_socket() {
        return Err(RpcStartError::IpcNoSocket { path: path.to_owned() });
    }
    match UnixStream::connect(path).await {
        Err(err) if err.kind() == io::ErrorKind::ConnectionRefused => Ok(true),
        // Also one that lets nobody in.
        Ok(_) | Err(_) => Err(RpcStartError::IpcOccupied { path: path.to_owned() }),
    }
}

fn failed(path: &Path, source: io::Error) -> RpcStartError {
    RpcStartError::Ipc { path: path.to_owned(), source }
}
