//! Values as they may be shown.

use super::{
    args::{SECRETS, URLS},
    settings::JwtSource,
};
use std::ffi::OsStr;

const HIDDEN: &str = "***";
/// A longer part of a path may be a key.
const MAX_SEGMENT: usize = 16;

/// The value of a flag, without secrets.
pub(super) fn shown(flag: &str, value: &OsStr) -> String {
    let text = value.to_string_lossy();
    if SECRETS.contains(&flag) && matches!(JwtSource::from(&*text), JwtSource::Hex(_)) {
        return HIDDEN.to_owned();
    }
    if URLS.contains(&flag) {
        // One that is malformed may be a key all the same.
        let shown = |text: &str| if text.contains("://") { url(text) } else { HIDDEN.to_owned() };
        return text.split(',').map(|text| shown(text.trim())).collect::<Vec<_>>().join(",");
    }
    if !text.contains("://") {
        return text.into_owned();
    }
    text.split(',').map(url).collect::<Vec<_>>().join(",")
}

/// A URL without user, long parts of the path and values of the query; other texts as they are.
fn url(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (rest, has_fragment) = match rest.split_once('#') {
        Some((rest, _)) => (rest, true),
        None => (rest, false),
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let mut segments = rest.split('/');
    let authority = segments.next().unwrap_or_default();
    let authority = match authority.rsplit_once('@') {
        Some((_, host)) => format!("{HIDDEN}@{host}"),
        None => authority.to_owned(),
    };
    let mut shown = format!("{scheme}://{authority}");
    for segment in segments {
        let is_long = segment.chars().count() > MAX_SEGMENT;
        shown = format!("{shown}/{}", if is_long { HIDDEN } else { segment });
    }
    if let Some(query) = query {
        let pairs: Vec<_> = query.split('&').map(pair).collect();
        shown = format!("{shown}?{}", pairs.join("&"));
    }
    if has_fragment { format!("{shown}#{HIDDEN}") } else { shown }
}

/// A part of a query without its value. One without a name is a value.
fn pair(pair: &str) -> String {
    pair.split_once('=').map_or_else(|| HIDDEN.to_owned(), |(name, _)| format!("{name}={HIDDEN}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://example.com", "https://example.com")]
    #[case("https://user:pass@example.com:80/rpc", "https://***@example.com:80/rpc")]
    #[case("https://u@v@example.com", "https://***@example.com")]
    #[case("https://example.com/v2/0123456789abcdef", "https://example.com/v2/0123456789abcdef")]
    #[case("https://example.com/v2/0123456789abcdefg", "https://example.com/v2/***")]
    #[case("https://example.com?key=secret&b=c", "https://example.com?key=***&b=***")]
    #[case("https://example.com/?secret#secret", "https://example.com/?***#***")]
    #[case("https://a@b.c,wss://d@e.f", "https://***@b.c,wss://***@e.f")]
    #[case(
        "/var/lib/rollup-node/a-long-directory-name",
        "/var/lib/rollup-node/a-long-directory-name"
    )]
    fn urls_keep_only_what_is_no_secret(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(shown("http.corsdomain", OsStr::new(text)), expected);
    }

    #[rstest]
    #[case("rpc.example.com/v2/0123456789abcdef", HIDDEN)]
    #[case("https://a.example/v2/x, secret", "https://a.example/v2/x,***")]
    fn of_what_must_be_a_url_and_is_none_nothing_is_shown(
        #[case] text: &str,
        #[case] expected: &str,
    ) {
        for flag in URLS {
            assert_eq!(shown(flag, OsStr::new(text)), expected);
        }
    }

    #[rstest]
    #[case("0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", HIDDEN)]
    #[case("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde", HIDDEN)]
    #[case("/run/secrets/jwt.hex", "/run/secrets/jwt.hex")]
    fn secrets_are_hidden_and_their_files_are_not(#[case] text: &str, #[case] expected: &str) {
        for flag in SECRETS {
            assert_eq!(shown(flag, OsStr::new(text)), expected);
        }
    }
}
