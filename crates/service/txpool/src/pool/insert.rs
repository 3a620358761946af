//! A transaction comes in.

use super::{AccountState, Candidate, Entry, Pool, Removal, SenderQueue};
use crate::{error::PoolError, transaction::PoolTransaction};
use alloy_consensus::Transaction;
use std::time::Duration;

impl Pool {
    /// Whether [`Self::insert`] would refuse a transaction whatever room there is.
    ///
    /// # Errors
    /// Those of [`Self::insert`], but for [`PoolError::Full`].
    pub(crate) fn check(&self, candidate: &Candidate) -> Result<(), PoolError> {
        let transaction = &candidate.transaction;
        if self.by_hash.contains_key(&transaction.hash()) {
            return Err(PoolError::AlreadyKnown);
        }
        let Some(queue) = self.sender(transaction.sender()) else { return Ok(()) };
        if let Some(old) = queue.get(transaction.nonce()) {
            return self.check_replacement(&old.transaction, transaction);
        }
        let limit = self.limits.max_account_slots;
        let is_limited = !transaction.is_local() && !candidate.is_returned;
        if is_limited
            && queue.external() >= limit
            // Of a sender with too many, those with the lower nonces are the better ones.
            && queue.last_external().is_none_or(|last| last < transaction.nonce())
        {
            return Err(PoolError::AccountLimit { limit });
        }
        Ok(())
    }

    /// Adds a transaction of a sender of whom the state says `account`.
    ///
    /// # Errors
    /// [`PoolError::NonceTooLow`], [`PoolError::AlreadyKnown`],
    /// [`PoolError::ReplacementUnderpriced`] and [`PoolError::AccountLimit`]: the transactions in
    /// the pool are as they were. [`PoolError::Full`]: what it had replaced is gone.
    pub(crate) fn insert(
        &mut self,
        candidate: Candidate,
        account: AccountState,
        now: Duration,
    ) -> Result<(), PoolError> {
        let (address, nonce) = (candidate.transaction.sender(), candidate.transaction.nonce());
        self.set_account(address, account, now);
        if nonce < account.nonce {
            return Err(PoolError::NonceTooLow { next: account.nonce, nonce });
        }
        self.check(&candidate)?;
        self.make_room_of_sender(&candidate, now);

        let Candidate { transaction, fee_basis, cost, .. } = candidate;
        let hash = transaction.hash();
        self.by_hash.insert(hash, transaction.clone());
        let arrival = self.arrivals;
        self.arrivals += 1;
        self.senders.entry(address).or_insert_with(|| SenderQueue::new(account));
        let entry =
            Entry { transaction, fee_basis, cost, arrival, queued_since: now, was_pending: false };
        let replaced = self.edit(address, now, |queue| queue.put(entry)).flatten();
        self.discard(replaced, Removal::Replaced { by: hash });
        self.enforce_limits(now);
        if !self.by_hash.contains_key(&hash) {
            return Err(PoolError::Full);
        }
        Ok(())
    }

    /// Removes the transaction with the highest nonce of a sender that has as many as it may.
    fn make_room_of_sender(&mut self, candidate: &Candidate, now: Duration) {
        let transaction = &candidate.transaction;
        if transaction.is_local() || candidate.is_returned {
            return;
        }
        let sender = transaction.sender();
        let Some(queue) = self.sender(sender) else { return };
        if queue.get(transaction.nonce()).is_none()
            && queue.external() >= self.limits.max_account_slots
            && let Some(last) = queue.last_external()
        {
            self.remove(sender, last, Removal::AccountLimit, now);
        }
    }

    fn check_replacement(
        &self,
        old: &PoolTransaction,
        new: &PoolTransaction,
    ) -> Result<(), PoolError> {
        let bump = self.limits.price_bump_percent;
        let fee_cap = bumped(old.transaction.max_fee_per_gas(), bump);
        let tip = bumped(tip_cap(old), bump);
        if new.transaction.max_fee_per_gas() < fee_cap || tip_cap(new) < tip {
            return Err(PoolError::ReplacementUnderpriced { fee_cap, tip });
        }
        Ok(())
    }
}

/// Tip in wei per gas; of a transaction with a gas price, that.
fn tip_cap(transaction: &PoolTransaction) -> u128 {
    transaction.transaction.priority_fee_or_price()
}

/// `price` and `percent` of it, rounded up.
fn bumped(price: u128, percent: u64) -> u128 {
    let percent = u128::from(percent);
    // Split, so that no price overflows before the sum does.
    let (hundreds, rest) = (price / 100, price % 100);
    let bump =
        hundreds.saturating_mul(percent).saturating_add(rest.saturating_mul(percent).div_ceil(100));
    price.saturating_add(bump)
}

#[cfg(test)]
mod tests {
    use super::bumped;

    #[test]
    fn bumps_round_up() {
        for (price, percent, expected) in [
            (0, 10, 0),
            (1, 10, 2),
            (9, 10, 10),
            (10, 10, 11),
            (11, 10, 13),
            (100, 0, 100),
            (199, 10, 219),
            (1_000_000_007, 10, 1_100_000_008),
            (u128::MAX, 10, u128::MAX),
        ] {
            assert_eq!(bumped(price, percent), expected, "{price} {percent}");
        }
    }
}
