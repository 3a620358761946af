//! A remote signer.

use crate::scripted::random;
use alloy_primitives::{Address, B256, Signature, U256, b256};
use axum::{
    Json, Router, body::Body, extract::State, http::StatusCode, response::Response, routing::post,
};
use rollup_runtime::SystemClock;
use rollup_signer::{
    BlockSigner, HttpSigner, HttpSignerError, LocalSigner, Severity, SignerConfig, SignerKind,
    SigningPolicy, SigningService, open_signer,
};
use rstest::rstest;
use serde_json::{Value, json};
use std::{
    error::Error,
    iter,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinSet};

const HASH: B256 = B256::repeat_byte(0x5a);
const ORDER: B256 = b256!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
/// Long enough for a machine with much to do, and one try.
const PATIENT: SigningPolicy = SigningPolicy { timeout: Duration::from_secs(20), retries: 0 };

/// How the remote signer answers.
#[derive(Clone, Debug)]
enum Answer {
    /// As it should: with a recovery bit of 0 or 1 added to this.
    Sign { base: u8 },
    /// With the malleable twin.
    SignWithHighS,
    /// With another key.
    SignWithOtherKey,
    /// With this text.
    Text(u16, String),
    /// Not at all.
    Never,
}

#[derive(Debug)]
struct Remote {
    signer: LocalSigner,
    answer: Mutex<Answer>,
    asked: Mutex<Vec<Value>>,
}

/// A remote signer, and where it is.
struct World {
    remote: Arc<Remote>,
    url: String,
    _tasks: JoinSet<()>,
}

impl World {
    async fn start() -> Self {
        let answer = Mutex::new(Answer::Sign { base: 0 });
        let remote = Arc::new(Remote { signer: random(), answer, asked: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/sign?key=secret", listener.local_addr().unwrap());
        let routes =
            Router::new().route("/sign", post(answer_with)).with_state(Arc::clone(&remote));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { remote, url, _tasks: tasks }
    }

    fn answer(&self, answer: Answer) {
        *self.remote.answer.lock().unwrap() = answer;
    }

    fn address(&self) -> Address {
        self.remote.signer.address()
    }

    async fn open(&self, policy: SigningPolicy) -> Result<HttpSigner, HttpSignerError> {
        let url = self.url.parse().unwrap();
        HttpSigner::open(&url, self.address(), policy, &SystemClock::new()).await
    }

    async fn service(&self, policy: SigningPolicy) -> SigningService {
        let signer = Arc::new(self.open(policy).await.unwrap());
        SigningService::new(signer, policy, Arc::new(SystemClock::new()))
    }
}

async fn answer_with(State(remote): State<Arc<Remote>>, Json(request): Json<Value>) -> Response {
    remote.asked.lock().unwrap().push(request.clone());
    let hash: B256 = request["hash"].as_str().unwrap().parse().unwrap();
    let answer = remote.answer.lock().unwrap().clone();
    let (signature, base) = match answer {
        Answer::Sign { base } => (remote.signer.sign(hash).await.unwrap(), base),
        Answer::SignWithOtherKey => (random().sign(hash).await.unwrap(), 0),
        Answer::SignWithHighS => {
            let signature = remote.signer.sign(hash).await.unwrap();
            let s = U256::from_be_bytes(ORDER.0) - signature.s();
            (Signature::new(signature.r(), s, !signature.v()), 0)
        }
        Answer::Text(status, text) => {
            let status = StatusCode::from_u16(status).unwrap();
            return Response::builder().status(status).body(Body::from(text)).unwrap();
        }
        Answer::Never => std::future::pending().await,
    };
    let mut bytes = signature.as_rsy();
    bytes[64] += base;
    let text = json!({ "signature": alloy_primitives::hex::encode_prefixed(bytes) }).to_string();
    Response::new(Body::from(text))
}

/// The error with its sources. Path and query of the URL are in it nowhere.
fn sentence(err: &(dyn Error + 'static)) -> String {
    let sources = iter::successors(err.source(), |&err| err.source());
    let text = sources.fold(err.to_string(), |text, err| format!("{text}: {err}"));
    assert!(!text.contains("secret") && !format!("{err:?}").contains("secret"), "{err:?}");
    text
}

#[rstest]
#[case(Answer::Sign { base: 0 })]
#[case(Answer::Sign { base: 27 })]
#[case(Answer::SignWithHighS)]
#[tokio::test]
async fn a_remote_signer_signs_hashes_as_they_are(#[case] answer: Answer) {
    let world = World::start().await;
    world.answer(answer);
    let config = SignerConfig::Http { url: world.url.parse().unwrap(), address: world.address() };
    let signer = open_signer(&config, PATIENT, &SystemClock::new()).await.unwrap();
    assert_eq!((signer.address(), signer.kind()), (world.address(), SignerKind::Http));
    let service = SigningService::new(signer, PATIENT, Arc::new(SystemClock::new()));
    let signature = service.sign(HASH).await.unwrap();
    assert_eq!(signature.recover_address_from_prehash(&HASH).unwrap(), world.address());
    assert_eq!(signature.normalize_s(), None);
    let asked = world.remote.asked.lock().unwrap().clone();
    let address = format!("{:?}", world.address());
    assert_eq!(asked[1], json!({ "address": address, "hash": HASH }));
    assert_ne!(asked[0]["hash"], asked[1]["hash"]);
    assert_eq!(asked.len(), 2);
}

#[rstest]
#[case::other_key(Answer::SignWithOtherKey, "the remote signer signs with the key of 0x")]
#[case::no_json(
    Answer::Text(200, "<html>".to_owned()),
    "the answer of the remote signer is not {\"signature\":\"0x..\"} with 65 bytes in hex; check \
     --signer.http-url"
)]
#[case::short(Answer::Text(200, r#"{"signature":"0x00"}"#.to_owned()), "the answer of the remote si")]
#[case::no_signature(
    Answer::Text(200, format!(r#"{{"signature":"0x{}"}}"#, "00".repeat(65))),
    "the answer of the remote signer is not"
)]
#[case::endless(Answer::Text(200, "a".repeat(5000)), "the answer of the remote signer is not")]
#[case::other_version(Answer::Text(201, String::new()), "the remote signer refuses (status 201)")]
#[case::elsewhere(Answer::Text(307, String::new()), "the remote signer refuses (status 307)")]
#[case::not_let_in(
    Answer::Text(401, r#"{"error":"who are you"}"#.to_owned()),
    "the remote signer does not let this node in (status 401), which says \"who are you\""
)]
#[case::refused(
    Answer::Text(422, r#"{"error":"not\nthis"}"#.to_owned()),
    "the remote signer refuses (status 422), which says \"not this\""
)]
#[case::overloaded(
    Answer::Text(503, "later".to_owned()),
    "the remote signer cannot sign now (status 503)"
)]
#[tokio::test]
async fn another_answer_than_a_signature_of_the_address_opens_nothing(
    #[case] answer: Answer,
    #[case] expected: &str,
) {
    let world = World::start().await;
    world.answer(answer);
    let err = world.open(PATIENT).await.unwrap_err();
    assert!(sentence(&err).starts_with(expected), "{}", sentence(&err));
}

