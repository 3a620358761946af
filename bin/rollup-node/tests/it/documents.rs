//! What README and book show is what the program does.

use crate::rollup_node;
use rollup_workspace::{documented_commands, read_text, workspace_root};

/// Exit codes of a command that a document may show: done, and "no" for an answer.
const DOCUMENTED_EXIT_CODES: [i32; 2] = [0, 1];

#[test]
fn every_documented_command_runs() {
    let commands = documented_commands(&workspace_root()).unwrap();
    let mut ran = 0;
    for command in &commands {
        let Some(arguments) = command.rollup_node_arguments() else {
            continue;
        };
        let output = rollup_node().args(&arguments).output().unwrap();
        let code = output.status.code().unwrap();
        assert!(
            DOCUMENTED_EXIT_CODES.contains(&code),
            "{}:{}: `{}` ends with {code}: {}",
            command.file.display(),
            command.line,
            command.command,
            String::from_utf8_lossy(&output.stderr),
        );
        ran += 1;
    }
    assert!(ran >= 5, "only {ran} commands were found");
}

#[test]
fn the_book_shows_the_help_of_verify() {
    let book = read_text(&workspace_root().join("book/verify.md")).unwrap();
    let help = rollup_node().args(["verify", "--help"]).output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    assert!(
        book.contains(&format!("```text\n{}\n```", help.trim_end())),
        "book/verify.md must show:\n{help}"
    );
}

#[test]
fn the_readme_shows_the_output_of_the_tour() {
    let readme = read_text(&workspace_root().join("README.md")).unwrap();
    let sample = "examples/blocks/sample.json";
    let forced = ["verify", "--force-fork", "feynman", sample];
    let output = rollup_node().args(forced).output().unwrap().stdout;
    let output = String::from_utf8(output).unwrap();
    assert!(readme.contains(&format!("```text\n{output}```")), "README.md must show:\n{output}");

    let output = rollup_node().args(["verify", sample]).output().unwrap().stdout;
    let output = String::from_utf8(output).unwrap();
    // All but the time, which is another one on every run.
    let line = output.lines().next().unwrap().rsplit_once(',').unwrap().0;
    assert!(readme.contains(line), "README.md must show:\n{line}");
}
