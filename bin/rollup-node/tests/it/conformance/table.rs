//! The table of the book.

use super::compare::{Difference, Kind};
use std::collections::{BTreeMap, BTreeSet};

/// What stands above the rows.
const HEAD: &str = "| Method | Field | Difference | Reason |\n|---|---|---|---|\n";

/// The rows of the page.
pub(super) struct Table {
    rows: BTreeMap<Difference, String>,
}

impl Table {
    /// Reads the rows of a page. Several methods in one row stand for a row each.
    pub(super) fn parse(page: &str) -> Self {
        let mut rows = BTreeMap::new();
        let (_, table) = page.split_once(HEAD).expect("the page has the table");
        for line in table.lines().take_while(|line| line.starts_with('|')) {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [methods, field, kind, reason] = cells[..] else { panic!("{line}") };
            let kind = Kind::parse(kind).unwrap_or_else(|| panic!("{line}"));
            for method in methods.split(", ") {
                let difference = Difference {
                    method: method.trim_matches('`').to_owned(),
                    field: field.trim_matches('`').to_owned(),
                    kind,
                };
                let double = rows.insert(difference, reason.to_owned());
                assert!(double.is_none(), "twice: {line}");
            }
        }
        Self { rows }
    }

    pub(super) fn differences(&self) -> BTreeSet<Difference> {
        self.rows.keys().cloned().collect()
    }

    /// The rows that give no reason.
    pub(super) fn without_reason(&self) -> String {
        let lacking = self.rows.iter().filter(|(_, reason)| reason.is_empty());
        lacking.map(|(row, _)| format!("{row}\n")).collect()
    }

    /// The page with rows for these differences. Rows that are alike but for the method become one.
    pub(super) fn updated(&self, page: &str, found: &BTreeSet<Difference>) -> String {
        let mut grouped = BTreeMap::<_, Vec<_>>::new();
        for difference in found {
            let reason = self.rows.get(difference).map_or("", String::as_str);
            let key = (&difference.field, difference.kind, reason);
            grouped.entry(key).or_default().push(format!("`{}`", difference.method));
        }
        let mut rows: Vec<_> = grouped
            .into_iter()
            .map(|((field, kind, reason), methods)| {
                let field = if field.is_empty() { String::new() } else { format!("`{field}`") };
                format!("| {} | {field} | {} | {reason} |\n", methods.join(", "), kind)
            })
            .collect();
        rows.sort();
        let (before, table) = page.split_once(HEAD).expect("the page has the table");
        let after: String = table
            .lines()
            .skip_while(|line| line.starts_with('|'))
            .map(|line| format!("{line}\n"))
            .collect();
        format!("{before}{HEAD}{}{after}", rows.concat())
    }
}

#[test]
fn rows_are_read_and_written_again() {
    let page = format!(
        "# Page\n\n{HEAD}| `a_b`, `c_d` | `x.y` | value | because |\n| `e_f` |  | -32601 / answer |  |\n\nend\n"
    );
    let table = Table::parse(&page);
    let found = table.differences();
    assert_eq!(found.len(), 3);
    assert_eq!(table.updated(&page, &found), page);
    assert_eq!(table.without_reason(), "| `e_f` | `` | -32601 / answer |\n");
}
