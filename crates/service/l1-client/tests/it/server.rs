//! A server of JSON-RPC that has a chain, and does as a test says.

use crate::chain::Chain;
use axum::{Router, body::Bytes, extract::State, http::StatusCode};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{fmt, net::SocketAddr, sync::Arc};
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
};

/// What becomes of a request.
pub(crate) enum Act {
    /// The answer of the chain.
    Answer,
    /// This result in its place.
    Result(Value),
    /// An error of JSON-RPC.
    Error(i64, &'static str),
    /// This status and body, whatever was asked.
    Http(u16, String),
    /// The answer of the chain, but for the last so many bytes.
    Cut(usize),
    /// The answer to another request.
    OtherId,
    /// Nothing, ever.
    Hang,
}

/// What becomes of a request, by method, parameters, and what the chain says.
type Play = Box<dyn FnMut(&str, &Value, &Chain) -> Act + Send>;

struct Stage {
    chain: Chain,
    play: Play,
    /// Methods of the requests that came, batches in brackets.
    asked: Vec<String>,
    takes_batches: bool,
}

/// A server that has a chain.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    stage: Arc<Mutex<Stage>>,
    task: Option<JoinHandle<()>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Server {
    /// An honest one.
    pub(crate) fn start(chain: Chain) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let addr = socket.local_addr().unwrap();
        let play: Play = Box::new(|_, _, _| Act::Answer);
        let stage = Stage { chain, play, asked: Vec::new(), takes_batches: true };
        let stage = Arc::new(Mutex::new(stage));
        let task = Some(serve(socket.listen(64).unwrap(), &stage));
        Self { addr, stage, task }
    }

    /// From now on requests become what this says.
    pub(crate) fn play(&self, play: impl FnMut(&str, &Value, &Chain) -> Act + Send + 'static) {
        self.stage.lock().play = Box::new(play);
    }

    /// Requests for this method become this; others are answered.
    pub(crate) fn play_for(&self, method: &'static str, act: impl Fn() -> Act + Send + 'static) {
        self.play(move |asked, _, _| if asked == method { act() } else { Act::Answer });
    }

    pub(crate) fn be_honest(&self) {
        self.play(|_, _, _| Act::Answer);
    }

    pub(crate) fn hang(&self) {
        self.play(|_, _, _| Act::Hang);
    }

    pub(crate) fn set_chain(&self, chain: Chain) {
        self.stage.lock().chain = chain;
    }

    pub(crate) fn take_no_batches(&self) {
        self.stage.lock().takes_batches = false;
    }

    /// Methods that it was asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.stage.lock().asked)
    }

    /// Nobody serves the address any more.
    pub(crate) async fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            task.await.ok();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

fn serve(listener: TcpListener, stage: &Arc<Mutex<Stage>>) -> JoinHandle<()> {
    let app = Router::new().fallback(answer).with_state(Arc::clone(stage));
    tokio::spawn(async { axum::serve(listener, app).await.unwrap() })
}

async fn answer(State(stage): State<Arc<Mutex<Stage>>>, body: Bytes) -> (StatusCode, String) {
    let request: Value = serde_json::from_slice(&body).unwrap();
    let (requests, is_batch) = match &request {
        Value::Array(requests) => (requests.as_slice(), true),
        _ => (std::slice::from_ref(&request), false),
    };
    let mut replies = Vec::new();
    let mut cut = 0;
    let names: Vec<_> = requests.iter().map(|r| r["method"].as_str().unwrap()).collect();
    let name = if is_batch { format!("[{}]", names.join(" ")) } else { names.join("") };
    let takes_it = {
        let mut stage = stage.lock();
        stage.asked.push(name);
        stage.takes_batches || !is_batch
    };
    if !takes_it {
        let error = json!({ "code": -32600, "message": "batches are not supported" });
        return (
            StatusCode::OK,
            json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string(),
        );
    }
    for request in requests {
        let (method, params) = (request["method"].as_str().unwrap(), &request["params"]);
        let (act, honest) = {
            let Stage { chain, play, .. } = &mut *stage.lock();
            (play(method, params, chain), chain.answer(method, params))
        };
        let mut id = request["id"].clone();
        let reply = match act {
            Act::Answer => honest,
            Act::Result(result) => Ok(result),
            Act::Error(code, message) => Err(json!({ "code": code, "message": message })),
            Act::Http(status, body) => return (StatusCode::from_u16(status).unwrap(), body),
            Act::Cut(bytes) => {
                cut = bytes;
                honest
            }
            Act::OtherId => {
                id = json!(u64::MAX);
                honest
            }
            Act::Hang => std::future::pending().await,
        };
        replies.push(match reply {
            Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
            Err(error) => json!({ "jsonrpc": "2.0", "id": id, "error": error }),
        });
    }
    let body = if is_batch { Value::Array(replies) } else { replies.remove(0) };
    let mut body = body.to_string();
    body.truncate(body.len().saturating_sub(cut));
    (StatusCode::OK, body)
}
