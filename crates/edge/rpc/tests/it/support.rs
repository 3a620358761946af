//! Servers with a few methods of the test's own, and clients.

use alloy_primitives::B256;
use futures::{FutureExt, SinkExt, StreamExt, future::BoxFuture};
use jsonrpsee::RpcModule;
use parking_lot::Mutex;
use reqwest::{Client, RequestBuilder, Response};
use rollup_rpc::{
    AdminConfig, BlockRef, L1Control, L1EndpointReport, L1EndpointState, L1Failure, ListenerConfig,
    NetApiServer, NetRpc, RollupNodeAdminApiServer, RollupNodeAdminRpc, RpcConfig, RpcModules,
    RpcNamespace, RpcServers, SequencerControl, SequencerFailure, SequencerReport, SequencerState,
    Web3ApiServer, Web3Rpc,
};
use rollup_runtime::SimulatedClock;
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpStream, sync::Barrier};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};

/// The time in the tests, since the Unix epoch.
pub(crate) const NOW: Duration = Duration::from_secs(1_800_000_000);

/// Transactions that must be sent at once for any of them to be taken. The answer to one is its place
/// among all.
pub(crate) const TOGETHER: usize = 3;

pub(crate) fn listener() -> ListenerConfig {
    ListenerConfig::new(SocketAddr::from(([127, 0, 0, 1], 0)))
}

/// HTTP, WebSocket and administration, each on a port of its own.
pub(crate) fn config() -> RpcConfig {
    RpcConfig {
        http: Some(listener()),
        ws: Some(listener()),
        admin: Some(AdminConfig { addr: SocketAddr::from(([127, 0, 0, 1], 0)), jwt_secret: None }),
        ..RpcConfig::default()
    }
}

/// Methods that fail, hang and answer at length, beside those of the node.
pub(crate) fn modules() -> RpcModules {
    let mut eth = RpcModule::new(());
    eth.register_method("eth_text", |params, (), _| {
        params.one::<usize>().map(|bytes| "x".repeat(bytes))
    })
    .unwrap();
    eth.register_method::<bool, _>("eth_panic", |_, (), _| panic!("on purpose")).unwrap();
    eth.register_async_method("eth_never", |_, _, _| std::future::pending::<bool>()).unwrap();
    let (order, gate) = (AtomicUsize::new(0), Barrier::new(TOGETHER));
    let sends = Arc::new((order, gate));
    eth.register_async_method("eth_sendRawTransaction", move |_, _, _| {
        let sends = Arc::clone(&sends);
        async move {
            let (order, gate) = &*sends;
            let place = order.fetch_add(1, Ordering::Relaxed);
            gate.wait().await;
            place
        }
    })
    .unwrap();
    eth.register_subscription(
        "eth_subscribe",
        "eth_subscription",
        "eth_unsubscribe",
        |_, pending, _, _| async {
            let sink = pending.accept().await?;
            sink.closed().await;
            Ok(())
        },
    )
    .unwrap();
    let mut modules = RpcModules::new();
    modules.add(RpcNamespace::Eth, eth).unwrap();
    modules.add(RpcNamespace::Net, NetRpc::new(1337, None).into_rpc()).unwrap();
    let web3 = Web3Rpc::new("rollup-node/test".to_owned());
    modules.add(RpcNamespace::Web3, web3.into_rpc()).unwrap();
    let admin = RollupNodeAdminRpc::new(Some(Arc::new(Switch::default())));
    modules.add(RpcNamespace::RollupNodeAdmin, admin.into_rpc()).unwrap();
    modules
}

pub(crate) async fn start(config: RpcConfig) -> RpcServers {
    start_at(config, &SimulatedClock::new(NOW)).await
}

pub(crate) async fn start_at(config: RpcConfig, clock: &SimulatedClock) -> RpcServers {
    RpcServers::start(config, modules(), Arc::new(clock.clone())).await.unwrap()
}

pub(crate) fn request(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

/// A request to an address, on a connection of its own.
pub(crate) fn post(addr: SocketAddr, body: String) -> RequestBuilder {
    let client = Client::builder().pool_max_idle_per_host(0).no_proxy().build().unwrap();
    client.post(format!("http://{addr}")).header("content-type", "application/json").body(body)
}

pub(crate) async fn send(addr: SocketAddr, body: String) -> Response {
    post(addr, body).send().await.unwrap()
}

/// The answer to a body, whatever its status.
pub(crate) async fn answer(addr: SocketAddr, body: impl ToString) -> Value {
    send(addr, body.to_string()).await.json().await.unwrap()
}

pub(crate) async fn call(addr: SocketAddr, method: &str, params: Value) -> Value {
    answer(addr, request(method, &params)).await
}

/// Code and message of an error.
pub(crate) fn error(answer: &Value) -> (i64, &str) {
    let error = &answer["error"];
    (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap())
}

pub(crate) type Ws = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) async fn ws(addr: SocketAddr) -> Ws {
    ws_with(addr, &[]).await.unwrap()
}

