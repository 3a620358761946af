//! Log lines: to standard output and to files, by threads of their own.

mod logfmt;
mod rotate;
mod writer;

use crate::{
    config::{LogColor, LogConfig, LogFormat},
    error::LogError,
};
use logfmt::LogFmt;
use rotate::RotatingFile;
use std::io::{self, IsTerminal, Write};
use tracing_appender::non_blocking::NonBlocking;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};
pub use writer::{LOG_QUEUE_LINES, LogGuard, LostLogLines};

type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Sends the log lines of this process where the configuration says.
///
/// Nobody who logs waits for the terminal or the disk: lines are queued, and when
/// [`LOG_QUEUE_LINES`] are, further ones are lost and counted. Keep the guard until the end of the
/// process: dropping it writes what is queued, for a second at most.
///
/// # Errors
///
/// If a filter is not one, the log file cannot be opened, or logs were installed before.
pub fn install_logs(config: &LogConfig) -> Result<LogGuard, LogError> {
    let ansi = match config.stdout.color {
        LogColor::Always => true,
        LogColor::Auto => io::stdout().is_terminal(),
        LogColor::Never => false,
    };
    let mut guard = LogGuard::default();
    Registry::default().with(layers(config, ansi, io::stdout(), &mut guard)?).try_init()?;
    Ok(guard)
}

impl LogConfig {
    /// Whether the filters are filters.
    ///
    /// # Errors
    ///
    /// [`LogError::Filter`] with the one that is not.
    pub fn validate(&self) -> Result<(), LogError> {
        filter(&self.stdout.filter)?;
        self.file.as_ref().map_or(Ok(()), |file| filter(&file.filter).map(drop))
    }
}

fn layers(
    config: &LogConfig,
    ansi: bool,
    stdout: impl Write + Send + 'static,
    guard: &mut LogGuard,
) -> Result<Vec<BoxedLayer>, LogError> {
    // Before the file: what is wrong with the text is said before anything is made on disk.
    let stdout_filter = filter(&config.stdout.filter)?;
    let mut layers = Vec::with_capacity(2);
    if let Some(file) = &config.file {
        let filter = filter(&file.filter)?;
        let writer = guard.queue("log-file", RotatingFile::open(file)?);
        layers.push(layer(writer, file.format, false).with_filter(filter).boxed());
    }
    let writer = guard.queue("log-stdout", stdout);
    layers.push(layer(writer, config.stdout.format, ansi).with_filter(stdout_filter).boxed());
    Ok(layers)
}

fn filter(filter: &str) -> Result<EnvFilter, LogError> {
    let error = |source| LogError::Filter { filter: filter.to_owned(), source };
    EnvFilter::builder().parse(filter).map_err(error)
}

