//! Addresses of remote signers.

use reqwest::Url;
use std::{fmt, net::IpAddr, str::FromStr};
use thiserror::Error;

/// Where a remote signer is asked: over https, or over http on this machine. Whatever shows it shows
/// host and port alone: user, path and query may be a key.
#[derive(Clone, PartialEq, Eq)]
pub struct SignerUrl {
    url: Box<Url>,
    shown: String,
}

/// A text that is no such address. It is not repeated: it may hold a key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignerUrlError {
    /// No URL at all.
    #[error("expected a URL, as in https://signer.example.com: {0}")]
    Malformed(<Url as FromStr>::Err),
    /// Another protocol.
    #[error("expected a URL that begins with https://, and this one begins with {scheme}://")]
    Scheme {
        /// The one it names.
        scheme: String,
    },
    /// Others can read and change what is said.
    #[error("expected https://, because {host} is not this machine")]
    Unencrypted {
        /// Whom it names.
        host: String,
    },
}

impl SignerUrl {
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }
}

impl FromStr for SignerUrl {
    type Err = SignerUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url: Url = text.parse().map_err(SignerUrlError::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(SignerUrlError::Scheme { scheme: url.scheme().to_owned() });
        }
        // Both protocols have a host and a usual port.
        let host = url.host_str().unwrap_or_default();
        if url.scheme() == "http" && !is_this_machine(host) {
            return Err(SignerUrlError::Unencrypted { host: host.to_owned() });
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let shown = format!("{host}:{port}");
        Ok(Self { url: Box::new(url), shown })
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

impl fmt::Display for SignerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for SignerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignerUrl").field(&self.shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://signer.example.com", "signer.example.com:443")]
    #[case(
        "https://user:secret@signer.example.com:8443/secret?secret#secret",
        "signer.example.com:8443"
    )]
    #[case("http://127.0.0.1:9000/sign", "127.0.0.1:9000")]
    #[case("http://localhost", "localhost:80")]
    #[case("http://[::1]:9000", "[::1]:9000")]
    fn shows_host_and_port_alone(#[case] text: &str, #[case] shown: &str) {
        let url: SignerUrl = text.parse().unwrap();
        assert_eq!(url.to_string(), shown);
        assert!(!format!("{url:?}").contains("secret"));
    }

    #[rstest]
    #[case("http://signer.example.com/secret", "signer.example.com is not this machine")]
    #[case("http://localhost.example.com/secret", "is not this machine")]
    #[case("http://10.0.0.1/secret", "10.0.0.1 is not this machine")]
    #[case("http://[fe80::1]/secret", "is not this machine")]
    #[case("unix:///secret", "unix://")]
    #[case("secret", "relative URL without a base")]
    fn refuses_other_texts_without_repeating_them(#[case] text: &str, #[case] why: &str) {
        let err = text.parse::<SignerUrl>().unwrap_err().to_string();
        assert!(err.contains(why) && !err.contains("secret"), "{err}");
    }
}
