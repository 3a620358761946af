//! A private key in hex.

use crate::{HexError, KeyError};
use alloy_primitives::hex;
use zeroize::Zeroizing;

/// Bytes of a private key.
pub(super) const KEY_BYTES: usize = 32;

/// What is wrong with the text of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextError {
    Hex(HexError),
    Key(KeyError),
}

/// Decodes hex of 32 bytes, with or without `0x`, in white space.
pub(super) fn decode(text: &[u8]) -> Result<Zeroizing<[u8; KEY_BYTES]>, TextError> {
    let text = text.trim_ascii();
    let digits = text.strip_prefix(b"0x").unwrap_or(text);
    if let Some(index) = digits.iter().position(|digit| !digit.is_ascii_hexdigit()) {
        return Err(TextError::Hex(HexError::Digit { position: index + 1 }));
    }
    if !digits.len().is_multiple_of(2) {
        return Err(TextError::Hex(HexError::Odd { digits: digits.len() }));
    }
    let length = TextError::Key(KeyError::Length { bytes: digits.len() / 2 });
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    // What else could be wrong was checked above.
    hex::decode_to_slice(digits, key.as_mut_slice()).ok().ok_or(length)?;
    Ok(key)
}

/// The hex digits of a key and a line end, as geth takes them.
pub(super) fn encode(key: &[u8; KEY_BYTES]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(vec![b'\n'; 2 * KEY_BYTES + 1]);
    let digits = key.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    for (character, digit) in text.iter_mut().zip(digits) {
        *character = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const DIGITS: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    #[rstest]
    #[case::plain(DIGITS.to_owned())]
    #[case::prefix(format!("0x{DIGITS}"))]
    #[case::line_end(format!("{DIGITS}\n"))]
    #[case::windows_line_end(format!("0x{DIGITS}\r\n"))]
    #[case::white_space(format!(" \t\n0x{DIGITS}  \n\n"))]
    #[case::upper_case(DIGITS.to_uppercase())]
    fn a_key_is_read_in_every_form(#[case] text: String) {
        let key = decode(text.as_bytes()).unwrap();
        assert_eq!(hex::encode(*key), DIGITS);
        assert_eq!(*encode(&key), format!("{DIGITS}\n").into_bytes());
    }

    #[rstest]
    #[case::empty("", TextError::Key(KeyError::Length { bytes: 0 }))]
    #[case::prefix_only("0x", TextError::Key(KeyError::Length { bytes: 0 }))]
    #[case::short(&DIGITS[2..], TextError::Key(KeyError::Length { bytes: 31 }))]
    #[case::odd(&DIGITS[1..], TextError::Hex(HexError::Odd { digits: 63 }))]
    #[case::letter("12g4", TextError::Hex(HexError::Digit { position: 3 }))]
    #[case::two_prefixes("0x0x12", TextError::Hex(HexError::Digit { position: 2 }))]
    #[case::space_inside("12 34", TextError::Hex(HexError::Digit { position: 3 }))]
    #[case::not_text("\u{feff}12", TextError::Hex(HexError::Digit { position: 1 }))]
    fn what_is_no_key_is_told_apart(#[case] text: &str, #[case] expected: TextError) {
        assert_eq!(decode(text.as_bytes()).unwrap_err(), expected);
    }

    #[test]
    fn a_key_with_a_byte_too_many_is_refused() {
        let text = format!("{DIGITS}00");
        let expected = TextError::Key(KeyError::Length { bytes: 33 });
        assert_eq!(decode(text.as_bytes()).unwrap_err(), expected);
    }
}
