//! Listeners, and what stands between a socket and a method.
//!
//! A request passes, in this order: the limit of connections, the host, the token, the origin, the
//! limits of size and number, and what surrounds every call. Over IPC, whoever may open the file
//! has passed host, token and origin.

mod blocking;
mod call;
mod dispatch;
mod endpoint;
mod error;
mod gate;
mod http;
mod io;
mod ipc;
mod jwt;
mod listener;
mod methods;
mod modules;
mod origins;
mod plan;
mod servers;
mod session;
mod totals;
mod ws;

pub use blocking::BlockingPool;
pub use error::RpcStartError;
pub use jwt::{JWT_MAX_AGE, JwtSecret, JwtSecretError};
pub use modules::{RpcModules, RpcModulesError};
pub use origins::{AllowedOrigins, OriginsError};
pub use servers::RpcServers;