fn layer(writer: NonBlocking, format: LogFormat, ansi: bool) -> BoxedLayer {
    match format {
        LogFormat::Terminal => fmt::layer().with_writer(writer).with_ansi(ansi).boxed(),
        LogFormat::Json => fmt::layer().json().with_writer(writer).boxed(),
        LogFormat::LogFmt => {
            fmt::layer().with_ansi(false).event_format(LogFmt).with_writer(writer).boxed()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FileLogConfig;
    use std::{
        fs,
        sync::{Arc, Mutex, mpsc},
    };
    use tracing::{debug, info};

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Buffer {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    /// What these settings write of what the closure logs.
    fn logged(config: &LogConfig, ansi: bool, log: impl FnOnce()) -> String {
        let (buffer, mut guard) = (Buffer::default(), LogGuard::default());
        let layers = layers(config, ansi, buffer.clone(), &mut guard).unwrap();
        tracing::subscriber::with_default(Registry::default().with(layers), log);
        drop(guard);
        buffer.text()
    }

    fn stdout(format: LogFormat, filter: &str) -> LogConfig {
        let mut config = LogConfig::default();
        config.stdout.format = format;
        config.stdout.filter = filter.to_owned();
        config
    }

    fn log_a_block() {
        info!(target: "rollup_node::sequencer", number = 7, hash = %"0xab", error = "a \"b\"\nc", "Built payload");
        debug!(target: "rollup_node::sequencer", "unseen");
    }

    #[test]
    fn terminal_lines_have_level_target_message_and_fields() {
        let text = logged(&stdout(LogFormat::Terminal, "info"), false, log_a_block);
        assert_eq!(text.lines().count(), 1, "{text}");
        for part in ["INFO", "rollup_node::sequencer", "Built payload", "number=7", "hash=0xab"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(!text.contains('\x1b'), "{text}");
    }

    #[test]
    fn colours_are_there_if_asked_for() {
        let text = logged(&stdout(LogFormat::Terminal, "info"), true, log_a_block);
        assert!(text.contains("\x1b["), "{text}");
    }

    #[test]
    fn json_lines_are_objects() {
        let text = logged(&stdout(LogFormat::Json, "info"), true, log_a_block);
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["target"], "rollup_node::sequencer");
        assert_eq!(line["fields"]["message"], "Built payload");
        assert_eq!(line["fields"]["number"], 7);
    }

    #[test]
    fn log_fmt_lines_quote_what_must_be() {
        let text = logged(&stdout(LogFormat::LogFmt, "info"), true, log_a_block);
        let (time, rest) = text.split_once(' ').unwrap();
        assert!(time.starts_with("ts=2"), "{time}");
        assert_eq!(
            rest,
            "level=info target=rollup_node::sequencer msg=\"Built payload\" number=7 hash=0xab \
             error=\"a \\\"b\\\"\\nc\"\n"
        );
    }

    #[test]
    fn a_filter_names_targets() {
        let filter = "info,rollup_node::sequencer=debug";
        let text = logged(&stdout(LogFormat::Terminal, filter), false, || {
            log_a_block();
            debug!(target: "scroll::engine", "hidden");
        });
        assert!(text.contains("unseen") && !text.contains("hidden"), "{text}");
    }

    #[test]
    fn a_malformed_filter_is_named() {
        let config = stdout(LogFormat::Terminal, "info,=,a=b=c");
        let result = layers(&config, false, io::sink(), &mut LogGuard::default());
        let text = result.err().unwrap().to_string();
        assert!(text.starts_with("`info,=,a=b=c` is not a log filter"), "{text}");
    }

    #[test]
    fn a_file_has_its_own_format_and_filter() {
        let directory = tempfile::tempdir().unwrap();
        let mut config = stdout(LogFormat::Terminal, "info");
        let mut file = FileLogConfig::new(directory.path().join("made/here"));
        file.format = LogFormat::Json;
        config.file = Some(file);
        let text = logged(&config, false, log_a_block);
        assert!(!text.contains("unseen"), "{text}");
        let text = fs::read_to_string(directory.path().join("made/here/rollup-node.log")).unwrap();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().all(|line| line.starts_with('{')), "{text}");
    }

    #[test]
    fn a_log_file_that_cannot_be_made_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let occupied = directory.path().join("occupied");
        fs::write(&occupied, "").unwrap();
        let config =
            LogConfig { file: Some(FileLogConfig::new(occupied.clone())), ..LogConfig::default() };
        let result = layers(&config, false, io::sink(), &mut LogGuard::default());
        let text = result.err().unwrap().to_string();
        assert!(text.contains(&occupied.display().to_string()), "{text}");
    }

    /// A disk that does not answer until it is let go.
    struct Stalled(mpsc::Receiver<()>, Buffer);

    impl Write for Stalled {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // An error says that the disk was let go.
            self.0.recv().ok();
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stalled_disk_loses_lines_and_never_stalls_who_logs() {
        const LINES: usize = LOG_QUEUE_LINES + 1_000;
        let (release, stalled) = mpsc::sync_channel(0);
        let (buffer, mut guard) = (Buffer::default(), LogGuard::default());
        let disk = Stalled(stalled, buffer.clone());
        let layers = layers(&LogConfig::default(), false, disk, &mut guard).unwrap();
        let lost = guard.lost_lines();
        tracing::subscriber::with_default(Registry::default().with(layers), || {
            for number in 0..LINES {
                info!(number, "line");
            }
        });
        // One may be with the disk already.
        let expected = LINES - LOG_QUEUE_LINES;
        assert!(lost.count() == expected as u64 || lost.count() == expected as u64 - 1);
        drop(release);
        while buffer.text().lines().count() as u64 + lost.count() < LINES as u64 {
            std::thread::yield_now();
        }
        drop(guard);
        assert_eq!(buffer.text().lines().count() as u64 + lost.count(), LINES as u64);
    }

    /// A disk that is full.
    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_the_disk_refuses_are_counted() {
        let mut guard = LogGuard::default();
        let layers = layers(&LogConfig::default(), false, Full, &mut guard).unwrap();
        let lost = guard.lost_lines();
        tracing::subscriber::with_default(Registry::default().with(layers), || {
            for _ in 0..3 {
                info!("line");
            }
        });
        drop(guard);
        assert_eq!(lost.count(), 3);
    }
}
