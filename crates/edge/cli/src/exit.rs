//! Exit codes.

use std::{io, process::ExitCode};

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
}

/// What a shell reports for a program that dies of SIGPIPE.
const SIGPIPE_CODE: u8 = 128 + 13;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0u8,
            Exit::No => 1,
            Exit::Unusable => 2,
            Exit::Internal => 3,
            Exit::ReaderGone => SIGPIPE_CODE,
        })
    }
}

/// Prints an error that ended a command. A closed pipe is no error: the reader has seen enough.
#[expect(clippy::print_stderr, reason = "the command line's own error report")]
pub(crate) fn report(err: eyre::Report) -> Exit {
    let io_kind = err.downcast_ref::<io::Error>().map(io::Error::kind);
    if io_kind == Some(io::ErrorKind::BrokenPipe) {
        return Exit::ReaderGone;
    }
    eprintln!("error: {err:#}");
    Exit::Internal
}
