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
/// Bytes per second that a peer takes at least while it leaves something unread. Who takes less
/// is as one who takes nothing.
const MIN_BYTES_PER_SECOND: u32 = 64 << 10;

/// A socket with a token that ends it, whoever owns it by then, and a limit to silence.
#[derive(Debug)]
pub(crate) struct GuardedIo<T> {
    inner: T,
    idle_timeout: Duration,
    may_be_silent: bool,
    last_progress: Instant,
    reading: Watch,
    writing: Watch,
    /// `None` if the peer has taken everything.
    backlog: Option<Backlog>,
    /// Bytes read since the peer has stopped taking bytes; `None` if it takes them.
    unanswered: Option<usize>,
    /// Who reads when the peer takes bytes again.
    reader: Option<Waker>,
}

/// What a peer has left unread, since it has.
#[derive(Clone, Copy, Debug)]
struct Backlog {
    since: Instant,
    last_taken: Instant,
    taken_bytes: usize,
}

impl Backlog {
    /// When the peer has to have taken more.
    fn until(&self, timeout: Duration) -> Instant {
        let bytes = u32::try_from(self.taken_bytes).unwrap_or(u32::MAX);
        let granted = timeout.saturating_add(Duration::from_secs(1) * bytes / MIN_BYTES_PER_SECOND);
        let after = |from: Instant, time| from.checked_add(time).unwrap_or(from);
        after(self.last_taken, timeout).min(after(self.since, granted))
    }
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

    /// Ready when the wait is over without success. `until` is when it will be, as of now.
    fn poll(&mut self, cx: &mut Context<'_>, until: Option<Instant>) -> Poll<io::Error> {
        if self.closed.as_mut().poll(cx).is_ready() {
            return Poll::Ready(io::ErrorKind::ConnectionAborted.into());
        }
        let Some(until) = until else { return Poll::Pending };
        if self.idle.deadline() != until {
            self.idle.as_mut().reset(until);
        }
        self.idle.as_mut().poll(cx).map(|()| io::ErrorKind::TimedOut.into())
    }
}

impl<T> GuardedIo<T> {
    /// Ends with an error when `close` is cancelled, when no byte went either way for
    /// `idle_timeout`, or when the peer does not take what it is sent: nothing for that long, or
    /// little for longer.
    pub(crate) fn new(inner: T, close: &CancellationToken, idle_timeout: Duration) -> Self {
        Self {
            inner,
            idle_timeout,
            may_be_silent: false,
            last_progress: Instant::now(),
            reading: Watch::new(close, idle_timeout),
            writing: Watch::new(close, idle_timeout),
            backlog: None,
            unanswered: None,
            reader: None,
        }
    }

    /// Lets the peer say nothing for as long as it likes.
    pub(crate) const fn let_be_silent(mut self) -> Self {
        self.may_be_silent = true;
        self
    }

    /// Takes note of how a write went, and bounds the wait if it has not.
    fn wrote(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let now = Instant::now();
        if let Poll::Ready(result) = result {
            self.last_progress = now;
            if let (Some(backlog), Ok(bytes)) = (&mut self.backlog, &result) {
                backlog.last_taken = now;
                backlog.taken_bytes = backlog.taken_bytes.saturating_add(*bytes);
            }
            self.unanswered = None;
            if let Some(reader) = self.reader.take() {
                reader.wake();
            }
            return Poll::Ready(result);
        }
        self.unanswered.get_or_insert(0);
        let start = Backlog { since: now, last_taken: now, taken_bytes: 0 };
        let backlog = *self.backlog.get_or_insert(start);
        self.writing.poll(cx, Some(backlog.until(self.idle_timeout))).map(Err)
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
        let silent_until = this.last_progress.checked_add(this.idle_timeout);
        let until = silent_until.filter(|_| !this.may_be_silent);
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
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_flush(cx);
        if result.is_ready() {
            // Whoever flushes has written everything.
            this.backlog = None;
        }
        result
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
    async fn a_peer_that_asks_on_and_does_not_read_is_given_up() {
        let (io, mut peer, _close) = guarded(4, Duration::from_millis(50));
        let (mut read, mut write) = tokio::io::split(io);
        let asking = async {
            while peer.write_all(b"x").await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        let reading = async { while read.read_u8().await.is_ok() {} };
        let answers = [0; 8];
        tokio::select! {
            sent = write.write_all(&answers) => assert_eq!(sent.unwrap_err().kind(), ErrorKind::TimedOut),
            _ = async { tokio::join!(asking, reading) } => panic!("the reader gave up first"),
        }
    }

    #[tokio::test]
    async fn a_peer_that_may_be_silent_is_waited_for() {
        let (io, mut peer, _close) = guarded(16, Duration::from_millis(10));
        let mut io = io.let_be_silent();
        let mut reading = Box::pin(io.read_u8());
        assert!(futures::poll!(&mut reading).is_pending());
        // Another that began later is given up meanwhile.
        let (mut other, _other_peer, _close) = guarded(16, Duration::from_millis(10));
        assert_eq!(other.read_u8().await.unwrap_err().kind(), ErrorKind::TimedOut);
        assert!(futures::poll!(&mut reading).is_pending());
        peer.write_all(b"x").await.unwrap();
        assert_eq!(reading.await.unwrap(), b'x');
    }

    #[test]
    fn who_takes_little_has_less_time_than_who_takes_much() {
        let since = Instant::now();
        let second = Duration::from_secs(1);
        let until = |taken_bytes, seconds| {
            Backlog { since, last_taken: since + second * seconds, taken_bytes }.until(second * 10)
        };
        assert_eq!(until(0, 0), since + second * 10);
        // A byte now and then is nothing.
        assert!(until(9, 9) < since + second * 10 + Duration::from_millis(1));
        assert_eq!(until(64 << 10, 9), since + second * 11);
        assert_eq!(until(64 << 20, 9), since + second * 19);
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
