//! Why the servers do not start.

use super::modules::RpcModulesError;
use std::{io, net::SocketAddr, path::PathBuf};
use thiserror::Error;

/// The servers do not start. None of them runs then.
#[derive(Debug, Error)]
pub enum RpcStartError {
    /// Something else listens there.
    #[error(
        "cannot listen on {addr}: the address is in use; stop what listens there, or choose \
         another with {flags}"
    )]
    Occupied {
        /// The address.
        addr: SocketAddr,
        /// The flags that name it.
        flags: &'static str,
    },
    /// The system does not let the node listen there.
    #[error("cannot listen on {addr}, which is what {flags} say")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// The flags that name it.
        flags: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Everybody could control the node.
    #[error(
        "--admin.addr {addr} is not a loopback address: give a secret with --admin.jwtsecret, or \
         listen on 127.0.0.1"
    )]
    AdminExposed {
        /// The address.
        addr: SocketAddr,
    },
    /// Another node listens on the socket.
    #[error(
        "cannot listen on {}: another node listens there; stop it, or choose another file with \
         --ipcpath, or none with --ipcdisable",
        path.display()
    )]
    IpcOccupied {
        /// The file.
        path: PathBuf,
    },
    /// Something else is where the socket is to be.
    #[error(
        "cannot listen on {}: there is something that is no socket; move it away, or choose \
         another file with --ipcpath",
        path.display()
    )]
    IpcNoSocket {
        /// The file.
        path: PathBuf,
    },
    /// The file of the socket cannot be made.
    #[error("cannot listen on {}, which is what --ipcpath says", path.display())]
    Ipc {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Two methods have one name.
    #[error(transparent)]
    Modules(#[from] RpcModulesError),
}
