//! Which web pages may call a server from a browser.

use std::{
    fmt::{self, Display, Formatter},
    net::IpAddr,
    str::FromStr,
};
use thiserror::Error;

/// Origins of web pages that may call a server.
///
/// The text form is `*`, or a list with commas of origins such as `https://example.com`. Nothing but a
/// browser sends an origin, so this protects its user, not the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// None is named.
    #[default]
    Unset,
    /// Any.
    Any,
    /// These, in lower case.
    Only(Vec<String>),
}

impl AllowedOrigins {
    /// Whether a page of this origin may open a WebSocket. Where no origin is named, that holds for
    /// pages of this machine: browsers do not ask a server before they open one, so any page could.
    pub(crate) fn allow_ws(&self, origin: &str) -> bool {
        match self {
            Self::Unset => is_of_this_machine(origin),
            Self::Any => true,
            Self::Only(_) => self.lists(origin),
        }
    }

    /// Whether this origin is named.
    pub(crate) fn lists(&self, origin: &str) -> bool {
        match self {
            Self::Unset => false,
            Self::Any => true,
            Self::Only(origins) => origins.iter().any(|known| known.eq_ignore_ascii_case(origin)),
        }
    }
}

fn is_of_this_machine(origin: &str) -> bool {
    let Some((_, authority)) = origin.split_once("://") else { return false };
    is_local_host(host_of(authority)) == Some(true)
}

/// The host in `host:port`, without the brackets of an IPv6 address.
pub(crate) fn host_of(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(host, _)| host);
    }
    authority.split_once(':').map_or(authority, |(host, _)| host)
}

/// Whether a host is this machine. `None` if it is a name other than `localhost`.
pub(crate) fn is_local_host(host: &str) -> Option<bool> {
    if host.eq_ignore_ascii_case("localhost") {
        return Some(true);
    }
    host.parse::<IpAddr>().ok().map(|ip| ip.to_canonical().is_loopback())
}

impl Display for AllowedOrigins {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => Ok(()),
            Self::Any => f.write_str("*"),
            Self::Only(origins) => f.write_str(&origins.join(",")),
        }
    }
}

/// A text that is no list of origins.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OriginsError {
    /// `*` beside others.
    #[error("wildcard origin (`*`) cannot be passed as part of a list: {list}")]
    WildcardInList {
        /// The list.
        list: String,
    },
    /// An item without a scheme or a host, or with a path.
    #[error("'{origin}' is no origin: write it as https://example.com, with a port if it has one")]
    NoOrigin {
        /// The item.
        origin: String,
    },
}

impl FromStr for AllowedOrigins {
    type Err = OriginsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "" => return Ok(Self::Unset),
            "*" => return Ok(Self::Any),
            _ => {}
        }
        let items: Vec<_> = text.split(',').map(str::trim).collect();
        if items.contains(&"*") {
            return Err(OriginsError::WildcardInList { list: text.to_owned() });
        }
        items.into_iter().map(origin).collect::<Result<_, _>>().map(Self::Only)
    }
}

fn origin(item: &str) -> Result<String, OriginsError> {
    let origin = item.strip_suffix('/').unwrap_or(item);
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    let is_origin = !host.is_empty()
        && !host.contains('/')
        && origin.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_origin {
        return Err(OriginsError::NoOrigin { origin: item.to_owned() });
    }
    Ok(origin.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<AllowedOrigins, OriginsError> {
        text.parse()
    }

    #[test]
    fn lists_what_is_written() {
        let origins = parse("https://Example.com/, http://a.test:3000").unwrap();
        assert!(origins.lists("https://example.com"));
        assert!(origins.allow_ws("http://a.test:3000"));
        assert!(!origins.allow_ws("http://a.test"));
        assert!(!origins.allow_ws("http://localhost:3000"));
    }

    #[test]
    fn rejects_what_no_browser_sends() {
        for text in ["example.com", "https://", "https://a/b", "https://a b", "https://a,,"] {
            assert!(matches!(parse(text), Err(OriginsError::NoOrigin { .. })), "{text}");
        }
        assert!(matches!(parse("*,https://a"), Err(OriginsError::WildcardInList { .. })));
    }

    #[test]
    fn only_pages_of_this_machine_open_a_websocket_where_none_is_named() {
        let unset = AllowedOrigins::Unset;
        for origin in ["http://localhost", "http://LOCALHOST:3000", "http://127.0.0.1:80"] {
            assert!(unset.allow_ws(origin), "{origin}");
        }
        assert!(unset.allow_ws("http://[::1]:3000"));
        for origin in ["http://localhost.evil.test", "https://10.0.0.1", "null", "http://[::2]"] {
            assert!(!unset.allow_ws(origin), "{origin}");
        }
        assert!(AllowedOrigins::Any.allow_ws("null"));
    }
}
