//! Why the servers do not start.

use super::modules::RpcModulesError;
use std::{io, net::SocketAddr};
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
    /// Two methods have one name.
    #[error(transparent)]
    Modules(#[from] RpcModulesError),
}
