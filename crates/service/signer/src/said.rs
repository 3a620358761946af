//! What another machine says, made fit for a line of a log.

use std::fmt;

/// Characters that are kept, at most.
const MAX_CHARS: usize = 300;

/// A text of another machine: one line of limited length. Empty if nothing was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said(String);

impl Said {
    pub(crate) fn new(text: Option<&str>) -> Self {
        let text = text.unwrap_or_default().trim();
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        Self(text.chars().take(MAX_CHARS).map(plain).collect())
    }
}

/// With what stands before it in a sentence.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, ", which says \"{}\"", self.0)
    }
}

/// What another machine calls something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name(Said);

impl Name {
    pub(crate) fn new(text: &str) -> Self {
        Self(Said::new(Some(text)))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_short_line_or_nothing() {
        assert_eq!(Said::new(None).to_string(), "");
        assert_eq!(Said::new(Some(" \n")).to_string(), "");
        assert_eq!(Said::new(Some("a\nb\u{1b}[31m\n")).to_string(), ", which says \"a b [31m\"");
        let long = "ä".repeat(10_000);
        assert_eq!(Said::new(Some(&long)).0.chars().count(), MAX_CHARS);
    }
}
