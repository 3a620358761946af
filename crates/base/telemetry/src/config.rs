//! Settings of logs.

use crate::error::{UnknownLogColor, UnknownLogFormat};
use std::{fmt, path::PathBuf, str::FromStr};

/// Default of [`StdoutLogConfig::filter`].
pub const DEFAULT_LOG_FILTER: &str = "info";
/// Usual value of [`FileLogConfig::filter`].
pub const DEFAULT_LOG_FILE_FILTER: &str = "debug";
/// Usual value of [`FileLogConfig::name`].
pub const DEFAULT_LOG_FILE_NAME: &str = "rollup-node.log";
/// Usual value of [`FileLogConfig::max_bytes`]: 200 MiB.
pub const DEFAULT_LOG_FILE_BYTES: u64 = 200 << 20;
/// Usual value of [`FileLogConfig::max_files`].
pub const DEFAULT_LOG_FILES: usize = 5;

/// Where log lines go. A filter is text as in `RUST_LOG`: `info,rollup_sequencer=debug`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogConfig {
    /// Lines on standard output.
    pub stdout: StdoutLogConfig,
    /// Lines in files as well. Default: none.
    pub file: Option<FileLogConfig>,
}

/// Lines on standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StdoutLogConfig {
    /// How a line looks. Default: [`LogFormat::Terminal`].
    pub format: LogFormat,
    /// Which lines. Default: [`DEFAULT_LOG_FILTER`].
    pub filter: String,
    /// Whether [`LogFormat::Terminal`] has colours. Default: [`LogColor::Auto`].
    pub color: LogColor,
}

impl Default for StdoutLogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::default(),
            filter: DEFAULT_LOG_FILTER.to_owned(),
            color: LogColor::default(),
        }
    }
}

/// Lines in a file, which is renamed to `<name>.1` when it is full, `<name>.1` to `<name>.2`, and so on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLogConfig {
    /// Directory; it is made if there is none.
    pub directory: PathBuf,
    /// Name of the file that is written to.
    pub name: String,
    /// Size at which the next file begins. A longer line has a file of its own.
    pub max_bytes: u64,
    /// How many files there are, that which is written to included; 0 is taken for 1.
    pub max_files: usize,
    /// How a line looks; never with colours.
    pub format: LogFormat,
    /// Which lines.
    pub filter: String,
}

impl FileLogConfig {
    /// The usual settings, in this directory.
    pub fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            name: DEFAULT_LOG_FILE_NAME.to_owned(),
            max_bytes: DEFAULT_LOG_FILE_BYTES,
            max_files: DEFAULT_LOG_FILES,
            format: LogFormat::default(),
            filter: DEFAULT_LOG_FILE_FILTER.to_owned(),
        }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Terminal,
    /// One JSON object per line.
    Json,
    /// `key=value` pairs.
    LogFmt,
}

impl LogFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Terminal, Self::Json, Self::LogFmt];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
            Self::LogFmt => "log-fmt",
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LogFormat {
    type Err = UnknownLogFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let format = Self::ALL.into_iter().find(|format| format.name() == text);
        format.ok_or_else(|| UnknownLogFormat { text: text.to_owned() })
    }
}

/// Whether lines for people have colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogColor {
    /// Yes.
    Always,
    /// If standard output is a terminal.
    #[default]
    Auto,
    /// No.
    Never,
}

impl LogColor {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Always, Self::Auto, Self::Never];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Auto => "auto",
            Self::Never => "never",
        }
    }
}

impl fmt::Display for LogColor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LogColor {
    type Err = UnknownLogColor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let color = Self::ALL.into_iter().find(|color| color.name() == text);
        color.ok_or_else(|| UnknownLogColor { text: text.to_owned() })
    }
}
