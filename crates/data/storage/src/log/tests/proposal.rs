use super::sim::{Effect, Fault, SimDisk};
use crate::log::{disk::Disk, proposal::ProposalFile};
use rand::{SeedableRng, rngs::StdRng};
use rollup_primitives::{ScrollBlock, ScrollBlockBody, ScrollHeader, SealedBlock, TxL1Message};
use std::sync::Arc;

fn open(disk: &SimDisk) -> ProposalFile {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    ProposalFile::open_on(disk, super::dir()).unwrap()
}

/// A block with `messages` transactions, so that they differ in length.
fn block(number: u64, messages: u64) -> SealedBlock {
    let message = |queue_index| TxL1Message { queue_index, ..TxL1Message::default() };
    SealedBlock::seal_slow(ScrollBlock {
        header: ScrollHeader { number, ..ScrollHeader::default() },
        body: ScrollBlockBody {
            transactions: (0..messages).map(|index| message(index).into()).collect(),
            ..ScrollBlockBody::default()
        },
    })
}

#[test]
fn gives_the_last_block_whatever_was_longer_before_it() {
    let disk = SimDisk::default();
    assert_eq!(open(&disk).read().unwrap(), None);
    for (number, messages) in [(1, 3), (2, 40), (3, 0), (4, 1)] {
        open(&disk).write(&block(number, messages)).unwrap();
        assert_eq!(open(&disk).read().unwrap(), Some(block(number, messages)));
    }
}

#[test]
fn a_crash_at_any_operation_leaves_one_of_the_two_blocks_or_none() {
    let before = SimDisk::default();
    open(&before).write(&block(1, 30)).unwrap();
    for seed in 0..200 {
        let mut random = StdRng::seed_from_u64(seed);
        let disk = before.copy();
        let file = open(&disk);
        disk.add_fault(Fault { at_operation: disk.operations() + seed % 2, effect: Effect::Crash });
        file.write(&block(2, seed % 50)).unwrap_err();
        let found = open(&disk.crash(&mut random)).read().unwrap();
        let expected = [None, Some(block(1, 30)), Some(block(2, seed % 50))];
        assert!(expected.contains(&found), "seed {seed}");
    }
}

#[test]
fn a_damaged_bit_is_no_block() {
    let disk = SimDisk::default();
    open(&disk).write(&block(1, 1)).unwrap();
    let path = super::dir().join("proposal");
    let bytes = disk.read(&path);
    for offset in 0..bytes.len() {
        let damaged = disk.copy();
        let mut copy = bytes.clone();
        copy[offset] ^= 1;
        damaged.write(&path, &copy);
        let found = open(&damaged).read();
        assert!(matches!(found, Ok(None)), "byte {offset}: {found:?}");
    }
}

#[test]
fn a_voided_block_is_gone_and_the_next_one_is_kept() {
    let disk = SimDisk::default();
    open(&disk).write(&block(1, 3)).unwrap();
    open(&disk).void().unwrap();
    assert_eq!(open(&disk).read().unwrap(), None);
    assert_eq!(open(&disk.copy()).read().unwrap(), None, "durably");
    open(&disk).write(&block(2, 1)).unwrap();
    assert_eq!(open(&disk).read().unwrap(), Some(block(2, 1)));
}

#[test]
fn a_crash_while_a_block_is_voided_leaves_it_or_nothing() {
    let before = SimDisk::default();
    open(&before).write(&block(1, 3)).unwrap();
    for seed in 0..100 {
        let disk = before.copy();
        let file = open(&disk);
        disk.add_fault(Fault { at_operation: disk.operations() + seed % 2, effect: Effect::Crash });
        file.void().unwrap_err();
        let found = open(&disk.crash(&mut StdRng::seed_from_u64(seed))).read().unwrap();
        assert!([None, Some(block(1, 3))].contains(&found), "seed {seed}");
    }
}
