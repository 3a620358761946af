//! A socket that gives up on a peer that does nothing, and does not listen to one that does not.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Bytes that are still read while the peer does not take what it is sent. More is not: answers that
/// nobody reads would fill the memory.
const MAX_UNANSWERED_BYTES: usize = 64 << 10;

/// A socket with a token that ends it, whoever owns it by then, and a limit to silence.
#[derive(Debug)]
pub(crate) struct GuardedIo<T> {
    inner: T,
    idle_timeout: Duration,
    last_progress: Instant,
    reading: Watch,
    writing: Watch,
    /// Bytes read since the peer has stopped taking bytes; `None` if it takes them.
    unanswered: Option<usize>,
    /// Who reads when the peer takes bytes again.
    reader: Option<Waker>,
}

/// What may end a wait, in one direction: the two are polled by different tasks.
#[derive(Debug)]
struct Watch {
    closed: Pin<Box<WaitForCancellationFutureOwned>>,
    idle: Pin<Box<Sleep>>,
}

impl Watch {
    fn new(close: &CancellationToken, idle_timeout: Duration) -> Self {
        Self {
            closed: Box::pin(close.clone().cancelled_owned()),
            idle: Box::pin(sleep(idle_timeout)),
        }
    }

    /// Ready when the wait is over without success. `silent_until` is when it will be, as of now.
    fn poll(&mut self, cx: &mut Context<'_>, silent_until: Instant) -> Poll<io::Error> {
        if self.closed.as_mut().poll(cx).is_ready() {
            return Poll::Ready(io::ErrorKind::ConnectionAborted.into());
        }
        if self.idle.deadline() < silent_until {
            self.idle.as_mut().reset(silent_until);
        }
        self.idle.as_mut().poll(cx).map(|()| io::ErrorKind::TimedOut.into())
    }
}

impl<T> GuardedIo<T> {
    /// Ends with an error when `close` is cancelled, or when no byte went either way for
    /// `idle_timeout`.
    pub(crate) fn new(inner: T, close: &CancellationToken, idle_timeout: Duration) -> Self {
        Self {
            inner,
            idle_timeout,
            last_progress: Instant::now(),
            reading: Watch::new(close, idle_timeout),
            writing: Watch::new(close, idle_timeout),
            unanswered: None,
            reader: None,
        }
    }

    /// The moment the connection is given up, if nothing happens until then.
    fn silent_until(&self) -> Instant {
        let now = self.last_progress;
        now.checked_add(self.idle_timeout).unwrap_or(now)
    }

    /// Takes note of how a write went, and bounds the wait if it has not.
    fn wrote<R>(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if result.is_ready() {
            self.last_progress = Instant::now();
            self.unanswered = None;
            if let Some(reader) = self.reader.take() {
                reader.wake();
            }
            return result;
        }
        self.unanswered.get_or_insert(0);
        let until = self.silent_until();
        self.writing.poll(cx, until).map(Err)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for GuardedIo<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.unanswered.is_some_and(|bytes| bytes >= MAX_UNANSWERED_BYTES) {
            this.reader = Some(cx.waker().clone());
        } else {
            let before = buf.filled().len();
            let result = Pin::new(&mut this.inner).poll_read(cx, buf);
            if result.is_ready() {
                this.last_progress = Instant::now();
                if let Some(bytes) = &mut this.unanswered {
                    *bytes = bytes.saturating_add(buf.filled().len().saturating_sub(before));
                }
                return result;
            }
        }
        let until = this.silent_until();
        this.reading.poll(cx, until).map(Err)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for GuardedIo<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_write(cx, buf);
        this.wrote(cx, result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_write_vectored(cx, bufs);
        this.wrote(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    const LONG: Duration = Duration::from_secs(3600);

    fn guarded(
        bytes: usize,
        idle: Duration,
    ) -> (GuardedIo<DuplexStream>, DuplexStream, CancellationToken) {
        let (ours, peer) = duplex(bytes);
        let close = CancellationToken::new();
        (GuardedIo::new(ours, &close, idle), peer, close)
    }

    #[tokio::test]
    async fn a_silent_peer_is_given_up() {
        let (mut io, _peer, _close) = guarded(16, Duration::from_millis(10));
        assert_eq!(io.read_u8().await.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_peer_that_does_not_read_is_given_up() {
        let (mut io, _peer, _close) = guarded(4, Duration::from_millis(10));
        assert_eq!(io.write_all(&[0; 8]).await.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn the_token_ends_a_blocked_read_and_a_blocked_write() {
        let (io, _peer, close) = guarded(4, LONG);
        let (mut read, mut write) = tokio::io::split(io);
        let mut reading = Box::pin(read.read_u8());
        let mut writing = Box::pin(write.write_all(&[0; 8]));
        assert!(futures::poll!(&mut reading).is_pending());
        assert!(futures::poll!(&mut writing).is_pending());
        close.cancel();
        assert_eq!(reading.await.unwrap_err().kind(), ErrorKind::ConnectionAborted);
        assert_eq!(writing.await.unwrap_err().kind(), ErrorKind::ConnectionAborted);
    }

    #[tokio::test]
    async fn nothing_more_is_read_from_a_peer_that_does_not_read() {
        let (io, mut peer, _close) = guarded(MAX_UNANSWERED_BYTES, LONG);
        let (mut read, mut write) = tokio::io::split(io);
        let answers = vec![0; MAX_UNANSWERED_BYTES + 1];
        let mut writing = Box::pin(write.write_all(&answers));
        assert!(futures::poll!(&mut writing).is_pending());

        let mut requests = vec![0; MAX_UNANSWERED_BYTES];
        peer.write_all(&requests).await.unwrap();
        read.read_exact(&mut requests).await.unwrap();
        peer.write_all(b"x").await.unwrap();
        let mut reading = Box::pin(read.read_u8());
        assert!(futures::poll!(&mut reading).is_pending());

        let mut taken = vec![0; MAX_UNANSWERED_BYTES];
        peer.read_exact(&mut taken).await.unwrap();
        writing.await.unwrap();
        assert_eq!(reading.await.unwrap(), b'x');
    }
}
