//! Log lines.

use crate::error::SettingsError;
use clap::{
    ArgAction, Args,
    builder::{PossibleValuesParser, TypedValueParser},
    value_parser,
};
use rollup_telemetry::{
    DEFAULT_LOG_FILE_BYTES, DEFAULT_LOG_FILE_FILTER, DEFAULT_LOG_FILE_NAME, DEFAULT_LOG_FILES,
    DEFAULT_LOG_FILTER, FileLogConfig, LogColor, LogConfig, LogFormat, StdoutLogConfig,
};
use std::path::{Path, PathBuf};

/// Shift from MiB to bytes.
const MIB: u32 = 20;
/// What one `-v` after the other lets through.
const VERBOSITY: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
const QUIET: &str = "off";

/// Flags of the logs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Logs")]
pub(super) struct LogArgs {
    /// How lines on standard output look
    #[arg(
        long = "log.stdout.format",
        value_name = "FORMAT",
        default_value_t = LogFormat::default(),
        value_parser = format_parser()
    )]
    stdout_format: LogFormat,

    /// Which lines go to standard output, as in `info,rollup_sequencer=debug`; by default what
    /// `RUST_LOG` says, or info
    #[arg(long = "log.stdout.filter", value_name = "FILTER")]
    stdout_filter: Option<String>,

    /// Write lines to files in this directory as well; off if not given
    #[arg(long = "log.file.directory", value_name = "DIRECTORY")]
    file_directory: Option<PathBuf>,

    /// Name of the log file; when it is full it is renamed to <name>.1, and so on
    #[arg(long = "log.file.name", value_name = "NAME", default_value = DEFAULT_LOG_FILE_NAME)]
    file_name: PathBuf,

    /// Size of a log file, at most, in MiB
    #[arg(
        long = "log.file.max-size",
        value_name = "MIB",
        default_value_t = DEFAULT_LOG_FILE_BYTES >> MIB,
        value_parser = value_parser!(u64).range(1..=1 << MIB)
    )]
    file_max_size: u64,

    /// Number of log files, at most; 0 for none
    #[arg(long = "log.file.max-files", value_name = "NUMBER", default_value_t = DEFAULT_LOG_FILES)]
    file_max_files: usize,

    /// How lines in files look
    #[arg(
        long = "log.file.format",
        value_name = "FORMAT",
        default_value_t = LogFormat::default(),
        value_parser = format_parser()
    )]
    file_format: LogFormat,

    /// Which lines go to files
    #[arg(
        long = "log.file.filter",
        value_name = "FILTER",
        default_value = DEFAULT_LOG_FILE_FILTER
    )]
    file_filter: String,

    /// Whether lines on a terminal have colours; auto is for those that are seen by somebody
    #[arg(
        long,
        value_name = "COLOR",
        default_value_t = LogColor::default(),
        value_parser = color_parser()
    )]
    color: LogColor,

    /// -v for errors, -vv for warnings, -vvv for information, -vvvv for debugging, -vvvvv for all
    #[arg(short = 'v', action = ArgAction::Count)]
    verbosity: u8,

    /// No lines on standard output
    #[arg(long, short = 'q')]
    quiet: bool,
}

fn format_parser() -> impl TypedValueParser<Value = LogFormat> {
    PossibleValuesParser::new(LogFormat::ALL.map(LogFormat::name))
        .try_map(|name| name.parse::<LogFormat>())
}

fn color_parser() -> impl TypedValueParser<Value = LogColor> {
    PossibleValuesParser::new(LogColor::ALL.map(LogColor::name))
        .try_map(|name| name.parse::<LogColor>())
}

impl LogArgs {
    pub(super) fn into_config(self, rust_log: Option<String>) -> Result<LogConfig, SettingsError> {
        let Self {
            stdout_format,
            stdout_filter,
            file_directory,
            file_name,
            file_max_size,
            file_max_files,
            file_format,
            file_filter,
            color,
            verbosity,
            quiet,
        } = self;
        let filter = stdout_filter
            .or_else(|| quiet.then(|| QUIET.to_owned()))
            .or_else(|| verbosity_filter(verbosity).map(str::to_owned))
            .or_else(|| rust_log.filter(|filter| !filter.is_empty()))
            .unwrap_or_else(|| DEFAULT_LOG_FILTER.to_owned());
        let name = plain_name(&file_name)?;
        let file = file_directory.filter(|_| file_max_files > 0).map(|directory| FileLogConfig {
            directory,
            name,
            max_bytes: file_max_size << MIB,
            max_files: file_max_files,
            format: file_format,
            filter: file_filter,
        });
        let config =
            LogConfig { stdout: StdoutLogConfig { format: stdout_format, filter, color }, file };
        config.validate()?;
        Ok(config)
    }
}

/// The name of a file, which is no path.
fn plain_name(name: &Path) -> Result<String, SettingsError> {
    let plain = name.file_name().filter(|plain| *plain == name.as_os_str());
    let plain = plain.and_then(|plain| plain.to_str()).map(str::to_owned);
    plain.ok_or_else(|| SettingsError::LogFileName { name: name.to_owned() })
}

/// What `-v` says, if it is there.
fn verbosity_filter(count: u8) -> Option<&'static str> {
    let index = usize::from(count).checked_sub(1)?;
    VERBOSITY.get(index).or(VERBOSITY.last()).copied()
}
