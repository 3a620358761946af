//! Which blocks changed an account, and what they replaced.

use super::{ChainView, history};
use crate::{error::StorageError, prune};
use alloy_primitives::Address;
use rollup_db::{AccountBefore, AccountChangesets};

impl ChainView {
    /// The lowest block after which the state is kept; genesis if all is. What blocks changed is
    /// known of those above it.
    ///
    /// # Errors
    /// Those of the database.
    pub fn history_start(&self) -> Result<u64, StorageError> {
        prune::history_start(&self.tx)
    }

    /// The lowest block from `from` on, above the start of the history, that changed an account or
    /// its slots.
    ///
    /// # Errors
    /// Those of the database.
    pub fn next_account_change(
        &self,
        address: Address,
        from: u64,
    ) -> Result<Option<u64>, StorageError> {
        let from = from.max(self.history_start()?.saturating_add(1));
        if let Some(number) = history::next_account_change(&self.tx, address, from)? {
            return Ok(Some(number));
        }
        let mut unstored = self.unstored_changes(address);
        Ok(unstored.find(|number| *number >= from))
    }

    /// The highest block below `below`, above the start of the history, that changed an account or
    /// its slots.
    ///
    /// # Errors
    /// Those of the database.
    pub fn last_account_change(
        &self,
        address: Address,
        below: u64,
    ) -> Result<Option<u64>, StorageError> {
        let unstored = self.unstored_changes(address).filter(|number| *number < below).last();
        if unstored.is_some() {
            return Ok(unstored);
        }
        let Some(to) = below.checked_sub(1) else { return Ok(None) };
        let found = history::last_account_change(&self.tx, address, to)?;
        let start = self.history_start()?;
        Ok(found.filter(|number| *number > start))
    }

    /// The accounts that a block changed, or whose slots it changed, as they were before, by
    /// address; `None` if the chain does not reach the block. Genesis changed none.
    ///
    /// # Errors
    /// [`StorageError::Pruned`] if they are no longer kept, and those of the database.
    pub fn accounts_before(&self, number: u64) -> Result<Option<Vec<AccountBefore>>, StorageError> {
        if let Some(executed) = self.layers.block(number) {
            let accounts = executed.changes.diff().accounts.iter();
            let before = |(address, diff): (&Address, &crate::AccountDiff)| AccountBefore {
                address: *address,
                account: diff.before,
            };
            return Ok(Some(accounts.map(before).collect()));
        }
        if self.hash_of(number)?.is_none() {
            return Ok(None);
        }
        let Some(parent) = number.checked_sub(1) else { return Ok(Some(Vec::new())) };
        prune::ensure_state(&self.tx, parent)?;
        let before = self.tx.walk_dup::<AccountChangesets>(number)?;
        Ok(Some(before.collect::<Result<_, _>>()?))
    }

    /// The blocks above the database that changed an account, ascending.
    fn unstored_changes(&self, address: Address) -> impl Iterator<Item = u64> + '_ {
        let blocks = self.layers.blocks().iter();
        let changed =
            blocks.filter(move |executed| executed.changes.diff().accounts.contains_key(&address));
        changed.map(|executed| executed.block.number)
    }
}
