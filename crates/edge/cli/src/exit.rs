//! Exit codes.

use crate::{
    error::{InputError, SettingsError},
    node::ConfigFileError,
};
use clap::error::ErrorKind;
use eyre::Report;
use rollup_db::DbError;
use rollup_engine::EngineError;
use rollup_exex::ExExError;
use rollup_node_builder::LaunchError;
use rollup_rpc::JwtSecretError;
use rollup_storage::StorageError;
use rollup_telemetry::LogError;
use std::{error::Error, io, process::ExitCode};

/// How a command ended. The order is that of precedence where several apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done, and the answer is yes.
    Success,
    /// The input cannot be used.
    Unusable,
    /// Done, and the answer is no.
    No,
    /// The program failed.
    Internal,
    /// Nobody reads standard output any more.
    ReaderGone,
    /// The user ended it.
    Interrupted,
}

/// What a shell adds to the number of the signal that a program died of.
const SIGNAL_BASE: u8 = 128;
const SIGINT: u8 = 2;
/// [`Exit::Interrupted`], for where the process ends at once.
pub(crate) const INTERRUPTED_CODE: i32 = 130;
const SIGPIPE: u8 = 13;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0u8,
            Exit::No => 1,
            Exit::Unusable => 2,
            Exit::Internal => 3,
            Exit::ReaderGone => SIGNAL_BASE + SIGPIPE,
            Exit::Interrupted => SIGNAL_BASE + SIGINT,
        })
    }
}

impl From<&StorageError> for Exit {
    /// Whether it is the data directory that cannot be used, or the program that failed.
    fn from(err: &StorageError) -> Self {
        match err {
            StorageError::Db(err) => err.into(),
            StorageError::WriterStopped { source } => source.as_ref().into(),
            StorageError::OtherChain { .. }
            | StorageError::Log(_)
            | StorageError::LoggedBlock(_)
            | StorageError::SignedHeight(_)
            | StorageError::SignedHeightBehind { .. }
            | StorageError::LogBehind { .. }
            | StorageError::LogGap { .. }
            | StorageError::Replay { .. }
            | StorageError::ReplayDiffers { .. }
            | StorageError::Missing { .. } => Self::Unusable,
            _ => Self::Internal,
        }
    }
}

impl From<&LaunchError> for Exit {
    /// Whether it is what the node was given that cannot be used, or the program that failed.
    fn from(err: &LaunchError) -> Self {
        match err {
            LaunchError::Storage(err) | LaunchError::Engine(EngineError::Storage(err)) => {
                err.into()
            }
            LaunchError::ExEx(ExExError::Storage(err)) => err.into(),
            LaunchError::ExEx(err) if err.is_about_directory() => Self::Unusable,
            LaunchError::Txpool(_)
            | LaunchError::Signer(_)
            | LaunchError::NoSigner
            | LaunchError::NotAuthorized { .. }
            | LaunchError::L1Contracts(_)
            | LaunchError::L1Client(_)
            | LaunchError::L1Watcher(_)
            | LaunchError::Sequencer(_)
            | LaunchError::Forward(_)
            | LaunchError::Rpc(_)
            | LaunchError::Serve(_) => Self::Unusable,
            LaunchError::Engine(_)
            | LaunchError::ExEx(_)
            | LaunchError::RpcModules(_)
            | LaunchError::RpcThreads(_)
            | LaunchError::ServerThreads(_)
            | LaunchError::Metrics(_)
            | LaunchError::Interrupted(_) => Self::Internal,
        }
    }
}

impl From<&DbError> for Exit {
    /// As for [`StorageError`].
    fn from(err: &DbError) -> Self {
        match err {
            DbError::ReadersFull { .. }
            | DbError::ReadOnly { .. }
            | DbError::UnknownTable { .. }
            | DbError::KeySize { .. }
            | DbError::ValueSize { .. }
            | DbError::OutOfOrder { .. }
            | DbError::Engine { .. } => Self::Internal,
            _ => Self::Unusable,
        }
    }
}

