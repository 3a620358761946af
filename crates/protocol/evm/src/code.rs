//! Contract codes as the EVM runs them.

use alloy_primitives::Bytes;
use revm::bytecode::Bytecode;

/// The code as the EVM runs it. Only exactly 23 bytes make a delegation; anything else that
/// starts like one runs into the invalid opcode 0xef.
pub fn executable_code(code: Bytes) -> Bytecode {
    Bytecode::new_raw_checked(code.clone())
        .unwrap_or_else(|_malformed_delegation| Bytecode::new_legacy(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{bytes, hex};

    // Found by fuzzing: revm's unchecked constructor panics on these.
    #[test]
    fn malformed_delegations_are_ordinary_code() {
        let delegation =
            Bytes::from(hex!("ef01001111111111111111111111111111111111111111").to_vec());
        let malformed = [
            bytes!("ef0100"),
            bytes!("ef010011"),
            delegation.slice(..22),
            [delegation.as_ref(), &[0]].concat().into(),
            bytes!("ef01ff1111111111111111111111111111111111111111"),
        ];
        for code in malformed {
            let executable = executable_code(code.clone());
            assert!(!executable.is_eip7702(), "{code}");
            assert_eq!(executable.original_bytes(), code);
        }
        assert!(executable_code(delegation).is_eip7702());
    }
}
