//! The first layer.

use super::{
    flag::open_switches,
    resolve::{Environment, Resolved, resolve},
};
use crate::node::args::NodeArgs;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

/// The flags of a node as the command line has them, and with it who said what.
#[derive(Clone, Debug)]
pub(crate) struct CommandLine(ArgMatches);

impl CommandLine {
    /// Adds what the other layers say.
    pub(crate) fn resolve(&self, environment: Environment<'_>) -> eyre::Result<Resolved> {
        resolve(&self.0, environment)
    }
}

impl FromArgMatches for CommandLine {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Ok(Self(matches.clone()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0 = matches.clone();
        Ok(())
    }
}

impl Args for CommandLine {
    fn augment_args(command: Command) -> Command {
        open_switches(NodeArgs::augment_args(command))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
