//! A server that answers as a test says, which a real sequencer does not.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use rollup_forward::VIA_HEADER;
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
    task::JoinHandle,
};

/// What becomes of one request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// This body with this status.
    Answer(u16, String),
    /// Nothing, ever.
    Hang,
}

/// An error of JSON-RPC.
pub(crate) fn error(code: i32, message: &str) -> Step {
    let error = json!({ "code": code, "message": message, "data": { "why": "because" } });
    Step::Answer(200, json!({ "jsonrpc": "2.0", "id": 1, "error": error }).to_string())
}

/// What a request held: the transaction in hex, and the nodes that it came through.
pub(crate) type Asked = (String, String);

#[derive(Debug)]
struct Script {
    steps: Mutex<VecDeque<Step>>,
    asked: watch::Sender<Vec<Asked>>,
}

/// A server that follows a script, and then takes whatever comes.
#[derive(Debug)]
pub(crate) struct Sequencer {
    pub(crate) addr: SocketAddr,
    script: Arc<Script>,
    task: JoinHandle<()>,
}

impl Sequencer {
    pub(crate) fn start() -> Self {
        Nobody::new().start()
    }

    fn serve(listener: TcpListener) -> Self {
        let addr = listener.local_addr().unwrap();
        let script =
            Arc::new(Script { steps: Mutex::default(), asked: watch::Sender::new(Vec::new()) });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&script));
        let task = tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
        Self { addr, script, task }
    }

    /// What becomes of the next requests.
    pub(crate) fn follow(&self, steps: impl IntoIterator<Item = Step>) {
        self.script.steps.lock().unwrap().extend(steps);
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.asked.borrow().clone()
    }

    /// Waits for so many requests.
    pub(crate) async fn is_asked(&self, times: usize) {
        self.script.asked.subscribe().wait_for(|asked| asked.len() >= times).await.unwrap();
    }
}

/// An address that nobody serves. It is held, so that no other test is given it meanwhile.
#[derive(Debug)]
pub(crate) struct Nobody {
    pub(crate) addr: SocketAddr,
    socket: TcpSocket,
}

impl Nobody {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        Self { addr: socket.local_addr().unwrap(), socket }
    }

    /// From now on a sequencer serves it.
    pub(crate) fn start(self) -> Sequencer {
        Sequencer::serve(self.socket.listen(64).unwrap())
    }
}

impl Drop for Sequencer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    State(script): State<Arc<Script>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let request: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(request["method"], "eth_sendRawTransaction");
    let raw = request["params"][0].as_str().unwrap().to_owned();
    let via = headers[VIA_HEADER].to_str().unwrap().to_owned();
    let step = script.steps.lock().unwrap().pop_front();
    script.asked.send_modify(|asked| asked.push((raw, via)));
    match step {
        Some(Step::Answer(status, body)) => (StatusCode::from_u16(status).unwrap(), body),
        Some(Step::Hang) => std::future::pending().await,
        None => (StatusCode::OK, json!({ "jsonrpc": "2.0", "id": 1, "result": "0x" }).to_string()),
    }
}
