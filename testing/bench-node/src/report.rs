//! The table of figures.

use std::fmt::{self, Display, Formatter};

/// Figures of both programs.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    decimals: usize,
    /// In the order of the programs.
    values: Vec<f64>,
}

impl Table {
    pub(crate) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds the figure of one more program.
    pub(crate) fn add(&mut self, name: &str, decimals: usize, value: f64) {
        // As the figures come, so that a run that is cut short has shown something.
        tell(&format!("{name}: {value:.decimals$}"));
        match self.rows.iter_mut().find(|row| row.name == name) {
            Some(row) => row.values.push(value),
            None => self.rows.push(Row { name: name.to_owned(), decimals, values: vec![value] }),
        }
    }
}

/// Says what is going on.
#[expect(clippy::print_stderr, reason = "what is going on is not part of the figures")]
pub(crate) fn tell(text: &str) {
    eprintln!("{text}");
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "| | rollup-node | anvil | ratio |")?;
        writeln!(f, "|---|---|---|---|")?;
        for Row { name, decimals, values } in &self.rows {
            write!(f, "| {name} |")?;
            match values[..] {
                [ours, theirs] => {
                    let ratio = ours / theirs;
                    writeln!(f, " {ours:.decimals$} | {theirs:.decimals$} | {ratio:.2} |")?;
                }
                [ours] => writeln!(f, " {ours:.decimals$} | | |")?,
                _ => writeln!(f, " | | |")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_one_name_share_a_row() {
        let mut table = Table::default();
        table.add("rate", 0, 300.0);
        table.add("sealing", 1, 2.25);
        table.add("rate", 0, 200.0);
        let expected = "| | rollup-node | anvil | ratio |\n|---|---|---|---|\n\
                        | rate | 300 | 200 | 1.50 |\n| sealing | 2.2 | | |\n";
        assert_eq!(table.to_string(), expected);
    }
}
