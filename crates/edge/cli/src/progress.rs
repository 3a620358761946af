//! Progress on standard error, drawn only if that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over `length` of what `template` shows.
pub(crate) fn bar(length: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
