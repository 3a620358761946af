//! Which licences the dependencies may have: the list in `deny.toml`, and SPDX expressions.

use crate::LicenseError;
use std::collections::BTreeSet;

/// The part of `deny.toml` that concerns licences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LicensePolicy {
    /// SPDX names, with an exception where there is one, that are accepted.
    pub allow: BTreeSet<String>,
}

impl LicensePolicy {
    /// Reads `deny.toml`, which must hold one name per line between `allow = [` and `]` in its
    /// section `[licenses]`.
    ///
    /// # Errors
    ///
    /// [`LicenseError::NoAllowList`] if there is no such list or it is empty.
    pub fn parse(deny_toml: &str) -> Result<Self, LicenseError> {
        let section = deny_toml.lines().skip_while(|line| line.trim() != "[licenses]").skip(1);
        let section = section.take_while(|line| !line.starts_with('['));
        let list = section.skip_while(|line| line.trim() != "allow = [").skip(1);
        let allow: BTreeSet<_> =
            list.take_while(|line| line.trim() != "]").filter_map(quoted).collect();
        if allow.is_empty() {
            return Err(LicenseError::NoAllowList);
        }
        Ok(Self { allow })
    }
}

/// The text between the first pair of double quotes.
fn quoted(line: &str) -> Option<String> {
    let line = line.trim_start();
    if line.starts_with('#') {
        return None;
    }
    line.split('"').nth(1).map(str::to_owned)
}

/// Whether the licence `expression` can be satisfied with licences of `policy` alone.
///
/// `/` is read as `OR`, as old manifests mean it. A licence with an exception is allowed only if
/// the list holds it with that exception.
///
/// # Errors
///
/// [`LicenseError`] if the expression is malformed.
pub fn is_license_allowed(policy: &LicensePolicy, expression: &str) -> Result<bool, LicenseError> {
    let words = words(expression);
    let mut parser = Parser { words: &words, policy };
    let allowed = parser.any_of()?;
    if parser.words.is_empty() { Ok(allowed) } else { Err(LicenseError::UnexpectedWord) }
}

/// The licences, each with its exception, that are named in `expression`.
pub fn license_terms(expression: &str) -> BTreeSet<String> {
    let words = words(expression);
    let is_start = |word: &str| !matches!(word, "(" | ")" | "OR" | "AND" | "WITH");
    let mut terms = BTreeSet::new();
    for (index, word) in words.iter().enumerate() {
        let follows_with = index > 0 && words[index - 1] == "WITH";
        if is_start(word) && !follows_with {
            terms.insert(term_at(&words[index..]));
        }
    }
    terms
}

/// The name at the start of `words`, with its exception if it has one.
fn term_at(words: &[String]) -> String {
    match words {
        [name, with, exception, ..] if with == "WITH" => format!("{name} WITH {exception}"),
        [name, ..] => name.clone(),
        [] => String::new(),
    }
}

fn words(expression: &str) -> Vec<String> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// Recursive descent over the words; `AND` binds stronger than `OR`.
struct Parser<'a> {
    words: &'a [String],
    policy: &'a LicensePolicy,
}

impl Parser<'_> {
    fn any_of(&mut self) -> Result<bool, LicenseError> {
        let mut allowed = self.all_of()?;
        while self.take("OR") {
            allowed |= self.all_of()?;
        }
        Ok(allowed)
    }

    fn all_of(&mut self) -> Result<bool, LicenseError> {
        let mut allowed = self.single()?;
        while self.take("AND") {
            allowed &= self.single()?;
        }
        Ok(allowed)
    }

    fn single(&mut self) -> Result<bool, LicenseError> {
        if self.take("(") {
            let allowed = self.any_of()?;
            return if self.take(")") { Ok(allowed) } else { Err(LicenseError::Incomplete) };
        }
        match self.words {
            [] => Err(LicenseError::Incomplete),
            [word, ..] if matches!(word.as_str(), ")" | "OR" | "AND" | "WITH") => {
                Err(LicenseError::UnexpectedWord)
            }
            [_, with] if with == "WITH" => Err(LicenseError::Incomplete),
            words => {
                let term = term_at(words);
                self.words = &words[term.split(' ').count()..];
                Ok(self.policy.allow.contains(&term))
            }
        }
    }

    fn take(&mut self, expected: &str) -> bool {
        match self.words {
            [word, rest @ ..] if word == expected => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn policy() -> LicensePolicy {
        let allow = ["MIT", "BSD-3-Clause", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"];
        LicensePolicy { allow: allow.map(str::to_owned).into() }
    }

    #[rstest]
    #[case::single("MIT", Ok(true))]
    #[case::unknown("GPL-3.0", Ok(false))]
    #[case::choice("GPL-3.0 OR MIT", Ok(true))]
    #[case::old_choice("GPL-3.0/MIT", Ok(true))]
    #[case::both("GPL-3.0 AND MIT", Ok(false))]
    #[case::and_binds_stronger("MIT OR GPL-3.0 AND Unicode-3.0", Ok(true))]
    #[case::parentheses("(MIT OR GPL-3.0) AND Unicode-3.0", Ok(true))]
    #[case::parentheses_unsatisfied("(MIT OR BSD-3-Clause) AND GPL-3.0", Ok(false))]
    #[case::exception("Apache-2.0 WITH LLVM-exception", Ok(true))]
    #[case::exception_is_part_of_the_name("Apache-2.0", Ok(false))]
    #[case::other_exception("MIT WITH LLVM-exception", Ok(false))]
    #[case::empty("", Err(LicenseError::Incomplete))]
    #[case::open_parenthesis("(MIT", Err(LicenseError::Incomplete))]
    #[case::exception_missing("MIT WITH", Err(LicenseError::Incomplete))]
    #[case::operator_first("OR MIT", Err(LicenseError::UnexpectedWord))]
    #[case::operator_missing("MIT BSD-3-Clause", Err(LicenseError::UnexpectedWord))]
    fn expressions_are_judged(
        #[case] expression: &str,
        #[case] expected: Result<bool, LicenseError>,
    ) {
        assert_eq!(is_license_allowed(&policy(), expression), expected);
    }

    #[test]
    fn terms_keep_their_exception() {
        let terms = license_terms("(MIT/Apache-2.0 WITH LLVM-exception) AND Zlib");
        assert_eq!(
            terms,
            ["Apache-2.0 WITH LLVM-exception", "MIT", "Zlib"].map(str::to_owned).into()
        );
    }

    #[test]
    fn reads_the_allow_list_of_its_section_only() {
        let text = "[bans]\nallow = [\n  \"Wrong\",\n]\n[licenses]\nx = 1\nallow = [\n  # \"No\"\n  \
                    \"MIT\", # why\n  \"Zlib\",\n]\n[sources]\n";
        let policy = LicensePolicy::parse(text).unwrap();
        assert_eq!(policy.allow, ["MIT", "Zlib"].map(str::to_owned).into());
    }

    #[rstest]
    #[case::no_section("[bans]\nallow = [\n\"MIT\",\n]\n")]
    #[case::no_list("[licenses]\n[bans]\nallow = [\n\"MIT\",\n]\n")]
    #[case::empty_list("[licenses]\nallow = [\n]\n")]
    fn refuses_a_policy_without_a_list(#[case] text: &str) {
        assert_eq!(LicensePolicy::parse(text), Err(LicenseError::NoAllowList));
    }
}
