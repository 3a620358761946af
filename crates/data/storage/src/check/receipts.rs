//! Receipts: those that the headers commit to, of the blocks above the start of the history and of
//! those that pruning has not come to yet.

use super::{
    bodies::{Span, report_from},
    ranges::{BlockRange, Blocks},
    read::{Found, Rows},
    run::Run,
};
use crate::error::StorageError;
use rollup_db::{Headers, Receipts};
use rollup_primitives::{ScrollHeader, ScrollReceipt, ScrollTxType};
use std::rc::Rc;

pub(super) fn check(run: &mut Run<'_>) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    run.begin(tx.entry_count::<Receipts>()?);
    let mut headers = Rows::<Headers>::new(&tx)?;
    let mut receipts = Rows::<Receipts>::new(&tx)?;
    let mut blocks = Blocks::new(run, &tx)?;
    let mut has_begun = false;
    while let Some(block) = blocks.next().transpose()? {
        if !block.is_sound {
            continue;
        }
        let receipts = receipts_of(run, &mut receipts, &block, &mut has_begun)?;
        // Genesis may claim to have used gas.
        if block.number > 0
            && receipts.len() as u64 == block.index.transaction_count
            && let Some(header) = headers.at(&block.number)?.value()
        {
            check_results(run, &block, &header, &receipts);
        }
    }
    let (_, end) = blocks.end();
    report_from::<Receipts>(run, end, "is of a transaction in no block")
}

/// The receipts of a block. Those that are missing are reported, unless pruning has taken them: it
/// does so in order, up to the start of the history.
fn receipts_of(
    run: &mut Run<'_>,
    rows: &mut Rows<'_, Receipts>,
    block: &BlockRange,
    has_begun: &mut bool,
) -> Result<Vec<ScrollReceipt>, StorageError> {
    let number = block.number;
    let mut receipts = Vec::new();
    for at in block.transactions.clone() {
        let found = rows.at(&at)?;
        *has_begun |= found != Found::Missing || number > run.history_start;
        match found {
            Found::Here(receipt) => {
                run.step();
                check_fee(run, at, &receipt);
                receipts.push(receipt);
            }
            Found::Missing if *has_begun => {
                let problem = format!("is missing; the transaction is in block {number}");
                run.find::<Receipts>(&at, problem);
            }
            Found::Damaged | Found::Missing => {}
        }
    }
    Ok(receipts)
}

fn check_fee(run: &mut Run<'_>, at: u64, receipt: &ScrollReceipt) {
    if receipt.inner.tx_type == ScrollTxType::L1Message && !receipt.l1_fee.is_zero() {
        let problem = format!("has the L1 data fee {}, an L1 message pays none", receipt.l1_fee);
        run.find::<Receipts>(&at, problem);
    }
}

fn check_results(
    run: &mut Run<'_>,
    block: &BlockRange,
    header: &ScrollHeader,
    receipts: &[ScrollReceipt],
) {
    let gas_used = receipts.last().map_or(0, |receipt| receipt.inner.cumulative_gas_used);
    let first = block.index.first_transaction;
    let mut differs = |what: &str,
                       found: &dyn std::fmt::Display,
                       expected: &dyn std::fmt::Display| {
        let problem = format!(
            "begins block {}, whose receipts {} have the {what} {found}, the header says {expected}",
            block.number,
            Span(block),
        );
        run.find::<Receipts>(&first, problem);
    };
    if gas_used != header.gas_used {
        differs("gas used", &gas_used, &header.gas_used);
    }
    let root = ScrollReceipt::receipts_root(receipts);
    if root != header.receipts_root {
        differs("root", &root, &header.receipts_root);
    }
    let bloom = ScrollReceipt::logs_bloom(receipts);
    if bloom != header.logs_bloom {
        differs("logs bloom", &bloom, &header.logs_bloom);
    }
}
