//! Sending a transaction and waiting for its receipt (EIP-7966).

use crate::eth::{EthError, EthRpc, Json};
use alloy_consensus::Transaction as _;
use alloy_eips::{BlockId, Decodable2718 as _};
use alloy_primitives::{B256, Bytes, U64, U256, utils::format_ether};
use jsonrpsee::{Extensions, core::RpcResult, types::ErrorObjectOwned};
use rollup_primitives::ScrollPooledTransaction;
use std::time::Duration;
use thiserror::Error;

const TIMED_OUT: i32 = 4;
const NONCE_GAP: i32 = 6;

/// Why there is no receipt of a transaction that the pool has taken.
#[derive(Debug, Error)]
pub(super) enum SendSyncError {
    /// No block had it in time.
    #[error("the transaction was added to the pool but was not in a block within {}ms", .timeout.as_millis())]
    TimedOut {
        /// The transaction.
        hash: B256,
        /// How long was waited.
        timeout: Duration,
    },
    /// Transactions before it are missing.
    #[error("the transaction has a nonce gap, and waits in the pool: expected nonce {expected}")]
    NonceGap {
        /// The nonce that comes next.
        expected: u64,
    },
}

impl From<SendSyncError> for ErrorObjectOwned {
    fn from(err: SendSyncError) -> Self {
        let message = err.to_string();
        match err {
            SendSyncError::TimedOut { hash, .. } => Self::owned(TIMED_OUT, message, Some(hash)),
            SendSyncError::NonceGap { expected } => {
                Self::owned(NONCE_GAP, message, Some(U64::from(expected)))
            }
        }
    }
}

impl EthRpc {
    /// Sends a transaction and gives its receipt. `timeout_ms` is how long that may take.
    pub(super) async fn send_and_wait(
        &self,
        transaction: Bytes,
        timeout_ms: Option<u64>,
        extensions: &Extensions,
    ) -> RpcResult<Json> {
        let max = self.config.max_send_sync_wait;
        let timeout = match timeout_ms {
            None | Some(0) => self.config.send_sync_wait.min(max),
            Some(wanted) => Duration::from_millis(wanted).min(max),
        };
        // Before it is sent, so that no block is missed.
        let mut head = self.head.clone();
        let deadline = self.clock.now().saturating_add(timeout);
        let hash = self.send(transaction, extensions).await?;
        if let Some(expected) = self.nonce_gap_before(hash).await? {
            return Err(SendSyncError::NonceGap { expected }.into());
        }
        let mut over = self.clock.sleep_until(deadline);
        loop {
            head.borrow_and_update();
            if let Some(receipt) = self.read(move |eth| eth.receipt(hash)).await? {
                return Ok(receipt);
            }
            tokio::select! {
                biased;
                () = &mut over => return Err(SendSyncError::TimedOut { hash, timeout }.into()),
                // The engine ends before the servers only if the node does.
                changed = head.changed() => if changed.is_err() {
                    return Err(SendSyncError::TimedOut { hash, timeout }.into());
                },
            }
        }
    }

    /// The nonce that its sender has to use before a transaction of the pool can be in a block.
    async fn nonce_gap_before(&self, hash: B256) -> RpcResult<Option<u64>> {
        let Some(pooled) = self.pool.get(&hash) else { return Ok(None) };
        let (sender, nonce) = (pooled.sender(), pooled.nonce());
        let stored =
            self.read(move |eth| eth.nonce_at(&eth.snapshot()?, sender, BlockId::latest())).await?;
        let expected = self.pool.next_nonce(sender).unwrap_or_default().max(stored);
        Ok((nonce > expected).then_some(expected))
    }

    /// Takes a transaction of a user, unless its fee is higher than the operator allows.
    pub(crate) async fn send(
        &self,
        transaction: Bytes,
        extensions: &Extensions,
    ) -> RpcResult<B256> {
        self.check_fee(&transaction)?;
        self.submit(transaction, extensions).await
    }

    /// # Errors
    /// [`EthError::FeeAboveCap`] if it may pay more for gas than is allowed.
    fn check_fee(&self, transaction: &Bytes) -> Result<(), EthError> {
        let cap = self.config.max_tx_fee_wei;
        if cap == 0 {
            return Ok(());
        }
        // The pool says what is wrong with bytes that are no transaction.
        let Ok(decoded) = ScrollPooledTransaction::decode_2718(&mut transaction.as_ref()) else {
            return Ok(());
        };
        let gas = U256::from(decoded.gas_limit());
        let fee = gas.saturating_mul(U256::from(decoded.max_fee_per_gas()));
        let cap = U256::from(cap);
        if fee > cap {
            let (fee, cap) = (format_ether(fee), format_ether(cap));
            return Err(EthError::FeeAboveCap { fee, cap });
        }
        Ok(())
    }
}