/// Prints an error that ended a command, with its sources on one line. A closed pipe is no error:
/// the reader has seen enough.
pub(crate) fn report(err: &Report) -> Exit {
    let io_kind = err.downcast_ref::<io::Error>().map(io::Error::kind);
    if io_kind == Some(io::ErrorKind::BrokenPipe) {
        return Exit::ReaderGone;
    }
    print(err);
    let exit = err.chain().find_map(|cause| {
        let input = is_about_input(cause).then_some(Exit::Unusable);
        let launch = || cause.downcast_ref::<LaunchError>().map(Exit::from);
        let storage = || cause.downcast_ref::<StorageError>().map(Exit::from);
        let db = || cause.downcast_ref::<DbError>().map(Exit::from);
        input.or_else(launch).or_else(storage).or_else(db)
    });
    exit.unwrap_or(Exit::Internal)
}

/// Whether it is what the user gave that is wrong.
fn is_about_input(cause: &(dyn Error + 'static)) -> bool {
    cause.is::<InputError>()
        || cause.is::<ConfigFileError>()
        || cause.is::<SettingsError>()
        || cause.is::<JwtSecretError>()
        || cause.is::<LogError>()
}

/// Prints what clap answers in place of a command: help and version as they are, and what is wrong
/// with the command line in one line, as any other error.
#[expect(clippy::print_stderr, reason = "the command line's own error report")]
pub(crate) fn usage(err: &clap::Error) -> ExitCode {
    let is_help = err.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_help || !err.use_stderr() {
        // Nobody reads it any more, perhaps.
        err.print().ok();
        let exit = if err.use_stderr() { Exit::Unusable } else { Exit::Success };
        return exit.into();
    }
    eprintln!("{}; see --help", one_line(&err.to_string()));
    Exit::Unusable.into()
}

/// What clap says, up to how the command is used.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let said = lines
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
        .filter(|line| !line.is_empty());
    said.fold(String::new(), |sentence, line| {
        let separator = match sentence.chars().next_back() {
            None => "",
            Some(':') => " ",
            Some(_) if line.starts_with('[') => " ",
            Some(_) => "; ",
        };
        sentence + separator + line
    })
}

/// Prints an error with its sources on one line.
#[expect(clippy::print_stderr, reason = "the command line's own error report")]
pub(crate) fn print(err: &Report) {
    eprintln!("error: {err:#}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::{path::PathBuf, sync::Arc};

    fn in_use() -> StorageError {
        DbError::InUse { path: PathBuf::new(), pid: None }.into()
    }

    #[rstest]
    #[case::plain("error: no\n\nUsage: x\n\nFor more information, try '--help'.\n", "error: no")]
    #[case::tip("error: no\n\n  tip: yes\n\nUsage: x\n", "error: no; tip: yes")]
    #[case::list("error: missing:\n  <A>\n  <B>\n\nUsage: x\n", "error: missing: <A>; <B>")]
    #[case::values(
        "error: no\n  [possible values: a]\n\nFor more information",
        "error: no [possible values: a]"
    )]
    fn what_clap_says_is_put_on_one_line(#[case] text: &str, #[case] line: &str) {
        assert_eq!(one_line(text), line);
    }

    #[rstest]
    #[case::directory_in_use(in_use(), Exit::Unusable)]
    #[case::behind_the_writer(StorageError::WriterStopped { source: Arc::new(in_use()) }, Exit::Unusable)]
    #[case::lost_entry(StorageError::Missing { table: "Headers", number: 1 }, Exit::Unusable)]
    #[case::bug(StorageError::WriterPanicked, Exit::Internal)]
    #[case::bug_in_a_table(DbError::UnknownTable { table: "x" }.into(), Exit::Internal)]
    fn the_directory_is_told_from_the_program(#[case] err: StorageError, #[case] exit: Exit) {
        assert_eq!(report(&Report::new(err).wrap_err("context")), exit);
    }
}
