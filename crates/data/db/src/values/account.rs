//! Accounts.

use crate::{
    codec::{Reader, Value, Writer},
    error::DecodeError,
};
use alloy_primitives::{B256, KECCAK256_EMPTY, U256};
use alloy_trie::EMPTY_ROOT_HASH;

const HAS_CODE: u8 = 0x10;
const HAS_STORAGE: u8 = 0x20;
const NONCE_LENGTH: u8 = 0x0f;

/// An account without its storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Transactions sent, or contracts created by a contract.
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
    /// Keccak hash of the code; that of no bytes if there is none.
    pub code_hash: B256,
}

impl Default for Account {
    fn default() -> Self {
        Self { nonce: 0, balance: U256::ZERO, code_hash: KECCAK256_EMPTY }
    }
}

/// An account as the leaf of the account trie holds it, so that the trie can be changed without
/// looking at the storage of accounts that have not changed theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashedAccount {
    /// The account.
    pub account: Account,
    /// Root of its storage trie; that of no slots if it has none.
    pub storage_root: B256,
}

impl Default for HashedAccount {
    fn default() -> Self {
        Self { account: Account::default(), storage_root: EMPTY_ROOT_HASH }
    }
}

/// Flags and length of the nonce in a byte, nonce, length and bytes of the balance, then the
/// hashes that are not of nothing. An account that never held code takes about 12 bytes.
fn encode(account: &Account, storage_root: Option<&B256>, out: &mut Vec<u8>) {
    let nonce = account.nonce.to_be_bytes();
    let skip = account.nonce.leading_zeros() / 8;
    let nonce = nonce.iter().skip(skip as usize);
    let storage_root = storage_root.filter(|root| **root != EMPTY_ROOT_HASH);
    let has_code = account.code_hash != KECCAK256_EMPTY;

    // INVARIANT: a nonce has at most 8 bytes.
    let mut flags = u8::try_from(nonce.len()).unwrap_or(NONCE_LENGTH);
    if has_code {
        flags |= HAS_CODE;
    }
    if storage_root.is_some() {
        flags |= HAS_STORAGE;
    }
    let mut writer = Writer(out);
    writer.byte(flags);
    nonce.for_each(|byte| writer.byte(*byte));
    writer.word(&account.balance);
    if has_code {
        writer.hash(&account.code_hash);
    }
    if let Some(root) = storage_root {
        writer.hash(root);
    }
}

fn decode(bytes: &[u8], may_have_storage: bool) -> Result<HashedAccount, DecodeError> {
    let mut reader = Reader::new(bytes);
    let flags = reader.byte()?;
    let known = NONCE_LENGTH | HAS_CODE | if may_have_storage { HAS_STORAGE } else { 0 };
    if flags & !known != 0 {
        return Err(DecodeError::UnknownTag(flags));
    }
    let nonce = read_nonce(&mut reader, flags & NONCE_LENGTH)?;
    let balance = reader.word()?;
    let code_hash = read_hash(&mut reader, flags & HAS_CODE != 0, KECCAK256_EMPTY)?;
    let storage_root = read_hash(&mut reader, flags & HAS_STORAGE != 0, EMPTY_ROOT_HASH)?;
    reader.finish()?;
    Ok(HashedAccount { account: Account { nonce, balance, code_hash }, storage_root })
}

fn read_nonce(reader: &mut Reader<'_>, length: u8) -> Result<u64, DecodeError> {
    if usize::from(length) > size_of::<u64>() {
        return Err(DecodeError::NotCanonical);
    }
    let mut nonce = 0;
    for position in 0..length {
        let byte = reader.byte()?;
        if position == 0 && byte == 0 {
            return Err(DecodeError::NotCanonical);
        }
        nonce = nonce << 8 | u64::from(byte);
    }
    Ok(nonce)
}

fn read_hash(reader: &mut Reader<'_>, present: bool, absent: B256) -> Result<B256, DecodeError> {
    if !present {
        return Ok(absent);
    }
    let hash = reader.hash()?;
    if hash == absent { Err(DecodeError::NotCanonical) } else { Ok(hash) }
}

impl Value for Account {
    fn encode(&self, out: &mut Vec<u8>) {
        encode(self, None, out);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes, false).map(|hashed| hashed.account)
    }
}

impl Value for HashedAccount {
    fn encode(&self, out: &mut Vec<u8>) {
        encode(&self.account, Some(&self.storage_root), out);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes, true)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::values::test_utils::{assert_round_trip, assert_survives_damage};
    use alloy_primitives::hex;
    use proptest::prelude::*;

    pub(crate) fn account() -> impl Strategy<Value = Account> {
        let hash = prop_oneof![Just(KECCAK256_EMPTY), any::<[u8; 32]>().prop_map(B256::from)];
        (any::<u64>(), 0..64_u32, any::<[u8; 32]>(), 0..=256_usize, hash).prop_map(
            |(nonce, nonce_shift, balance, balance_shift, code_hash)| Account {
                nonce: nonce >> nonce_shift,
                balance: U256::from_be_bytes(balance) >> balance_shift,
                code_hash,
            },
        )
    }

    proptest! {
        #[test]
        fn accounts_are_read_back(account in account(), root: [u8; 32], has_storage: bool) {
            assert_round_trip(&account);
            assert_survives_damage(&account);
            let storage_root = if has_storage { root.into() } else { EMPTY_ROOT_HASH };
            assert_round_trip(&HashedAccount { account, storage_root });
            assert_survives_damage(&HashedAccount { account, storage_root });
        }
    }

    // The file format.
    #[test]
    fn account_bytes_are_stable() {
        let mut bytes = Vec::new();
        let account =
            Account { nonce: 0x0102, balance: U256::from(0x03_0405), code_hash: KECCAK256_EMPTY };
        Value::encode(&account, &mut bytes);
        assert_eq!(bytes, hex!("02 0102 03 030405"));

        bytes.clear();
        let hashed = HashedAccount {
            account: Account { code_hash: B256::repeat_byte(7), ..Account::default() },
            storage_root: B256::repeat_byte(9),
        };
        hashed.encode(&mut bytes);
        assert_eq!(bytes, [&hex!("30 00")[..], &[7; 32], &[9; 32]].concat());
    }

    #[test]
    fn rejects_other_forms_of_an_account() {
        let no_code = [&hex!("10 00")[..], KECCAK256_EMPTY.as_slice()].concat();
        let cases: [(&[u8], DecodeError); 7] = [
            (&[], DecodeError::UnexpectedEnd),
            (&hex!("01 00 00"), DecodeError::NotCanonical),
            (&hex!("09 010203040506070809 00"), DecodeError::NotCanonical),
            (&hex!("40 00"), DecodeError::UnknownTag(0x40)),
            (&hex!("20 00"), DecodeError::UnknownTag(0x20)),
            (&hex!("00 00 00"), DecodeError::TrailingBytes(1)),
            (&no_code, DecodeError::NotCanonical),
        ];
        for (bytes, error) in cases {
            assert_eq!(Account::decode(bytes), Err(error), "{bytes:02x?}");
        }
    }
}
