//! The queue between who logs and the disk.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Lines that wait for the disk or the terminal, for each of them at most.
pub const LOG_QUEUE_LINES: usize = 8_192;

/// Keeps the threads that write log lines. Dropping it writes what is queued.
#[derive(Debug, Default)]
#[must_use = "dropping it ends the logs"]
pub struct LogGuard {
    workers: Vec<WorkerGuard>,
    lost: LostLogLines,
}

impl LogGuard {
    /// The lines that were lost so far, and will be.
    pub fn lost_lines(&self) -> LostLogLines {
        self.lost.clone()
    }

    /// A queue before the writer, and a thread that empties it.
    pub(super) fn queue(
        &mut self,
        thread: &str,
        writer: impl Write + Send + 'static,
    ) -> NonBlocking {
        let writer = Counted { writer, failed: Arc::clone(&self.lost.failed) };
        let (queue, worker) = NonBlockingBuilder::default()
            .buffered_lines_limit(LOG_QUEUE_LINES)
            .lossy(true)
            .thread_name(thread)
            .finish(writer);
        self.lost.full.push(queue.error_counter());
        self.workers.push(worker);
        queue
    }
}

/// Counts the log lines that were not written.
#[derive(Clone, Debug, Default)]
pub struct LostLogLines {
    full: Vec<ErrorCounter>,
    failed: Arc<AtomicU64>,
}

impl LostLogLines {
    /// Lines that found their queue full, or that the disk refused.
    pub fn count(&self) -> u64 {
        let full: usize = self.full.iter().map(ErrorCounter::dropped_lines).sum();
        self.failed.load(Ordering::Relaxed).saturating_add(u64::try_from(full).unwrap_or(u64::MAX))
    }
}

/// Counts the lines that a writer refuses, each of which is one write.
struct Counted<W> {
    writer: W,
    failed: Arc<AtomicU64>,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // There is nobody to tell: the line is lost and counted, and the next one is tried.
        if self.writer.write_all(line).is_err() {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
