//! Headers: one for each block up to the head, each the child of the one before.

use super::{
    read::{Found, Rows, entries, entries_from, get},
    run::Run,
    sketch::Known,
};
use crate::error::StorageError;
use alloy_primitives::B256;
use rollup_db::{CanonicalHeaders, HeaderNumbers, Headers, Table};
use rollup_primitives::ScrollHeader;
use std::rc::Rc;

pub(super) fn check(run: &mut Run<'_>) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    run.begin(tx.entry_count::<CanonicalHeaders>()?);
    let mut headers = Rows::<Headers>::new(&tx)?;
    let mut known = Known::default();
    let mut parent = None;
    let mut expected = 0;
    for entry in entries::<CanonicalHeaders>(&tx)? {
        let (number, hash) = entry?;
        run.step();
        if number >= run.end_block {
            run.find::<CanonicalHeaders>(&number, "is above the head");
            continue;
        }
        report_gap::<CanonicalHeaders>(run, expected, number);
        let parent_hash = parent.filter(|_| expected == number);
        expected = number + 1;
        parent = Some(hash);

        check_number(run, number, hash, &mut known)?;
        let header = headers.at(&number)?;
        if let Some(header) = run.expect::<Headers>(&number, header) {
            check_header(run, number, hash, parent_hash, &header);
        }
    }
    report_gap::<CanonicalHeaders>(run, expected, run.end_block);
    for entry in entries_from::<Headers>(&tx, run.end_block)? {
        run.find::<Headers>(&entry?.0, "is above the head");
    }
    known.report_others::<HeaderNumbers>(run, "is not the hash of a block in the chain")
}

/// Reports that entries from `expected` to before `found` are missing.
pub(super) fn report_gap<T: Table<Key = u64>>(run: &mut Run<'_>, expected: u64, found: u64) {
    match found.saturating_sub(expected) {
        0 => {}
        1 => run.find::<T>(&expected, "is missing"),
        count => run.find::<T>(&expected, format!("is missing, and {} after it", count - 1)),
    }
}

fn check_number(
    run: &mut Run<'_>,
    number: u64,
    hash: B256,
    known: &mut Known,
) -> Result<(), StorageError> {
    match get::<HeaderNumbers>(&run.tx, &hash)? {
        Found::Missing => {
            run.find::<HeaderNumbers>(&hash, format!("is missing; it is block {number}"))
        }
        Found::Here(found) if found != number => {
            known.add(&hash);
            run.find::<HeaderNumbers>(&hash, format!("is block {found}, it has to be {number}"));
        }
        Found::Here(_) | Found::Damaged => known.add(&hash),
    }
    Ok(())
}

fn check_header(
    run: &mut Run<'_>,
    number: u64,
    hash: B256,
    parent_hash: Option<B256>,
    header: &ScrollHeader,
) {
    if header.number != number {
        run.find::<Headers>(&number, format!("has the number {}", header.number));
    }
    let own_hash = header.hash_slow();
    if own_hash != hash {
        let problem = format!("has the hash {own_hash}, CanonicalHeaders says {hash}");
        run.find::<Headers>(&number, problem);
    }
    if let Some(parent_hash) = parent_hash
        && header.parent_hash != parent_hash
    {
        let problem =
            format!("has the parent {}, the block before is {parent_hash}", header.parent_hash);
        run.find::<Headers>(&number, problem);
    }
    let genesis_hash = run.chain_spec.genesis_hash();
    if number == 0 && hash != genesis_hash {
        let problem = format!("is {hash}, the configured chain has {genesis_hash}");
        run.find::<CanonicalHeaders>(&number, problem);
    }
}
