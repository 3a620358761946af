//! What cargo says about the workspace and what it is built from.

use crate::WorkspaceError;
use serde::Deserialize;
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A package of the workspace, as its manifest describes it.
#[derive(Clone, Debug, Deserialize)]
pub struct Package {
    /// Package name.
    pub name: String,
    /// What the manifest asks for, of every kind and platform.
    pub dependencies: Vec<Dependency>,
    /// Absolute path of the manifest.
    pub manifest_path: PathBuf,
}

/// One dependency as a manifest declares it.
#[derive(Clone, Debug, Deserialize)]
pub struct Dependency {
    /// Package name, not the name it is imported under.
    pub name: String,
    /// Kind; cargo leaves it out for a normal dependency.
    pub kind: Option<DependencyKind>,
    /// Directory of the package, if it is a dependency by path.
    pub path: Option<PathBuf>,
}

/// When a dependency that is not a normal one is used.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum DependencyKind {
    /// By tests, examples and benches.
    Dev,
    /// By the build script.
    Build,
}

/// One version of one package in a dependency graph, on this machine's platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsedPackage {
    /// Package name.
    pub name: String,
    /// Version, without a leading `v`.
    pub version: String,
    /// SPDX expression; empty if the package gives none.
    pub license: String,
    /// Where the package comes from if that is not the default registry: a directory, or the
    /// location of a git repository or of another registry.
    pub origin: Option<String>,
}

/// The packages of the workspace at `root`.
///
/// # Errors
///
/// [`WorkspaceError`] if cargo fails or its output is not understood.
pub fn workspace_packages(root: &Path) -> Result<Vec<Package>, WorkspaceError> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    let output = cargo(root, &["metadata", "--format-version=1", "--no-deps", "--offline"])?;
    Ok(serde_json::from_str::<Metadata>(&output)?.packages)
}

/// Every package that building and testing the workspace at `root` compiles, at the versions of
/// the lock file; sorted, the packages of the workspace included.
///
/// # Errors
///
/// [`WorkspaceError`] if cargo fails, as it does when the lock file is out of date, or if its
/// output is not understood.
pub fn compiled_packages(root: &Path) -> Result<Vec<UsedPackage>, WorkspaceError> {
    used_packages(root, &["--workspace", "--edges=normal,build,dev"])
}

/// Every package that the library or program of `package` uses, directly or not, without those
/// that only its tests or build scripts use; sorted, `package` included.
///
/// # Errors
///
/// As [`compiled_packages`], also if the workspace has no such package.
pub fn linked_packages(root: &Path, package: &str) -> Result<Vec<UsedPackage>, WorkspaceError> {
    used_packages(root, &["--package", package, "--edges=normal"])
}

fn used_packages(root: &Path, selection: &[&str]) -> Result<Vec<UsedPackage>, WorkspaceError> {
    // Cargo may append a mark to a line; the second tab tells it from the licence.
    let mut arguments = vec!["tree", "--locked", "--prefix=none", "--format={p}\t{l}\t"];
    arguments.extend(selection);
    let output = cargo(root, &arguments)?;
    let lines = output.lines().enumerate().filter(|(_, line)| !line.is_empty());
    let mut packages = lines
        .map(|(index, line)| {
            parse_used_package(line).ok_or(WorkspaceError::TreeLine { line: index + 1 })
        })
        .collect::<Result<Vec<_>, _>>()?;
    packages.sort();
    packages.dedup();
    Ok(packages)
}

/// Reads `name vVERSION [(proc-macro)] [(origin)]`, a tab, the licence, a tab.
fn parse_used_package(line: &str) -> Option<UsedPackage> {
    let (package, rest) = line.split_once('\t')?;
    let (license, _) = rest.split_once('\t')?;
    let (name, rest) = package.split_once(' ')?;
    let (version, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let origin = rest.strip_prefix("(proc-macro)").unwrap_or(rest).trim();
    let origin = match origin {
        "" => None,
        _ => Some(origin.strip_prefix('(')?.strip_suffix(')')?.to_owned()),
    };
    Some(UsedPackage {
        name: name.to_owned(),
        version: version.strip_prefix('v')?.to_owned(),
        license: license.to_owned(),
        origin,
    })
}

/// Standard output of the cargo that compiled this crate.
fn cargo(root: &Path, arguments: &[&str]) -> Result<String, WorkspaceError> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(WorkspaceError::StartCargo)?;
    if !output.status.success() {
        return Err(WorkspaceError::CargoFailed(output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace_root;
    use rstest::rstest;

    #[rstest]
    #[case::registry("serde v1.0.2\tMIT\t", Some(("serde", "1.0.2", "MIT", None)))]
    #[case::repeated("serde v1.0.2\tMIT\t (*)", Some(("serde", "1.0.2", "MIT", None)))]
    #[case::macro_crate("d v2.0.0 (proc-macro)\t\t", Some(("d", "2.0.0", "", None)))]
    #[case::path("a v0.1.0 (/x/y z)\tMIT\t", Some(("a", "0.1.0", "MIT", Some("/x/y z"))))]
    #[case::git("g v1.0.0 (proc-macro) (https://g.org/g#1)\tMIT\t", Some(("g", "1.0.0", "MIT", Some("https://g.org/g#1"))))]
    #[case::no_license_field("serde v1.0.2", None)]
    #[case::no_version("serde\tMIT\t", None)]
    #[case::unknown_mark("serde v1.0.2 proc-macro\tMIT\t", None)]
    fn lines_of_the_tree_are_read(
        #[case] line: &str,
        #[case] expected: Option<(&str, &str, &str, Option<&str>)>,
    ) {
        let expected = expected.map(|(name, version, license, origin)| UsedPackage {
            name: name.to_owned(),
            version: version.to_owned(),
            license: license.to_owned(),
            origin: origin.map(str::to_owned),
        });
        assert_eq!(parse_used_package(line), expected);
    }

    #[test]
    fn workspace_metadata_names_this_package_and_its_dev_dependencies() {
        let packages = workspace_packages(&workspace_root()).unwrap();
        let this = packages.iter().find(|package| package.name == env!("CARGO_PKG_NAME")).unwrap();
        let kind = |name: &str| {
            this.dependencies.iter().find(|dependency| dependency.name == name).unwrap().kind
        };
        assert_eq!(kind("serde"), None);
        assert_eq!(kind("rstest"), Some(DependencyKind::Dev));
    }

    #[test]
    fn linked_packages_leave_out_what_only_tests_use() {
        let root = workspace_root();
        let has = |packages: &[UsedPackage], name: &str| {
            packages.iter().any(|package| package.name == name)
        };
        let linked = linked_packages(&root, env!("CARGO_PKG_NAME")).unwrap();
        assert!(has(&linked, "serde") && has(&linked, "itoa"), "{linked:?}");
        assert!(!has(&linked, "rstest"), "{linked:?}");
        assert!(has(&compiled_packages(&root).unwrap(), "rstest"));
    }

    #[test]
    fn failure_of_cargo_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let error = workspace_packages(directory.path()).unwrap_err();
        assert!(matches!(error, WorkspaceError::CargoFailed(_)));
    }
}
