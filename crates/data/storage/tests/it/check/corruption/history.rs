//! Changesets and their indices.

use super::super::fixture::ACCOUNT;
use super::{HASH, STRANGER, assert_found, delete, put};
use alloy_primitives::{Address, B256, U256};
use rollup_db::{
    AccountBefore, AccountChangesets, AccountHistory, AccountShard, BlockAddress, BlockList,
    StorageBefore, StorageChangesets, StorageHistory, StorageShard, WriteTx,
};

const fn account_shard(highest_block: u64) -> AccountShard {
    AccountShard { address: ACCOUNT, highest_block }
}

const fn storage_shard(highest_block: u64) -> StorageShard {
    StorageShard { address: ACCOUNT, slot: B256::with_last_byte(1), highest_block }
}

fn blocks(blocks: &[u64]) -> BlockList {
    BlockList::new(blocks.to_vec()).unwrap()
}

fn account_before(tx: &WriteTx, number: u64, address: Address) -> AccountBefore {
    let mut cursor = tx.cursor::<AccountChangesets>().unwrap();
    cursor.seek_dup(&number, &address).unwrap().unwrap()
}

const OWN: AccountBefore = AccountBefore { address: ACCOUNT, account: None };
const CHANGES: BlockAddress = BlockAddress { number: 4, address: ACCOUNT };

// The account was changed by the blocks 1, 4 and 5.
#[test]
fn account_histories_that_are_not_the_changes_are_found() {
    assert_found(&[
        (
            |tx| {
                let before = account_before(tx, 4, ACCOUNT);
                assert!(tx.delete_dup::<AccountChangesets>(&4, &before).unwrap());
            },
            &["AccountHistory {ACCOUNT}/last has block 4, whose AccountChangesets do not have it"],
        ),
        (
            |tx| put::<AccountChangesets>(tx, 3, OWN),
            &["AccountChangesets 3 changes account {ACCOUNT}, which AccountHistory does not say"],
        ),
        (
            |tx| put::<AccountChangesets>(tx, 4, OWN),
            &["AccountChangesets 4 changes account {ACCOUNT} twice"],
        ),
        (
            |tx| put::<AccountChangesets>(tx, 0, OWN),
            &["AccountChangesets 0 changes account {ACCOUNT} in genesis"],
        ),
        (
            |tx| put::<AccountHistory>(tx, account_shard(u64::MAX), blocks(&[1, 5])),
            &["AccountChangesets 4 changes account {ACCOUNT}, which AccountHistory does not say"],
        ),
        (
            |tx| put::<AccountHistory>(tx, account_shard(u64::MAX), blocks(&[1, 4, 5, 6])),
            &["AccountHistory {ACCOUNT}/last has block 6, whose AccountChangesets"],
        ),
        (
            |tx| put::<AccountHistory>(tx, account_shard(u64::MAX), blocks(&[1, 4, 5, 60])),
            &["AccountHistory {ACCOUNT}/last has block 60, whose AccountChangesets"],
        ),
        (
            |tx| put::<AccountHistory>(tx, account_shard(u64::MAX), blocks(&[])),
            &["AccountHistory {ACCOUNT}/last is an empty shard"],
        ),
        (
            |tx| {
                put::<AccountHistory>(tx, account_shard(3), blocks(&[1]));
                put::<AccountHistory>(tx, account_shard(u64::MAX), blocks(&[4, 5]));
            },
            &["AccountHistory {ACCOUNT}/3 ends with block 1"],
        ),
        (
            |tx| put::<AccountHistory>(tx, account_shard(4), blocks(&[1, 4])),
            &["AccountHistory {ACCOUNT}/last begins with block 1, the shard before ends with 4"],
        ),
        (
            |tx| {
                delete::<AccountHistory>(tx, account_shard(u64::MAX));
                put::<AccountHistory>(tx, account_shard(5), blocks(&[1, 4, 5]));
            },
            &["AccountHistory {ACCOUNT}/5 is a full shard that no growing one follows"],
        ),
        (
            |tx| {
                put::<AccountHistory>(
                    tx,
                    AccountShard { address: STRANGER, highest_block: 4 },
                    blocks(&[4]),
                )
            },
            &["AccountHistory {STRANGER}/4 is a full shard that no growing one follows"],
        ),
    ]);
}

// The slot was changed by the blocks 1, 4 and 5.
#[test]
fn storage_histories_that_are_not_the_changes_are_found() {
    assert_found(&[
        (
            |tx| delete::<StorageChangesets>(tx, CHANGES),
            &[
                "StorageHistory {ACCOUNT}/{SLOT}/last has block 4, whose StorageChangesets do not have it",
            ],
        ),
        (
            |tx| {
                put::<StorageChangesets>(
                    tx,
                    CHANGES,
                    StorageBefore { slot: HASH, value: U256::ZERO },
                )
            },
            &[
                "StorageChangesets 4/{ACCOUNT} changes slot {HASH}, which StorageHistory does not say",
            ],
        ),
        (
            |tx| {
                put::<StorageChangesets>(
                    tx,
                    CHANGES,
                    StorageBefore { slot: B256::with_last_byte(1), value: U256::MAX },
                )
            },
            &["StorageChangesets 4/{ACCOUNT} changes slot {SLOT} twice"],
        ),
        (
            |tx| put::<StorageHistory>(tx, storage_shard(u64::MAX), blocks(&[1, 5])),
            &["StorageChangesets 4/{ACCOUNT} changes slot {SLOT}, which"],
        ),
        (
            |tx| put::<StorageHistory>(tx, storage_shard(u64::MAX), blocks(&[1, 4, 5, 6])),
            &["StorageHistory {ACCOUNT}/{SLOT}/last has block 6"],
        ),
        (
            |tx| put::<StorageHistory>(tx, storage_shard(4), blocks(&[1, 4])),
            &["StorageHistory {ACCOUNT}/{SLOT}/last begins with block 1"],
        ),
    ]);
}
