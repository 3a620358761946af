//! Comparison of the crate map with the packages of the workspace.

use super::{Area, CrateMap, CrateRow};
use crate::{DependencyKind, Package};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// A difference between the crate map and the workspace, or a mistake in the map.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum CrateMapViolation {
    /// Two rows have the same crate name.
    #[error("crate {name} has two rows")]
    DuplicateRow {
        /// Name in both rows.
        name: String,
    },
    /// A package of the workspace is in no row.
    #[error("package {package} has no row with its directory {}", directory.display())]
    NoRow {
        /// Name in the manifest.
        package: String,
        /// Directory relative to the workspace root.
        directory: PathBuf,
    },
    /// A row describes a directory that holds no package.
    #[error("crate {name} has a row but no package")]
    NoPackage {
        /// Name in the row.
        name: String,
    },
    /// A package is not named after its directory.
    #[error("package {package} should be named {expected}")]
    PackageName {
        /// Name in the manifest.
        package: String,
        /// Name that follows from the row.
        expected: String,
    },
    /// A row allows an import of a crate that has no row.
    #[error("crate {name} may import {import}, which has no row")]
    UnknownImport {
        /// Name in the row.
        name: String,
        /// The import without a row.
        import: String,
    },
    /// A row allows an import against the direction of the areas.
    #[error("crate {name} may import {import} of a later area")]
    Direction {
        /// Name in the row.
        name: String,
        /// The import of the later area.
        import: String,
    },
    /// A package has a dependency that its row does not allow.
    #[error("package {package} depends on {dependency}, which its row does not allow")]
    ForbiddenImport {
        /// Name in the manifest.
        package: String,
        /// Package it depends on.
        dependency: String,
    },
}

impl CrateMap {
    /// Everything in which this map and the `packages` of the workspace at `root` disagree, and
    /// everything in which the map contradicts its own rules; empty if all is well.
    pub fn violations(&self, root: &Path, packages: &[Package]) -> BTreeSet<CrateMapViolation> {
        let mut violations = self.mistakes();
        let mut described = BTreeSet::new();
        for package in packages {
            let directory = package.manifest_path.parent().unwrap_or(root);
            let directory = directory.strip_prefix(root).unwrap_or(directory);
            if let Some(row) = self.rows.iter().find(|row| row.directory() == directory) {
                described.insert(&row.name);
                violations.extend(self.package_violations(row, package));
            } else {
                violations.insert(CrateMapViolation::NoRow {
                    package: package.name.clone(),
                    directory: directory.to_path_buf(),
                });
            }
        }
        let unused = self.rows.iter().filter(|row| !described.contains(&row.name));
        violations
            .extend(unused.map(|row| CrateMapViolation::NoPackage { name: row.name.clone() }));
        violations
    }

    /// What is wrong with the map whatever the workspace holds.
    fn mistakes(&self) -> BTreeSet<CrateMapViolation> {
        let mut mistakes = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for row in &self.rows {
            if !seen.insert(&row.name) {
                mistakes.insert(CrateMapViolation::DuplicateRow { name: row.name.clone() });
            }
            for import in &row.imports {
                mistakes.extend(self.import_mistake(row, import, row.area));
            }
            for import in &row.test_imports {
                mistakes.extend(self.import_mistake(row, import, Area::Testing));
            }
        }
        mistakes
    }

    /// What is wrong with an import that must not be of an area after `last_area`.
    fn import_mistake(
        &self,
        row: &CrateRow,
        import: &str,
        last_area: Area,
    ) -> Option<CrateMapViolation> {
        let (name, import) = (row.name.clone(), import.to_owned());
        match self.row(&import) {
            None => Some(CrateMapViolation::UnknownImport { name, import }),
            Some(imported) if imported.area > last_area => {
                Some(CrateMapViolation::Direction { name, import })
            }
            Some(_) => None,
        }
    }

