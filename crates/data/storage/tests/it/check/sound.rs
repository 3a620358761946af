//! Sound databases have no finding.

use super::fixture::{
    Contents, HEAD, TRANSACTIONS, assert_sound, build, change, findings, healthy, open, open_chain,
    report,
};
use crate::model::changes;
use proptest::{collection::vec, prelude::*};
use rollup_db::{
    AccountChangesets, AccountHistory, AccountShard, BlockBodyIndices, BlockList, Forkchoice,
    ForkchoiceKey, Metadata, MetadataKey, Receipts, Signatures, StorageChangesets, StorageHistory,
    TABLES, Table, WriteTx,
};
use rollup_storage::{CheckOptions, CheckPart, CheckProgress, CheckReport, check};
use std::num::NonZeroU64;
use tempfile::TempDir;

#[test]
fn a_healthy_chain_has_no_finding_and_all_of_it_is_checked() {
    let (_directory, store) = healthy();
    let mut progress = Vec::<CheckProgress>::new();
    let options = CheckOptions::default();
    let report = check(store.database(), store.chain_spec(), options, &mut |step| {
        progress.push(step);
    })
    .unwrap();
    assert_eq!(findings(&report), [""; 0]);
    assert!(report.is_sound());

    let names: Vec<_> = report.tables.iter().map(|count| count.table).collect();
    assert_eq!(names, TABLES.iter().map(|table| table.name).collect::<Vec<_>>());
    // Otherwise the tests of corruption would prove less than they seem to.
    for count in &report.tables {
        assert!(count.entries > 0, "{} is empty", count.table);
    }
    let entries = |name| report.tables.iter().find(|count| count.table == name).unwrap().entries;
    assert_eq!(entries("Headers"), HEAD + 1);
    assert_eq!(entries("Transactions"), TRANSACTIONS);
    let part = |part| report.parts.iter().find(|count| count.part == part).unwrap().entries;
    assert_eq!(part(CheckPart::Headers), HEAD + 1);
    assert_eq!(part(CheckPart::Receipts), TRANSACTIONS);
    assert_eq!(
        part(CheckPart::Entries),
        report.tables.iter().map(|count| count.entries).sum::<u64>()
    );

    assert!(progress.is_sorted_by_key(|step| (step.part, step.done)));
    for count in &report.parts {
        let steps: Vec<_> = progress.iter().filter(|step| step.part == count.part).collect();
        assert_eq!(steps[0].done, 0, "{}", count.part);
        assert_eq!(steps.last().unwrap().done, count.entries, "{}", count.part);
        assert!(count.entries <= steps[0].total, "{}", count.part);
    }
}

#[test]
fn the_genesis_of_every_network_has_no_finding() {
    for spec in [
        rollup_chainspec::scroll_mainnet(),
        rollup_chainspec::scroll_sepolia(),
        rollup_chainspec::dev(),
        super::fixture::chain_spec(),
    ] {
        let directory = TempDir::new().unwrap();
        assert_sound(&open_chain(&directory, spec));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..Default::default() })]

    #[test]
    fn every_chain_is_sound_before_and_after_unwinding(
        chain in vec((0_u64..3, 0_u64..2, changes()), 1..10),
        batch in 1_usize..4,
        to in any::<prop::sample::Index>(),
    ) {
        let directory = TempDir::new().unwrap();
        let store = open(&directory);
        let mut queue_index = 0;
        let chain: Vec<_> = chain
            .into_iter()
            .map(|(messages, signed, changes)| {
                let messages = queue_index..queue_index + messages;
                queue_index = messages.end;
                (Contents { messages, signed }, changes)
            })
            .collect();
        let blocks = build(&chain);
        for blocks in blocks.chunks(batch) {
            store.append(blocks).unwrap();
            assert_sound(&store);
        }
        store.unwind(to.index(blocks.len() + 1) as u64).unwrap();
        assert_sound(&store);
    }
}

#[test]
fn shards_of_any_size_are_sound() {
    let (_directory, store) = healthy();
    let address = super::fixture::ACCOUNT;
    let list = |blocks: &[u64]| BlockList::new(blocks.to_vec()).unwrap();
    change(&store, |tx| {
        let key = |highest_block| AccountShard { address, highest_block };
        assert_eq!(tx.get::<AccountHistory>(&key(u64::MAX)).unwrap(), Some(list(&[1, 4, 5])));
        tx.put::<AccountHistory>(&key(4), &list(&[1, 4])).unwrap();
        tx.put::<AccountHistory>(&key(u64::MAX), &list(&[5])).unwrap();
    });
    assert_sound(&store);
}

