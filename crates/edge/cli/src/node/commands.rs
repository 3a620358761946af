//! `node`, `check-config` and `config`.

use super::{
    launch::launch,
    layers::{CommandLine, Environment, FlagValues, Origin, Resolved},
    redact::shown,
    settings::NodeSettings,
};
use crate::exit::Exit;
use clap::{Args, Subcommand};
use rollup_node_builder::NodeBuilder;
use std::{
    ffi::OsStr,
    io::{self, Write},
};
use tracing::info;

/// The filter of log lines that other programs have too.
const RUST_LOG: &str = "RUST_LOG";

/// Arguments of `config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print every setting with its value and where it comes from, as a configuration file
    ///
    /// Secrets and what URLs may hide are not shown. Takes the flags of `node`.
    Show(CommandLine),
}

impl ConfigArgs {
    /// Runs the command.
    pub(crate) fn run(&self, environment: Environment<'_>) -> eyre::Result<Exit> {
        match &self.command {
            ConfigCommand::Show(line) => {
                let resolved = line.resolve(environment)?;
                io::stdout().lock().write_all(show(&resolved.values).as_bytes())?;
                Ok(Exit::Success)
            }
        }
    }
}

impl CommandLine {
    /// Runs a node, and what is added to it, until it ends.
    pub(crate) fn run_node(
        &self,
        environment: Environment<'_>,
        extend: impl FnOnce(NodeBuilder) -> NodeBuilder,
    ) -> eyre::Result<Exit> {
        let values = self.resolve(environment)?.values;
        let settings = self.settings(environment)?;
        let guard = rollup_telemetry::install_logs(&settings.log)?;
        for value in values.iter().filter(|value| value.origin != Origin::Default) {
            let text = value.values.iter().map(|text| shown(&value.flag, text)).collect::<Vec<_>>();
            let (flag, origin) = (&value.flag, &value.origin);
            info!(target: "rollup_node::args", %flag, value = text.join(","), %origin, "Setting");
        }
        for notice in &settings.notices {
            notice.log();
        }
        let lost_lines = guard.lost_lines();
        let result = launch(settings, lost_lines, extend);
        drop(guard);
        result
    }

    /// The settings that follow from all layers.
    pub(super) fn settings(&self, environment: Environment<'_>) -> eyre::Result<NodeSettings> {
        let Resolved { args, origins, values: _ } = self.resolve(environment)?;
        args.into_settings(&origins, rust_log(environment))
    }

    /// Says whether a node could run with these flags.
    pub(crate) fn check(&self, environment: Environment<'_>) -> eyre::Result<Exit> {
        let Resolved { args, origins, values: _ } = self.resolve(environment)?;
        let NodeSettings { notices, .. } = args.into_settings(&origins, rust_log(environment))?;
        let mut stdout = io::stdout().lock();
        for notice in notices {
            let word = if notice.is_warning() { "warning" } else { "note" };
            writeln!(stdout, "{word}: {notice}")?;
        }
        writeln!(stdout, "the configuration can be used")?;
        Ok(Exit::Success)
    }
}

fn rust_log(environment: Environment<'_>) -> Option<String> {
    environment(RUST_LOG).map(|filter| filter.to_string_lossy().into_owned())
}

/// The settings as TOML, with their origins as comments.
pub(super) fn show(values: &[FlagValues]) -> String {
    let lines: Vec<_> = values.iter().map(|value| (assignment(value), &value.origin)).collect();
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or_default();
    lines.into_iter().map(|(line, origin)| format!("{line:width$}  # {origin}\n")).collect()
}

fn assignment(value: &FlagValues) -> String {
    let FlagValues { flag, key, values, origin: _ } = value;
    match values.first() {
        None => format!("# {key} is not set"),
        // A file does not name another one.
        Some(path) if *flag == super::args::CONFIG_FILE => {
            format!("# {key} is {}", path.to_string_lossy())
        }
        Some(value) => format!("{key} = {}", toml_value(flag, value)),
    }
}

fn toml_value(flag: &str, value: &OsStr) -> String {
    let text = shown(flag, value);
    let is_number = || text.parse::<i64>().is_ok_and(|number| number.to_string() == text);
    if matches!(&*text, "true" | "false") || is_number() {
        text
    } else {
        toml::Value::String(text).to_string()
    }
}