    fn package_violations(&self, row: &CrateRow, package: &Package) -> Vec<CrateMapViolation> {
        let mut violations = Vec::new();
        let expected = row.package();
        if package.name != expected {
            let package = package.name.clone();
            violations.push(CrateMapViolation::PackageName { package, expected });
        }
        let own = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
        for dependency in own {
            let imported = self.rows.iter().find(|row| row.package() == dependency.name);
            let is_allowed = imported.is_some_and(|imported| {
                let is_dev = dependency.kind == Some(DependencyKind::Dev);
                row.imports.contains(&imported.name)
                    || (is_dev && row.test_imports.contains(&imported.name))
            });
            if !is_allowed {
                violations.push(CrateMapViolation::ForbiddenImport {
                    package: package.name.clone(),
                    dependency: dependency.name.clone(),
                });
            }
        }
        violations
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dependency;

    fn row(area: Area, name: &str, imports: &[&str], test_imports: &[&str]) -> CrateRow {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        CrateRow {
            line: 1,
            area,
            name: name.to_owned(),
            imports: set(imports),
            test_imports: set(test_imports),
        }
    }

    fn package(directory: &str, name: &str, dependencies: &[(&str, bool)]) -> Package {
        let dependency = |&(name, is_dev): &(&str, bool)| Dependency {
            name: name.to_owned(),
            kind: is_dev.then_some(DependencyKind::Dev),
            path: name.starts_with("rollup-").then(|| PathBuf::from("/r")),
        };
        Package {
            name: name.to_owned(),
            dependencies: dependencies.iter().map(dependency).collect(),
            manifest_path: Path::new("/r").join(directory).join("Cargo.toml"),
        }
    }

    /// A map and packages that agree.
    fn agreeing() -> (CrateMap, Vec<Package>) {
        let rows = vec![
            row(Area::Base, "primitives", &[], &[]),
            row(Area::Protocol, "evm", &["primitives"], &["workspace"]),
            row(Area::Testing, "workspace", &[], &[]),
        ];
        let packages = vec![
            package("crates/base/primitives", "rollup-primitives", &[("serde", false)]),
            package(
                "crates/protocol/evm",
                "rollup-evm",
                &[("rollup-primitives", false), ("rollup-workspace", true)],
            ),
            package("testing/workspace", "rollup-workspace", &[]),
        ];
        (CrateMap { rows }, packages)
    }

    type Change = fn(&mut CrateMap, &mut Vec<Package>);

    #[test]
    fn each_disagreement_is_reported() {
        let cases: [(&str, Change, Option<CrateMapViolation>); 11] = [
            ("nothing", |_, _| (), None),
            ("allowed_import_may_be_unused", |_, packages| packages[1].dependencies.clear(), None),
            (
                "package_added",
                |_, packages| packages.push(package("crates/data/db", "rollup-db", &[])),
                Some(CrateMapViolation::NoRow {
                    package: "rollup-db".into(),
                    directory: "crates/data/db".into(),
                }),
            ),
            (
                "package_removed",
                |_, packages| drop(packages.pop()),
                Some(CrateMapViolation::NoPackage { name: "workspace".into() }),
            ),
            (
                "package_renamed",
                |_, packages| packages[2].name = "rollup-checks".into(),
                Some(CrateMapViolation::PackageName {
                    package: "rollup-checks".into(),
                    expected: "rollup-workspace".into(),
                }),
            ),
            (
                "row_repeated",
                |map, _| map.rows.push(map.rows[0].clone()),
                Some(CrateMapViolation::DuplicateRow { name: "primitives".into() }),
            ),
            (
                "import_of_a_missing_crate",
                |map, _| map.rows[0].test_imports.extend(["db".into()]),
                Some(CrateMapViolation::UnknownImport {
                    name: "primitives".into(),
                    import: "db".into(),
                }),
            ),
            (
                "import_against_the_direction",
                |map, _| map.rows[0].imports.extend(["evm".into()]),
                Some(CrateMapViolation::Direction {
                    name: "primitives".into(),
                    import: "evm".into(),
                }),
            ),
            (
                "import_not_in_the_row",
                |map, _| map.rows[1].imports.clear(),
                Some(CrateMapViolation::ForbiddenImport {
                    package: "rollup-evm".into(),
                    dependency: "rollup-primitives".into(),
                }),
            ),
            (
                "test_import_used_outside_tests",
                |_, packages| packages[1].dependencies[1].kind = None,
                Some(CrateMapViolation::ForbiddenImport {
                    package: "rollup-evm".into(),
                    dependency: "rollup-workspace".into(),
                }),
            ),
            (
                "test_import_not_in_the_row",
                |map, _| map.rows[1].test_imports.clear(),
                Some(CrateMapViolation::ForbiddenImport {
                    package: "rollup-evm".into(),
                    dependency: "rollup-workspace".into(),
                }),
            ),
        ];
        for (name, change, expected) in cases {
            let (mut map, mut packages) = agreeing();
            change(&mut map, &mut packages);
            let found = map.violations(Path::new("/r"), &packages);
            assert_eq!(found, expected.into_iter().collect(), "{name}");
        }
    }
}
