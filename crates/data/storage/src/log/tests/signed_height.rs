use super::sim::{Effect, Fault, SimDisk};
use crate::log::{
    checksum::checksum,
    disk::Disk,
    error::SignedHeightError,
    signed_height::{SignedBlockId, SignedHeight},
};
use alloy_primitives::B256;
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
use rand::{SeedableRng, rngs::StdRng};
use rstest::rstest;
use std::{path::PathBuf, sync::Arc};

fn path() -> PathBuf {
    super::dir().join("signed-height")
}

fn open(disk: &SimDisk, may_create: bool) -> Result<SignedHeight, SignedHeightError> {
    SignedHeight::open_on(Arc::new(disk.clone()), super::dir(), may_create)
}

fn hash(number: u64) -> B256 {
    B256::with_last_byte(u8::try_from(number % 256).unwrap())
}

fn id(number: u64) -> Option<SignedBlockId> {
    Some(SignedBlockId { number, hash: hash(number) })
}

/// A disk on which these heights were signed.
fn signed(numbers: &[u64]) -> SimDisk {
    let disk = SimDisk::default();
    let mut height = open(&disk, true).unwrap();
    for &number in numbers {
        height.advance(number, hash(number)).unwrap();
    }
    disk
}

#[rstest]
#[case::nothing_signed(&[], 0, 1, "ok")]
#[case::nothing_signed_genesis(&[], 0, 0, "ok")]
#[case::next(&[4, 5], 6, 6, "ok")]
#[case::far_above(&[5], u64::MAX, 3, "ok")]
#[case::the_same_again(&[4, 5], 5, 5, "ok")]
#[case::another_hash(&[4, 5], 5, 6, "conflict")]
#[case::below(&[4, 5], 4, 4, "below")]
#[case::far_below(&[5], 0, 0, "below")]
fn advances_and_never_goes_back(
    #[case] before: &[u64],
    #[case] number: u64,
    #[case] hashed: u64,
    #[case] expected: &str,
) {
    let disk = signed(before);
    let mut height = open(&disk, false).unwrap();
    let last = height.get();
    let result = match height.advance(number, hash(hashed)) {
        Ok(()) => "ok",
        Err(SignedHeightError::Conflict { .. }) => "conflict",
        Err(SignedHeightError::Below { .. }) => "below",
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(result, expected);
    let now = match expected {
        "ok" => Some(SignedBlockId { number, hash: hash(hashed) }),
        _ => last,
    };
    assert_eq!(height.get(), now);
    drop(height);
    let height = open(&disk.copy(), false).unwrap();
    assert_eq!((height.get(), height.was_repaired()), (now, false));
}

#[test]
fn a_missing_file_is_fresh_only_beside_an_empty_log() {
    assert!(matches!(
        open(&SimDisk::default(), false),
        Err(SignedHeightError::Missing { path: named }) if named == path()
    ));
    assert_eq!(open(&SimDisk::default(), true).unwrap().get(), None);
    assert_eq!(open(&signed(&[3]), true).unwrap().get(), id(3));
}

#[test]
fn a_damaged_bit_in_either_copy_is_repaired_from_the_other_and_in_both_is_an_error() {
    let original = signed(&[7, 8]);
    // Opening brings both copies to 8.
    drop(open(&original, false).unwrap());
    let bytes = original.read(&path());
    for offset in (0..88).chain(4096..4184) {
        for bit in 0..8 {
            let disk = original.copy();
            let mut damaged = bytes.clone();
            damaged[offset] ^= 1 << bit;
            disk.write(&path(), &damaged);
            let height = open(&disk, false).unwrap();
            assert_eq!((height.get(), height.was_repaired()), (id(8), true), "byte {offset}");
            drop(height);
            assert_eq!(disk.read(&path()), bytes, "byte {offset}");

            damaged[(offset + 4096) % 8192] ^= 0x80;
            disk.write(&path(), &damaged);
            assert!(matches!(
                open(&disk, true),
                Err(SignedHeightError::Corrupt { path: named }) if named == path()
            ));
            assert_eq!(disk.read(&path()), damaged, "a damaged file must not be changed");
        }
    }
}

#[test]
fn a_file_cut_at_any_byte_is_repaired_or_an_error() {
    let original = signed(&[7, 8]);
    let bytes = original.read(&path());
    for length in 0..bytes.len() {
        let disk = original.copy();
        disk.write(&path(), &bytes[..length]);
        match open(&disk, true) {
            Ok(height) => assert!(length >= 88 && height.get().is_some(), "length {length}"),
            Err(SignedHeightError::Corrupt { .. }) => assert!(length < 88, "length {length}"),
            Err(other) => panic!("length {length}: {other:?}"),
        }
    }
}

#[test]
fn another_version_is_named() {
    let disk = signed(&[7]);
    let mut bytes = disk.read(&path());
    bytes[8] = 3;
    let sum = checksum(0, &bytes[..56]);
    bytes[56..64].copy_from_slice(&sum.to_le_bytes());
    disk.write(&path(), &bytes);
    assert!(matches!(
        open(&disk, true),
        Err(SignedHeightError::UnsupportedVersion { version: 3, .. })
    ));
}

/// A copy as version 1 has it.
fn first_version(number: Option<u64>) -> Vec<u8> {
    let mut bytes = b"RNSIGNED\x01\0\0\0".to_vec();
    bytes.extend(u32::from(number.is_some()).to_le_bytes());
    bytes.extend(number.unwrap_or_default().to_le_bytes());
    bytes.extend(number.map(hash).unwrap_or_default());
    bytes.extend(checksum(0, &bytes).to_le_bytes());
    bytes
}

/// A disk with a file of version 1.
fn first_version_disk(copies: [Option<u64>; 2]) -> SimDisk {
    let disk = signed(&[]);
    let mut bytes = vec![0; 8192];
    for (at, copy) in [0, 4096].into_iter().zip(copies) {
        bytes[at..at + 64].copy_from_slice(&first_version(copy));
    }
    disk.write(&path(), &bytes);
    disk
}

#[rstest]
#[case::nothing_signed([None, None], None)]
#[case::one_signed([Some(5), None], Some(5))]
#[case::the_higher_one([Some(7), Some(8)], Some(8))]
#[case::the_higher_one_first([Some(8), Some(7)], Some(8))]
fn a_file_of_the_first_version_is_read_and_brought_up(
    #[case] copies: [Option<u64>; 2],
    #[case] expected: Option<u64>,
) {
    let disk = first_version_disk(copies);
    let mut height = open(&disk, false).unwrap();
    assert_eq!((height.get(), height.was_repaired()), (expected.and_then(id), false));
    // Both copies are of the new version: what reads them as the first one does sees that.
    let bytes = disk.read(&path());
    for copy in [&bytes[..64], &bytes[4096..4160]] {
        assert_eq!(&copy[..12], b"RNSIGNED\x02\0\0\0");
        assert_eq!(copy[56..], checksum(0, &copy[..56]).to_le_bytes());
    }
    height.advance(9, hash(9)).unwrap();
    drop(height);
    assert_eq!(open(&disk.copy(), false).unwrap().get(), id(9));
}

#[test]
fn a_crash_while_a_file_is_brought_up_loses_no_height() {
    for (operation, seed) in (1..=7).flat_map(|o| (0..60).map(move |seed| (o, seed))) {
        let disk = first_version_disk([Some(8), Some(7)]);
        let at_operation = disk.operations() + operation;
        disk.add_fault(Fault { at_operation, effect: Effect::Crash });
        open(&disk, false).unwrap_err();
        let crashed = disk.crash(&mut StdRng::seed_from_u64(seed));
        assert_eq!(open(&crashed, false).unwrap().get(), id(8), "operation {operation}");
    }
}

#[test]
fn released_heights_are_signed_anew_and_no_others() {
    let disk = signed(&[7, 8, 9]);
    let mut height = open(&disk, false).unwrap();
    let before = height.record().unwrap();
    height.release_above(id(9).unwrap()).unwrap();
    assert_eq!((height.record(), height.released_from()), (Some(before), None), "none is above");
    height.release_above(id(6).unwrap()).unwrap();
    assert_eq!((height.get(), height.released_from()), (id(6), Some(9)));
    assert!(before.is_older_than(&height.record().unwrap()));
    height.release_above(id(5).unwrap()).unwrap();
    drop(height);

    // The copy with the higher number is the older one.
    let mut height = open(&disk.copy(), false).unwrap();
    assert_eq!((height.get(), height.released_from()), (id(5), Some(9)));
    assert!(matches!(height.check(5, hash(1)), Err(SignedHeightError::Conflict { .. })));
    assert!(matches!(height.check(4, hash(4)), Err(SignedHeightError::Below { .. })));
    height.advance(6, hash(60)).unwrap();
    assert_eq!(height.released_from(), None);
    assert!(matches!(height.check(6, hash(6)), Err(SignedHeightError::Conflict { .. })));
}

#[test]
fn a_failed_write_or_sync_poisons_and_loses_nothing() {
    for n in 1..=2 {
        let disk = signed(&[7]);
        let mut height = open(&disk, false).unwrap();
        disk.add_fault(Fault { at_operation: disk.operations() + n, effect: Effect::Io });
        assert!(matches!(height.advance(8, hash(8)), Err(SignedHeightError::File(_))));
        for number in [8, 9] {
            assert!(matches!(
                height.advance(number, hash(number)),
                Err(SignedHeightError::Poisoned { .. })
            ));
        }
        assert_eq!(height.get(), id(7));
        drop(height);
        let found = open(&disk, false).unwrap().get();
        assert!(found == id(7) || found == id(8), "{found:?}");
        for seed in 0..20 {
            let crashed = disk.crash(&mut StdRng::seed_from_u64(seed));
            assert_eq!(open(&crashed, false).unwrap().get(), found);
        }
    }
}

#[test]
fn a_crash_while_opening_after_an_unfinished_advance_leaves_a_sound_copy() {
    for effect in [Effect::Crash, Effect::Io] {
        for (operation, seed) in (1..=6).flat_map(|o| (0..60).map(move |seed| (o, seed))) {
            let disk = signed(&[6, 7]);
            let mut height = open(&disk, false).unwrap();
            // The process ends with the write done and the sync not.
            disk.add_fault(Fault { at_operation: disk.operations() + 2, effect });
            height.advance(8, hash(8)).unwrap_err();
            drop(height);
            disk.clear_faults();
            let at_operation = disk.operations() + operation;
            disk.add_fault(Fault { at_operation, effect: Effect::Crash });
            let is_open = open(&disk, false).is_ok();
            let crashed = disk.crash(&mut StdRng::seed_from_u64(seed));
            let found = open(&crashed, false).unwrap().get();
            assert!(found == id(8) || (found == id(7) && !is_open), "{found:?}");
        }
    }
}

proptest! {
    /// Rounds of signing, each of which ends with a crash at some operation.
    #[test]
    fn a_crash_leaves_the_last_acknowledged_height_or_the_one_in_flight(
        rounds in prop::collection::vec((1_u64..24, any::<u64>()), 1..8),
        releases: bool,
    ) {
        let mut disk = SimDisk::default();
        let mut acknowledged: Option<u64> = None;
        let mut step = 0;
        for (operations, seed) in rounds {
            let at_operation = disk.operations() + operations;
            disk.add_fault(Fault { at_operation, effect: Effect::Crash });
            let mut in_flight = acknowledged;
            if let Ok(mut height) = open(&disk, acknowledged.is_none()) {
                let number = height.get().map(|signed| signed.number);
                prop_assert_eq!(number, acknowledged);
                loop {
                    step += 1;
                    let lower = acknowledged.and_then(|number| number.checked_sub(1 + seed % 4));
                    let next = match lower.filter(|_| releases && (seed ^ step) % 3 == 0) {
                        Some(lower) => lower,
                        None => acknowledged.map_or(0, |number| number + 1 + seed % 3),
                    };
                    in_flight = Some(next);
                    let changed = if acknowledged > in_flight {
                        height.release_above(id(next).unwrap())
                    } else {
                        height.advance(next, hash(next))
                    };
                    if changed.is_err() {
                        break;
                    }
                    acknowledged = in_flight;
                }
            }
            disk = disk.restart(&mut StdRng::seed_from_u64(seed));
            if disk.names().contains(&path()) {
                let found = open(&disk, false).unwrap().get();
                let candidates = [acknowledged.and_then(id), in_flight.and_then(id)];
                prop_assert!(candidates.contains(&found), "{found:?} {candidates:?}");
                acknowledged = found.map(|signed| signed.number);
                disk = disk.copy();
            } else {
                prop_assert_eq!(acknowledged, None);
                Disk::sync_dir(&disk, &super::dir()).unwrap();
            }
        }
    }
}
