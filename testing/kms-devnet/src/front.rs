//! What stands between the node and the service, and answers in its place.

use crate::{Moto, http};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use eyre::{Result, WrapErr as _};
use parking_lot::Mutex;
use reqwest::Client;
use serde_json::json;
use std::{
    collections::VecDeque,
    net::{self, SocketAddr},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::{net::TcpListener, sync::oneshot, time::sleep};

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is passed on.
    Pass,
    /// It is passed on after this time.
    Late(Duration),
    /// It has no answer.
    Never,
    /// AWS refuses it with this status, code and message.
    Error {
        /// Of HTTP.
        status: u16,
        /// What AWS calls it.
        code: &'static str,
        /// What AWS says.
        message: String,
    },
    /// It is answered with this status and text, whatever that is.
    Text {
        /// Of HTTP.
        status: u16,
        /// The body.
        text: String,
    },
}

impl Answer {
    /// An error of AWS, with its usual status.
    pub fn error(code: &'static str, message: &str) -> Self {
        Self::Error { status: 400, code, message: message.to_owned() }
    }
}

/// Passes requests on to the service, but for those that a test wants answered otherwise. Keeps
/// connections as AWS does.
#[derive(Debug)]
pub struct KmsFront {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    moto: String,
    client: Client,
    script: Mutex<Script>,
}

#[derive(Debug)]
struct Script {
    get_public_key: Answer,
    sign: Answer,
    next_of_sign: VecDeque<Answer>,
    operations: Vec<String>,
}

impl KmsFront {
    /// Stands before a service, and passes everything on.
    ///
    /// # Errors
    /// If no port can be listened on.
    pub fn start(moto: &Moto) -> Result<Self> {
        let script = Script {
            get_public_key: Answer::Pass,
            sign: Answer::Pass,
            next_of_sign: VecDeque::new(),
            operations: Vec::new(),
        };
        let shared = Arc::new(Shared {
            moto: moto.address().to_owned(),
            client: Client::builder().no_proxy().tls_certs_only([]).build()?,
            script: Mutex::new(script),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = net::TcpListener::bind("127.0.0.1:0").wrap_err("no port is free")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let routes = Router::new().route("/", post(answer)).with_state(Arc::clone(&shared));
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                tokio::select! {
                    served = axum::serve(listener, routes) => served.unwrap_or_default(),
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { address, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// As the settings of AWS name it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What becomes of requests for a public key from now on.
    pub fn on_get_public_key(&self, answer: Answer) {
        self.shared.script.lock().get_public_key = answer;
    }

    /// What becomes of requests to sign from now on.
    pub fn on_sign(&self, answer: Answer) {
        self.shared.script.lock().sign = answer;
    }

    /// What becomes of the next requests to sign, one after the other.
    pub fn on_next_signs(&self, answers: impl IntoIterator<Item = Answer>) {
        self.shared.script.lock().next_of_sign.extend(answers);
    }

    /// The operations that were asked for, in order.
    pub fn operations(&self) -> Vec<String> {
        self.shared.script.lock().operations.clone()
    }
}

impl Drop for KmsFront {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It may have ended by itself.
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Script {
    fn next(&mut self, operation: &str) -> Answer {
        self.operations.push(operation.to_owned());
        match operation {
            "GetPublicKey" => self.get_public_key.clone(),
            "Sign" => self.next_of_sign.pop_front().unwrap_or_else(|| self.sign.clone()),
            _ => Answer::Pass,
        }
    }
}

async fn answer(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let target = target.unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let answer = shared.script.lock().next(operation);
    match answer {
        Answer::Pass => pass(&shared, target, body).await,
        Answer::Late(time) => {
            sleep(time).await;
            pass(&shared, target, body).await
        }
        Answer::Never => std::future::pending().await,
        Answer::Error { status, code, message } => {
            let text = json!({ "__type": code, "message": message }).to_string();
            reply(status, text)
        }
        Answer::Text { status, text } => reply(status, text),
    }
}

async fn pass(shared: &Shared, target: &str, body: Bytes) -> Response {
    let answer = http::send(&shared.client, &shared.moto, target, body).await;
    let Ok(answer) = answer else { return reply(502, String::new()) };
    let status = answer.status().as_u16();
    reply(status, answer.text().await.unwrap_or_default())
}

fn reply(status: u16, text: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = [("content-type", "application/x-amz-json-1.1")];
    (status, kind, text).into_response()
}
