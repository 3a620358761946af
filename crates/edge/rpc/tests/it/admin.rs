//! Who can control the node, and how.

use crate::support::{Followed, Switch, call, config, error, listener, modules, start};
use jsonrpsee::RpcModule;
use parking_lot::Mutex;
use rollup_rpc::{
    AdminConfig, ListenerConfig, RollupNodeAdminApiServer, RollupNodeAdminRpc, RpcConfig,
    RpcModulesError, RpcServers, RpcStartError,
};
use rollup_runtime::SystemClock;
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};

const GUIDE: &str = "admin,debug,eth,net,trace,txpool,web3,rpc,reth,ots,flashbots,miner,mev";
const BUILD: &str = "rollupNodeAdmin_buildBlock";

#[tokio::test]
async fn everybody_gets_everything_but_control() {
    let http = ListenerConfig {
        modules: GUIDE.parse().unwrap(),
        ..ListenerConfig::new(SocketAddr::from(([0, 0, 0, 0], 0)))
    };
    let servers = start(RpcConfig { http: Some(http), rollup_node_admin: true, ..config() }).await;
    let http = SocketAddr::from(([127, 0, 0, 1], servers.http_addr().unwrap().port()));
    assert_eq!(error(&call(http, BUILD, json!([])).await), (-32601, "Method not found"));
    assert_eq!(call(http, "net_version", json!([])).await["result"], "1337");
    let served = call(http, "rpc_modules", json!([])).await;
    let version = "1.0";
    let expected = json!({ "eth": version, "net": version, "rpc": version, "web3": version });
    assert_eq!(served["result"], expected);
    assert_eq!(call(servers.admin_addr().unwrap(), BUILD, json!([])).await["result"], true);
}

#[tokio::test]
async fn this_machine_gets_control_where_it_is_asked_for() {
    let servers = start(RpcConfig { rollup_node_admin: true, ..config() }).await;
    assert_eq!(call(servers.http_addr().unwrap(), BUILD, json!([])).await["result"], true);
    let all = ListenerConfig { modules: "all".parse().unwrap(), ..listener() };
    let servers = start(RpcConfig { http: Some(all), ..config() }).await;
    assert_eq!(error(&call(servers.http_addr().unwrap(), BUILD, json!([])).await).0, -32601);
}

#[tokio::test]
async fn control_is_not_opened_to_everybody() {
    let addr = "0.0.0.0:0".parse().unwrap();
    let admin = Some(AdminConfig { addr, jwt_secret: None });
    let config = RpcConfig { admin, ..config() };
    let err = RpcServers::start(config, modules(), Arc::new(SystemClock::new())).await.unwrap_err();
    assert!(matches!(err, RpcStartError::AdminExposed { .. }));
    assert!(err.to_string().contains("--admin.jwtsecret"), "{err}");
}

#[tokio::test]
async fn the_sequencer_is_switched() {
    let servers = start(config()).await;
    let admin = servers.admin_addr().unwrap();
    let ask = async |method: &str, params: Value| {
        call(admin, &format!("rollupNodeAdmin_{method}"), params).await
    };
    for _ in 0..2 {
        assert_eq!(ask("enableAutomaticSequencing", json!([])).await["result"], true);
    }
    for _ in 0..2 {
        assert_eq!(ask("disableAutomaticSequencing", json!([])).await["result"], true);
    }
    let head = Switch::HEAD;
    assert_eq!(ask("startSequencer", json!([head.hash])).await["result"], true);
    let other = ask("startSequencer", json!([format!("0x{}", "00".repeat(32))])).await;
    assert_eq!(error(&other), (-32603, "Failed to start the sequencer: the head is another"));
    let last = ask("stopSequencer", json!([])).await;
    assert_eq!(last["result"], json!({ "number": head.number, "hash": head.hash }));
    assert_eq!(error(&ask("startSequencer", json!([])).await).0, -32602);
}

#[tokio::test]
async fn a_node_without_sequencer_says_so() {
    let methods = RollupNodeAdminRpc::new(None).into_rpc();
    for method in ["enableAutomaticSequencing", "disableAutomaticSequencing"] {
        let method = format!("rollupNodeAdmin_{method}");
        assert!(!methods.call::<_, bool>(&method, [(); 0]).await.unwrap(), "{method}");
    }
    let (answer, _) = methods
        .raw_json_request(&crate::support::request(BUILD, &json!([])).to_string(), 1)
        .await
        .unwrap();
    let answer: Value = serde_json::from_str(answer.get()).unwrap();
    let message = "Failed to build a block: this node has no sequencer";
    assert_eq!(error(&answer), (-32603, message));
}

#[tokio::test]
async fn l1_is_read_anew_from_a_block_on() {
    let l1 = Arc::new(Followed { processed: Mutex::new(9), ..Followed::default() });
    let admin = RollupNodeAdminRpc::new(None).with_l1(Some(l1.clone()));
    let revert = async |admin: &RollupNodeAdminRpc, to: u64| -> Value {
        let request = crate::support::request("rollupNodeAdmin_revertToL1Block", &json!([to]));
        let methods = admin.clone().into_rpc();
        let (answer, _) = methods.raw_json_request(&request.to_string(), 1).await.unwrap();
        serde_json::from_str(answer.get()).unwrap()
    };
    assert_eq!(revert(&admin, 4).await["result"], true);
    assert_eq!(*l1.processed.lock(), 4);
    let message =
        "Failed to revert to L1 block: cannot go back to L1 block 5, block 4 is processed";
    assert_eq!(error(&revert(&admin, 5).await), (-32603, message));
    let message = "Failed to revert to L1 block: this node follows no L1; start it with --l1.url";
    assert_eq!(error(&revert(&RollupNodeAdminRpc::new(None), 4).await), (-32603, message));
}

#[test]
fn extensions_have_names_of_their_own_and_no_control() {
    let method = |name: &'static str| {
        let mut own = RpcModule::new(());
        own.register_method(name, |_, (), _| true).unwrap();
        own
    };
    let mut modules = modules();
    modules.extend(method("example_hello")).unwrap();
    for name in ["admin_addPeer", "rollupNodeAdmin_other"] {
        let err = modules.extend(method(name)).unwrap_err();
        assert!(matches!(err, RpcModulesError::Admin { .. }), "{name}");
    }
    for name in ["example_hello", "net_version"] {
        let err = modules.extend(method(name)).unwrap_err();
        assert!(matches!(err, RpcModulesError::Register(_)), "{name}");
    }
    let foreign = modules.add(rollup_rpc::RpcNamespace::Net, method("admin_addPeer"));
    assert!(matches!(foreign, Err(RpcModulesError::WrongNamespace { .. })));
}
