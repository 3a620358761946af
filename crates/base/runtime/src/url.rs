//! Addresses of HTTP servers, which may hold secrets.

use std::{fmt, str::FromStr};
use thiserror::Error;
use url::Url;

/// Where a server is asked over HTTP or HTTPS. Whatever shows it shows host and port alone: user,
/// path and query may be a key.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpUrl {
    url: Url,
    shown: String,
}

/// A text that is no such address. It is not repeated: it may hold a key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HttpUrlError {
    /// No URL at all.
    #[error("expected a URL, as in http://127.0.0.1:8545: {0}")]
    Malformed(<Url as FromStr>::Err),
    /// Another protocol.
    #[error(
        "expected a URL that begins with http:// or https://, and this one begins with {scheme}://"
    )]
    Scheme {
        /// The one it names.
        scheme: String,
    },
}

impl HttpUrl {
    /// All of it, secrets included: for the client that sends requests there, and nothing else.
    pub const fn expose(&self) -> &Url {
        &self.url
    }

    /// Whether it is HTTPS.
    pub fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        &self.shown
    }
}

impl FromStr for HttpUrl {
    type Err = HttpUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url: Url = text.parse().map_err(HttpUrlError::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpUrlError::Scheme { scheme: url.scheme().to_owned() });
        }
        // Both protocols have a host and a usual port.
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        let shown = format!("{host}:{port}");
        Ok(Self { url, shown })
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HttpUrl").field(&self.shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("http://127.0.0.1:8545", "127.0.0.1:8545")]
    #[case(
        "https://user:secret@rpc.example.com/v2/secret?key=secret#secret",
        "rpc.example.com:443"
    )]
    #[case("http://[::1]/", "[::1]:80")]
    fn shows_host_and_port_alone(#[case] text: &str, #[case] shown: &str) {
        let url: HttpUrl = text.parse().unwrap();
        assert_eq!(url.to_string(), shown);
        assert!(!format!("{url:?}").contains("secret"));
    }

    #[rstest]
    #[case("ws://secret.example.com", "ws://")]
    #[case("ftp://secret", "ftp://")]
    #[case("secret", "relative URL without a base")]
    #[case("http://", "empty host")]
    fn refuses_other_texts_without_repeating_them(#[case] text: &str, #[case] why: &str) {
        let err = text.parse::<HttpUrl>().unwrap_err().to_string();
        assert!(err.contains(why) && !err.contains("secret"), "{err}");
    }
}