/// Takes the changes of the blocks up to `start` out, and their receipts.
fn prune(tx: &WriteTx, start: u64) {
    for number in 0..=start {
        tx.delete::<AccountChangesets>(&number).unwrap();
        let index = tx.get::<BlockBodyIndices>(&number).unwrap().unwrap();
        for at in index.transactions() {
            tx.delete::<Receipts>(&at).unwrap();
        }
    }
    let storage: Vec<_> = tx.walk::<StorageChangesets>(..).unwrap().map(Result::unwrap).collect();
    for (key, _) in storage.iter().filter(|(key, _)| key.number <= start) {
        tx.delete::<StorageChangesets>(key).unwrap();
    }
    prune_shards::<AccountHistory>(tx, start);
    prune_shards::<StorageHistory>(tx, start);
    tx.put::<Metadata>(&MetadataKey::HistoryStart, &start.to_be_bytes().into()).unwrap();
}

fn prune_shards<T: Table<Value = BlockList>>(tx: &WriteTx, start: u64) {
    let shards: Vec<_> = tx.walk::<T>(..).unwrap().map(Result::unwrap).collect();
    for (key, blocks) in shards {
        let kept: Vec<_> =
            blocks.as_slice().iter().copied().filter(|number| *number > start).collect();
        if kept.is_empty() {
            tx.delete::<T>(&key).unwrap();
        } else {
            tx.put::<T>(&key, &BlockList::new(kept).unwrap()).unwrap();
        }
    }
}

#[test]
fn a_pruned_history_is_sound_up_to_its_start_only() {
    let (_directory, store) = healthy();
    change(&store, |tx| prune(tx, 2));
    assert_sound(&store);

    // The start says 1, the changes and receipts of block 2 are gone.
    change(&store, |tx| {
        let start = 1_u64.to_be_bytes().into();
        tx.put::<Metadata>(&MetadataKey::HistoryStart, &start).unwrap();
    });
    let sentences = findings(&report(&store));
    assert_eq!(
        sentences,
        [3, 4, 5].map(|at| { format!("Receipts {at} is missing; the transaction is in block 2") })
    );

    // And of block 1, some of them.
    let receipt = change(&store, |tx| {
        let receipt = tx.get::<Receipts>(&6).unwrap().unwrap();
        prune(tx, 2);
        tx.put::<Receipts>(&1, &receipt).unwrap();
        receipt
    });
    let sentences = findings(&report(&store));
    assert_eq!(
        sentences,
        [0, 2].map(|at| { format!("Receipts {at} is missing; the transaction is in block 1") }),
        "{receipt:?}"
    );
}

#[test]
fn changes_below_the_history_start_are_found() {
    let (_directory, store) = healthy();
    change(&store, |tx| {
        let start = 1_u64.to_be_bytes().into();
        tx.put::<Metadata>(&MetadataKey::HistoryStart, &start).unwrap();
    });
    let sentences = findings(&report(&store));
    for table in ["AccountChangesets 1", "StorageChangesets 1/0x01"] {
        let found = |sentence: &String| {
            sentence.starts_with(table)
                && sentence.ends_with("but the history starts after block 1")
        };
        assert!(sentences.iter().any(found), "{sentences:#?}");
    }
    change(&store, |tx| {
        let start = (HEAD + 1).to_be_bytes().into();
        tx.put::<Metadata>(&MetadataKey::HistoryStart, &start).unwrap();
    });
    let sentences = findings(&report(&store));
    assert!(
        sentences.contains(&"Metadata HistoryStart is 7, above the head".into()),
        "{sentences:#?}"
    );
}

#[test]
fn findings_are_all_counted_and_some_kept() {
    let (_directory, store) = healthy();
    change(&store, |tx| {
        let signature = tx.get::<Signatures>(&1).unwrap().unwrap();
        (100..300).for_each(|number| tx.put::<Signatures>(&number, &signature).unwrap());
        tx.delete::<Forkchoice>(&ForkchoiceKey::Finalized).unwrap();
        tx.clear::<Receipts>().unwrap();
    });
    let report = report(&store);
    assert_eq!(report.finding_count, 201 + TRANSACTIONS);
    let of_part = |part| report.findings.iter().filter(|finding| finding.part == part).count();
    assert_eq!(of_part(CheckPart::Forkchoice), CheckReport::MAX_FINDINGS_PER_PART);
    assert_eq!(of_part(CheckPart::Receipts) as u64, TRANSACTIONS);
}

#[test]
fn senders_may_be_sampled() {
    let (_directory, store) = healthy();
    // Transactions 2 and 4 are signed.
    change(&store, |tx| {
        for at in [2, 4] {
            tx.put::<rollup_db::Senders>(&at, &super::fixture::ACCOUNT).unwrap();
        }
    });
    let found = |one_in| {
        let options = CheckOptions { recover_one_sender_in: NonZeroU64::new(one_in).unwrap() };
        check(store.database(), store.chain_spec(), options, &mut |_| {}).unwrap().finding_count
    };
    assert_eq!((found(1), found(2), found(4), found(3)), (2, 2, 1, 0));
}
