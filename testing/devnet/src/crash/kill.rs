//! Points at which a child kills itself.

use eyre::{OptionExt, Result};
use rustix::process::{Signal, getpid, kill_process};
use std::{
    fmt, fs, io,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};
use tracing::{Event, Subscriber, field::Visit};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt, registry::LookupSpan};

/// A file in the directory of the child that names the point.
const FILE: &str = "kill-at";

/// A point at which a child kills itself: a log line, when it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KillPoint {
    /// Text of the line, without its fields.
    pub message: &'static str,
    /// How often it is written, the last time included; not 0.
    pub times: u64,
}

impl KillPoint {
    /// Tells the child in this directory.
    pub(super) fn write(point: Option<Self>, directory: &Path) -> io::Result<()> {
        let path = directory.join(FILE);
        match point {
            Some(Self { message, times }) => fs::write(path, format!("{times} {message}")),
            None if path.exists() => fs::remove_file(path),
            None => Ok(()),
        }
    }
}

/// In a child: kills this process at the point that the parent has chosen, if it has. Takes the logs
/// of the whole process.
///
/// # Errors
/// If the logs have been taken already.
pub fn follow_kill_point() -> Result<()> {
    let Ok(point) = fs::read_to_string(FILE) else { return Ok(()) };
    let (times, message) = point.split_once(' ').ok_or_eyre("no kill point")?;
    let left = AtomicU64::new(times.parse()?);
    let layer = KillAt { message: message.to_owned(), left };
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))?;
    Ok(())
}

/// Kills the process when a message is logged for the n-th time.
#[derive(Debug)]
struct KillAt {
    message: String,
    left: AtomicU64,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for KillAt {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut message = Message::default();
        event.record(&mut message);
        if message.0 == self.message && self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            // Nothing of this process goes on if that works.
            kill_process(getpid(), Signal::KILL).ok();
        }
    }
}

/// The text of a log line.
#[derive(Debug, Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
