//! `rpc`.

use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use std::collections::BTreeMap;

/// Versions by namespace.
pub type ServedModules = BTreeMap<&'static str, &'static str>;

/// What is served.
#[rpc(server, namespace = "rpc")]
pub trait RpcApi {
    /// The namespaces that are served over this transport, and the version of each.
    #[method(name = "modules")]
    fn modules(&self) -> RpcResult<ServedModules>;
}
