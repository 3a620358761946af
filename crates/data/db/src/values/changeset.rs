//! What a block replaced.

use super::Account;
use crate::{
    codec::{DupValue, Reader, Value, Writer},
    error::DecodeError,
};
use alloy_primitives::{Address, B256, U256};

/// An account before a block changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountBefore {
    /// The account.
    pub address: Address,
    /// What it was; `None` if it did not exist.
    pub account: Option<Account>,
}

/// A slot before a block changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageBefore {
    /// The slot, big-endian.
    pub slot: B256,
    /// What it held; zero if nothing.
    pub value: U256,
}

impl Value for AccountBefore {
    fn encode(&self, out: &mut Vec<u8>) {
        Writer(out).address(&self.address);
        if let Some(account) = &self.account {
            account.encode(out);
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let address = reader.address()?;
        // An account is at least two bytes, so nothing is no account.
        let account = if reader.is_empty() { None } else { Some(Account::decode(reader.rest())?) };
        Ok(Self { address, account })
    }
}

impl DupValue for AccountBefore {
    type SubKey = Address;
}

impl Value for StorageBefore {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut out = Writer(out);
        out.hash(&self.slot);
        out.rest_word(&self.value);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        Ok(Self { slot: reader.hash()?, value: reader.rest_word()? })
    }
}

impl DupValue for StorageBefore {
    type SubKey = B256;
}

#[cfg(test)]
mod tests {
    use super::{super::account::tests::account, *};
    use crate::{
        codec::Key,
        values::test_utils::{assert_round_trip, assert_survives_damage, encoded},
    };
    use proptest::{option, prelude::*};

    proptest! {
        #[test]
        fn changes_are_read_back(
            address: [u8; 20],
            account in option::of(account()),
            slot: [u8; 32],
            value: [u8; 32],
            shift in 0..=256_usize,
        ) {
            let before = AccountBefore { address: address.into(), account };
            assert_round_trip(&before);
            assert_survives_damage(&before);
            prop_assert!(encoded(&before).starts_with(&Key::encode(&before.address)));

            let value = U256::from_be_bytes(value) >> shift;
            let before = StorageBefore { slot: slot.into(), value };
            assert_round_trip(&before);
            assert_survives_damage(&before);
            prop_assert!(encoded(&before).starts_with(&Key::encode(&before.slot)));
        }
    }
}
