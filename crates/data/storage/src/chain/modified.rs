//! Which accounts blocks changed.

use super::{ChainView, head};
use crate::{error::StorageError, prune};
use alloy_primitives::Address;
use rollup_db::AccountChangesets;
use std::collections::BTreeSet;

impl ChainView {
    /// The accounts that block `number` changed, their slots counted. None if the chain does not
    /// reach it, and of genesis.
    ///
    /// # Errors
    /// [`StorageError::Pruned`] if that is no longer known, and those of the database.
    pub fn changed_accounts(&self, number: u64) -> Result<BTreeSet<Address>, StorageError> {
        if let Some(executed) = self.layers.block(number) {
            return Ok(executed.changes.diff().accounts.keys().copied().collect());
        }
        let Some(parent) = number.checked_sub(1) else { return Ok(BTreeSet::new()) };
        if number > head(&self.tx)?.number {
            return Ok(BTreeSet::new());
        }
        prune::ensure_state(&self.tx, parent)?;
        let entries = self.tx.walk::<AccountChangesets>(number..=number)?;
        entries.map(|entry| Ok(entry?.1.address)).collect()
    }
}
