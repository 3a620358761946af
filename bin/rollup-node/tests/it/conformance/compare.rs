//! Differences of two answers.

use serde_json::Value;
use std::{
    collections::BTreeSet,
    fmt::{self, Display, Formatter},
};

/// A place in the answers to a method in which they differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    pub(super) method: String,
    /// Names from the answer down, `[]` for any item of a list.
    pub(super) field: String,
    pub(super) kind: Kind,
}

/// How they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Both have a value, and it is not the same.
    Value,
    /// One has null, text, number, list or object where the other has another of these.
    Type,
    /// Lists of different lengths.
    Length,
    /// Anvil has no such field.
    OnlyOurs,
    /// The node has no such field.
    OnlyTheirs,
    /// Errors with these codes; none is an answer.
    Codes { ours: Option<i64>, theirs: Option<i64> },
}

impl Kind {
    const PLAIN: [(Self, &str); 5] = [
        (Self::Value, "value"),
        (Self::Type, "type"),
        (Self::Length, "length"),
        (Self::OnlyOurs, "not in anvil"),
        (Self::OnlyTheirs, "only in anvil"),
    ];

    pub(super) fn parse(text: &str) -> Option<Self> {
        let plain = Self::PLAIN.into_iter().find(|(_, plain)| *plain == text);
        let codes = || {
            let (ours, theirs) = text.split_once(" / ")?;
            let code = |text: &str| (text != ANSWER).then(|| text.parse()).transpose().ok();
            Some(Self::Codes { ours: code(ours)?, theirs: code(theirs)? })
        };
        plain.map(|(kind, _)| kind).or_else(codes)
    }
}

/// What stands in place of a code.
const ANSWER: &str = "answer";

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Self::Codes { ours, theirs } = self {
            let text = |code: &Option<i64>| {
                code.map_or_else(|| ANSWER.to_owned(), |code| code.to_string())
            };
            return write!(f, "{} / {}", text(ours), text(theirs));
        }
        let plain = Self::PLAIN.into_iter().find(|(kind, _)| kind == self);
        f.write_str(plain.map_or("", |(_, text)| text))
    }
}

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { method, field, kind } = self;
        write!(f, "| `{method}` | `{field}` | {} |", kind)
    }
}

/// Where two answers differ. Of errors the code is compared: the words are each one's own.
pub(super) fn compare(method: &str, ours: &Value, theirs: &Value) -> BTreeSet<Difference> {
    let mut found = Vec::new();
    let code = |answer: &Value| answer.get("error").map(|error| error["code"].as_i64().unwrap());
    match (code(ours), code(theirs)) {
        (None, None) => walk("", &ours["result"], &theirs["result"], &mut found),
        (ours, theirs) if ours == theirs => {}
        (ours, theirs) => found.push((String::new(), Kind::Codes { ours, theirs })),
    }
    let method = method.to_owned();
    let difference = |(field, kind)| Difference { method: method.clone(), field, kind };
    found.into_iter().map(difference).collect()
}

fn walk(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<(String, Kind)>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
            for name in names {
                let path = field_of(path, name);
                match (ours.get(name), theirs.get(name)) {
                    (Some(ours), Some(theirs)) => walk(&path, ours, theirs, found),
                    (Some(_), None) => found.push((path, Kind::OnlyOurs)),
                    _ => found.push((path, Kind::OnlyTheirs)),
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            if ours.len() != theirs.len() {
                found.push((path.to_owned(), Kind::Length));
            }
            for (ours, theirs) in ours.iter().zip(theirs) {
                walk(&format!("{path}[]"), ours, theirs, found);
            }
        }
        _ if ours == theirs => {}
        _ if std::mem::discriminant(ours) == std::mem::discriminant(theirs) => {
            found.push((path.to_owned(), Kind::Value));
        }
        _ => found.push((path.to_owned(), Kind::Type)),
    }
}

/// Names that are values, such as addresses, stand for any of their kind.
fn field_of(path: &str, name: &str) -> String {
    let name = if name.starts_with("0x") { "*" } else { name };
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[test]
fn every_kind_of_difference_is_seen() {
    use serde_json::json;
    let ours = json!({ "result": { "a": 1, "b": "x", "c": [1, 2], "d": 1, "0x01": { "f": 1 } } });
    let theirs = json!({ "result": { "a": 2, "b": null, "c": [1], "e": 1, "0x01": { "f": 2 } } });
    let kinds: Vec<_> = compare("m", &ours, &theirs)
        .into_iter()
        .map(|Difference { field, kind, .. }| (field, kind.to_string()))
        .collect();
    let expected = [
        ("*.f", "value"),
        ("a", "value"),
        ("b", "type"),
        ("c", "length"),
        ("d", "not in anvil"),
        ("e", "only in anvil"),
    ];
    assert_eq!(kinds, expected.map(|(field, kind)| (field.to_owned(), kind.to_owned())));
    assert!(compare("m", &ours, &ours).is_empty());

    let error = |code: i64| json!({ "error": { "code": code, "message": "no" } });
    let one = |ours: &Value, theirs: &Value| {
        let found = compare("m", ours, theirs);
        found.into_iter().map(|one| one.kind.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(one(&error(-32000), &error(-32602)), ["-32000 / -32602"]);
    assert_eq!(one(&error(-32000), &error(-32000)), [""; 0]);
    assert_eq!(one(&ours, &error(-32000)), ["answer / -32000"]);
    assert_eq!(one(&error(-32000), &ours), ["-32000 / answer"]);
    assert_eq!(
        Kind::parse("answer / -32000"),
        Some(Kind::Codes { ours: None, theirs: Some(-32000) })
    );
    assert_eq!(Kind::parse("else"), None);
}
