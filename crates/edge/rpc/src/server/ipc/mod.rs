//! IPC: calls over a Unix socket. Whoever may open its file may call everything.

mod socket;
mod split;

pub(crate) use socket::IpcSocket;

use super::{
    call::CallRules,
    dispatch,
    io::GuardedIo,
    listener::{ACCEPT_PAUSE, Connection, Slots},
    session::{Incoming, Outgoing, Session},
};
use crate::error::limit_exceeded;
use futures::{Sink, Stream, sink, stream};
use jsonrpsee::{
    MethodResponse,
    types::{Id, error::reject_too_big_request},
};
use split::{Piece, Splitter};
use std::{io, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split},
    net::UnixStream,
    time::sleep,
};
use tracing::{debug, warn};

/// Bytes that are read at once.
const READ_BYTES: usize = 8 << 10;

/// A socket and what it serves.
#[derive(Debug)]
pub(crate) struct IpcListener {
    pub(crate) socket: IpcSocket,
    pub(crate) rules: Arc<CallRules>,
    pub(crate) slots: Slots,
}

impl IpcListener {
    /// Accepts connections until the stop.
    pub(crate) async fn run(self) {
        loop {
            tokio::select! {
                biased;
                () = self.slots.control.stop.cancelled() => return,
                // Cancel-safe: a connection that was not accepted stays in the queue.
                accepted = self.socket.listener.accept() => match accepted {
                    Ok((socket, _)) => self.accept(socket),
                    Err(err) => {
                        warn!(target: "rpc::server", %err, "a connection cannot be accepted");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
    }

    fn accept(&self, socket: UnixStream) {
        if let Some(connection) = self.slots.acquire() {
            let tasks = connection.control.tasks.clone();
            tasks.spawn(serve(socket, Arc::clone(&self.rules), connection));
            return;
        }
        let err = self.rules.failed(Id::Null, limit_exceeded("too many connections"));
        // A new socket takes a short text at once.
        if let Err(err) = socket.try_write(line(&err).as_bytes()) {
            debug!(target: "rpc::server", %err, "a connection is closed without being told why");
        }
    }
}

fn line(answer: &MethodResponse) -> String {
    format!("{}\n", answer.as_json())
}

async fn serve(socket: UnixStream, rules: Arc<CallRules>, connection: Arc<Connection>) {
    let control = connection.control.clone();
    let io = GuardedIo::new(socket, &control.abort, rules.limits.idle_timeout);
    let (read, write) = split(io.let_be_silent());
    let session = Session::new(&rules, connection.number, control.stop.clone(), false);
    let session = session.run(requests(read, rules.limits.max_request_bytes), writer(write));
    tokio::select! {
        biased;
        () = control.abort.cancelled() => {}
        ended = session => {
            if let Err(err) = ended {
                debug!(target: "rpc::server", %err, "a connection ended with an error");
            }
        }
    }
}

/// The requests in what is read, one after the other.
fn requests(read: impl AsyncRead + Unpin, max_bytes: u32) -> impl Stream<Item = Incoming> {
    let splitter = Splitter::new(usize::try_from(max_bytes).unwrap_or(usize::MAX));
    let start = Some((read, splitter, vec![0; READ_BYTES]));
    stream::unfold(start, move |state| async move {
        let (mut read, mut splitter, mut chunk) = state?;
        loop {
            match splitter.next() {
                Some(Piece::Value(value)) => {
                    return Some((Incoming::Request(value.into()), Some((read, splitter, chunk))));
                }
                Some(Piece::TooLong) => {
                    let refused = Incoming::Refused(reject_too_big_request(max_bytes));
                    return Some((refused, Some((read, splitter, chunk))));
                }
                Some(Piece::Garbage) => {
                    return Some((Incoming::Refused(dispatch::parse_error()), None));
                }
                None => {}
            }
            match read.read(&mut chunk).await {
                Ok(0) if splitter.is_inside() => {
                    return Some((Incoming::Refused(dispatch::parse_error()), None));
                }
                Ok(0) => return None,
                Ok(count) => splitter.add(chunk.get(..count).unwrap_or_default()),
                Err(_) => return Some((Incoming::Gone, None)),
            }
        }
    })
}

/// One line for each answer.
fn writer(write: impl AsyncWrite + Unpin) -> impl Sink<Outgoing, Error = io::Error> {
    sink::unfold(write, |mut write, outgoing| async move {
        match outgoing {
            Outgoing::Text(text) => {
                write.write_all(text.as_bytes()).await?;
                write.write_all(b"\n").await?;
                write.flush().await?;
            }
            // There is no such thing.
            Outgoing::Ping => {}
            Outgoing::Close => write.shutdown().await?,
        }
        Ok(write)
    })
}
