//! Where the value of a flag comes from: command line, environment, file, `--dev`, default.
//!
//! Flags are defined once, for clap. What the other layers say is put into clap's own words and parsed
//! by it, so a value means the same wherever it is.

mod command_line;
mod error;
mod file;
mod flag;
mod origin;
mod resolve;

pub(crate) use command_line::CommandLine;
pub(crate) use error::ConfigFileError;
pub(super) use origin::{Origin, Origins};
pub(crate) use resolve::Environment;
pub(super) use resolve::{FlagValues, Resolved};
#[cfg(test)]
pub(super) use {
    flag::{Flag, flags},
    resolve::node_command,
};
