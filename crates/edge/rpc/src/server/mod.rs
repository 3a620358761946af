//! Listeners, and what stands between a socket and a method.
//!
//! A request passes, in this order: the limit of connections, the host, the token, the origin, the
//! limits of size and number, and what surrounds every call.

mod blocking;
mod call;
mod endpoint;
mod error;
mod gate;
mod io;
mod jwt;
mod listener;
mod modules;
mod origins;
mod plan;
mod servers;

pub use blocking::BlockingPool;
pub use error::RpcStartError;
pub use jwt::{JWT_MAX_AGE, JwtSecret, JwtSecretError};
pub use modules::{RpcModules, RpcModulesError};
pub use origins::{AllowedOrigins, OriginsError};
pub use servers::RpcServers;
