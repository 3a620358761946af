//! What a contract says when it reverts.

use alloy_primitives::{U256, hex};

/// Selector of `Error(string)`, by which `require` reverts.
const ERROR: [u8; 4] = hex!("08c379a0");
/// Selector of `Panic(uint256)`, by which a failed check of the compiler reverts.
const PANIC: [u8; 4] = hex!("4e487b71");

const WORD: usize = 32;

/// The reason in the output of a call that reverted. `None` if it has none that can be read, as
/// with errors that a contract defines itself.
pub(crate) fn revert_reason(output: &[u8]) -> Option<String> {
    let (selector, arguments) = output.split_first_chunk()?;
    match *selector {
        ERROR => string(arguments),
        PANIC => Some(panic_text(word(arguments, 0)?)),
        _ => None,
    }
}

/// The only argument, a string: where it begins, how long it is, and its bytes.
fn string(arguments: &[u8]) -> Option<String> {
    let at = usize::try_from(word(arguments, 0)?).ok()?;
    let length = usize::try_from(word(arguments, at)?).ok()?;
    let start = at.checked_add(WORD)?;
    let bytes = arguments.get(start..start.checked_add(length)?)?;
    Some(String::from_utf8_lossy(bytes).into_owned())
}

fn word(arguments: &[u8], at: usize) -> Option<U256> {
    arguments.get(at..at.checked_add(WORD)?).map(U256::from_be_slice)
}

fn panic_text(code: U256) -> String {
    let text = match u8::try_from(code).unwrap_or(u8::MAX) {
        0x00 => "generic/unspecified error",
        0x01 => "assertion failed",
        0x11 => "arithmetic underflow or overflow",
        0x12 => "division or modulo by zero",
        0x21 => "failed to convert value into enum type",
        0x22 => "storage byte array incorrectly encoded",
        0x31 => "called `.pop()` on an empty array",
        0x32 => "array out-of-bounds access",
        0x41 => "memory allocation error",
        0x51 => "called an invalid internal function",
        _ => "unknown code",
    };
    format!("panic: {text} ({code:#04x})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(reason: &str) -> Vec<u8> {
        let mut output = ERROR.to_vec();
        output.extend(U256::from(WORD).to_be_bytes::<32>());
        output.extend(U256::from(reason.len()).to_be_bytes::<32>());
        output.extend(reason.as_bytes());
        output.resize(output.len().next_multiple_of(WORD) + ERROR.len(), 0);
        output
    }

    fn panicked(code: u64) -> Vec<u8> {
        [&PANIC[..], &U256::from(code).to_be_bytes::<32>()].concat()
    }

    #[test]
    fn reads_the_text_of_require() {
        let reason = revert_reason(&encoded("ERC20: transfer amount exceeds balance"));
        assert_eq!(reason.as_deref(), Some("ERC20: transfer amount exceeds balance"));
        assert_eq!(revert_reason(&encoded("")).as_deref(), Some(""));
    }

    #[test]
    fn names_the_panics_of_the_compiler() {
        let text = |code| revert_reason(&panicked(code)).unwrap();
        assert_eq!(text(0x11), "panic: arithmetic underflow or overflow (0x11)");
        assert_eq!(text(0x01), "panic: assertion failed (0x01)");
        assert_eq!(text(0x1234), "panic: unknown code (0x1234)");
    }

    #[test]
    fn leaves_other_errors_alone() {
        assert_eq!(revert_reason(&[]), None);
        assert_eq!(revert_reason(&[1, 2, 3, 4, 5]), None);
        let whole = encoded("reason");
        for length in 0..ERROR.len() + 2 * WORD + 6 {
            assert_eq!(revert_reason(&whole[..length]), None, "{length} bytes");
        }
        let far = [&ERROR[..], &[0xff; 64]].concat();
        assert_eq!(revert_reason(&far), None);
    }

    proptest! {
        #[test]
        fn never_panics(words in prop::collection::vec(any::<[u8; 32]>(), 0..5), cut in 0..40usize) {
            for selector in [ERROR, PANIC] {
                let output = [&selector[..], &words.concat()].concat();
                revert_reason(&output[..output.len().saturating_sub(cut)]);
            }
        }

        #[test]
        fn reads_any_text(reason in ".{0,80}") {
            prop_assert_eq!(revert_reason(&encoded(&reason)), Some(reason));
        }
    }
}
