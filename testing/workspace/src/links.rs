//! References from documents to files of the repository.

/// Directories whose paths are recognised in backquotes.
const SOURCE_DIRECTORIES: [&str; 5] = ["bin/", "book/", "crates/", "docs/", "testing/"];

/// A reference from a document to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentLink {
    /// Line number, from 1.
    pub line: usize,
    /// Path without the part after `#` or from a placeholder on.
    pub target: String,
}

/// Links of the Markdown `text` to files, outside fenced blocks; links to other sites and within
/// the document are left out. Targets are relative to the document's directory.
pub fn relative_links(text: &str) -> Vec<DocumentLink> {
    let mut links = Vec::new();
    let mut in_fence = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        } else if !in_fence {
            let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            let paths = targets.filter_map(file_part);
            links.extend(paths.map(|target| DocumentLink { line: index + 1, target }));
        }
    }
    links
}

/// Paths in backquotes in the Markdown `text`, outside fenced blocks, that start with a source
/// directory of the workspace; relative to its root. A path with a placeholder such as `<fork>` is
/// cut before the part that holds it.
pub fn quoted_paths(text: &str) -> Vec<DocumentLink> {
    let mut paths = Vec::new();
    let mut in_fence = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        } else if !in_fence {
            // Every second part stands between two backquotes.
            let spans = line.split('`').skip(1).step_by(2);
            let quoted = spans.filter(|span| is_source_path(span));
            paths.extend(quoted.map(|span| DocumentLink {
                line: index + 1,
                target: without_placeholders(span).to_owned(),
            }));
        }
    }
    paths
}

fn is_source_path(span: &str) -> bool {
    SOURCE_DIRECTORIES.iter().any(|directory| span.starts_with(directory))
        && !span.contains(char::is_whitespace)
}

fn without_placeholders(path: &str) -> &str {
    let end = path
        .find(['<', '*', '{'])
        .map_or(path.len(), |placeholder| path[..placeholder].rfind('/').unwrap_or_default());
    path[..end].trim_end_matches('/')
}

fn file_part(target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let path = target.split('#').next()?.trim();
    (!path.is_empty()).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_links_to_files_outside_fenced_blocks() {
        let text = "See [a](docs/a.md) and [b](../b.md#part), [c](https://x.org/c), [d](#here).\n\
                    ```text\n[e](missing.md)\n```\n[f](f.md)\n";
        let expected = [(1, "docs/a.md"), (1, "../b.md"), (5, "f.md")]
            .map(|(line, target)| DocumentLink { line, target: target.to_owned() });
        assert_eq!(relative_links(text), expected);
    }

    #[test]
    fn finds_paths_in_backquotes_up_to_a_placeholder() {
        let text = "In `crates/a/src/x.rs` or `crates/a/src/<fork>.rs`, not `src/x.rs`, `a/b` or\n\
                    `crates/<area>/<crate>`; `bin/a b` is no path, `docs/` is.\n\
                    ```text\n`crates/none`\n```\n";
        let expected = [(1, "crates/a/src/x.rs"), (1, "crates/a/src"), (2, "crates"), (2, "docs")]
            .map(|(line, target)| DocumentLink { line, target: target.to_owned() });
        assert_eq!(quoted_paths(text), expected);
    }
}
