//! WebSocket: a connection that begins as an HTTP request.

use super::{
    call::CallRules,
    session::{Incoming, Outgoing, Session},
};
use futures::{Sink, SinkExt, StreamExt, sink::unfold, stream::SplitSink};
use hyper::{
    Request, Response,
    body::Bytes,
    upgrade::{OnUpgrade, Upgraded},
};
use hyper_util::rt::TokioIo;
use jsonrpsee::{server::HttpBody, types::error::reject_too_big_request};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        handshake::server::create_response_with_body,
        protocol::{
            Role, WebSocketConfig,
            frame::{
                Frame,
                coding::{Data, OpCode},
            },
        },
    },
};
use tracing::debug;

/// Longer texts are sent in frames of so many bytes: what is being sent is copied once more, and a
/// connection keeps the room for it.
const MAX_FRAME_BYTES: usize = 64 << 10;
/// Bytes that are read at once.
const READ_BYTES: usize = 8 << 10;

/// The answer to a request for a WebSocket, and the connection that there will be when the answer has
/// been sent.
///
/// # Errors
/// If the request is not one.
pub(crate) fn accept<B>(
    request: &mut Request<B>,
) -> Result<(Response<HttpBody>, OnUpgrade), Box<Error>> {
    let response = create_response_with_body(request, HttpBody::empty)?;
    Ok((response, hyper::upgrade::on(request)))
}

/// Answers calls until the connection ends.
pub(crate) async fn serve(upgrade: OnUpgrade, rules: Arc<CallRules>, session: Session) {
    let upgraded = match upgrade.await {
        Ok(upgraded) => upgraded,
        Err(err) => {
            debug!(target: "rpc::server", %err, "a connection ended before it was a WebSocket");
            return;
        }
    };
    let max_bytes = rules.limits.max_request_bytes;
    let size = usize::try_from(max_bytes).ok();
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_message_size(size)
        .max_frame_size(size);
    let io = TokioIo::new(upgraded);
    let socket: WebSocketStream<TokioIo<Upgraded>> =
        WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    let (sink, messages) = socket.split();
    let requests = messages.map(move |message| incoming(message, max_bytes));
    if let Err(err) = session.run(requests, writer(sink)).await {
        debug!(target: "rpc::server", %err, "a WebSocket ended with an error");
    }
}

fn incoming(message: Result<Message, Error>, max_bytes: u32) -> Incoming {
    match message {
        Ok(Message::Text(text)) => Incoming::Request(text.into()),
        Ok(Message::Binary(bytes)) => Incoming::Request(bytes),
        Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => Incoming::Alive,
        // It cannot be passed over, so nothing is read after it.
        Err(Error::Capacity(_)) => Incoming::Refused(reject_too_big_request(max_bytes)),
        Ok(Message::Close(_)) | Err(_) => Incoming::Gone,
    }
}

fn writer<T: AsyncRead + AsyncWrite + Unpin>(
    sink: SplitSink<WebSocketStream<T>, Message>,
) -> impl Sink<Outgoing, Error = Error> {
    unfold(sink, |mut sink, outgoing| async move {
        match outgoing {
            Outgoing::Text(text) if text.len() <= MAX_FRAME_BYTES => {
                sink.send(Message::text(text)).await?;
            }
            Outgoing::Text(text) => {
                for frame in frames(text.into()) {
                    sink.send(Message::Frame(frame)).await?;
                }
            }
            Outgoing::Ping => sink.send(Message::Ping(Bytes::new())).await?,
            Outgoing::Close => sink.send(Message::Close(None)).await?,
        }
        Ok(sink)
    })
}

/// A long text in frames.
fn frames(mut text: Bytes) -> impl Iterator<Item = Frame> {
    let mut kind = Some(Data::Text);
    std::iter::from_fn(move || {
        let chunk = text.split_to(text.len().min(MAX_FRAME_BYTES));
        let is_last = text.is_empty();
        (!chunk.is_empty()).then(|| {
            let opcode = OpCode::Data(kind.take().unwrap_or(Data::Continue));
            Frame::message(chunk, opcode, is_last)
        })
    })
}