#[tokio::test]
async fn a_key_that_is_changed_meanwhile_signs_no_block() {
    let world = World::start().await;
    let service = world.service(PATIENT).await;
    world.answer(Answer::SignWithOtherKey);
    let err = service.sign(HASH).await.unwrap_err();
    assert_eq!((err.attempts, err.severity()), (1, Severity::Fatal));
    let expected = format!(", not by {}", world.address());
    assert!(err.source.to_string().ends_with(&expected), "{}", err.source);
}

#[tokio::test]
async fn a_signer_that_cannot_sign_now_is_asked_again() {
    let world = World::start().await;
    let policy = SigningPolicy { retries: 2, ..PATIENT };
    let service = world.service(policy).await;
    world.answer(Answer::Text(503, String::new()));
    let err = service.sign(HASH).await.unwrap_err();
    assert_eq!((err.attempts, err.severity()), (3, Severity::Retry));
    world.answer(Answer::Sign { base: 0 });
    service.sign(HASH).await.unwrap();

    let policy = SigningPolicy { timeout: Duration::from_millis(200), retries: 0 };
    let service = world.service(policy).await;
    world.answer(Answer::Never);
    let err = service.sign(HASH).await.unwrap_err();
    assert_eq!(err.severity(), Severity::Retry);
    assert_eq!(err.source.to_string(), "the signer gave no answer within 200 ms");
}

#[tokio::test]
async fn nobody_there_is_said_without_path_and_query() {
    let url = {
        let world = World::start().await;
        world.url.clone()
    };
    let config = SignerConfig::Http { url: url.parse().unwrap(), address: Address::ZERO };
    let err = open_signer(&config, PATIENT, &SystemClock::new()).await.unwrap_err();
    let host = url.trim_start_matches("http://").split('/').next().unwrap();
    let expected = format!(
        "the remote signer {host} cannot be used: the remote signer cannot be reached; check \
         --signer.http-url and its certificate: "
    );
    assert!(sentence(&err).starts_with(&expected), "{}", sentence(&err));
}
