//! JSON values in a stream of bytes, with or without space between them.

/// Finds values one after the other. It knows only as much of JSON as is needed for where they end;
/// whether they are right is seen by who reads them.
#[derive(Debug)]
pub(super) struct Splitter {
    max_bytes: usize,
    /// Bytes that came, and how many of them have been looked at.
    chunk: Vec<u8>,
    at: usize,
    /// The value so far.
    value: Vec<u8>,
    /// Braces and brackets that are open.
    depth: usize,
    in_text: bool,
    is_escaped: bool,
    /// Whether the value is longer than it may be. It is passed over.
    is_too_long: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// An object or array, if it is JSON.
    Value(Vec<u8>),
    /// One that is too long.
    TooLong,
    /// No JSON. What comes behind it is not looked at.
    Garbage,
}

impl Splitter {
    /// For values of so many bytes at most.
    pub(super) const fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            chunk: Vec::new(),
            at: 0,
            value: Vec::new(),
            depth: 0,
            in_text: false,
            is_escaped: false,
            is_too_long: false,
        }
    }

    /// Adds bytes. All before have been looked at: [`Self::next`] has given `None`.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.chunk.clear();
        self.chunk.extend_from_slice(bytes);
        self.at = 0;
    }

    /// Whether a value has begun and not ended.
    pub(super) const fn is_inside(&self) -> bool {
        self.depth > 0
    }

    /// The next value that is complete.
    pub(super) fn next(&mut self) -> Option<Piece> {
        if self.depth == 0 {
            let rest = self.chunk.get(self.at..)?;
            let space = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
            self.at += space;
            if !matches!(rest.get(space), Some(b'{' | b'[')) {
                self.at = self.chunk.len();
                return Some(Piece::Garbage);
            }
        }
        let rest = self.chunk.get(self.at..)?;
        let (mut depth, mut in_text, mut is_escaped) = (self.depth, self.in_text, self.is_escaped);
        let is_end = |byte: &u8| {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if in_text => is_escaped = true,
                b'"' => in_text = !in_text,
                b'{' | b'[' if !in_text => depth += 1,
                b'}' | b']' if !in_text => depth -= 1,
                _ => {}
            }
            depth == 0
        };
        let end = rest.iter().position(is_end).map(|end| end + 1);
        let taken = rest.get(..end.unwrap_or(rest.len()))?;
        self.is_too_long |= self.value.len() + taken.len() > self.max_bytes;
        if self.is_too_long {
            self.value = Vec::new();
        } else {
            self.value.extend_from_slice(taken);
        }
        self.at += taken.len();
        (self.depth, self.in_text, self.is_escaped) = (depth, in_text, is_escaped);
        end?;
        let value = std::mem::take(&mut self.value);
        let is_too_long = std::mem::take(&mut self.is_too_long);
        Some(if is_too_long { Piece::TooLong } else { Piece::Value(value) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is found in bytes that come in chunks of this size.
    fn pieces(bytes: &[u8], chunk: usize, max_bytes: usize) -> (Vec<Piece>, bool) {
        let mut splitter = Splitter::new(max_bytes);
        let mut found = Vec::new();
        for chunk in bytes.chunks(chunk) {
            splitter.add(chunk);
            while let Some(piece) = splitter.next() {
                let is_last = piece == Piece::Garbage;
                found.push(piece);
                if is_last {
                    return (found, false);
                }
            }
        }
        (found, splitter.is_inside())
    }

    fn value(text: &str) -> Piece {
        Piece::Value(text.as_bytes().to_vec())
    }

    #[test]
    fn values_need_no_space_between_them() {
        let text = br#" {"a":[1,{}]}[{"b":"}]\"{"}]
            {"c":"\\"}"#;
        let expected =
            vec![value(r#"{"a":[1,{}]}"#), value(r#"[{"b":"}]\"{"}]"#), value(r#"{"c":"\\"}"#)];
        for chunk in 1..text.len() {
            assert_eq!(pieces(text, chunk, 100), (expected.clone(), false), "{chunk}");
        }
    }

    #[test]
    fn a_value_that_is_too_long_is_passed_over() {
        let text = br#"{"a":1}{"a":"0123456789"}{"b":2}"#;
        let expected = vec![value(r#"{"a":1}"#), Piece::TooLong, value(r#"{"b":2}"#)];
        for chunk in 1..text.len() {
            assert_eq!(pieces(text, chunk, 10), (expected.clone(), false), "{chunk}");
        }
        let (found, _) = pieces(br#"{"a":123}"#, 3, 9);
        assert_eq!(found, [value(r#"{"a":123}"#)]);
    }

    #[test]
    fn nothing_is_found_behind_what_is_no_json() {
        assert_eq!(pieces(b"{} x {}", 7, 100).0, [value("{}"), Piece::Garbage]);
        assert_eq!(pieces(b"}", 1, 100).0, [Piece::Garbage]);
    }

    #[test]
    fn half_a_value_is_none() {
        assert_eq!(pieces(br#"{"a":"}"#, 2, 100), (vec![], true));
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![any::<i64>().prop_map(Into::into), ".*".prop_map(Into::into)];
        let object = |inner| prop::collection::hash_map(".*", inner, 0..4);
        leaf.prop_recursive(4, 32, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
                object(inner).prop_map(|own| serde_json::Value::Object(own.into_iter().collect())),
            ]
        })
        .prop_filter("what a request can be", |own| own.is_object() || own.is_array())
    }

    proptest! {
        #[test]
        fn finds_what_was_written(values in prop::collection::vec(json(), 0..5), chunk in 1..40_usize) {
            let texts: Vec<_> = values.iter().map(ToString::to_string).collect();
            let expected: Vec<_> = texts.iter().map(|text| value(text)).collect();
            prop_assert_eq!(pieces(texts.concat().as_bytes(), chunk, 1 << 20), (expected, false));
        }
    }
}
