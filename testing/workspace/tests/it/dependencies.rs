//! The packages that the workspace is built from, against `deny.toml`.

use rollup_workspace::{
    DependencyKind, LicensePolicy, Package, compiled_packages, is_license_allowed, license_terms,
    read_text, repository_files, workspace_packages, workspace_root,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Families of crates whose types meet in our code: two versions of one would not fit together.
const SINGLE_VERSION_FAMILIES: [&str; 3] = ["alloy", "reth", "revm"];

fn policy() -> LicensePolicy {
    LicensePolicy::parse(&read_text(&workspace_root().join("deny.toml")).unwrap()).unwrap()
}

#[test]
fn every_licence_is_allowed() {
    let policy = policy();
    let mut refused = compiled_packages(&workspace_root()).unwrap();
    refused.retain(|package| !is_license_allowed(&policy, &package.license).unwrap_or(false));
    assert!(refused.is_empty(), "deny.toml does not allow the licences of {refused:#?}");
}

#[test]
fn no_licence_is_allowed_without_use() {
    let packages = compiled_packages(&workspace_root()).unwrap();
    let used: BTreeSet<_> =
        packages.iter().flat_map(|package| license_terms(&package.license)).collect();
    let allow = policy().allow;
    let unused: Vec<_> = allow.difference(&used).collect();
    assert!(unused.is_empty(), "deny.toml allows licences that no dependency has: {unused:?}");
}

#[test]
fn every_dependency_comes_from_the_default_registry() {
    let root = workspace_root();
    for package in compiled_packages(&root).unwrap() {
        let is_trusted = match &package.origin {
            Some(origin) => std::path::Path::new(origin).starts_with(&root),
            None => true,
        };
        assert!(is_trusted, "{} comes from {:?}", package.name, package.origin);
    }
}

#[test]
fn the_families_have_one_version_of_each_crate() {
    let mut versions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for package in compiled_packages(&workspace_root()).unwrap() {
        let family = package.name.split('-').next().unwrap_or_default();
        if SINGLE_VERSION_FAMILIES.contains(&family) {
            versions.entry(package.name).or_default().insert(package.version);
        }
    }
    assert!(!versions.is_empty());
    versions.retain(|_, versions| versions.len() > 1);
    assert!(versions.is_empty(), "more than one version of {versions:#?}");
}

/// Words of the Rust sources of a package below one of its folders.
fn words(package: &Package, folder: &str) -> BTreeSet<String> {
    let directory = package.manifest_path.parent().unwrap().join(folder);
    let is_source = |path: &Path| {
        path.starts_with(&directory) && path.extension().is_some_and(|extension| extension == "rs")
    };
    let files = repository_files(&workspace_root()).unwrap();
    files
        .iter()
        .map(|path| workspace_root().join(path))
        .filter(|path| is_source(path))
        .flat_map(|path| {
            let text = read_text(&path).unwrap();
            let separator = |c: char| !(c.is_alphanumeric() || c == '_');
            text.split(separator).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

// The name of a package that a source does not even mention cannot be needed there.
#[test]
fn every_dependency_is_named_in_the_sources() {
    let mut unused = Vec::new();
    for package in workspace_packages(&workspace_root()).unwrap() {
        let (shipped, all) = (words(&package, "src"), words(&package, ""));
        for dependency in &package.dependencies {
            let used = if dependency.kind.is_none() { &shipped } else { &all };
            let name = dependency.name.replace('-', "_");
            if dependency.kind != Some(DependencyKind::Build) && !used.contains(&name) {
                unused.push(format!("{} of {}", dependency.name, package.name));
            }
        }
    }
    assert!(unused.is_empty(), "dependencies without use: {unused:#?}");
}
