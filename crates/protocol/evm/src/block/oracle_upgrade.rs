//! The one kind of irregular state change: new code and slots for the L1 gas price oracle.

use alloy_primitives::{B256, Bytes, U256};
use revm::{
    Database, DatabaseCommit,
    bytecode::Bytecode,
    state::{Account, EvmState, EvmStorageSlot, TransactionId},
};
use rollup_chainspec::L1_GAS_PRICE_ORACLE;

/// Slots of the oracle's storage layout (spec/execution 4.2).
const ORACLE_SLOT_COUNT: u64 = 13;

/// Code and slots that a fork installs; nonce and balance stay.
pub(super) struct OracleUpgrade {
    pub(super) code: &'static [u8],
    pub(super) code_hash: B256,
    pub(super) slots: &'static [(u64, u64)],
}

impl OracleUpgrade {
    /// Commits the upgrade to `db`.
    pub(super) fn apply<DB: Database + DatabaseCommit>(
        &self,
        db: &mut DB,
    ) -> Result<(), DB::Error> {
        let mut info = db.basic(L1_GAS_PRICE_ORACLE)?.unwrap_or_default();
        if info.has_no_code_and_nonce() {
            // revm's state cache takes it that such an account has no storage and, once it is
            // changed, answers zero for every slot it has not seen. The oracle of the dev chain
            // starts without code but with storage.
            for slot in 0..ORACLE_SLOT_COUNT {
                db.storage(L1_GAS_PRICE_ORACLE, U256::from(slot))?;
            }
        }
        info.code_hash = self.code_hash;
        info.code = Some(Bytecode::new_raw(Bytes::from_static(self.code)));

        let mut account = Account::from(info);
        for (slot, value) in self.slots {
            let slot = U256::from(*slot);
            let old = db.storage(L1_GAS_PRICE_ORACLE, slot)?;
            let change = EvmStorageSlot::new_changed(old, U256::from(*value), TransactionId::ZERO);
            account.storage.insert(slot, change);
        }
        account.mark_touch();
        db.commit(EvmState::from_iter([(L1_GAS_PRICE_ORACLE, account)]));
        Ok(())
    }

    /// Whether a flag slot that the upgrade sets already holds 1.
    pub(super) fn is_flag_set<DB: Database>(db: &mut DB, slot: u64) -> Result<bool, DB::Error> {
        // The account is read first: some state caches serve slots of known accounts only.
        db.basic(L1_GAS_PRICE_ORACLE)?;
        Ok(db.storage(L1_GAS_PRICE_ORACLE, U256::from(slot))? == U256::ONE)
    }
}
