//! The journal at the start.

use super::{
    Submission, Worker,
    intake::{Durability, Item},
};
use crate::{
    error::{PoolError, TxpoolStartError},
    journal::Journal,
    transaction::TransactionOrigin,
};
use alloy_primitives::{Bytes, keccak256};
use tracing::info;

impl Worker {
    /// Fills the pool from the journal, and writes it anew with what was taken.
    ///
    /// # Errors
    /// If the journal cannot be read or written, or the state not be read: nothing is dropped from
    /// the journal then.
    pub(super) fn restore(&mut self) -> Result<(), TxpoolStartError> {
        let Some(path) = self.config.journal.clone().filter(|_| !self.config.no_locals) else {
            return Ok(());
        };
        let content = Journal::read(&path)?;
        let (found, lost_bytes) = (content.transactions.len(), content.lost_bytes);
        let raw: Vec<Bytes> = content.transactions.into_iter().map(Bytes::from).collect();
        let items = raw.iter().map(|raw| Item {
            submission: Submission::Raw(raw.clone()),
            sender: None,
            origin: TransactionOrigin::Local,
            is_returned: false,
        });
        let outcomes = self.admit(items.collect(), Durability::Given);
        let mut restored = 0;
        for (outcome, raw) in outcomes.into_iter().zip(raw) {
            match outcome {
                Ok(_) => restored += 1,
                Err(PoolError::Storage { source }) => {
                    return Err(TxpoolStartError::Storage(source));
                }
                Err(err) => self.note_rejected(keccak256(&raw), &err),
            }
        }
        let transactions = self.shared.journaled_transactions();
        let journal = Journal::create(&path, transactions.iter().map(Vec::as_slice))?;
        self.shared.metrics.record_journal(journal.bytes());
        self.shared.metrics.record_journal_dropped(found - restored);
        if found > 0 || lost_bytes > 0 {
            info!(
                target: "txpool::journal",
                restored,
                dropped = found - restored,
                lost_bytes,
                path = %path.display(),
                "read the journal of local transactions",
            );
        }
        self.journal = Some(journal);
        Ok(())
    }
}
