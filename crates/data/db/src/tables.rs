//! The tables of the node.
//!
//! "State" without more is the state after the head block of the database. "Unwound by" names
//! what takes an entry out again when the chain goes back; every such step is in the transaction
//! that moves the head. All of it is written and unwound by the crate `storage`.

use crate::{
    keys::{
        AccountShard, BatchKey, BlockAddress, ForkchoiceKey, HashedStorageKey, MetadataKey,
        SingleKey, StorageKey, StorageShard, StorageTriePath, TriePath,
    },
    tables,
    values::{
        Account, AccountBefore, BatchId, BlockBodyIndex, BlockList, HashedAccount, StorageBefore,
        StoredBatch, StoredL1Message, StoredReceipt,
    },
};
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, Bytes, U256};
use rollup_primitives::{BlockSignature, ScrollHeader, ScrollTxEnvelope};

tables! {
    /// All tables of the node, in the order of their [`Table::INDEX`](crate::Table::INDEX).
    pub const TABLES;

    /// Hash of each canonical block, by block number.
    ///
    /// Written when a block is appended; unwound by block number.
    CanonicalHeaders: u64 as "a block number" => B256;

    /// Header of each canonical block, by block number.
    ///
    /// Written when a block is appended; unwound by block number.
    Headers: u64 as "a block number" => ScrollHeader;

    /// Number of each canonical block, by block hash.
    ///
    /// Written when a block is appended; unwound by the hashes of `CanonicalHeaders`.
    HeaderNumbers: B256 as "a block hash" => u64;

    /// Which transactions a block has, by block number. Present for every block, empty ones too.
    ///
    /// Written when a block is appended; unwound by block number.
    BlockBodyIndices: u64 as "a block number" => BlockBodyIndex;

    /// Transactions, by transaction number: their position in the chain, from 0.
    ///
    /// Written when a block is appended; unwound by the ranges of `BlockBodyIndices`.
    Transactions: u64 as "a transaction number" => ScrollTxEnvelope;

    /// Transaction number, by transaction hash.
    ///
    /// Written when a block is appended; unwound by the hashes of `Transactions`.
    TransactionNumbers: B256 as "a transaction hash" => u64;

    /// Sender of each transaction, by transaction number.
    ///
    /// Written when a block is appended; unwound by the ranges of `BlockBodyIndices`.
    Senders: u64 as "a transaction number" => Address;

    /// Receipt of each transaction with its L1 data fee, by transaction number.
    ///
    /// Written when a block is appended; unwound by the ranges of `BlockBodyIndices`; pruned.
    Receipts: u64 as "a transaction number" => StoredReceipt;

    /// State: accounts, by address. An account that does not exist has no entry.
    ///
    /// Written when a block is appended; unwound from `AccountChangesets`.
    Accounts: Address => Account;

    /// State: slots that are not zero, by address and slot.
    ///
    /// Written when a block is appended; unwound from `StorageChangesets`.
    Storage: StorageKey => U256;

    /// Code, by its Keccak hash. The hash of no bytes has no entry.
    ///
    /// Written when a contract is created; never unwound, since a hash names its code for ever.
    Bytecodes: B256 as "a code hash" => Bytes;

    /// What a block changed: by block number, accounts before the block, ordered by address.
    ///
    /// Written when a block is appended; unwound by block number; pruned.
    [dup] AccountChangesets: u64 as "a block number" => AccountBefore;

    /// What a block changed: by block number and address, slots before the block, ordered by slot.
    ///
    /// Written when a block is appended; unwound by block number; pruned.
    [dup] StorageChangesets: BlockAddress => StorageBefore;

    /// Blocks that changed an account, by address and highest block of the shard.
    ///
    /// Written when a block is appended; unwound from `AccountChangesets`; pruned.
    AccountHistory: AccountShard => BlockList;

    /// Blocks that changed a slot, by address, slot and highest block of the shard.
    ///
    /// Written when a block is appended; unwound from `StorageChangesets`; pruned.
    StorageHistory: StorageShard => BlockList;

    /// State as the account trie has it: accounts with storage roots, by hash of the address.
    ///
    /// Written when a block is appended; unwound from `AccountChangesets`.
    HashedAccounts: B256 as "the hash of an address" => HashedAccount;

    /// State as the storage tries have it: slots that are not zero, by hash of the address and of
    /// the slot.
    ///
    /// Written when a block is appended; unwound from `StorageChangesets`.
    HashedStorage: HashedStorageKey => U256;

    /// Branch nodes of the account trie, by path. The value is the record of the crate `trie`.
    ///
    /// Written when a block is appended; unwound by applying the unwound leaves to the trie.
    AccountsTrie: TriePath => Bytes;

    /// Branch nodes of the storage tries, by hash of the address and path. The value is the record
    /// of the crate `trie`.
    ///
    /// Written when a block is appended; unwound by applying the unwound leaves to the trie.
    StoragesTrie: StorageTriePath => Bytes;

    /// Hash of each L1 block above the finalized one that had an event, by L1 block number.
    ///
    /// Written when L1 is indexed, removed when it is finalized; unwound by L1 block number.
    L1Blocks: u64 as "an L1 block number" => B256;

    /// L1 messages, by queue index.
    ///
    /// Written when L1 is indexed and when a block includes one; unwound by the L1 block that
    /// enqueued it, and its L2 block by that block's number.
    L1Messages: u64 as "a queue index" => StoredL1Message;

    /// Queue index of each L1 message, by its transaction hash, and by the queue hash after it if
    /// it has one.
    ///
    /// Written and unwound with the message.
    L1MessageIndices: B256 as "a transaction hash or queue hash" => u64;

    /// Queue index that follows the L1 messages of a block, by block number; only of blocks that
    /// have some. It is a fact about the block: the messages need not be known from L1.
    ///
    /// Written when a block is appended; unwound by block number.
    NextQueueIndices: u64 as "a block number" => u64;

    /// Commits of batches, by batch index, then L1 block, then hash. At most one of an index is not
    /// reverted.
    ///
    /// Written when L1 is indexed and when a batch is consolidated; unwound by the L1 blocks of
    /// its commit, finalization and revert, each by itself.
    Batches: BatchKey => StoredBatch;

    /// Calldata of the L1 transaction that committed a batch, with the key of the commit. Apart from
    /// `Batches`, because it is large and never changes.
    ///
    /// Written and unwound with the commit of the batch; removed once its blocks are final.
    BatchCalldata: BatchKey => Bytes;

    /// Batch that each consolidated block is in, by block number.
    ///
    /// Written when a batch is consolidated; unwound by block number, and with its batch.
    BlockBatches: u64 as "a block number" => BatchId;

    /// Signature of the authorized signer, by block number.
    ///
    /// Written when a block is appended; unwound by block number.
    Signatures: u64 as "a block number" => BlockSignature;

    /// Head, safe and finalized block.
    ///
    /// Written with every change of the forkchoice; moved back when the chain goes back.
    Forkchoice: ForkchoiceKey => BlockNumHash;

    /// Highest block that this node had signed when blocks were last appended: one entry. The record
    /// in force is a file beside the block log; this one shows that the file is not an old copy, with
    /// its sequence number in `Metadata`.
    ///
    /// Written with the blocks that are appended, and at the start; never unwound.
    SignedHeight: SingleKey => BlockNumHash;

    /// Facts about the whole database.
    ///
    /// The schema version is written by this crate when it creates the database.
    Metadata: MetadataKey => Bytes;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Table, TableInfo};
    use std::collections::BTreeSet;

    #[test]
    fn a_table_is_where_its_index_says() {
        assert_eq!(TABLES.len(), 30);
        let names: BTreeSet<_> = TABLES.iter().map(|table| table.name).collect();
        assert_eq!(names.len(), TABLES.len());
        assert_eq!(TABLES[CanonicalHeaders::INDEX].name, "CanonicalHeaders");
        assert_eq!(TABLES[StoragesTrie::INDEX].name, "StoragesTrie");
        assert_eq!(TABLES[Metadata::INDEX].name, "Metadata");
        let dup: Vec<_> = TABLES.iter().filter(|table| table.dup).map(|table| table.name).collect();
        assert_eq!(dup, ["AccountChangesets", "StorageChangesets"]);
    }

    #[test]
    fn entries_are_shown_and_checked_by_their_types() {
        let table = TableInfo::of::<Senders>();
        let (key, value) = (table.show)(&7_u64.to_be_bytes(), &[0x11; 20]).unwrap();
        assert_eq!(key, "7");
        assert_eq!(value, "0x1111111111111111111111111111111111111111");
        assert!((table.check)(&[7], &[0x11; 20]).is_err());
        assert!((table.check)(&7_u64.to_be_bytes(), &[0x11; 19]).is_err());
    }
}
