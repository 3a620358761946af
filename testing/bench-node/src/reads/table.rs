//! The table of figures of reads.

use super::{drive::Figures, query::Query};
use crate::report::tell;
use std::fmt::{self, Display, Formatter};

/// Figures of both programs.
#[derive(Debug, Default)]
pub(crate) struct ReadTable {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    /// What is said of a request; else of a byte that is answered.
    by_request: bool,
    /// In the order of the programs.
    figures: Vec<Figures>,
}

impl ReadTable {
    /// Adds the figures of one more program.
    pub(crate) fn add(&mut self, query: Query, connections: usize, writes: bool, figures: Figures) {
        let writes = if writes { ", 300 tx/s written" } else { "" };
        let name = format!("{}, {connections} conn.{writes}", query.name());
        tell(&format!("{name}: {}", cell(&figures)));
        match self.rows.iter_mut().find(|row| row.name == name) {
            Some(row) => row.figures.push(figures),
            None => {
                let by_request = query != Query::Logs;
                self.rows.push(Row { name, by_request, figures: vec![figures] });
            }
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

fn cell(figures: &Figures) -> String {
    let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    format!(
        "{:.0} | {:.2} / {:.2} | {:.1}",
        figures.requests_per_second,
        ms(figures.p50),
        ms(figures.p99),
        figures.cpu_per_request.as_secs_f64() * 1e6,
    )
}

impl Row {
    /// Ours over theirs: requests per second, and processor time of a request or a byte.
    fn ratios(&self) -> Option<(f64, f64)> {
        let [ours, theirs] = self.figures[..] else { return None };
        let cpu = |figures: Figures| {
            let per = if self.by_request { 1.0 } else { figures.bytes_per_request };
            figures.cpu_per_request.as_secs_f64() / per
        };
        let rate = ours.requests_per_second / theirs.requests_per_second;
        Some((rate, cpu(ours) / cpu(theirs)))
    }
}

impl Display for ReadTable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| reads | rollup-node: req/s | p50 / p99, ms | processor, us | anvil: req/s | p50 / p99, ms | processor, us | req/s ratio | processor ratio |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            write!(f, "| {} |", row.name)?;
            for figures in &row.figures {
                write!(f, " {} |", cell(figures))?;
            }
            match row.ratios() {
                Some((rate, cpu)) => writeln!(f, " {rate:.1} | {cpu:.3} |")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn figures(rate: f64, cpu_us: u64, bytes: f64) -> Figures {
        Figures {
            requests_per_second: rate,
            p50: Duration::from_micros(100),
            p99: Duration::from_micros(2_500),
            cpu_per_request: Duration::from_micros(cpu_us),
            bytes_per_request: bytes,
        }
    }

    #[test]
    fn logs_are_compared_by_byte_and_all_else_by_request() {
        let mut table = ReadTable::default();
        for query in [Query::Balance, Query::Logs] {
            table.add(query, 16, false, figures(3_000.0, 30, 2_000.0));
            table.add(query, 16, false, figures(1_000.0, 60, 1_000.0));
        }
        let text = table.to_string();
        let lines: Vec<_> = text.lines().skip(2).collect();
        assert!(lines[0].ends_with("| 3.0 | 0.500 |"), "{text}");
        assert!(lines[1].ends_with("| 3.0 | 0.250 |"), "{text}");
        assert!(lines[0].contains(" 3000 | 0.10 / 2.50 | 30.0 |"), "{text}");
    }
}
