//! Listeners, and what stands between a socket and a method.

mod jwt;
mod origins;

pub use jwt::{JwtSecret, JwtSecretError};
pub use origins::{AllowedOrigins, OriginsError};
