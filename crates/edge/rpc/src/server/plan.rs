//! Which server serves what.

use super::modules::{RpcModules, RpcModulesError};
use crate::{
    config::{AdminConfig, ListenerConfig, RpcConfig},
    namespace::{RpcModuleSelection, RpcNamespace},
};
use jsonrpsee::Methods;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};
use tracing::warn;

/// What each server serves, and what an operator who asked for more is told.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) http: Option<Served>,
    pub(crate) ws: Option<Served>,
    pub(crate) admin: Option<Served>,
    pub(crate) ipc: Option<Served>,
    /// Names that were asked for and have no methods.
    unavailable: BTreeSet<RpcNamespace>,
    /// Namespaces for operators that are left out where everybody could call them.
    left_out: BTreeMap<SocketAddr, BTreeSet<RpcNamespace>>,
}

/// What one transport serves.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) methods: Methods,
    /// Whether an operator's namespace is among it.
    pub(crate) has_admin: bool,
}

impl Plan {
    pub(crate) fn new(config: &RpcConfig, modules: &RpcModules) -> Result<Self, RpcModulesError> {
        let mut plan = Self {
            http: None,
            ws: None,
            admin: None,
            ipc: None,
            unavailable: BTreeSet::new(),
            left_out: BTreeMap::new(),
        };
        let http = config.http.as_ref();
        plan.http = http.map(|own| plan.listener(config, own, modules)).transpose()?;
        let ws = config.ws.as_ref();
        plan.ws = ws.map(|own| plan.listener(config, own, modules)).transpose()?;
        if config.admin.is_some() {
            let namespaces = AdminConfig::NAMESPACES.into_iter().collect();
            let methods = modules.select(&namespaces, false)?;
            plan.admin = Some(Served { methods, has_admin: true });
        }
        if config.ipc.is_some() {
            let methods = modules.select(&RpcNamespace::ALL.into_iter().collect(), true)?;
            plan.ipc = Some(Served { methods, has_admin: true });
        }
        Ok(plan)
    }

    fn listener(
        &mut self,
        config: &RpcConfig,
        listener: &ListenerConfig,
        modules: &RpcModules,
    ) -> Result<Served, RpcModulesError> {
        let mut namespaces = listener.modules.namespaces();
        if config.rollup_node {
            namespaces.insert(RpcNamespace::RollupNode);
        }
        if config.rollup_node_admin {
            namespaces.insert(RpcNamespace::RollupNodeAdmin);
        }
        if !is_loopback(listener.addr) && config.jwt_secret.is_none() {
            let (admin, rest) = namespaces.into_iter().partition(|name| name.is_admin());
            namespaces = rest;
            let mut admin: BTreeSet<_> = admin;
            // What has no methods is said below, as of any other.
            admin.retain(|namespace| modules.has(*namespace));
            if !admin.is_empty() {
                self.left_out.entry(listener.addr).or_default().extend(admin);
            }
        }
        if let RpcModuleSelection::Only(named) = &listener.modules {
            let named = named.iter().copied();
            self.unavailable.extend(named.filter(|namespace| !modules.has(*namespace)));
        }
        let has_admin = namespaces.iter().any(|namespace| namespace.is_admin());
        Ok(Served { methods: modules.select(&namespaces, true)?, has_admin })
    }

    /// Tells the operator what was asked for and is not served: each kind in one line.
    pub(crate) fn warn(&self) {
        if !self.unavailable.is_empty() {
            let namespaces = RpcModuleSelection::Only(self.unavailable.clone());
            warn!(target: "rpc::server", %namespaces, "RPC modules without methods in this version are accepted and not served");
        }
        if !self.left_out.is_empty() {
            let left_out: Vec<_> = self
                .left_out
                .iter()
                .map(|(addr, names)| {
                    format!("{} on {addr}", RpcModuleSelection::Only(names.clone()))
                })
                .collect();
            warn!(
                target: "rpc::server",
                left_out = left_out.join("; "),
                "RPC modules for operators are left out where the address is not a loopback address and there is no --rpc.jwtsecret; they are served on --admin.addr"
            );
        }
    }
}

