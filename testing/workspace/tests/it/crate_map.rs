//! `docs/crate-map.md` against the workspace.

use rollup_workspace::{
    Area, CrateMap, linked_packages, read_text, repository_files, workspace_packages,
    workspace_root,
};
use std::path::PathBuf;

/// Crates that do I/O, run tasks, or export metrics: not for code that must be deterministic.
const BANNED_IN_PROTOCOL: [&str; 14] = [
    "async-io",
    "async-std",
    "hyper",
    "jsonrpsee",
    "libp2p",
    "metrics-exporter-prometheus",
    "mio",
    "quinn",
    "reqwest",
    "signet-libmdbx",
    "smol",
    "socket2",
    "tokio",
    "ureq",
];

/// Standard-library paths that read a clock, the environment, files or the network.
const IMPURE_PATHS: [&str; 7] = [
    "std::env::",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "Instant::now",
    "SystemTime::now",
];

fn crate_map() -> CrateMap {
    read_text(&workspace_root().join("docs/crate-map.md")).unwrap().parse().unwrap()
}

#[test]
fn map_agrees_with_the_workspace() {
    let root = workspace_root();
    let packages = workspace_packages(&root).unwrap();
    let violations = crate_map().violations(&root, &packages);
    let report: Vec<_> = violations.iter().map(ToString::to_string).collect();
    assert!(report.is_empty(), "docs/crate-map.md:\n{}", report.join("\n"));
}

#[test]
fn every_crate_uses_the_lints_of_the_workspace() {
    let root = workspace_root();
    for row in crate_map().rows {
        let manifest = read_text(&root.join(row.directory()).join("Cargo.toml")).unwrap();
        let lines: Vec<_> = manifest.lines().map(str::trim).collect();
        let inherits = lines.windows(2).any(|pair| pair == ["[lints]", "workspace = true"]);
        assert!(inherits, "{} does not have the lints of the workspace", row.package());
    }
}

#[test]
fn protocol_crates_link_nothing_that_does_io() {
    let root = workspace_root();
    // With what they import, so `primitives` as well.
    for row in crate_map().rows.iter().filter(|row| row.area == Area::Protocol) {
        let mut banned = linked_packages(&root, &row.package()).unwrap();
        banned.retain(|package| BANNED_IN_PROTOCOL.contains(&package.name.as_str()));
        assert!(banned.is_empty(), "{} links {banned:#?}", row.package());
    }
}

#[test]
fn protocol_sources_name_no_clock_file_or_socket() {
    let root = workspace_root();
    let files = repository_files(&root).unwrap();
    let is_source = |path: &&PathBuf| {
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        // Directories: crates, area, crate, src.
        let in_src = path.components().nth(3).is_some_and(|part| part.as_os_str() == "src");
        let is_test = path.components().any(|part| {
            ["tests", "tests.rs", "test_utils"].iter().any(|name| part.as_os_str() == *name)
        });
        is_rust && in_src && !is_test && path.starts_with("crates/protocol")
    };
    let sources: Vec<_> = files.iter().filter(is_source).collect();
    assert!(!sources.is_empty());
    for path in sources {
        let text = read_text(&root.join(path)).unwrap();
        let shipped = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let found: Vec<_> = IMPURE_PATHS.iter().filter(|name| shipped.contains(*name)).collect();
        assert!(found.is_empty(), "{} uses {found:?}", path.display());
    }
}
