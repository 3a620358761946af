//! The flags and their reference in the book.

use crate::node::{
    args::DEV_PRESET,
    layers::{Flag, flags, node_command},
};
use std::{collections::BTreeSet, env, fmt::Write, fs, path::PathBuf};

const BEGIN: &str = "<!-- The flags: made from the program, see the end of the chapter. -->\n";
const END: &str = "<!-- End of the flags. -->\n";

fn chapter() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../book/configuration.md")
}

/// The tables of all flags, one per heading.
fn tables() -> String {
    let command = node_command();
    let flags = flags(&command);
    let mut headings: Vec<&str> = Vec::new();
    for flag in &flags {
        if !headings.contains(&heading(flag)) {
            headings.push(heading(flag));
        }
    }
    let mut text = String::new();
    for title in headings {
        writeln!(text, "\n### {title}\n").unwrap();
        writeln!(text, "| Flag | Environment | TOML key | Default | Meaning |").unwrap();
        writeln!(text, "|---|---|---|---|---|").unwrap();
        for flag in flags.iter().filter(|flag| heading(flag) == title) {
            writeln!(text, "{}", row(flag)).unwrap();
        }
    }
    text + "\n"
}

fn heading<'a>(flag: &Flag<'a>) -> &'a str {
    flag.arg().get_help_heading().unwrap_or("General")
}

fn row(flag: &Flag<'_>) -> String {
    let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
    let key = if flag.name() == "config-file" { String::new() } else { flag.key() };
    let defaults: Vec<_> =
        flag.defaults().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let values: Vec<_> = flag
        .arg()
        .get_possible_values()
        .iter()
        .filter(|_| !flag.is_bool())
        .map(|value| value.get_name().to_owned())
        .collect();
    let help = flag.arg().get_help().unwrap().to_string();
    let values = if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
    let meaning = format!("{help}{values}").replace('|', "\\|").replace('<', "&lt;");
    let cells = [
        code(&format!("--{}", flag.name())),
        code(&flag.variable()),
        code(&key),
        code(&defaults.join(",")),
        meaning,
    ];
    format!("| {} |", cells.join(" | "))
}

#[test]
fn the_book_has_every_flag_as_it_is() {
    let text = fs::read_to_string(chapter()).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    let tables = tables();
    if env::var_os("UPDATE").is_some() {
        fs::write(chapter(), format!("{before}{BEGIN}{tables}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(
        shown, tables,
        "run this test again with UPDATE=1, and commit book/configuration.md"
    );
}

#[test]
fn every_flag_has_a_variable_and_a_key_of_its_own() {
    let command = node_command();
    let flags = flags(&command);
    let variables: BTreeSet<_> = flags.iter().map(Flag::variable).collect();
    let keys: BTreeSet<_> = flags.iter().map(Flag::key).collect();
    assert_eq!((variables.len(), keys.len()), (flags.len(), flags.len()));
    for flag in &flags {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
        assert!(flag.name().chars().all(plain), "{}", flag.name());
        assert!(flag.arg().get_help().is_some(), "{} has no help", flag.name());
    }
    // No key is a table and a value.
    for key in &keys {
        assert!(!keys.iter().any(|other| other.starts_with(&format!("{key}."))), "{key}");
    }
}

#[test]
fn only_verbosity_has_no_long_name() {
    let command = node_command();
    let short: Vec<_> = command
        .get_arguments()
        .filter(|arg| arg.get_long().is_none())
        .map(clap::Arg::get_id)
        .collect();
    assert_eq!(short, ["verbosity"]);
    node_command().debug_assert();
}

#[test]
fn dev_stands_for_flags_that_there_are() {
    let command = node_command();
    let flags = flags(&command);
    for (name, _) in DEV_PRESET {
        assert!(flags.iter().any(|flag| flag.name() == name), "{name}");
    }
}
