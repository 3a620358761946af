//! Head, safe and finalized block, and the signatures of blocks.

use super::{
    read::{Found, entries, get, last_key},
    run::Run,
};
use crate::error::StorageError;
use alloy_eips::BlockNumHash;
use rollup_db::{
    BlockBodyIndices, CanonicalHeaders, Forkchoice, ForkchoiceKey, Headers, Key, Metadata,
    MetadataKey, Signatures,
};
use std::rc::Rc;

pub(super) fn check(run: &mut Run<'_>) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    run.begin(tx.entry_count::<Forkchoice>()? + tx.entry_count::<Signatures>()?);
    let head = point(run, ForkchoiceKey::Head)?;
    let safe = point(run, ForkchoiceKey::Safe)?;
    let finalized = point(run, ForkchoiceKey::Finalized)?;
    run.end_block = end_block(run, head)?;
    run.safe_block = safe.map_or(u64::MAX, |safe| safe.number);
    order(run, ForkchoiceKey::Safe, safe, ForkchoiceKey::Head, head);
    order(run, ForkchoiceKey::Finalized, finalized, ForkchoiceKey::Safe, safe);
    if run.history_start >= run.end_block.max(1) {
        let problem = format!("is {}, above the head", run.history_start);
        run.find::<Metadata>(&MetadataKey::HistoryStart, problem);
    }
    check_signatures(run)
}

/// Number after the head. Without one, or with one above every block that is stored, that after the
/// last of these.
fn end_block(run: &Run<'_>, head: Option<BlockNumHash>) -> Result<u64, StorageError> {
    let last = last_key::<CanonicalHeaders>(&run.tx)?
        .max(last_key::<Headers>(&run.tx)?)
        .max(last_key::<BlockBodyIndices>(&run.tx)?);
    let stored = last.map_or(0, |number| number.saturating_add(1));
    Ok(head.map_or(stored, |head| head.number.saturating_add(1).min(stored)))
}

/// A point of the forkchoice. It has to be a canonical block.
fn point(run: &mut Run<'_>, key: ForkchoiceKey) -> Result<Option<BlockNumHash>, StorageError> {
    let found = get::<Forkchoice>(&run.tx, &key)?;
    let Some(block) = run.expect::<Forkchoice>(&key, found) else { return Ok(None) };
    run.step();
    let BlockNumHash { number, hash } = block;
    match get::<CanonicalHeaders>(&run.tx, &number)? {
        Found::Here(canonical) if canonical != hash => run.find::<Forkchoice>(
            &key,
            format!("is block {number} {hash}, whose hash in CanonicalHeaders is {canonical}"),
        ),
        Found::Missing => run.find::<Forkchoice>(
            &key,
            format!("is block {number} {hash}, which is not in CanonicalHeaders"),
        ),
        Found::Here(_) | Found::Damaged => {}
    }
    Ok(Some(block))
}

fn order(
    run: &mut Run<'_>,
    lower_key: ForkchoiceKey,
    lower: Option<BlockNumHash>,
    upper_key: ForkchoiceKey,
    upper: Option<BlockNumHash>,
) {
    if let (Some(lower), Some(upper)) = (lower, upper)
        && lower.number > upper.number
    {
        let (number, upper_key) = (lower.number, upper_key.text());
        let problem =
            format!("is block {number}, above {upper_key}, which is block {}", upper.number);
        run.find::<Forkchoice>(&lower_key, problem);
    }
}

fn check_signatures(run: &mut Run<'_>) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    for entry in entries::<Signatures>(&tx)? {
        let (number, _) = entry?;
        run.step();
        if number >= run.end_block {
            run.find::<Signatures>(&number, "is of a block above the head");
        }
    }
    Ok(())
}
