//! A connection on which requests and answers pass each other: WebSocket and IPC.
//!
//! One task reads requests, answers them and writes. While the peer does not take what it is sent,
//! no further request is read; so what a connection holds is bounded by what it may ask for at once.

use super::{
    call::{CallRules, Calls, take_held},
    dispatch,
    methods::{Caller, Subscriber},
    totals::Held,
};
use futures::{Sink, SinkExt, Stream, StreamExt, stream::FuturesUnordered};
use hyper::body::Bytes;
use jsonrpsee::{
    MethodResponse, MethodSink,
    types::{ErrorObjectOwned, Id},
};
use serde_json::value::RawValue;
use std::{collections::VecDeque, future::pending, sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, Interval, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

/// News of subscriptions that wait to be sent on one connection. A subscription that finds no room
/// waits.
const MAX_WAITING_NEWS: usize = 32;
/// No request is read while answers of so many bytes wait.
const MAX_WAITING_BYTES: usize = 1 << 20;
/// A peer is pinged so often within the time that it may be silent.
const PINGS_PER_TIMEOUT: u32 = 4;

/// What came from a peer.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A call or batch, or what is to be one.
    Request(Bytes),
    /// What cannot be one.
    Refused(ErrorObjectOwned),
    /// A sign of life.
    Alive,
    /// The peer takes nothing any more.
    Gone,
}

/// What goes to a peer.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// An answer, or news of a subscription.
    Text(String),
    /// A request for a sign of life.
    Ping,
    /// Nothing comes after it.
    Close,
}

/// A connection, before anything has come.
#[derive(Debug)]
pub(crate) struct Session {
    calls: Arc<Calls>,
    news: mpsc::Receiver<Box<RawValue>>,
    stop: CancellationToken,
    pings: Option<Interval>,
}

impl Session {
    /// A connection with this number. With `with_pings`, its peer is asked for signs of life, and
    /// given up after [`crate::RpcLimits::idle_timeout`] without any.
    pub(crate) fn new(
        rules: &Arc<CallRules>,
        number: usize,
        stop: CancellationToken,
        with_pings: bool,
    ) -> Self {
        let limits = rules.limits;
        let (sink, news) = mpsc::channel(MAX_WAITING_NEWS);
        let sink = MethodSink::new_with_limit(sink, limits.max_response_bytes);
        let subscriber = Subscriber { sink, places: rules.totals.connection() };
        let calls = Arc::new(Calls::new(rules, Caller::connected(number, subscriber)));
        let period = (limits.idle_timeout / PINGS_PER_TIMEOUT).max(Duration::from_millis(1));
        let pings = with_pings.then(|| {
            let mut pings = interval(period);
            pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
            pings
        });
        Self { calls, news, stop, pings }
    }

    /// Answers requests until there are no more, the stop, or the end of the peer. Calls that are
    /// being answered by then are finished, but for those of a peer that is gone.
    ///
    /// # Errors
    /// If something cannot be sent.
    pub(crate) async fn run<W: Sink<Outgoing>>(
        self,
        requests: impl Stream<Item = Incoming>,
        writer: W,
    ) -> Result<(), W::Error> {
        let Self { calls, mut news, stop, mut pings } = self;
        let (mut requests, mut writer) = (Box::pin(requests), Box::pin(writer));
        let limits = calls.rules().limits;
        let max_request_bytes = usize::try_from(limits.max_request_bytes).unwrap_or(usize::MAX);
        let mut under_way = FuturesUnordered::new();
        let mut queue = Queue::default();
        let (mut request_bytes, mut is_ending, mut last_heard) = (0, false, Instant::now());
        loop {
            if let Some(text) = queue.next() {
                writer.feed(Outgoing::Text(text)).await?;
            }
            let is_idle = queue.is_sent();
            if is_ending && is_idle && under_way.is_empty() {
                return writer.send(Outgoing::Close).await;
            }
            let has_room = queue.bytes < MAX_WAITING_BYTES && request_bytes < max_request_bytes;
            // Every branch is cancel-safe: what it waits for stays in the writer, the stream, the set
            // or the channel.
            tokio::select! {
                biased;
                flushed = writer.flush(), if !is_idle => {
                    flushed?;
                    queue.sent();
                }
                Some((bytes, answer)) = under_way.next(), if !under_way.is_empty() => {
                    request_bytes -= bytes;
                    queue.add_answer(answer);
                }
                Some(text) = news.recv(), if is_idle => queue.add(into_text(text), None),
                () = stop.cancelled(), if !is_ending => is_ending = true,
                incoming = requests.next(), if !is_ending && has_room => {
                    last_heard = Instant::now();
                    match incoming {
                        Some(Incoming::Request(request)) => {
                            request_bytes += request.len();
                            under_way.push(answer(Arc::clone(&calls), request));
                        }
                        Some(Incoming::Refused(err)) => {
                            queue.add_answer(calls.rules().failed(Id::Null, err));
                        }
                        Some(Incoming::Alive) => {}
                        Some(Incoming::Gone) => return Ok(()),
                        None => is_ending = true,
                    }
                }
                () = next_ping(&mut pings), if is_idle && !is_ending => {
                    if !has_room {
                        // Nobody listens.
                        last_heard = Instant::now();
                    } else if last_heard.elapsed() > limits.idle_timeout {
                        return Ok(());
                    }
                    writer.send(Outgoing::Ping).await?;
                }
            }
        }
    }
}

async fn answer(calls: Arc<Calls>, request: Bytes) -> (usize, MethodResponse) {
    let answer = dispatch::answer(&calls, &request).await;
    (request.len(), answer)
}

async fn next_ping(pings: &mut Option<Interval>) {
    match pings {
        Some(pings) => drop(pings.tick().await),
        None => pending().await,
    }
}

fn into_text(json: Box<RawValue>) -> String {
    String::from(Box::<str>::from(json))
}

/// What waits to be sent, and what is being sent.
#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<(String, Option<Arc<Held>>)>,
    /// Of both.
    bytes: usize,
    sending: Option<Sending>,
}

/// What is being sent.
#[derive(Debug)]
struct Sending {
    bytes: usize,
    _held: Option<Arc<Held>>,
}

impl Queue {
    fn add(&mut self, text: String, held: Option<Arc<Held>>) {
        self.bytes = self.bytes.saturating_add(text.len());
        self.waiting.push_back((text, held));
    }

    /// Adds an answer, unless it needs none or was sent by whoever made it.
    fn add_answer(&mut self, mut answer: MethodResponse) {
        if !answer.is_method_call() && !answer.is_batch() {
            return;
        }
        let (is_success, held) = (answer.is_success(), take_held(&mut answer));
        let (json, on_sent, _) = answer.into_parts();
        if let Some(on_sent) = on_sent {
            on_sent.notify(is_success);
        }
        self.add(into_text(json), held);
    }

    /// The next text to be sent, if none is.
    fn next(&mut self) -> Option<String> {
        if self.sending.is_some() {
            return None;
        }
        let (text, held) = self.waiting.pop_front()?;
        self.sending = Some(Sending { bytes: text.len(), _held: held });
        Some(text)
    }

    fn sent(&mut self) {
        if let Some(sent) = self.sending.take() {
            self.bytes = self.bytes.saturating_sub(sent.bytes);
        }
    }

    const fn is_sent(&self) -> bool {
        self.sending.is_none()
    }
}
