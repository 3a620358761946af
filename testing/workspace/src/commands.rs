//! Commands that the documents show to their readers.

use crate::{WorkspaceError, documents, read_text};
use std::path::{Path, PathBuf};

/// Info strings of fenced blocks whose lines are commands.
const SCRIPT_BLOCKS: [&str; 3] = ["sh", "bash", "shell"];
/// Info string of fenced blocks that mix output with commands, which start with `$ `.
const SESSION_BLOCK: &str = "console";
/// Words between which a line holds separate commands.
const SEPARATORS: [&str; 5] = ["&&", "||", "|", ";", "&"];

/// One command of a document: a program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentedCommand {
    /// Document, relative to the workspace root.
    pub file: PathBuf,
    /// Line number of the command's first line, from 1.
    pub line: usize,
    /// The command without prompt, comment, leading assignments and line continuations; words are
    /// separated by single spaces.
    pub command: String,
}

impl DocumentedCommand {
    /// First word.
    pub fn program(&self) -> &str {
        self.command.split(' ').next().unwrap_or_default()
    }

    /// Words after the first.
    pub fn arguments(&self) -> impl Iterator<Item = &str> {
        self.command.split(' ').skip(1)
    }

    /// The arguments for the `rollup-node` program, if the command runs it: by its name, by a
    /// path that ends with its name, or through `cargo run`.
    pub fn rollup_node_arguments(&self) -> Option<Vec<&str>> {
        let name = self.program().rsplit('/').next().unwrap_or_default();
        if name == "rollup-node" {
            return Some(self.arguments().collect());
        }
        let mut arguments = self.arguments();
        if name != "cargo" || arguments.next() != Some("run") {
            return None;
        }
        Some(arguments.skip_while(|argument| *argument != "--").skip(1).collect())
    }
}

/// The commands in the fenced `sh`, `bash`, `shell` and `console` blocks of [`documents`].
///
/// # Errors
///
/// As [`documents`], and [`WorkspaceError::Read`] if a document cannot be read.
pub fn documented_commands(root: &Path) -> Result<Vec<DocumentedCommand>, WorkspaceError> {
    let mut commands = Vec::new();
    for file in documents(root)? {
        commands.extend(commands_in(&file, &read_text(&root.join(&file))?));
    }
    Ok(commands)
}

/// The commands of one document; see [`documented_commands`].
pub fn commands_in(file: &Path, text: &str) -> Vec<DocumentedCommand> {
    let mut commands = Vec::new();
    let mut block = Block::None;
    // A command that goes on in the next line, with the number of its first line.
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(info) = line.strip_prefix("```") {
            block = block.toggle(info);
            open = None;
            continue;
        }
        let Some(line) = block.command_text(line, open.is_some()) else {
            continue;
        };
        let (start, text) = match open.take() {
            Some((start, text)) => (start, format!("{text} {line}")),
            None => (index + 1, line.to_owned()),
        };
        if let Some(text) = text.strip_suffix('\\') {
            open = Some((start, text.to_owned()));
        } else {
            commands.extend(split_commands(&text).map(|command| DocumentedCommand {
                file: file.to_path_buf(),
                line: start,
                command,
            }));
        }
    }
    commands
}

/// The fenced block that a line is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    None,
    Script,
    Session,
    Other,
}

impl Block {
    /// State after a fence with this info string.
    fn toggle(self, info: &str) -> Self {
        let language = info.split([',', ' ']).next().unwrap_or_default();
        match self {
            Self::None if language == SESSION_BLOCK => Self::Session,
            Self::None if SCRIPT_BLOCKS.contains(&language) => Self::Script,
            Self::None => Self::Other,
            _ => Self::None,
        }
    }

    /// The part of a line that is a command, or continues one.
    fn command_text(self, line: &str, is_continuation: bool) -> Option<&str> {
        match self {
            Self::None | Self::Other => None,
            Self::Script => Some(line.strip_prefix("$ ").unwrap_or(line)),
            Self::Session if is_continuation => Some(line.strip_prefix("> ").unwrap_or(line)),
            Self::Session => line.strip_prefix("$ "),
        }
    }
}

/// Splits a line at its separators and removes comments and leading assignments.
fn split_commands(line: &str) -> impl Iterator<Item = String> {
    let words: Vec<_> = line.split_whitespace().take_while(|word| !word.starts_with('#')).collect();
    let commands: Vec<_> = words
        .split(|word| SEPARATORS.contains(word))
        .map(|words| {
            let assignments = words.iter().take_while(|word| is_assignment(word)).count();
            words[assignments..].join(" ")
        })
        .filter(|command| !command.is_empty())
        .collect();
    commands.into_iter()
}

/// Whether a word before the program sets a variable of its environment.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn found(text: &str) -> Vec<(usize, String)> {
        let commands = commands_in(Path::new("x.md"), text);
        commands.into_iter().map(|command| (command.line, command.command)).collect()
    }

    #[rstest]
    #[case::script("```sh\nmake test\n\n# comment\nmake   lint # why\n```\n", &[(2, "make test"), (5, "make lint")])]
    #[case::prompt_in_script("```bash\n$ make test\n```\n", &[(2, "make test")])]
    #[case::output_in_session("```console\n$ make test\nmake lint\n```\n", &[(2, "make test")])]
    #[case::other_block("```text\nmake test\n```\n", &[])]
    #[case::no_block("make test\n", &[])]
    #[case::after_a_block("```sh\nmake a\n```\nmake b\n```text\nmake c\n```\n", &[(2, "make a")])]
    #[case::info_with_attributes("```sh,ignore\nmake a\n```\n", &[(2, "make a")])]
    #[case::assignment("```sh\nCI=true A_1=x make test B=y\n```\n", &[(2, "make test B=y")])]
    #[case::several("```sh\ncd x && make a | tee log\n```\n", &[(2, "cd x"), (2, "make a"), (2, "tee log")])]
    #[case::continuation("```sh\nrollup-node verify \\\n  --jobs 2\nmake a\n```\n", &[(2, "rollup-node verify --jobs 2"), (4, "make a")])]
    #[case::session_continuation("```console\n$ make a \\\n> B=1\nout\n```\n", &[(2, "make a B=1")])]
    #[case::indented("1. first\n   ```sh\n   make a\n   ```\n", &[(3, "make a")])]
    fn commands_are_extracted(#[case] text: &str, #[case] expected: &[(usize, &str)]) {
        let expected: Vec<_> =
            expected.iter().map(|(line, command)| (*line, (*command).to_owned())).collect();
        assert_eq!(found(text), expected);
    }

    #[rstest]
    #[case::by_name("rollup-node verify --jobs 2", Some(vec!["verify", "--jobs", "2"]))]
    #[case::by_path("./target/release/rollup-node verify", Some(vec!["verify"]))]
    #[case::through_cargo("cargo run --release -- verify x", Some(vec!["verify", "x"]))]
    #[case::through_cargo_without_arguments("cargo run", Some(vec![]))]
    #[case::other_cargo("cargo test -- verify", None)]
    #[case::other_program("make rollup-node", None)]
    fn runs_of_the_node_are_recognised(#[case] command: &str, #[case] expected: Option<Vec<&str>>) {
        let command =
            DocumentedCommand { file: PathBuf::new(), line: 1, command: command.to_owned() };
        assert_eq!(command.rollup_node_arguments(), expected);
    }
}
