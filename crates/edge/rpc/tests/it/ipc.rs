//! Calls over a Unix socket.

use crate::support::{config, error, modules, request, start};
use rollup_rpc::{IpcConfig, RpcConfig, RpcLimits, RpcServers, RpcStartError};
use rollup_runtime::SystemClock;
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
};

struct Served {
    servers: RpcServers,
    directory: TempDir,
}

impl Served {
    fn connect(&self) -> impl Future<Output = Ipc> + use<> {
        let path = self.servers.ipc_path().unwrap().to_owned();
        async move { Ipc(BufReader::new(UnixStream::connect(path).await.unwrap())) }
    }
}

struct Ipc(BufReader<UnixStream>);

impl Ipc {
    async fn send(&mut self, text: impl ToString) {
        self.0.write_all(text.to_string().as_bytes()).await.unwrap();
    }

    async fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        serde_json::from_str(&line).unwrap_or_else(|err| panic!("{err}: {line:?}"))
    }

    async fn call(&mut self, method: &str, params: Value) -> Value {
        self.send(request(method, &params)).await;
        self.answer().await
    }

    /// What comes until the end.
    async fn rest(mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).await.unwrap();
        rest
    }
}

fn at(path: impl AsRef<Path>) -> RpcConfig {
    RpcConfig { ipc: Some(IpcConfig::new(path.as_ref().to_owned())), ..config() }
}

async fn serve(limits: RpcLimits) -> Served {
    let directory = tempfile::tempdir().unwrap();
    let servers = start(RpcConfig { limits, ..at(directory.path().join("ipc")) }).await;
    Served { servers, directory }
}

async fn refusal(config: RpcConfig) -> RpcStartError {
    RpcServers::start(config, modules(), Arc::new(SystemClock::new())).await.unwrap_err()
}

#[tokio::test]
async fn everything_is_served_and_only_to_the_owner() {
    let served = serve(RpcLimits::default()).await;
    let mut ipc = served.connect().await;
    assert_eq!(ipc.call("net_version", json!([])).await["result"], "1337");
    assert_eq!(ipc.call("rollupNodeAdmin_buildBlock", json!([])).await["result"], true);
    let version = "1.0";
    let expected = json!({
        "eth": version, "net": version, "rollupNodeAdmin": version, "rpc": version,
        "web3": version,
    });
    assert_eq!(ipc.call("rpc_modules", json!([])).await["result"], expected);
    let mode = fs::metadata(served.servers.ipc_path().unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn the_file_has_the_permissions_that_were_said() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ipc");
    let ipc = IpcConfig { permissions: 0o666, ..IpcConfig::new(path.clone()) };
    let _servers = start(RpcConfig { ipc: Some(ipc), ..config() }).await;
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o666);
}

#[tokio::test]
async fn values_come_in_a_row_or_in_pieces() {
    let served = serve(RpcLimits::default()).await;
    let mut ipc = served.connect().await;
    let one = request("net_version", &json!([]));
    ipc.send(format!("{one}{one}\n\n[{one},{{}}]")).await;
    let mut results = Vec::new();
    for _ in 0..3 {
        results.push(ipc.answer().await);
    }
    let batch = results.iter().find_map(Value::as_array).unwrap();
    assert_eq!((&batch[0]["result"], error(&batch[1]).0), (&json!("1337"), -32600));
    assert_eq!(results.iter().filter(|answer| answer["result"] == "1337").count(), 2);
    for byte in one.to_string().chars() {
        ipc.send(byte).await;
    }
    assert_eq!(ipc.answer().await["result"], "1337");
}

#[tokio::test]
async fn what_is_no_call_is_answered() {
    let served = serve(RpcLimits { max_request_bytes: 200, ..RpcLimits::default() }).await;
    let mut ipc = served.connect().await;
    ipc.send("{}").await;
    assert_eq!(error(&ipc.answer().await), (-32600, "Invalid request"));
    ipc.send("{x}").await;
    assert_eq!(error(&ipc.answer().await), (-32700, "Parse error"));
    let long = format!("0x{}", "00".repeat(200));
    assert_eq!(error(&ipc.call("web3_sha3", json!([long])).await), (-32007, "Request is too big"));
    assert_eq!(ipc.call("net_version", json!([])).await["result"], "1337");
    // Where the next value begins is not known after that.
    ipc.send("nonsense").await;
    assert_eq!(error(&ipc.answer().await), (-32700, "Parse error"));
    assert_eq!(ipc.rest().await, "");
}

#[tokio::test]
async fn who_stops_sending_gets_the_answers_to_what_was_sent() {
    let served = serve(RpcLimits::default()).await;
    let mut ipc = served.connect().await;
    ipc.send(request("eth_text", &json!([100_000]))).await;
    ipc.0.shutdown().await.unwrap();
    assert_eq!(ipc.answer().await["result"].as_str().unwrap().len(), 100_000);
    assert_eq!(ipc.rest().await, "");
}

