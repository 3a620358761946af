//! Numbers that clients write in two ways.

use alloy_primitives::U64;
use serde::{Deserialize, Serialize};

/// A number, as JSON has it or as a quantity in hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Number {
    /// As JSON has it.
    Json(u64),
    /// In hex.
    Hex(U64),
}

impl Number {
    /// The number.
    pub fn get(self) -> u64 {
        match self {
            Self::Json(number) => number,
            Self::Hex(number) => number.to(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_in_both_forms() {
        for text in ["255", "\"0xff\""] {
            assert_eq!(serde_json::from_str::<Number>(text).unwrap().get(), 255, "{text}");
        }
        assert!(serde_json::from_str::<Number>("-1").is_err());
    }
}
