//! What a program tells Prometheus.

use eyre::{Result, eyre};

/// A quantile, such as "0.99", of a metric.
pub(crate) fn quantile(metrics: &str, name: &str, quantile: &str) -> Result<f64> {
    let line = format!("{name}{{quantile=\"{quantile}\"}} ");
    let value = metrics.lines().find_map(|text| text.strip_prefix(&line));
    Ok(value.ok_or_else(|| eyre!("no metric {line}"))?.parse()?)
}

/// A counter with these labels, as they are shown; 0 if it was never counted.
pub(crate) fn counter(metrics: &str, name: &str) -> Result<f64> {
    let value = metrics.lines().find_map(|text| text.strip_prefix(name)?.strip_prefix(' '));
    Ok(value.unwrap_or("0").parse()?)
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

    #[test]
    fn a_counter_is_found_by_name_and_labels() {
        let metrics = "x{reason=\"a\"} 3\nx{reason=\"b\"} 4\n";
        assert_eq!(counter(metrics, "x{reason=\"b\"}").unwrap().to_string(), "4");
        assert_eq!(counter(metrics, "x{reason=\"c\"}").unwrap().to_string(), "0");
    }
}
