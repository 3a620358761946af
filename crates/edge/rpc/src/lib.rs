#![doc = include_str!("../README.md")]

mod config;
mod error;
mod namespace;
mod server;

pub use config::{
    AdminConfig, DEFAULT_ADMIN_PORT, DEFAULT_HTTP_PORT, DEFAULT_WS_PORT, ListenerConfig, RpcConfig,
    RpcLimits,
};
pub use error::{
    RpcErrorCode, busy, failed_to, internal, invalid_params, limit_exceeded, not_supported,
    resource_not_found, reverted, server_error, timed_out, transaction_rejected,
};
pub use namespace::{RpcModuleSelection, RpcNamespace, UnknownModuleError};
pub use server::{AllowedOrigins, JwtSecret, JwtSecretError, OriginsError};
