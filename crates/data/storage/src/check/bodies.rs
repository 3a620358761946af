//! Transactions and senders: those that the headers commit to, and no others. And the queue indices
//! that follow from them.

use super::{
    headers::report_gap,
    messages::{NextIndices, check_included},
    ranges::{BlockRange, Blocks},
    read::{Found, Rows, entries_from, get},
    run::Run,
    sketch::Known,
};
use crate::error::StorageError;
use alloy_consensus::{proofs::calculate_transaction_root, transaction::SignerRecoverable};
use alloy_primitives::Address;
use rollup_db::{BlockBodyIndices, Headers, Senders, Table, TransactionNumbers, Transactions};
use rollup_primitives::ScrollTxEnvelope;
use std::rc::Rc;

/// What is read beside the ranges of transactions.
struct Bodies<'a> {
    headers: Rows<'a, Headers>,
    transactions: Rows<'a, Transactions>,
    senders: Rows<'a, Senders>,
    known: Known,
    next_indices: NextIndices<'a>,
    /// Whether a block was passed over, because its range is missing or not sound.
    is_partial: bool,
}

pub(super) fn check(run: &mut Run<'_>) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    run.begin(tx.entry_count::<BlockBodyIndices>()? + tx.entry_count::<Transactions>()?);
    let mut bodies = Bodies {
        headers: Rows::new(&tx)?,
        transactions: Rows::new(&tx)?,
        senders: Rows::new(&tx)?,
        known: Known::default(),
        next_indices: NextIndices::new(&tx)?,
        is_partial: false,
    };
    let mut blocks = Blocks::new(run, &tx)?;
    while let Some(block) = blocks.next().transpose()? {
        run.step();
        check_range(run, &block);
        bodies.is_partial |= !block.is_sound || block.expected_first.is_none();
        if block.is_sound {
            check_block(run, &mut bodies, &block)?;
        }
    }
    let (end_block, end) = blocks.end();
    bodies.is_partial |= end_block < run.end_block;
    report_gap::<BlockBodyIndices>(run, end_block, run.end_block);
    report_from::<BlockBodyIndices>(run, run.end_block, "is above the head")?;
    report_from::<Transactions>(run, end, "is in no block")?;
    report_from::<Senders>(run, end, "is of a transaction in no block")?;
    if bodies.is_partial {
        return Ok(());
    }
    let problem = "is not the hash of a transaction in the chain";
    bodies.known.report_others::<TransactionNumbers>(run, problem)?;
    bodies.next_indices.report_others(run)
}

/// Reports every entry from a key on.
pub(super) fn report_from<T: Table<Key = u64>>(
    run: &mut Run<'_>,
    start: u64,
    problem: &str,
) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    for entry in entries_from::<T>(&tx, start)? {
        run.find::<T>(&entry?.0, problem);
    }
    Ok(())
}

fn check_range(run: &mut Run<'_>, block: &BlockRange) {
    report_gap::<BlockBodyIndices>(run, block.expected_number, block.number);
    let first = block.index.first_transaction;
    if let Some(expected) = block.expected_first
        && first != expected
    {
        let problem =
            format!("begins with transaction {first}, the block before ends with {expected}");
        run.find::<BlockBodyIndices>(&block.number, problem);
    }
    let (found, end) = (block.transactions.end, block.index.transactions().end);
    // Of a block that reaches into the next one, that is said there.
    if block.is_sound && found < end {
        let problem = format!("ends before transaction {end}, but there is none from {found} on");
        run.find::<BlockBodyIndices>(&block.number, problem);
        run.find::<Transactions>(&found, "is missing");
    }
}

fn check_block(
    run: &mut Run<'_>,
    bodies: &mut Bodies<'_>,
    block: &BlockRange,
) -> Result<(), StorageError> {
    let mut transactions = Vec::new();
    for at in block.transactions.clone() {
        run.step();
        let sender = bodies.senders.at(&at)?;
        let sender = run.expect::<Senders>(&at, sender);
        let transaction = bodies.transactions.at(&at)?;
        let Some(transaction) = run.expect::<Transactions>(&at, transaction) else { continue };
        check_number(run, &mut bodies.known, at, &transaction)?;
        check_sender(run, at, &transaction, sender);
        if let Some(message) = transaction.as_l1_message() {
            check_included(run, block.number, message)?;
        }
        transactions.push(transaction);
    }
    // Whatever is missing is reported.
    let is_complete = transactions.len() as u64 == block.index.transaction_count;
    if is_complete {
        bodies.next_indices.check_block(run, block.number, &transactions)?;
    } else {
        bodies.next_indices.skip_block(run, block.number)?;
    }
    if let Some(header) = bodies.headers.at(&block.number)?.value().filter(|_| is_complete) {
        let root = calculate_transaction_root(&transactions);
        if root != header.transactions_root {
            let expected = header.transactions_root;
            let problem = format!(
                "has transactions {} with the root {root}, the header says {expected}",
                Span(block),
            );
            run.find::<BlockBodyIndices>(&block.number, problem);
        }
    }
    Ok(())
}

/// Shows which transactions a block has.
pub(super) struct Span<'a>(pub(super) &'a BlockRange);

impl std::fmt::Display for Span<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let range = self.0.index.transactions();
        write!(f, "{} to before {}", range.start, range.end)
    }
}

fn check_number(
    run: &mut Run<'_>,
    known: &mut Known,
    at: u64,
    transaction: &ScrollTxEnvelope,
) -> Result<(), StorageError> {
    let hash = transaction.hash();
    match get::<TransactionNumbers>(&run.tx, hash)? {
        Found::Missing => {
            run.find::<TransactionNumbers>(hash, format!("is missing; it is transaction {at}"));
        }
        Found::Here(found) if found != at => {
            known.add(hash);
            let problem = format!("is transaction {found}, it has to be {at}");
            run.find::<TransactionNumbers>(hash, problem);
        }
        Found::Here(_) | Found::Damaged => known.add(hash),
    }
    Ok(())
}

fn check_sender(
    run: &mut Run<'_>,
    at: u64,
    transaction: &ScrollTxEnvelope,
    sender: Option<Address>,
) {
    let Some(sender) = sender else { return };
    if !transaction.is_l1_message() && !at.is_multiple_of(run.options.recover_one_sender_in.get()) {
        return;
    }
    match transaction.recover_signer() {
        Ok(signer) if signer == sender => {}
        Ok(signer) => {
            run.find::<Senders>(&at, format!("is {sender:#x}, the transaction is of {signer:#x}"));
        }
        Err(_) => run.find::<Transactions>(&at, "has a signature that is of nobody"),
    }
}
