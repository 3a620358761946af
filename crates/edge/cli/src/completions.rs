//! `rollup-node completions`: what a shell needs to complete commands and flags.

use crate::exit::Exit;
use clap::{Args, Command};
use clap_complete::Shell;
use std::io::{self, Write};

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

impl CompletionsArgs {
    /// Prints the script for the shell.
    pub(crate) fn run(&self, mut command: Command) -> eyre::Result<Exit> {
        let name = command.get_name().to_owned();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        io::stdout().lock().write_all(&script)?;
        Ok(Exit::Success)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, ValueEnum};

    #[test]
    fn scripts_have_commands_and_flags() {
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut crate::Cli::command(), "rollup-node", &mut script);
            let script = String::from_utf8(script).unwrap();
            for word in ["check-config", "sequencer.block-time", "system-contract"] {
                assert!(script.contains(word), "{word} is not in the script for {shell}");
            }
        }
    }
}
