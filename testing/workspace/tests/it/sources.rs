//! Limits that every file keeps.

use rollup_workspace::{read_text, repository_files, workspace_root};
use std::{fs, path::Path};

/// Lines of a Rust file, tests included.
const MAX_RUST_LINES: usize = 800;
/// Start of a first line that gives the reason for a longer file.
const LONG_FILE_MARK: &str = "// long: ";
/// Size of any file, in bytes.
const MAX_FILE_BYTES: u64 = 400_000;

/// Texts that tie a file to one machine or to one mirror of a package registry. They are put
/// together here so that this file does not hold them.
fn machine_specific_texts() -> Vec<String> {
    let pieces = [
        ("index.", "crates.io"),
        ("static.", "crates.io"),
        ("registry.", "npmjs.org"),
        ("registry.", "yarnpkg.com"),
        ("pypi", ".org"),
        ("files.", "pythonhosted.org"),
        ("deb.", "debian.org"),
        ("sparse", "+http"),
        ("source.", "crates-io"),
        ("/work", "/"),
        ("/root", "/"),
        ("/Users", "/"),
    ];
    pieces.map(|(start, end)| format!("{start}{end}")).into()
}

/// Whether `text` holds `needle`, where a path must not go on from an earlier part of a path.
fn holds(text: &str, needle: &str) -> bool {
    text.match_indices(needle).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        !needle.starts_with('/')
            || before.is_none_or(|c| !c.is_alphanumeric() && !"/._-~$}".contains(c))
    })
}

#[test]
fn rust_files_are_short_or_say_why_not() {
    let root = workspace_root();
    for file in repository_files(&root).unwrap() {
        if file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = read_text(&root.join(&file)).unwrap();
        let lines = text.lines().count();
        let is_exempt = text.starts_with(LONG_FILE_MARK);
        let name = file.display();
        assert!(lines <= MAX_RUST_LINES || is_exempt, "{name} has {lines} lines");
    }
}

#[test]
fn no_file_is_large() {
    let root = workspace_root();
    for file in repository_files(&root).unwrap() {
        let bytes = fs::metadata(root.join(&file)).unwrap().len();
        assert!(bytes <= MAX_FILE_BYTES, "{} has {bytes} bytes", file.display());
    }
}

#[test]
fn no_file_is_tied_to_a_machine_or_a_registry_mirror() {
    let root = workspace_root();
    let needles = machine_specific_texts();
    for file in repository_files(&root).unwrap() {
        let text = read_text(&root.join(&file)).unwrap();
        let found: Vec<_> = needles.iter().filter(|needle| holds(&text, needle)).collect();
        assert!(found.is_empty(), "{} holds {found:?}", file.display());
    }
}

#[test]
fn machine_paths_are_told_from_parts_of_paths() {
    let path = machine_specific_texts().into_iter().find(|text| text.starts_with("/work")).unwrap();
    assert!(holds(&format!("open(\"{path}main\")"), &path));
    assert!(holds(&format!("{path}main"), &path));
    assert!(!holds(&format!("see docs{path}main"), &path));
    assert!(!holds(&format!("cd $HOME{path}main").replace("HOME", "{HOME}"), &path));
}

#[test]
fn the_limits_see_the_repository() {
    let files = repository_files(&workspace_root()).unwrap();
    assert!(files.iter().any(|file| file == Path::new("testing/workspace/tests/it/sources.rs")));
}
