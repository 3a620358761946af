//! The crate map: which crates exist, where, and what each may import.

mod check;

pub use check::CrateMapViolation;

use crate::CrateMapError;
use std::{collections::BTreeSet, path::PathBuf, str::FromStr};

/// Header of the table in `docs/crate-map.md`.
const COLUMNS: [&str; 5] = ["Area", "Crate", "Responsibility", "May import", "In its tests, also"];
/// Cell for an empty list.
const NOTHING: &str = "–";

/// Part of the project that a crate belongs to. An area never imports a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Types that everything uses.
    Base,
    /// Rules of the protocol, without I/O.
    Protocol,
    /// Storage of chain data.
    Data,
    /// Parts of any node.
    Service,
    /// Parts that follow or drive the rollup.
    Rollup,
    /// Assembly of the node and its interfaces.
    Edge,
    /// Programs.
    Bin,
    /// Programs that show how the others are extended.
    Examples,
    /// Crates that only test.
    Testing,
}

impl Area {
    /// Name in the map.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Protocol => "protocol",
            Self::Data => "data",
            Self::Service => "service",
            Self::Rollup => "rollup",
            Self::Edge => "edge",
            Self::Bin => "bin",
            Self::Examples => "examples",
            Self::Testing => "testing",
        }
    }

    /// Every area, in the order of the direction of imports.
    pub const ALL: [Self; 9] = [
        Self::Base,
        Self::Protocol,
        Self::Data,
        Self::Service,
        Self::Rollup,
        Self::Edge,
        Self::Bin,
        Self::Examples,
        Self::Testing,
    ];
}

/// One row of the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrateRow {
    /// Line number in the document, from 1.
    pub line: usize,
    /// Part of the project.
    pub area: Area,
    /// Name of the directory.
    pub name: String,
    /// Crates of the map that it may use, by [`CrateRow::name`].
    pub imports: BTreeSet<String>,
    /// Crates of the map that its tests and benches may use besides.
    pub test_imports: BTreeSet<String>,
}

impl CrateRow {
    /// Directory of the crate, relative to the workspace root.
    pub fn directory(&self) -> PathBuf {
        let parent = match self.area {
            Area::Bin | Area::Examples | Area::Testing => PathBuf::new(),
            _ => PathBuf::from("crates"),
        };
        parent.join(self.area.name()).join(&self.name)
    }

    /// Package name of the crate.
    pub fn package(&self) -> String {
        match self.area {
            Area::Bin => self.name.clone(),
            Area::Examples => format!("example-{}", self.name),
            _ => format!("rollup-{}", self.name),
        }
    }
}

/// The table of `docs/crate-map.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrateMap {
    /// Rows in the order of the document.
    pub rows: Vec<CrateRow>,
}

impl CrateMap {
    /// The row of the crate with this directory name.
    pub fn row(&self, name: &str) -> Option<&CrateRow> {
        self.rows.iter().find(|row| row.name == name)
    }
}

impl FromStr for CrateMap {
    type Err = CrateMapError;

    /// Reads the first table of a Markdown document that has the map's columns.
    fn from_str(document: &str) -> Result<Self, CrateMapError> {
        let mut lines =
            document.lines().enumerate().map(|(index, line)| (index + 1, cells(line.trim())));
        lines
            .find(|(_, cells)| cells.as_deref() == Some(COLUMNS.as_slice()))
            .ok_or(CrateMapError::NoTable)?;
        // The line below the header only separates.
        let rows = lines.skip(1).map_while(|(line, cells)| Some((line, cells?)));
        let rows = rows.map(|(line, cells)| parse_row(line, &cells));
        Ok(Self { rows: rows.collect::<Result<_, _>>()? })
    }
}

/// The cells of a table row, or `None` for any other line.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

fn parse_row(line: usize, cells: &[&str]) -> Result<CrateRow, CrateMapError> {
    let &[area, name, _, imports, test_imports] = cells else {
        return Err(CrateMapError::Cells { line, found: cells.len(), expected: COLUMNS.len() });
    };
    let area = Area::ALL.into_iter().find(|known| known.name() == area);
    let area = area.ok_or(CrateMapError::Area { line })?;
    Ok(CrateRow {
        line,
        area,
        name: parse_name(line, name)?,
        imports: parse_names(line, imports)?,
        test_imports: parse_names(line, test_imports)?,
    })
}

fn parse_names(line: usize, cell: &str) -> Result<BTreeSet<String>, CrateMapError> {
    if cell == NOTHING {
        return Ok(BTreeSet::new());
    }
    cell.split(',').map(|name| parse_name(line, name.trim())).collect()
}

fn parse_name(line: usize, cell: &str) -> Result<String, CrateMapError> {
    let name = cell.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
    let is_name = |name: &&str| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_lowercase() || "0123456789-".contains(c))
    };
    name.filter(is_name).map(str::to_owned).ok_or(CrateMapError::Name { line })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const HEADER: &str = "| Area | Crate | Responsibility | May import | In its tests, also |\n|---|---|---|---|---|\n";

    fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
        names.map(str::to_owned).into()
    }

    #[test]
    fn reads_the_rows_of_the_table() {
        let table = "| edge | `cli` | Commands, of course | `evm`, `l1` | – |\n\
                     | bin | `rollup-node` | Main | `cli` | `workspace` |\n\nText | not a row\n";
        let map: CrateMap = format!("# Map\n\n{HEADER}{table}").parse().unwrap();

        assert_eq!(map.rows.len(), 2);
        let cli = map.row("cli").unwrap();
        assert_eq!((cli.line, cli.area), (5, Area::Edge));
        assert_eq!(cli.imports, names(["evm", "l1"]));
        assert_eq!(cli.directory(), PathBuf::from("crates/edge/cli"));
        assert_eq!(cli.package(), "rollup-cli");
        let node = map.row("rollup-node").unwrap();
        assert_eq!(node.test_imports, names(["workspace"]));
        assert_eq!(node.directory(), PathBuf::from("bin/rollup-node"));
        assert_eq!(node.package(), "rollup-node");
    }

    #[rstest]
    #[case::too_few_cells("| base | `x` | y | – |", CrateMapError::Cells { line: 3, found: 4, expected: 5 })]
    #[case::unknown_area("| core | `x` | y | – | – |", CrateMapError::Area { line: 3 })]
    #[case::bare_name("| base | x | y | – | – |", CrateMapError::Name { line: 3 })]
    #[case::empty_list("| base | `x` | y |  | – |", CrateMapError::Name { line: 3 })]
    #[case::words_as_list("| base | `x` | y | everything | – |", CrateMapError::Name { line: 3 })]
    fn refuses_a_row_it_does_not_understand(#[case] row: &str, #[case] expected: CrateMapError) {
        assert_eq!(format!("{HEADER}{row}\n").parse::<CrateMap>(), Err(expected));
    }

    #[test]
    fn refuses_a_document_without_the_table() {
        assert_eq!("| Area | Crate |\n".parse::<CrateMap>(), Err(CrateMapError::NoTable));
    }
}
