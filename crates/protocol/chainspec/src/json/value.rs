//! JSON that keeps the order of keys, and equal ones.
//!
//! `serde_json::Value` orders object keys by their bytes. Keys that spell one address in two ways
//! would then change places, and which of them counts depends on their order in the file.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use std::fmt;

/// A JSON value. Integers beyond 64 bits are [`Json::Fraction`], as serde reads them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Integer(u64),
    Negative(i64),
    Fraction(f64),
    String(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// Characters of a value that an error quotes.
const QUOTED_CHARS: usize = 80;

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Negative(value) => value.fmt(f),
            Self::Fraction(value) => write!(f, "the number {value:e}"),
            Self::String(value) => match value.char_indices().nth(QUOTED_CHARS) {
                Some((end, _)) => write!(f, "{:?}...", &value[..end]),
                None => write!(f, "{value:?}"),
            },
            Self::Array(_) => f.write_str("an array"),
            Self::Object(_) => f.write_str("an object"),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(u64::try_from(value).map_or(Json::Negative(value), Json::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Fraction(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            object.push(entry);
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_and_duplicates() {
        let json = r#"{"b":[1,-2,0.5,1e30,true,null],"a":"x","b":{}}"#;
        let expected = Json::Object(vec![
            (
                "b".into(),
                Json::Array(vec![
                    Json::Integer(1),
                    Json::Negative(-2),
                    Json::Fraction(0.5),
                    Json::Fraction(1e30),
                    Json::Bool(true),
                    Json::Null,
                ]),
            ),
            ("a".into(), Json::String("x".into())),
            ("b".into(), Json::Object(vec![])),
        ]);
        assert_eq!(serde_json::from_str::<Json>(json).unwrap(), expected);
    }

    #[test]
    fn quotes_the_start_of_long_strings() {
        let value = Json::String("ä".repeat(QUOTED_CHARS + 1)).to_string();
        assert_eq!(value, format!("\"{}\"...", "ä".repeat(QUOTED_CHARS)));
        let value = Json::String("ä".repeat(QUOTED_CHARS)).to_string();
        assert_eq!(value, format!("\"{}\"", "ä".repeat(QUOTED_CHARS)));
    }
}