/// Whether only this machine can reach an address.
pub(crate) const fn is_loopback(addr: SocketAddr) -> bool {
    addr.ip().to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::JwtSecret;
    use jsonrpsee::RpcModule;

    const GUIDE: &str = "admin,debug,eth,net,trace,txpool,web3,rpc,reth,ots,flashbots,miner,mev";

    fn modules() -> RpcModules {
        let mut modules = RpcModules::new();
        for (namespace, method) in [
            (RpcNamespace::Eth, "eth_chainId"),
            (RpcNamespace::Net, "net_version"),
            (RpcNamespace::Web3, "web3_sha3"),
            (RpcNamespace::Txpool, "txpool_status"),
            (RpcNamespace::RollupNode, "rollupNode_status"),
            (RpcNamespace::RollupNodeAdmin, "rollupNodeAdmin_buildBlock"),
        ] {
            let mut own = RpcModule::new(());
            own.register_method(method, |_, (), _| true).unwrap();
            modules.add(namespace, own).unwrap();
        }
        modules
    }

    fn config(addr: &str, selection: &str) -> RpcConfig {
        let listener = ListenerConfig {
            modules: selection.parse().unwrap(),
            ..ListenerConfig::new(addr.parse().unwrap())
        };
        RpcConfig { http: Some(listener), ..RpcConfig::default() }
    }

    fn names(served: &Served) -> Vec<&'static str> {
        let mut names: Vec<_> = served.methods.method_names().collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn the_rollup_namespace_is_served_beside_what_is_selected() {
        let plan = Plan::new(&config("127.0.0.1:0", "net"), &modules()).unwrap();
        assert_eq!(names(plan.http.as_ref().unwrap()), ["net_version", "rollupNode_status"]);
        let off = RpcConfig { rollup_node: false, ..config("127.0.0.1:0", "none") };
        assert!(names(Plan::new(&off, &modules()).unwrap().http.as_ref().unwrap()).is_empty());
    }

    #[test]
    fn the_guides_command_starts_with_admin_left_out() {
        let config = RpcConfig { rollup_node_admin: true, ..config("0.0.0.0:8545", GUIDE) };
        let plan = Plan::new(&config, &modules()).unwrap();
        let http = plan.http.as_ref().unwrap();
        assert!(!http.has_admin);
        assert!(!names(http).contains(&"rollupNodeAdmin_buildBlock"));
        let left_out: Vec<_> = plan.left_out.values().flatten().copied().collect();
        assert_eq!(left_out, [RpcNamespace::RollupNodeAdmin]);
        let unavailable = RpcModuleSelection::Only(plan.unavailable).to_string();
        assert_eq!(unavailable, "admin,debug,trace,reth,ots,flashbots,miner,mev");
        assert!(names(plan.admin.as_ref().unwrap()).contains(&"rollupNodeAdmin_buildBlock"));
    }

    #[test]
    fn operators_methods_need_their_flag_and_a_safe_address() {
        let method = "rollupNodeAdmin_buildBlock";
        let serves = |config: &RpcConfig| {
            let plan = Plan::new(config, &modules()).unwrap();
            names(plan.http.as_ref().unwrap()).contains(&method)
        };
        assert!(!serves(&config("127.0.0.1:0", "all")));
        let asked = |addr| RpcConfig { rollup_node_admin: true, ..config(addr, "eth") };
        assert!(serves(&asked("127.0.0.1:0")));
        assert!(serves(&asked("[::1]:0")));
        assert!(serves(&asked("[::ffff:127.0.0.1]:0")));
        assert!(serves(&config("127.0.0.1:0", "rollupNodeAdmin")));
        assert!(!serves(&asked("0.0.0.0:0")));
        assert!(!serves(&asked("10.0.0.1:0")));
        let signed = RpcConfig { jwt_secret: Some(JwtSecret::new([1; 32])), ..asked("0.0.0.0:0") };
        assert!(serves(&signed));
    }

    #[test]
    fn everything_is_no_reason_to_warn_of_what_is_missing() {
        let plan = Plan::new(&config("127.0.0.1:0", "all"), &modules()).unwrap();
        assert!(plan.unavailable.is_empty());
    }
}
