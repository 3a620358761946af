//! What README and book show is what the program does.

use crate::session::{Session, is_run};
use rollup_workspace::{DocumentedCommand, documented_commands, read_text, workspace_root};
use std::collections::BTreeMap;

/// Words after a number that is another one on another run or machine.
const UNITS: [&str; 8] = ["ms", "s", "Mgas/s", "threads", "B", "KiB", "MiB", "GiB"];

/// The commands of each document that are run, in order.
fn commands() -> BTreeMap<String, Vec<DocumentedCommand>> {
    let mut commands: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for command in documented_commands(&workspace_root()).unwrap() {
        if is_run(&command) {
            commands.entry(command.file.display().to_string()).or_default().push(command);
        }
    }
    commands
}

/// The output that a document shows for a command: a block of text right behind its block.
fn shown_output(text: &str, command: &DocumentedCommand) -> Option<String> {
    let lines = text.lines().skip(command.line - 1);
    // The command may go on in further lines.
    let mut rest = lines.skip_while(|line| line.ends_with('\\')).skip(1);
    // Another command may follow in the same block: then there is nothing shown for this one.
    let mut rest = rest.by_ref().skip_while(|line| line.trim().is_empty());
    (rest.next()? == "```").then_some(())?;
    let mut rest = rest.skip_while(|line| line.trim().is_empty());
    (rest.next()? == "```text").then_some(())?;
    Some(rest.take_while(|line| *line != "```").collect::<Vec<_>>().join("\n"))
}

/// The text with single spaces and without the numbers that vary.
fn steady(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let mut steady = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let next = words.get(at + 1).map(|next| next.trim_end_matches([',', ';']));
            let varies = next.is_some_and(|next| UNITS.contains(&next))
                && word.chars().all(|c| c.is_ascii_digit() || c == '.');
            // The unit too: a size may need another one.
            let is_unit = at > 0 && steady.last() == Some(&"#");
            if varies {
                steady.push("#");
            } else if !is_unit {
                steady.push(word);
            }
        }
        steady.join(" ")
    };
    text.trim_end().lines().map(line).collect()
}

#[test]
fn every_documented_command_runs_and_prints_what_is_shown() {
    let (mut ran, mut compared) = (0, 0);
    for (file, commands) in commands() {
        let text = read_text(&workspace_root().join(&file)).unwrap();
        let mut session = Session::new();
        for command in &commands {
            ran += 1;
            let Some(printed) = session.run(command) else { continue };
            if let Some(shown) = shown_output(&text, command) {
                let place = format!("{file}:{}", command.line);
                assert_eq!(steady(&shown), steady(&printed), "{place} must show:\n{printed}");
                compared += 1;
            }
        }
        session.stop();
    }
    assert!(ran >= 25, "only {ran} commands were found");
    assert!(compared >= 15, "only {compared} outputs were found");
}

#[test]
fn the_book_shows_the_help_of_every_command() {
    let shown = commands();
    let all: Vec<_> = shown.values().flatten().map(|command| command.command.as_str()).collect();
    for command in [
        "init",
        "import",
        "export",
        "db stats",
        "db check",
        "db get",
        "db compact",
        "db clear",
        "keys new",
        "keys address",
        "keys encrypt",
        "verify",
    ] {
        let help = format!("rollup-node {command} --help");
        assert!(all.contains(&help.as_str()), "the book does not show `{help}`");
    }
}

#[test]
fn numbers_that_vary_are_passed_over() {
    let first =
        "ok  a: 3 txs, 0.4 ms\nHeaders   21   16.00 KiB\n2 in 0.00 s, 141 Mgas/s on 2 threads";
    let second = "ok a: 3 txs, 10.4 ms\nHeaders 21 1.20 MiB\n2 in 3.00 s, 9 Mgas/s on 16 threads\n";
    assert_eq!(steady(first), steady(second));
    assert_ne!(steady("Headers 21 16.00 KiB"), steady("Headers 20 16.00 KiB"));
    assert_ne!(steady("3 txs, 0.4 ms"), steady("4 txs, 0.4 ms"));
}
