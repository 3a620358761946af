//! What happened in a slot: what the sequencer remembers, and what the chain shows.

use super::{
    slot_report::{ChainBlock, Slot, SlotAnswer, SlotExplanation, SlotReport, because},
    status::BlockRef,
};
use rollup_primitives::ScrollTxEnvelope;
use rollup_sequencer::{SlotHistory, SlotOutcome, SlotRecord, SlotsAt};
use rollup_storage::{ChainView, StorageError};
use std::time::Duration;

/// Explains a slot. `slots` is what the sequencer remembers, if there is one; `now` is the time since
/// the Unix epoch.
pub(super) fn explain(
    view: &ChainView,
    slots: Option<&SlotHistory>,
    slot: Slot,
    now: Duration,
) -> Result<SlotExplanation, StorageError> {
    match slot {
        Slot::Block(number) => of_block(view, slots, number),
        Slot::Time(time) => at_time(view, slots, time, now),
    }
}

fn of_block(
    view: &ChainView,
    slots: Option<&SlotHistory>,
    number: u64,
) -> Result<SlotExplanation, StorageError> {
    let head = view.head()?.number;
    let block = block(view, number)?;
    let records = slots.map(|slots| slots.of_block(number)).unwrap_or_default();
    let (answer, text) = match (records.last(), slots, &block) {
        (Some(last), ..) => of_record(last),
        (None, ..) if number > head => {
            (SlotAnswer::Future, format!("block {number} is not made yet, the head is {head}"))
        }
        (None, None, _) => {
            (SlotAnswer::NoSequencer, "this node makes no blocks; it shows the chain".to_owned())
        }
        (None, Some(_), _) => (
            SlotAnswer::Forgotten,
            "the sequencer of this node does not remember the slot: it is too long ago, or \
             another node made the block"
                .to_owned(),
        ),
    };
    let slots = records.into_iter().map(SlotReport::from).collect();
    Ok(SlotExplanation { answer, text, slots, block, next_block: None })
}

fn at_time(
    view: &ChainView,
    slots: Option<&SlotHistory>,
    time: Duration,
    now: Duration,
) -> Result<SlotExplanation, StorageError> {
    let (before, after) = around(view, time.as_secs())?;
    let (block, next_block) = (
        before.map(|number| self::block(view, number)).transpose()?.flatten(),
        after.map(|number| self::block(view, number)).transpose()?.flatten(),
    );
    let (mut records, mut forgotten) = (Vec::new(), None);
    match slots.map(|slots| slots.at(time)) {
        Some(SlotsAt::Slots(found)) => records = found,
        Some(SlotsAt::Forgotten { since }) => forgotten = Some(since),
        Some(SlotsAt::NoSlots) | None => {}
    }
    let (answer, text) = if time > now {
        (SlotAnswer::Future, "this time has not come".to_owned())
    } else if slots.is_none() {
        (SlotAnswer::NoSequencer, "this node makes no blocks; it shows the chain".to_owned())
    } else if let Some(since) = forgotten {
        let since = since.as_millis();
        (SlotAnswer::Forgotten, format!("slots before {since} ms are not remembered"))
    } else if let Some(last) = records.last() {
        of_record(last)
    } else {
        let text = "the sequencer had no slot then: it was not running, disabled or stopped, or \
                    the node was not synchronized";
        (SlotAnswer::NoSlot, text.to_owned())
    };
    let slots = records.into_iter().map(SlotReport::from).collect();
    Ok(SlotExplanation { answer, text, slots, block, next_block })
}

fn of_record(record: &SlotRecord) -> (SlotAnswer, String) {
    match record.outcome {
        SlotOutcome::InHand => (SlotAnswer::InHand, "the slot is not over".to_owned()),
        SlotOutcome::Block(id) => {
            (SlotAnswer::Block, format!("the slot made block {} ({})", id.number, id.hash))
        }
        SlotOutcome::Skipped(reason) => {
            let because = because(reason);
            let text = match &record.failure {
                Some(failure) => format!("the slot has no block because {because}: {failure}"),
                None => format!("the slot has no block because {because}"),
            };
            (SlotAnswer::Skipped, text)
        }
    }
}

fn block(view: &ChainView, number: u64) -> Result<Option<ChainBlock>, StorageError> {
    let Some(block) = view.block(number)? else { return Ok(None) };
    let transactions = &block.body().transactions;
    let l1_messages = transactions.iter().filter(|tx| ScrollTxEnvelope::is_l1_message(tx));
    Ok(Some(ChainBlock {
        id: BlockRef { number, hash: block.hash() },
        timestamp: block.timestamp,
        transactions: transactions.len(),
        l1_messages: l1_messages.count(),
        gas_used: block.gas_used,
    }))
}

/// Numbers of the last block up to a time and of the first one after it, in seconds since the Unix
/// epoch. Timestamps never go back.
fn around(view: &ChainView, time: u64) -> Result<(Option<u64>, Option<u64>), StorageError> {
    let head = view.head()?.number;
    // Blocks below are not after the time; those from here on are.
    let (mut low, mut high) = (0, head.saturating_add(1));
    while low < high {
        let middle = low + (high - low) / 2;
        let missing = StorageError::Missing { table: "Headers", number: middle };
        if view.header(middle)?.ok_or(missing)?.timestamp <= time {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok((low.checked_sub(1), (low <= head).then_some(low)))
}
