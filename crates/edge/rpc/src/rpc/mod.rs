//! `rpc`: what is served.

use crate::{
    api::{RpcApiServer, ServedModules},
    namespace::RpcNamespace,
};
use jsonrpsee::{
    Methods,
    core::{RegisterMethodError, RpcResult},
};

/// Version of every namespace, as all nodes give it.
const VERSION: &str = "1.0";

struct Rpc {
    modules: ServedModules,
}

impl RpcApiServer for Rpc {
    fn modules(&self) -> RpcResult<ServedModules> {
        Ok(self.modules.clone())
    }
}

/// The methods, for a transport that serves these namespaces.
pub(crate) fn methods(
    served: impl Iterator<Item = RpcNamespace>,
) -> Result<Methods, RegisterMethodError> {
    let modules = served.map(|namespace| (namespace.name(), VERSION)).collect();
    let mut methods = Methods::new();
    methods.merge(Rpc { modules }.into_rpc())?;
    Ok(methods)
}
