//! What the log keeps of a block.
//!
//! ```text
//! 1   version
//! 8   number, big-endian
//! 32  hash
//! 32  hash of the parent
//!     RLP of the block, its senders, its receipts and what it changed in the state
//! ```

use crate::{
    chain::{ChainBlock, ReadBlock},
    error::ExExRecordError,
};
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rlp::{Decodable, Encodable, RlpDecodable, RlpEncodable};
use rollup_primitives::{RecoveredBlock, ScrollBlock, ScrollReceipt};
use rollup_storage::{Account, AccountDiff, SlotDiff, StateDiff};

const VERSION: u8 = 1;

/// The bytes of a block.
pub(crate) fn encode(block: &ChainBlock) -> Vec<u8> {
    let ids = Ids::of(block);
    let mut bytes = encode_id(ids.block);
    bytes.extend_from_slice(ids.parent.hash.as_slice());
    let recovered = block.block();
    recovered.sealed_block().encode(&mut bytes);
    recovered.senders().to_vec().encode(&mut bytes);
    block.receipts().to_vec().encode(&mut bytes);
    StateRow::from(block.state()).encode(&mut bytes);
    bytes
}

/// The block of these bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<ChainBlock, ExExRecordError> {
    let (ids, mut rest) = Ids::split(bytes)?;
    let rest = &mut rest;
    let block = ScrollBlock::decode(rest)?;
    let senders = Vec::<Address>::decode(rest)?;
    let receipts = Vec::<ScrollReceipt>::decode(rest)?;
    let state = StateRow::decode(rest)?.into();
    let block = RecoveredBlock::new(block, senders, ids.block.hash);
    Ok(ReadBlock { block, receipts, state }.into())
}

/// Which block a record is of, and which one it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(crate) block: BlockNumHash,
    pub(crate) parent: BlockNumHash,
}

impl Ids {
    pub(crate) fn of(block: &ChainBlock) -> Self {
        Self { block: block.id(), parent: block.parent() }
    }

    /// Those at the start of these bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, ExExRecordError> {
        Ok(Self::split(bytes)?.0)
    }

    fn split(bytes: &[u8]) -> Result<(Self, &[u8]), ExExRecordError> {
        let (block, rest) = split_id(bytes)?;
        let parent = rest.split_first_chunk::<32>();
        let (hash, rest) = parent.ok_or(ExExRecordError::Length { bytes: bytes.len() })?;
        let parent = BlockNumHash::new(block.number.saturating_sub(1), B256::new(*hash));
        Ok((Self { block, parent }, rest))
    }
}

/// The bytes of number and hash alone.
pub(crate) fn encode_id(id: BlockNumHash) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(&id.number.to_be_bytes());
    bytes.extend_from_slice(id.hash.as_slice());
    bytes
}

/// Number and hash at the start of these bytes.
pub(crate) fn decode_id(bytes: &[u8]) -> Result<BlockNumHash, ExExRecordError> {
    Ok(split_id(bytes)?.0)
}

fn split_id(bytes: &[u8]) -> Result<(BlockNumHash, &[u8]), ExExRecordError> {
    let too_short = || ExExRecordError::Length { bytes: bytes.len() };
    let (version, rest) = bytes.split_first().ok_or_else(too_short)?;
    if *version != VERSION {
        return Err(ExExRecordError::Version { version: *version });
    }
    let (number, rest) = rest.split_first_chunk::<8>().ok_or_else(too_short)?;
    let (hash, rest) = rest.split_first_chunk::<32>().ok_or_else(too_short)?;
    Ok((BlockNumHash::new(u64::from_be_bytes(*number), B256::new(*hash)), rest))
}

#[derive(RlpEncodable, RlpDecodable)]
struct StateRow {
    accounts: Vec<AccountRow>,
    codes: Vec<CodeRow>,
}

#[derive(RlpEncodable, RlpDecodable)]
struct AccountRow {
    address: Address,
    /// One, or none if the account did not exist.
    before: Vec<AccountValue>,
    /// One, or none if the account does not exist any more.
    after: Vec<AccountValue>,
    is_wiped: bool,
    storage: Vec<SlotRow>,
}

#[derive(RlpEncodable, RlpDecodable)]
struct AccountValue {
    nonce: u64,
    balance: U256,
    code_hash: B256,
}

#[derive(RlpEncodable, RlpDecodable)]
struct SlotRow {
    slot: U256,
    before: U256,
    after: U256,
}

#[derive(RlpEncodable, RlpDecodable)]
struct CodeRow {
    hash: B256,
    code: Bytes,
}

impl From<&StateDiff> for StateRow {
    fn from(diff: &StateDiff) -> Self {
        let codes = diff.codes.iter();
        Self {
            accounts: diff.accounts.iter().map(AccountRow::from).collect(),
            codes: codes.map(|(hash, code)| CodeRow { hash: *hash, code: code.clone() }).collect(),
        }
    }
}

impl From<(&Address, &AccountDiff)> for AccountRow {
    fn from((address, diff): (&Address, &AccountDiff)) -> Self {
        let slot = |(slot, diff): (&U256, &SlotDiff)| {
            let SlotDiff { before, after } = *diff;
            SlotRow { slot: *slot, before, after }
        };
        Self {
            address: *address,
            before: diff.before.map(AccountValue::from).into_iter().collect(),
            after: diff.after.map(AccountValue::from).into_iter().collect(),
            is_wiped: diff.is_wiped,
            storage: diff.storage.iter().map(slot).collect(),
        }
    }
}

impl From<Account> for AccountValue {
    fn from(Account { nonce, balance, code_hash }: Account) -> Self {
        Self { nonce, balance, code_hash }
    }
}

impl From<AccountValue> for Account {
    fn from(AccountValue { nonce, balance, code_hash }: AccountValue) -> Self {
        Self { nonce, balance, code_hash }
    }
}

impl From<StateRow> for StateDiff {
    fn from(StateRow { accounts, codes }: StateRow) -> Self {
        let account = |row: AccountRow| {
            let slot = |SlotRow { slot, before, after }| (slot, SlotDiff { before, after });
            let diff = AccountDiff {
                before: row.before.into_iter().next().map(Account::from),
                after: row.after.into_iter().next().map(Account::from),
                is_wiped: row.is_wiped,
                storage: row.storage.into_iter().map(slot).collect(),
            };
            (row.address, diff)
        };
        Self {
            accounts: accounts.into_iter().map(account).collect(),
            codes: codes.into_iter().map(|CodeRow { hash, code }| (hash, code)).collect(),
        }
    }
}
