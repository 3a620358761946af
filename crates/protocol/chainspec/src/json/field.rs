//! Typed access to JSON values, with errors that name the key.

use super::value::Json;
use crate::error::ChainSpecError;
use alloy_primitives::{Address, B256, Bytes, U256, hex};

/// A value and where it is in the file.
#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
    key: String,
    value: &'a Json,
}

impl<'a> Field<'a> {
    /// The top of a file.
    pub(super) const fn root(value: &'a Json) -> Self {
        Self { key: String::new(), value }
    }

    /// The last member of this name. An object without it, or with null, has none.
    pub(super) fn get(&self, name: &str) -> Result<Option<Self>, ChainSpecError> {
        let member = self.entries()?.iter().rev().find(|(key, _)| key == name);
        Ok(member
            .filter(|(_, value)| *value != Json::Null)
            .map(|(name, value)| self.member(name, value)))
    }

    /// As [`Self::get`], where the member has to be there.
    pub(super) fn require(&self, name: &str) -> Result<Self, ChainSpecError> {
        self.get(name)?.ok_or_else(|| ChainSpecError::MissingKey { key: self.path_to(name).into() })
    }

    /// As [`Self::get`], read by `read`; the default value where there is none.
    pub(super) fn read_or<T>(
        &self,
        name: &str,
        default: T,
        read: impl FnOnce(&Self) -> Result<T, ChainSpecError>,
    ) -> Result<T, ChainSpecError> {
        self.get(name)?.map_or(Ok(default), |field| read(&field))
    }

    /// Name and value of every member, in the order of the file.
    pub(super) fn members(
        &self,
    ) -> Result<impl Iterator<Item = (&'a str, Self)> + '_, ChainSpecError> {
        let entries = self.entries()?;
        Ok(entries.iter().map(|(name, value)| (name.as_str(), self.member(name, value))))
    }

    /// True or false.
    pub(super) fn boolean(&self) -> Result<bool, ChainSpecError> {
        match self.value {
            Json::Bool(value) => Ok(*value),
            _ => Err(self.invalid("true or false")),
        }
    }

    /// A number, a decimal string, or a string of hex digits after `0x`, below 2^256.
    pub(super) fn integer(&self) -> Result<U256, ChainSpecError> {
        let value = match self.value {
            Json::Integer(value) => Some(U256::from(*value)),
            Json::String(text) => match strip_hex_prefix(text) {
                Some(digits) => parse_digits(digits, 16),
                None => parse_digits(text, 10),
            },
            _ => None,
        };
        value.ok_or_else(|| {
            self.invalid("an integer below 2^256, as a string if it is 2^64 or more")
        })
    }

    /// As [`Self::integer`], below 2^64.
    pub(super) fn integer_u64(&self) -> Result<u64, ChainSpecError> {
        u64::try_from(self.integer()?).map_err(|_overflow| self.invalid("an integer below 2^64"))
    }

    /// At most 64 hex digits, which stand for the low end of 32 bytes.
    pub(super) fn word(&self) -> Result<B256, ChainSpecError> {
        self.text()
            .and_then(parse_word)
            .ok_or_else(|| self.invalid("a string of 1 to 64 hex digits"))
    }

    /// 64 hex digits.
    pub(super) fn hash(&self) -> Result<B256, ChainSpecError> {
        self.fixed_bytes().map(B256::new).ok_or_else(|| self.invalid("a string of 64 hex digits"))
    }

    /// 40 hex digits, in any case.
    pub(super) fn address(&self) -> Result<Address, ChainSpecError> {
        self.fixed_bytes()
            .map(Address::new)
            .ok_or_else(|| self.invalid("an address of 40 hex digits"))
    }

    /// An even number of hex digits.
    pub(super) fn bytes(&self) -> Result<Bytes, ChainSpecError> {
        self.text()
            .and_then(|text| hex::decode(text).ok())
            .map(Bytes::from)
            .ok_or_else(|| self.invalid("a string of hex digits, two for each byte"))
    }

    /// The error of a value that is not `expected`.
    pub(super) fn invalid(&self, expected: &'static str) -> ChainSpecError {
        let key = if self.key.is_empty() { "(top level)" } else { &self.key };
        ChainSpecError::InvalidValue {
            key: key.into(),
            expected,
            found: self.value.to_string().into(),
        }
    }

    fn entries(&self) -> Result<&'a [(String, Json)], ChainSpecError> {
        match self.value {
            Json::Object(entries) => Ok(entries),
            _ => Err(self.invalid("an object")),
        }
    }

    fn text(&self) -> Option<&'a str> {
        match self.value {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    fn fixed_bytes<const N: usize>(&self) -> Option<[u8; N]> {
        self.text().and_then(parse_fixed_bytes)
    }

    fn member(&self, name: &str, value: &'a Json) -> Self {
        Self { key: self.path_to(name), value }
    }

    fn path_to(&self, name: &str) -> String {
        if self.key.is_empty() { name.to_owned() } else { format!("{}.{name}", self.key) }
    }
}

/// An address of 40 hex digits in any case, with or without `0x`.
pub(super) fn parse_address(text: &str) -> Option<Address> {
    parse_fixed_bytes(text).map(Address::new)
}

/// 1 to 64 hex digits, with or without `0x`, as the low end of 32 bytes.
pub(super) fn parse_word(text: &str) -> Option<B256> {
    let digits = strip_hex_prefix(text).unwrap_or(text);
    (digits.len() <= 64).then(|| parse_digits(digits, 16)).flatten().map(B256::from)
}

fn parse_fixed_bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

fn strip_hex_prefix(text: &str) -> Option<&str> {
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))
}

/// Digits and nothing else: no sign, space or separator.
fn parse_digits(digits: &str, radix: u32) -> Option<U256> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    U256::from_str_radix(digits, u64::from(radix)).ok()
}
