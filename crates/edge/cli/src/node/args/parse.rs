//! Values that have no type of their own.

use alloy_primitives::utils::{format_ether, parse_ether};
use std::{
    convert::Infallible,
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::ParseIntError,
    str::FromStr,
    time::Duration,
};
use thiserror::Error;

/// A word for "none".
const NONE: &str = "none";
const LOCALHOST: &str = "localhost";

/// A text that is not what a flag takes.
#[derive(Debug, PartialEq, Eq, Error)]
pub(super) enum ParseError {
    /// Not a duration.
    #[error("expected a number and a unit, as in 500ms, 3s, 2m or 1h")]
    Duration,
    /// A duration that is out of bounds.
    #[error("this duration is too long")]
    DurationTooLong,
    /// Not an address with a port.
    #[error("expected an IP address and a port, as in 127.0.0.1:9001")]
    SocketAddress,
    /// Not an address.
    #[error("expected an IP address, as in 127.0.0.1")]
    Address(#[from] std::net::AddrParseError),
    /// Not the permissions of a file.
    #[error("expected permissions in octal digits, as in 600")]
    Permissions,
    /// Not an amount.
    #[error("expected an amount in ether, as in 1 or 0.5")]
    Ether,
    /// Not a number.
    #[error("expected a number")]
    Number(#[from] ParseIntError),
}

/// An amount in wei, written in ether.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ether(pub(super) u128);

impl fmt::Display for Ether {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format_ether(self.0);
        let text = text.trim_end_matches('0');
        f.write_str(text.strip_suffix('.').unwrap_or(text))
    }
}

/// `1`, `0.5`.
pub(super) fn ether(text: &str) -> Result<Ether, ParseError> {
    let plain = |c: char| c.is_ascii_digit() || c == '.';
    let wei = Some(text).filter(|text| !text.is_empty() && text.chars().all(plain));
    let wei = wei.and_then(|text| parse_ether(text).ok()).ok_or(ParseError::Ether)?;
    wei.try_into().map(Ether).or(Err(ParseError::Ether))
}

/// `500ms`, `3s`, `2m`, `1h`.
pub(super) fn duration(text: &str) -> Result<Duration, ParseError> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or(ParseError::Duration)?;
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err(ParseError::Duration);
    }
    let number: u64 = number.parse()?;
    let seconds_per_unit = match unit {
        "ms" => return Ok(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(ParseError::Duration),
    };
    number.checked_mul(seconds_per_unit).map(Duration::from_secs).ok_or(ParseError::DurationTooLong)
}

/// An address and a port; `localhost`, or only a port, stand for the loopback address.
pub(super) fn socket_address(text: &str) -> Result<SocketAddr, ParseError> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let port = text.strip_prefix(LOCALHOST).unwrap_or(text);
    let port = port.strip_prefix(':').filter(|port| !port.starts_with('+'));
    let port = port.and_then(|port| port.parse().ok()).ok_or(ParseError::SocketAddress)?;
    Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
}

/// An address; `localhost` stands for the loopback address.
pub(super) fn ip_address(text: &str) -> Result<IpAddr, ParseError> {
    if text == LOCALHOST {
        return Ok(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    Ok(text.parse()?)
}

/// An address, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OptionalAddress(pub(super) Option<SocketAddr>);

impl fmt::Display for OptionalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => write!(f, "{address}"),
            None => f.write_str(NONE),
        }
    }
}

/// Permissions of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Permissions(pub(super) u32);

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:o}", self.0)
    }
}

/// `600`, `0600`, `0o600`.
pub(super) fn permissions(text: &str) -> Result<Permissions, ParseError> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    if !digits.bytes().all(|digit| matches!(digit, b'0'..=b'7')) {
        return Err(ParseError::Permissions);
    }
    let mode = u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o777);
    mode.map(Permissions).ok_or(ParseError::Permissions)
}

/// An address and a port, or `none`.
pub(super) fn optional_address(text: &str) -> Result<OptionalAddress, ParseError> {
    if text == NONE {
        return Ok(OptionalAddress(None));
    }
    socket_address(text).map(Some).map(OptionalAddress)
}

/// URLs with commas, which may hold keys: whatever is wrong with them, they are not repeated.
#[derive(Clone)]
pub(super) struct UrlList(String);

impl FromStr for UrlList {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for UrlList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UrlList(..)")
    }
}

/// The URLs of several lists, in their order.
pub(super) fn urls<'a, T: FromStr>(
    lists: impl IntoIterator<Item = &'a UrlList>,
) -> Result<Vec<T>, T::Err> {
    lists.into_iter().flat_map(|list| list.0.split(',')).map(|url| url.trim().parse()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("500ms", 500)]
    #[case("0s", 0)]
    #[case("3s", 3_000)]
    #[case("2m", 120_000)]
    #[case("1h", 3_600_000)]
    fn durations_have_a_unit(#[case] text: &str, #[case] milliseconds: u64) {
        assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)));
    }

    #[rstest]
    #[case("5", ParseError::Duration)]
    #[case("ms", ParseError::Duration)]
    #[case("", ParseError::Duration)]
    #[case("-1s", ParseError::Duration)]
    #[case("1.5s", ParseError::Duration)]
    #[case("1 s", ParseError::Duration)]
    #[case("18446744073709551615h", ParseError::DurationTooLong)]
    fn other_durations_are_refused(#[case] text: &str, #[case] error: ParseError) {
        assert_eq!(duration(text), Err(error));
    }

    #[rstest]
    #[case("1", 1_000_000_000_000_000_000, "1")]
    #[case("0.50", 500_000_000_000_000_000, "0.5")]
    #[case("0", 0, "0")]
    #[case("20", 20_000_000_000_000_000_000, "20")]
    fn amounts_are_in_ether(#[case] text: &str, #[case] wei: u128, #[case] shown: &str) {
        assert_eq!(ether(text), Ok(Ether(wei)));
        assert_eq!(Ether(wei).to_string(), shown);
    }

    #[rstest]
    #[case("")]
    #[case("-1")]
    #[case("1 ether")]
    #[case("1e18")]
    #[case("999999999999999999999999999999")]
    fn other_amounts_are_refused(#[case] text: &str) {
        assert_eq!(ether(text), Err(ParseError::Ether));
    }

    #[rstest]
    #[case("0.0.0.0:9001", "0.0.0.0:9001")]
    #[case("[::1]:9001", "[::1]:9001")]
    #[case("localhost:9001", "127.0.0.1:9001")]
    #[case(":9001", "127.0.0.1:9001")]
    fn addresses_have_a_port(#[case] text: &str, #[case] address: &str) {
        assert_eq!(socket_address(text), Ok(address.parse().unwrap()));
    }

    #[rstest]
    #[case("600", 0o600)]
    #[case("0660", 0o660)]
    #[case("0o777", 0o777)]
    fn permissions_are_octal(#[case] text: &str, #[case] mode: u32) {
        assert_eq!(permissions(text), Ok(Permissions(mode)));
    }

    #[rstest]
    #[case("")]
    #[case("800")]
    #[case("1777")]
    #[case("+600")]
    #[case("rw")]
    fn other_permissions_are_refused(#[case] text: &str) {
        assert_eq!(permissions(text), Err(ParseError::Permissions));
    }

    #[rstest]
    #[case("")]
    #[case("127.0.0.1")]
    #[case("localhost")]
    #[case("9001")]
    #[case("localhost:+1")]
    #[case("localhost:65536")]
    #[case("example.com:80")]
    fn other_addresses_are_refused(#[case] text: &str) {
        assert_eq!(socket_address(text), Err(ParseError::SocketAddress));
    }
}
