//! A flag, as clap knows it, and its names elsewhere.

use clap::{Arg, ArgAction, Command, builder::Resettable};
use std::ffi::{OsStr, OsString};

const VARIABLE_PREFIX: &str = "ROLLUP_NODE_";
/// The last part of the key of a switch whose name is that of a table too.
const ENABLED: &str = "enabled";
const TRUE: &str = "true";
const FALSE: &str = "false";
/// Flags that every command has.
const OF_CLAP: [&str; 2] = ["help", "version"];

/// Lets switches be said to be off: `--x` is `--x=true`, and `--x=false` wins over a file where it is
/// on. And leaves the environment to the layers.
pub(crate) fn open_switches(command: Command) -> Command {
    command.mut_args(|arg| {
        let arg = arg.env(Resettable::Reset);
        if !matches!(arg.get_action(), ArgAction::SetTrue) {
            return arg;
        }
        arg.action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .value_name("true|false")
            .value_parser(clap::value_parser!(bool))
            .default_missing_value(TRUE)
            .default_value(FALSE)
            .hide_default_value(true)
            .hide_possible_values(true)
    })
}

/// The flags of a command that have a name of more than a letter, in their order.
pub(crate) fn flags(command: &Command) -> Vec<Flag<'_>> {
    let names: Vec<_> = command.get_arguments().filter_map(Arg::get_long).collect();
    let is_table = |name: &str| names.iter().any(|other| is_below(other, name));
    let flag = |arg| {
        let name = Arg::get_long(arg).filter(|name| !OF_CLAP.contains(name))?;
        Some(Flag { arg, name, is_table: is_table(name) })
    };
    command.get_arguments().filter_map(flag).collect()
}

/// Whether a dotted name lies in the table of this name.
fn is_below(name: &str, table: &str) -> bool {
    name.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'))
}

/// A flag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag<'a> {
    arg: &'a Arg,
    name: &'a str,
    /// Whether other flags lie in a table of its name.
    is_table: bool,
}

impl<'a> Flag<'a> {
    /// Its name, without the dashes.
    pub(crate) const fn name(&self) -> &'a str {
        self.name
    }

    pub(crate) fn id(&self) -> &'a str {
        self.arg.get_id().as_str()
    }

    pub(crate) const fn arg(&self) -> &'a Arg {
        self.arg
    }

    /// Its environment variable.
    pub(crate) fn variable(&self) -> String {
        let name = self.name.replace(['.', '-'], "_").to_uppercase();
        format!("{VARIABLE_PREFIX}{name}")
    }

    /// Its key in a file, with dots between the names of tables.
    pub(crate) fn key(&self) -> String {
        if self.is_table { format!("{}.{ENABLED}", self.name) } else { self.name.to_owned() }
    }

    /// Whether a file may use this key for it: a switch need not have a table.
    pub(crate) fn has_key(&self, key: &str) -> bool {
        self.name == key || (self.is_table && self.key() == key)
    }

    /// Whether its values are true and false.
    pub(crate) fn is_bool(&self) -> bool {
        let values = self.arg.get_possible_values();
        values.len() == 2 && values.iter().all(|value| [TRUE, FALSE].contains(&value.get_name()))
    }

    /// Whether it may be given several times: its value is all of them, with commas.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::Append)
    }

    /// Its values if nobody says anything.
    pub(crate) fn defaults(&self) -> Vec<OsString> {
        self.arg.get_default_values().iter().map(|value| OsString::from(&**value)).collect()
    }

    /// An argument that gives it a value.
    pub(crate) fn argument(&self, value: &OsStr) -> OsString {
        let mut argument = OsString::from(format!("--{}=", self.name));
        argument.push(value);
        argument
    }
}
