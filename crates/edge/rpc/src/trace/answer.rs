//! Answers that are written under a limit.

use crate::eth::{Json, error::EthError};
use serde::Serialize;
use std::io::{self, ErrorKind, Write};

/// A list that is written element by element.
#[derive(Debug)]
pub(crate) struct Answer {
    text: BoundedText,
    is_empty: bool,
}

impl Answer {
    /// A list of at most `max_bytes` in its final form.
    pub(crate) const fn new(max_bytes: usize) -> Self {
        Self { text: BoundedText { bytes: Vec::new(), max_bytes }, is_empty: true }
    }

    /// Adds an element.
    ///
    /// # Errors
    /// [`EthError::TraceTooLarge`] and [`EthError::Serialize`].
    pub(crate) fn push<T: Serialize>(&mut self, element: &T) -> Result<(), EthError> {
        let before: &[u8] = if self.is_empty { b"[" } else { b"," };
        self.text.bytes.extend_from_slice(before);
        self.is_empty = false;
        self.text.add(element)
    }

    /// The list.
    ///
    /// # Errors
    /// [`EthError::Serialize`].
    pub(crate) fn finish(mut self) -> Result<Json, EthError> {
        let end: &[u8] = if self.is_empty { b"[]" } else { b"]" };
        self.text.bytes.extend_from_slice(end);
        self.text.into_json()
    }
}

/// A value as JSON of at most `max_bytes`.
///
/// # Errors
/// [`EthError::TraceTooLarge`] and [`EthError::Serialize`].
pub(crate) fn bounded<T: Serialize>(value: &T, max_bytes: usize) -> Result<Json, EthError> {
    let mut text = BoundedText { bytes: Vec::new(), max_bytes };
    text.add(value)?;
    text.into_json()
}

#[derive(Debug)]
struct BoundedText {
    bytes: Vec<u8>,
    max_bytes: usize,
}

impl BoundedText {
    fn add<T: Serialize>(&mut self, value: &T) -> Result<(), EthError> {
        let max_bytes = self.max_bytes;
        serde_json::to_writer(self, value).map_err(|err| {
            if err.is_io() { EthError::TraceTooLarge { max_bytes } } else { err.into() }
        })
    }

    fn into_json(self) -> Result<Json, EthError> {
        let text = String::from_utf8(self.bytes).map_err(serde::ser::Error::custom);
        Ok(Json::from_text(text.map_err(EthError::Serialize)?)?)
    }
}

impl Write for BoundedText {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(bytes.len()) > self.max_bytes {
            return Err(ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_the_json_of_its_elements() {
        for elements in [vec![], vec!["a"], vec!["a", "b", "c"]] {
            let mut answer = Answer::new(100);
            for element in &elements {
                answer.push(element).unwrap();
            }
            let expected = serde_json::to_string(&elements).unwrap();
            assert_eq!(answer.finish().unwrap().get(), expected);
        }
    }

    #[test]
    fn what_is_longer_than_the_limit_is_refused() {
        assert_eq!(bounded(&"abcd", 6).unwrap().get(), "\"abcd\"");
        let refused = bounded(&"abcde", 6);
        assert!(matches!(refused, Err(EthError::TraceTooLarge { max_bytes: 6 })), "{refused:?}");

        let mut answer = Answer::new(20);
        answer.push(&"0123456789").unwrap();
        let refused = answer.push(&"0123456789");
        assert!(matches!(refused, Err(EthError::TraceTooLarge { max_bytes: 20 })), "{refused:?}");
    }
}
