//! Flags, environment and files together.

mod combinations;
mod file;
mod precedence;
mod reference;
mod settings;
mod show;

use super::{
    layers::{CommandLine, Resolved},
    settings::NodeSettings,
};
use crate::exit::{self, Exit};
use clap::{Args, Command, FromArgMatches};
use std::{ffi::OsString, iter, path::PathBuf};
use tempfile::TempDir;

/// The layers above the defaults.
#[derive(Debug, Default)]
struct Input {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    directory: Option<TempDir>,
}

impl Input {
    /// A command line; its words are separated by blanks.
    fn line(line: &str) -> Self {
        Self::default().and_line(line)
    }

    fn and_line(mut self, line: &str) -> Self {
        self.arguments.extend(line.split_whitespace().map(str::to_owned));
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn file(mut self, text: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("node.toml");
        std::fs::write(&path, text).unwrap();
        self.arguments.extend(["--config-file".to_owned(), path.display().to_string()]);
        self.directory = Some(directory);
        self
    }

    fn file_path(&self) -> PathBuf {
        self.directory.as_ref().unwrap().path().join("node.toml")
    }

    fn command_line(&self) -> CommandLine {
        let command = CommandLine::augment_args(Command::new("node"));
        let arguments = iter::once("node").chain(self.arguments.iter().map(String::as_str));
        CommandLine::from_arg_matches(&command.try_get_matches_from(arguments).unwrap()).unwrap()
    }

    fn environment(&self, name: &str) -> Option<OsString> {
        let found = self.environment.iter().find(|(variable, _)| variable == name);
        found.map(|(_, value)| value.into())
    }

    fn resolve(&self) -> eyre::Result<Resolved> {
        self.command_line().resolve(&|name| self.environment(name))
    }

    fn settings(&self) -> eyre::Result<NodeSettings> {
        self.command_line().settings(&|name| self.environment(name))
    }

    /// What is said of the settings, which cannot be used.
    fn refusal(&self) -> String {
        let err = self.settings().unwrap_err();
        assert_eq!(exit::report(&err), Exit::Unusable, "{err:#}");
        format!("{err:#}")
    }

    /// Value and origin of a flag.
    fn value(&self, flag: &str) -> (Option<String>, String) {
        let resolved = self.resolve().unwrap();
        let value = resolved.values.iter().find(|value| value.flag == flag).unwrap();
        let text = value.values.first().map(|text| text.to_string_lossy().into_owned());
        (text, value.origin.to_string())
    }
}