/// A WebSocket that is opened with these headers.
pub(crate) async fn ws_with(
    addr: SocketAddr,
    headers: &[(&'static str, &str)],
) -> Result<Ws, tungstenite::Error> {
    let mut request = format!("ws://{addr}").into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    connect_async(request).await.map(|(ws, _)| ws)
}

/// The status with which a WebSocket was refused.
pub(crate) fn refused(result: Result<Ws, tungstenite::Error>) -> u16 {
    match result {
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) async fn ws_send(ws: &mut Ws, body: impl ToString) {
    ws.send(Message::text(body.to_string())).await.unwrap();
}

pub(crate) async fn ws_answer(ws: &mut Ws) -> Value {
    loop {
        match ws.next().await.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(text.as_str()).unwrap(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("not an answer: {other:?}"),
        }
    }
}

pub(crate) async fn ws_call(ws: &mut Ws, method: &str, params: Value) -> Value {
    ws_send(ws, request(method, &params)).await;
    ws_answer(ws).await
}

/// Whether the server ends a WebSocket, in whatever way.
pub(crate) async fn ws_ends(ws: &mut Ws) {
    while let Some(Ok(message)) = ws.next().await {
        if message.is_close() {
            return;
        }
    }
}

/// A sequencer that is only switched.
#[derive(Debug, Default)]
pub(crate) struct Switch {
    enabled: Mutex<bool>,
}

impl Switch {
    pub(crate) const HEAD: BlockRef = BlockRef { number: 7, hash: B256::repeat_byte(7) };

    fn set(&self, enabled: bool) -> bool {
        *self.enabled.lock() = enabled;
        true
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the head is another")]
struct OtherHead;

impl SequencerControl for Switch {
    fn enable(&self) -> BoxFuture<'_, Result<bool, SequencerFailure>> {
        async { Ok(self.set(true)) }.boxed()
    }

    fn disable(&self) -> BoxFuture<'_, Result<bool, SequencerFailure>> {
        async { Ok(self.set(false)) }.boxed()
    }

    fn start(&self, expected_head: B256) -> BoxFuture<'_, Result<(), SequencerFailure>> {
        async move {
            if expected_head != Self::HEAD.hash {
                return Err(OtherHead.into());
            }
            self.set(true);
            Ok(())
        }
        .boxed()
    }

    fn stop(&self) -> BoxFuture<'_, Result<BlockRef, SequencerFailure>> {
        async {
            self.set(false);
            Ok(Self::HEAD)
        }
        .boxed()
    }

    fn build_block(&self) -> BoxFuture<'_, Result<(), SequencerFailure>> {
        async { Ok(()) }.boxed()
    }

    fn report(&self) -> SequencerReport {
        let enabled = *self.enabled.lock();
        let state = if enabled { SequencerState::Idle } else { SequencerState::Disabled };
        SequencerReport {
            state,
            enabled,
            last_block: None,
            last_block_at: None,
            consecutive_failures: 0,
            reasons: Vec::new(),
        }
    }
}

/// L1 with one endpoint, of which blocks up to a number are known.
#[derive(Debug, Default)]
pub(crate) struct Followed {
    pub(crate) processed: Mutex<u64>,
    pub(crate) reasons: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot go back to L1 block {to}, block {processed} is processed")]
struct NotProcessed {
    to: u64,
    processed: u64,
}

impl Followed {
    pub(crate) fn endpoint() -> L1EndpointReport {
        L1EndpointReport {
            url: "l1.example:443".to_owned(),
            preferred: true,
            state: L1EndpointState::WrongChain,
            chain_id: Some(5),
            latest: None,
            lag: None,
            latency_ms: Some(12),
            requests: 3,
            errors: 1,
            distrusted: false,
            last_error: Some("chain id 5".to_owned()),
        }
    }
}

impl L1Control for Followed {
    fn endpoints(&self) -> Vec<L1EndpointReport> {
        vec![Self::endpoint()]
    }

    fn reasons(&self) -> Vec<String> {
        self.reasons.clone()
    }

    fn revert_to(&self, to: u64) -> BoxFuture<'_, Result<(), L1Failure>> {
        async move {
            let mut processed = self.processed.lock();
            if to > *processed {
                return Err(NotProcessed { to, processed: *processed }.into());
            }
            *processed = to;
            Ok(())
        }
        .boxed()
    }
}
