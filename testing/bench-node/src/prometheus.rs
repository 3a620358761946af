//! What a program tells Prometheus.

use eyre::{Result, eyre};

/// A quantile, such as "0.99", of a metric.
pub(crate) fn quantile(metrics: &str, name: &str, quantile: &str) -> Result<f64> {
    let line = format!("{name}{{quantile=\"{quantile}\"}} ");
    let value = metrics.lines().find_map(|text| text.strip_prefix(&line));
    Ok(value.ok_or_else(|| eyre!("no metric {line}"))?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_found_by_name() {
        let metrics = "# HELP x\nx{quantile=\"0.5\"} 0.001\nx{quantile=\"0.99\"} 0.02\nx_sum 3\n";
        assert_eq!(quantile(metrics, "x", "0.99").unwrap().to_string(), "0.02");
        assert!(quantile(metrics, "x", "0.9").is_err());
    }
}