#[tokio::test]
async fn subscriptions_are_served() {
    let served = serve(RpcLimits::default()).await;
    let mut ipc = served.connect().await;
    let id = ipc.call("eth_subscribe", json!([])).await["result"].clone();
    assert_eq!(ipc.call("eth_unsubscribe", json!([id])).await["result"], true);
}

#[tokio::test]
async fn the_limits_are_those_of_the_other_servers() {
    let limits = RpcLimits {
        max_connections: 1,
        max_calls_per_connection: 1,
        max_subscriptions_per_connection: 1,
        max_response_bytes: 1000,
        call_timeout: Duration::from_millis(20),
        ..RpcLimits::default()
    };
    let served = serve(limits).await;
    let mut ipc = served.connect().await;
    let never = request("eth_never", &json!([]));
    ipc.send(format!("{never}{never}")).await;
    assert_eq!(error(&ipc.answer().await), (-32005, "too many calls on this connection"));
    assert_eq!(error(&ipc.answer().await), (-32002, "request timed out"));
    assert_eq!(error(&ipc.call("eth_text", json!([1000])).await).0, -32008);
    assert_eq!(error(&ipc.call("eth_panic", json!([])).await).0, -32603);
    assert!(ipc.call("eth_subscribe", json!([])).await["result"].is_string());
    assert_eq!(error(&ipc.call("eth_subscribe", json!([])).await).0, -32006);

    let mut second = served.connect().await;
    assert_eq!(error(&second.answer().await), (-32005, "too many connections"));
    assert_eq!(second.rest().await, "");
}

#[tokio::test]
async fn a_silent_client_stays() {
    let idle_timeout = Duration::from_millis(20);
    let served = serve(RpcLimits { idle_timeout, ..RpcLimits::default() }).await;
    let mut silent = served.connect().await;
    assert_eq!(silent.call("net_version", json!([])).await["result"], "1337");
    // One who is silent over HTTP is closed meanwhile.
    let mut other =
        tokio::net::TcpStream::connect(served.servers.http_addr().unwrap()).await.unwrap();
    other.read_to_end(&mut Vec::new()).await.ok();
    assert_eq!(silent.call("net_version", json!([])).await["result"], "1337");
}

#[tokio::test]
async fn a_stop_answers_what_was_asked_and_removes_the_file() {
    let served = serve(RpcLimits::default()).await;
    let mut idle = served.connect().await;
    assert_eq!(idle.call("net_version", json!([])).await["result"], "1337");
    let Served { servers, directory } = served;
    servers.stop().await;
    assert_eq!(idle.rest().await, "");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn what_a_dead_node_left_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ipc");
    drop(UnixListener::bind(&path).unwrap());
    let servers = start(at(&path)).await;
    let served = Served { servers, directory };
    let mut ipc = served.connect().await;
    assert_eq!(ipc.call("net_version", json!([])).await["result"], "1337");
}

#[tokio::test]
async fn the_socket_of_a_living_node_is_refused() {
    let served = serve(RpcLimits::default()).await;
    let path = served.servers.ipc_path().unwrap().to_owned();
    let err = refusal(at(&path)).await;
    let expected = format!(
        "cannot listen on {}: another node listens there; stop it, or choose another file with \
         --ipcpath, or none with --ipcdisable",
        path.display()
    );
    assert_eq!(err.to_string(), expected);
    assert!(matches!(
        RpcServers::check(&at(&path)).await.unwrap_err(),
        RpcStartError::IpcOccupied { .. }
    ));
    let mut ipc = served.connect().await;
    assert_eq!(ipc.call("net_version", json!([])).await["result"], "1337");
}

#[tokio::test]
async fn other_files_are_left_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let (file, link) = (directory.path().join("file"), directory.path().join("link"));
    fs::write(&file, "text").unwrap();
    symlink(&file, &link).unwrap();
    for path in [&file, &link, &directory.path().to_owned()] {
        let err = refusal(at(path)).await;
        assert!(matches!(err, RpcStartError::IpcNoSocket { .. }), "{err:?}");
        assert!(err.to_string().contains(path.to_str().unwrap()), "{err}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "text");
}

#[tokio::test]
async fn a_socket_that_nobody_asked_for_need_not_be_there() {
    let directory = tempfile::tempdir().unwrap();
    // Longer than the path of a socket may be.
    let path = directory.path().join("x".repeat(200));
    let err = refusal(at(&path)).await;
    assert!(matches!(err, RpcStartError::Ipc { .. }), "{err:?}");
    let ipc = IpcConfig { is_required: false, ..IpcConfig::new(path) };
    let servers = start(RpcConfig { ipc: Some(ipc), ..config() }).await;
    assert_eq!(servers.ipc_path(), None);
}
