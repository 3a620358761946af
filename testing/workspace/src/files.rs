//! Which files the repository consists of.

use crate::WorkspaceError;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Marks a directory as a cache; cargo writes it into every target directory.
const CACHE_MARK: &str = "CACHEDIR.TAG";

/// Root directory of the workspace that this crate was compiled in.
pub fn workspace_root() -> PathBuf {
    let manifest_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest_dir.ancestors().nth(2).unwrap_or(manifest_dir).to_path_buf()
}

/// Every file below `root` that is not ignored, relative to `root`, sorted.
///
/// The `.gitignore` of `root` is honoured; `.git`, symbolic links and directories marked as caches
/// are passed over. Files not yet added to git are included, so that a check fails before the
/// commit and not after it.
///
/// # Errors
///
/// [`WorkspaceError::Read`] if a directory cannot be listed, [`WorkspaceError::UnsupportedIgnore`]
/// if `.gitignore` uses more than plain names, anchored paths and `*.extension`.
pub fn repository_files(root: &Path) -> Result<Vec<PathBuf>, WorkspaceError> {
    let ignores = match root.join(".gitignore") {
        path if path.exists() => parse_ignores(&read_text(&path)?)?,
        _ => Vec::new(),
    };
    let mut files = Vec::new();
    let mut pending = vec![PathBuf::new()];
    while let Some(directory) = pending.pop() {
        for (relative, file_type) in list(root, &directory)? {
            if ignores.iter().any(|ignore| ignore.matches(&relative)) {
                continue;
            }
            if file_type.is_file() {
                files.push(relative);
            } else if file_type.is_dir()
                && relative != Path::new(".git")
                && !root.join(&relative).join(CACHE_MARK).exists()
            {
                pending.push(relative);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The documents for people among the files of the repository: Markdown files in its root, in
/// `docs` and in `book`, relative to `root`.
///
/// # Errors
///
/// As [`repository_files`].
pub fn documents(root: &Path) -> Result<Vec<PathBuf>, WorkspaceError> {
    let mut files = repository_files(root)?;
    files.retain(|file| {
        let in_scope = file.parent() == Some(Path::new(""))
            || file.starts_with("docs")
            || file.starts_with("book");
        in_scope && file.extension().is_some_and(|extension| extension == "md")
    });
    Ok(files)
}

/// The text of a file; bytes that are not UTF-8 are replaced.
///
/// # Errors
///
/// [`WorkspaceError::Read`] with the path.
pub fn read_text(path: &Path) -> Result<String, WorkspaceError> {
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(source) => Err(WorkspaceError::Read { path: path.to_path_buf(), source }),
    }
}

/// Entries of one directory with their type, as paths relative to `root`.
fn list(root: &Path, directory: &Path) -> Result<Vec<(PathBuf, fs::FileType)>, WorkspaceError> {
    let path = root.join(directory);
    let read = || -> io::Result<Vec<_>> {
        fs::read_dir(&path)?
            .map(|entry| {
                let entry = entry?;
                Ok((directory.join(entry.file_name()), entry.file_type()?))
            })
            .collect()
    };
    read().map_err(|source| WorkspaceError::Read { path: path.clone(), source })
}

/// One line of `.gitignore`.
#[derive(Debug, PartialEq, Eq)]
enum Ignore {
    /// `/a/b`: this path only.
    Path(PathBuf),
    /// `name`: a file or directory of that name anywhere.
    Name(String),
    /// `*.ext`: this extension anywhere, kept with its dot.
    Suffix(String),
}

impl Ignore {
    fn matches(&self, relative: &Path) -> bool {
        let name = relative.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        match self {
            Self::Path(path) => relative == path,
            Self::Name(ignored) => name == ignored.as_str(),
            Self::Suffix(suffix) => name.ends_with(suffix.as_str()),
        }
    }
}

fn parse_ignores(text: &str) -> Result<Vec<Ignore>, WorkspaceError> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    lines
        .filter(|(_, pattern)| !pattern.is_empty() && !pattern.starts_with('#'))
        .map(|(line, pattern)| {
            parse_ignore(pattern).ok_or(WorkspaceError::UnsupportedIgnore { line })
        })
        .collect()
}

fn parse_ignore(pattern: &str) -> Option<Ignore> {
    let is_plain = |text: &str| !text.is_empty() && !text.contains(['*', '?', '[', '!', '\\']);
    let pattern = pattern.strip_suffix('/').unwrap_or(pattern);
    if let Some(path) = pattern.strip_prefix('/') {
        return is_plain(path).then(|| Ignore::Path(path.into()));
    }
    if let Some(suffix) = pattern.strip_prefix('*') {
        let is_suffix = suffix.starts_with('.') && is_plain(suffix) && !suffix.contains('/');
        return is_suffix.then(|| Ignore::Suffix(suffix.into()));
    }
    (is_plain(pattern) && !pattern.contains('/')).then(|| Ignore::Name(pattern.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::anchored("/fuzz/target", Some(Ignore::Path("fuzz/target".into())))]
    #[case::anchored_directory("/target/", Some(Ignore::Path("target".into())))]
    #[case::name("node_modules", Some(Ignore::Name("node_modules".into())))]
    #[case::suffix("*.log", Some(Ignore::Suffix(".log".into())))]
    #[case::negated("!keep.log", None)]
    #[case::inner_slash("a/b", None)]
    #[case::star_in_path("/a/*.rs", None)]
    #[case::double_star("**/x", None)]
    fn ignore_patterns_are_understood_or_refused(
        #[case] pattern: &str,
        #[case] expected: Option<Ignore>,
    ) {
        assert_eq!(parse_ignore(pattern), expected);
    }

    #[test]
    fn names_the_line_of_an_unsupported_pattern() {
        let error = parse_ignores("# comment\n/target\n\n!x\n").unwrap_err();
        assert!(matches!(error, WorkspaceError::UnsupportedIgnore { line: 4 }));
    }

    #[test]
    fn lists_files_that_are_neither_ignored_nor_in_a_cache() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(".gitignore", "/out\n*.log\nscratch\n");
        write("README.md", "");
        write("docs/map.md", "");
        write("crates/a/README.md", "");
        write("crates/a/out", "kept: the pattern is anchored");
        write("out/x", "");
        write("docs/run.log", "");
        write("docs/scratch/x.md", "");
        write(".git/config", "");
        write("build/CACHEDIR.TAG", "");
        write("build/x.rs", "");

        let as_text = |files: Vec<PathBuf>| {
            files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>()
        };
        let files = as_text(repository_files(root.path()).unwrap());
        let expected =
            [".gitignore", "README.md", "crates/a/README.md", "crates/a/out", "docs/map.md"];
        assert_eq!(files, expected);
        let documents = as_text(documents(root.path()).unwrap());
        assert_eq!(documents, ["README.md", "docs/map.md"]);
    }

    #[test]
    fn root_holds_the_workspace_manifest() {
        let manifest = read_text(&workspace_root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"));
    }
}
