//! L1 messages.

use crate::accounts::USER;
use alloy_primitives::{Address, Bytes, U256, address};

/// What an L1 message does on L2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1Message {
    /// Index of the account that sends it. Default: [`USER`].
    pub from: usize,
    /// Who is called. Default: an account that nobody funds.
    pub to: Address,
    /// Value, in wei. Default: 0.
    pub value: U256,
    /// Gas limit on L2: at least 21000 and 40 for each byte of calldata that the queue contract
    /// sees, at most 2000000. Default: 200000.
    pub gas_limit: u64,
    /// Calldata. Default: empty.
    pub input: Bytes,
}

impl L1Message {
    /// One that transfers a value.
    pub fn transfer(to: Address, wei: u64) -> Self {
        Self { to, value: U256::from(wei), ..Self::default() }
    }

    /// Wei that the queue contract takes for it, at most: what is too much comes back.
    pub(crate) fn fee(&self) -> U256 {
        // 1 gwei for each gas, and as much again for the base fee of L1.
        U256::from(self.gas_limit) * U256::from(2_000_000_000_u64)
    }
}

impl Default for L1Message {
    fn default() -> Self {
        Self {
            from: USER,
            to: address!("0x00000000000000000000000000000000000a11ce"),
            value: U256::ZERO,
            gas_limit: 200_000,
            input: Bytes::new(),
        }
    }
}
