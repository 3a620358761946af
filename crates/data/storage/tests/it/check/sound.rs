//! Sound databases have no finding.

use super::fixture::{
    Contents, HEAD, TRANSACTIONS, assert_sound, build, change, findings, healthy, open, open_chain,
    report,
};
use crate::model::changes;
use proptest::{collection::vec, prelude::*};
use rollup_db::{
    AccountHistory, AccountShard, BlockList, Forkchoice, ForkchoiceKey, Metadata, MetadataKey,
    Receipts, Signatures, TABLES,
};
use rollup_storage::{
    ChainStore, CheckOptions, CheckPart, CheckProgress, CheckReport, PruneConfig, PruneMode, check,
};
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

#[test]
fn a_history_is_sound_after_each_step_of_pruning() {
    let (_directory, store) = healthy();
    let config = PruneConfig {
        mode: PruneMode::Full { distance_blocks: 0 },
        entries_per_step: NonZeroU64::MIN,
        ..PruneConfig::default()
    };
    let mut steps = 0;
    while store.prune(&config).unwrap().has_more {
        assert_sound(&store);
        steps += 1;
    }
    assert_sound(&store);
    // More than there are blocks, so that most of them end within a block.
    assert!(steps > 4 * HEAD, "{steps}");
}

fn set_history_start(store: &ChainStore, start: u64) {
    let start = start.to_be_bytes().into();
    change(store, |tx| tx.put::<Metadata>(&MetadataKey::HistoryStart, &start).unwrap());
}

#[test]
fn a_history_that_begins_above_its_start_is_found() {
    let (_directory, store) = healthy();
    let config =
        PruneConfig { mode: PruneMode::Full { distance_blocks: 4 }, ..PruneConfig::default() };
    assert_eq!(store.prune(&config).unwrap().history_start, 2);
    assert_sound(&store);

    // The start says 1, the receipts of block 2 are gone.
    set_history_start(&store, 1);
    let sentences = findings(&report(&store));
    let missing =
        |at, block| format!("Receipts {at} is missing; the transaction is in block {block}");
    assert_eq!(sentences, [3, 4, 5].map(|at| missing(at, 2)));

    // Pruning takes them in order: it has not taken those behind one that is there.
    set_history_start(&store, 2);
    change(&store, |tx| {
        let receipt = tx.get::<Receipts>(&6).unwrap().unwrap();
        tx.put::<Receipts>(&1, &receipt).unwrap();
    });
    let sentences = findings(&report(&store));
    assert_eq!(sentences, [missing(2, 1), missing(3, 2), missing(4, 2), missing(5, 2)]);
}

#[test]
fn a_history_start_above_the_head_is_found() {
    let (_directory, store) = healthy();
    set_history_start(&store, HEAD + 1);
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
