//! From layers to one set of arguments.

use super::{
    error::{ConfigFileError, Place},
    file::ConfigFile,
    flag::{Flag, flags, open_switches},
    origin::{Origin, Origins},
};
use crate::node::args::{CONFIG_FILE, DEV, DEV_PRESET, NodeArgs, SECRETS};
use clap::{
    ArgMatches, Args, Command, FromArgMatches,
    error::{ContextKind, ContextValue},
    parser::ValueSource,
};
use std::{
    error::Error,
    ffi::{OsStr, OsString},
    fmt::Debug,
    path::Path,
};

/// Gives the value of an environment variable.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The flags with what all layers say.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) args: NodeArgs,
    pub(crate) origins: Origins,
    /// Every flag with its values, in the order of the flags.
    pub(crate) values: Vec<FlagValues>,
}

/// The values of a flag; none if it has none.
#[derive(Debug)]
pub(crate) struct FlagValues {
    pub(crate) flag: String,
    pub(crate) key: String,
    pub(crate) values: Vec<OsString>,
    pub(crate) origin: Origin,
}

/// The flags of a node, as a command of their own.
pub(crate) fn node_command() -> Command {
    let command = Command::new("rollup-node node").disable_help_flag(true);
    open_switches(NodeArgs::augment_args(command))
}

/// Adds to what the command line says what the environment, the file that is named, and `--dev` say.
///
/// An environment variable that is empty is as one that is not set.
pub(super) fn resolve(
    matches: &ArgMatches,
    environment: Environment<'_>,
) -> eyre::Result<Resolved> {
    let command = node_command();
    let flags = flags(&command);
    let mut layers = Layers { matches, environment, file: ConfigFile::default(), is_dev: false };
    if let Some(path) = flags.iter().find(|flag| flag.name() == CONFIG_FILE)
        && let Some((_, path)) = layers.value(path)?
    {
        // The file does not name another one.
        let flags: Vec<_> =
            flags.iter().filter(|flag| flag.name() != CONFIG_FILE).copied().collect();
        layers.file = ConfigFile::read(Path::new(&path), &flags)?;
    }
    if let Some(dev) = flags.iter().find(|flag| flag.name() == DEV) {
        layers.is_dev = layers.value(dev)?.is_some_and(|(_, value)| value == "true");
    }
    layers.all(command.clone(), &flags)
}

struct Layers<'a> {
    matches: &'a ArgMatches,
    environment: Environment<'a>,
    file: ConfigFile,
    is_dev: bool,
}

impl Layers<'_> {
    fn all(&self, command: Command, flags: &[Flag<'_>]) -> eyre::Result<Resolved> {
        let (mut origins, mut values) = (Origins::default(), Vec::with_capacity(flags.len()));
        let mut arguments = vec![OsString::from(command.get_name())];
        for flag in flags {
            let value = self.value(flag)?;
            let origin = value.as_ref().map_or(Origin::Default, |(origin, _)| origin.clone());
            origins.insert(flag.name(), origin.clone());
            arguments.extend(value.iter().map(|(_, value)| flag.argument(value)));
            values.push(FlagValues {
                flag: flag.name().to_owned(),
                key: flag.key(),
                values: value.map_or_else(|| flag.defaults(), |(_, value)| vec![value]),
                origin,
            });
        }
        arguments.extend(self.short_flags());
        let matches = command.try_get_matches_from(arguments)?;
        Ok(Resolved { args: NodeArgs::from_arg_matches(&matches)?, origins, values })
    }

    /// `-v` is a short form of a filter, and on the command line alone.
    fn short_flags(&self) -> Vec<OsString> {
        vec![OsString::from("-v"); usize::from(self.matches.get_count("verbosity"))]
    }

    /// What the first layer that says anything says of a flag.
    fn value(&self, flag: &Flag<'_>) -> Result<Option<(Origin, OsString)>, ConfigFileError> {
        if self.matches.value_source(flag.id()) == Some(ValueSource::CommandLine) {
            let values = self.matches.get_raw(flag.id()).into_iter().flatten();
            let value =
                if flag.is_list() { joined(values) } else { values.last().map(OsString::from) };
            return Ok(value.map(|value| (Origin::CommandLine, value)));
        }
        let variable = flag.variable();
        let value = (self.environment)(&variable).filter(|value| !value.is_empty());
        let value = value.map(|value| (Origin::Environment { variable }, value));
        let value = value.or_else(|| self.file.get(flag.name()).cloned());
        if let Some((origin, value)) = &value {
            check(flag, origin, value)?;
        }
        let preset = DEV_PRESET.iter().find(|(name, _)| self.is_dev && *name == flag.name());
        Ok(value.or_else(|| preset.map(|(_, value)| (Origin::Dev, OsString::from(value)))))
    }
}

/// What a flag was given in several places, as it could be given in one.
fn joined<'a>(values: impl Iterator<Item = &'a OsStr>) -> Option<OsString> {
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| values.join(OsStr::new(",")))
}

/// Lets clap look at the value alone, so that it is known where a bad one is.
fn check(flag: &Flag<'_>, origin: &Origin, value: &OsStr) -> Result<(), ConfigFileError> {
    let command = Command::new("value").disable_help_flag(true).arg(flag.arg().clone());
    let arguments = [OsString::from("value"), flag.argument(value)];
    let Err(err) = command.try_get_matches_from(arguments) else { return Ok(()) };
    let shown =
        if SECRETS.contains(&flag.name()) { "the value".into() } else { value.to_string_lossy() };
    Err(ConfigFileError::Value {
        place: Place(origin.clone()),
        value: shown.into_owned(),
        flag: flag.name().to_owned(),
        source: reason(&err),
    })
}

/// Why clap refuses a value, without what it says about the command line.
fn reason(err: &clap::Error) -> Box<dyn Error + Send + Sync> {
    if let Some(source) = err.source() {
        return source.to_string().into();
    }
    match err.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !values.is_empty() => {
            format!("it must be one of {}", values.join(", ")).into()
        }
        _ => err.kind().to_string().into(),
    }
}
