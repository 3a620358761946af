//! What the documents tell their readers to run and to read.

use rollup_workspace::{
    DocumentedCommand, documented_commands, documents, quoted_paths, read_text, relative_links,
    repository_files, workspace_packages, workspace_root,
};
use std::{collections::BTreeSet, process::Command};

fn commands_of(program: &str) -> Vec<DocumentedCommand> {
    let commands = documented_commands(&workspace_root()).unwrap();
    commands.into_iter().filter(|command| command.program() == program).collect()
}

/// Targets of the Makefile that are for people, with their descriptions.
fn described_targets() -> Vec<(String, String)> {
    let makefile = read_text(&workspace_root().join("Makefile")).unwrap();
    let lines = makefile.lines().filter(|line| !line.starts_with(['\t', '#']));
    lines
        .filter_map(|line| {
            let (rule, description) = line.split_once("##")?;
            let (target, _) = rule.split_once(':')?;
            Some((target.trim().to_owned(), description.trim().to_owned()))
        })
        .collect()
}

/// A make of its own: the variables of a make that runs the tests are not passed on.
fn make() -> Command {
    let mut make = Command::new("make");
    for variable in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"] {
        make.env_remove(variable);
    }
    make.current_dir(workspace_root());
    make
}

#[test]
fn documented_make_commands_name_targets_that_make_accepts() {
    let targets: BTreeSet<_> = described_targets().into_iter().map(|(target, _)| target).collect();
    for command in commands_of("make") {
        let place = format!("{}:{}", command.file.display(), command.line);
        let goals =
            command.arguments().filter(|word| !word.contains('=') && !word.starts_with('-'));
        for goal in goals {
            assert!(targets.contains(goal), "{place}: the Makefile has no target {goal}");
        }
        // Options such as -C would lead the dry run elsewhere; they are checked as commands only.
        let arguments = command.arguments().filter(|word| !word.starts_with('-'));
        let output = make().arg("--dry-run").args(arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{place}: {}: {stderr}", command.command);
    }
}

#[test]
fn every_target_is_described_phony_and_in_the_help() {
    let targets = described_targets();
    assert!(!targets.is_empty());
    let makefile = read_text(&workspace_root().join("Makefile")).unwrap();
    let phony: BTreeSet<_> = makefile
        .lines()
        .filter_map(|line| line.strip_prefix(".PHONY:"))
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect();
    let named: BTreeSet<_> = targets.iter().map(|(target, _)| target.clone()).collect();
    assert_eq!(named, phony, "targets with a description and phony targets differ");

    let help = make().output().unwrap();
    assert!(help.status.success());
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    for (target, description) in targets {
        let is_listed = help.lines().any(|line| {
            line.split_whitespace().next() == Some(target.as_str()) && line.ends_with(&description)
        });
        assert!(is_listed, "make help does not list {target}");
    }
}

#[test]
fn documented_cargo_commands_name_packages_of_the_workspace() {
    let packages = workspace_packages(&workspace_root()).unwrap();
    for command in commands_of("cargo") {
        let words: Vec<_> = command.arguments().take_while(|word| *word != "--").collect();
        for pair in words.windows(2).filter(|pair| matches!(pair[0], "-p" | "--package")) {
            let is_placeholder = pair[1].starts_with('<');
            assert!(
                is_placeholder || packages.iter().any(|package| package.name == pair[1]),
                "{}:{}: no package {}",
                command.file.display(),
                command.line,
                pair[1],
            );
        }
    }
}

#[test]
fn relative_links_lead_to_files() {
    let root = workspace_root();
    for document in documents(&root).unwrap() {
        let directory = root.join(&document);
        let directory = directory.parent().unwrap();
        for link in relative_links(&read_text(&root.join(&document)).unwrap()) {
            let exists = directory.join(&link.target).exists();
            assert!(exists, "{}:{}: no file {}", document.display(), link.line, link.target);
        }
    }
}

#[test]
fn paths_in_backquotes_exist() {
    let root = workspace_root();
    for document in documents(&root).unwrap() {
        for path in quoted_paths(&read_text(&root.join(&document)).unwrap()) {
            let exists = root.join(&path.target).exists();
            assert!(exists, "{}:{}: no file {}", document.display(), path.line, path.target);
        }
    }
}

/// The Rust code in fenced blocks, with the numbers of their first lines.
fn rust_blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        match &mut open {
            None if line == "```rust" => open = Some((index + 2, String::new())),
            Some(_) if line == "```" => blocks.extend(open.take()),
            Some((_, block)) => *block += &format!("{line}\n"),
            None => {}
        }
    }
    blocks
}

#[test]
fn rust_code_of_the_book_is_code_of_the_examples() {
    let root = workspace_root();
    let is_source = |path: &std::path::Path| {
        path.starts_with("examples") && path.extension().is_some_and(|extension| extension == "rs")
    };
    let files = repository_files(&root).unwrap();
    let sources: Vec<_> = files.iter().filter(|path| is_source(path)).collect();
    let sources: Vec<_> = sources.iter().map(|path| read_text(&root.join(path)).unwrap()).collect();
    let mut compared = 0;
    for document in documents(&root).unwrap().iter().filter(|path| path.starts_with("book")) {
        for (line, block) in rust_blocks(&read_text(&root.join(document)).unwrap()) {
            let is_there = sources.iter().any(|source| source.contains(&block));
            assert!(is_there, "{}:{line}: no example has this code", document.display());
            compared += 1;
        }
    }
    assert!(compared >= 8, "only {compared} blocks were found");
}
