//! The methods a node has.

use crate::namespace::RpcNamespace;
use jsonrpsee::{Methods, core::RegisterMethodError};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// Methods by namespace, before it is decided which server serves which.
#[derive(Clone, Debug, Default)]
pub struct RpcModules {
    namespaces: BTreeMap<RpcNamespace, Methods>,
    extensions: Methods,
}

/// A method that cannot be added.
#[derive(Debug, Error)]
pub enum RpcModulesError {
    /// There is one of this name.
    #[error("an RPC method cannot be added")]
    Register(#[from] RegisterMethodError),
    /// Its name is that of another namespace.
    #[error("the RPC method {method} does not belong to the namespace {namespace}")]
    WrongNamespace {
        /// The method.
        method: &'static str,
        /// The namespace it was added to.
        namespace: RpcNamespace,
    },
    /// Its name is that of a namespace that is not served to everybody.
    #[error("the RPC method {method} belongs to a namespace for operators")]
    Admin {
        /// The method.
        method: &'static str,
    },
}

impl RpcModules {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds methods of a namespace. What is served is served where the namespace is selected.
    ///
    /// # Errors
    /// If a name is taken, or does not begin with the namespace and an underscore.
    pub fn add(
        &mut self,
        namespace: RpcNamespace,
        methods: impl Into<Methods>,
    ) -> Result<(), RpcModulesError> {
        let methods = methods.into();
        let is_foreign = |method: &&str| RpcNamespace::of_method(method) != Some(namespace);
        if let Some(method) = methods.method_names().find(is_foreign) {
            return Err(RpcModulesError::WrongNamespace { method, namespace });
        }
        Ok(self.namespaces.entry(namespace).or_default().merge(methods)?)
    }

    /// Adds methods that are served over HTTP and WebSocket whatever they select.
    ///
    /// # Errors
    /// If a name is taken, or is that of a namespace for operators.
    pub fn extend(&mut self, methods: impl Into<Methods>) -> Result<(), RpcModulesError> {
        let methods = methods.into();
        for method in methods.method_names() {
            let namespace = RpcNamespace::of_method(method);
            if namespace.is_some_and(RpcNamespace::is_admin) {
                return Err(RpcModulesError::Admin { method });
            }
            if let Some(taken) = namespace.and_then(|namespace| self.namespaces.get(&namespace)) {
                taken.clone().verify_method_name(method)?;
            }
        }
        Ok(self.extensions.merge(methods)?)
    }

    /// Whether there are methods of a namespace.
    pub(crate) fn has(&self, namespace: RpcNamespace) -> bool {
        namespace == RpcNamespace::Rpc || self.namespaces.contains_key(&namespace)
    }

    /// The methods of these namespaces, with `rpc_modules` if `rpc` is one of them, and the
    /// extensions if asked for.
    pub(crate) fn select(
        &self,
        namespaces: &BTreeSet<RpcNamespace>,
        with_extensions: bool,
    ) -> Result<Methods, RpcModulesError> {
        let mut methods = Methods::new();
        for namespace in namespaces {
            if let Some(own) = self.namespaces.get(namespace) {
                methods.merge(own.clone())?;
            }
        }
        if with_extensions {
            methods.merge(self.extensions.clone())?;
        }
        if namespaces.contains(&RpcNamespace::Rpc) {
            let served = namespaces.iter().copied().filter(|namespace| self.has(*namespace));
            methods.merge(crate::rpc::methods(served)?)?;
        }
        Ok(methods)
    }
}
