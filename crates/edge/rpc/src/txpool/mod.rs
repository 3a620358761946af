//! `txpool`: what waits for a block.

use crate::{api::TxpoolApiServer, server::BlockingPool};
use alloy_consensus::{Transaction, transaction::TransactionInfo};
use alloy_primitives::Address;
use alloy_rpc_types_txpool::{
    TxpoolContent, TxpoolContentFrom, TxpoolInspect, TxpoolInspectSummary, TxpoolStatus,
};
use jsonrpsee::core::{RpcResult, async_trait};
use rollup_primitives::ScrollTransaction;
use rollup_txpool::PoolTransaction;
use std::{collections::BTreeMap, fmt::Debug, sync::Arc};

/// What of a pool is shown.
pub trait PoolReader: Debug + Send + Sync + 'static {
    /// All transactions, in any order.
    fn transactions(&self) -> PoolTransactions;

    /// Those of one sender, in any order.
    fn transactions_of(&self, sender: Address) -> PoolTransactions;

    /// How many there are. Does not wait.
    fn counts(&self) -> PoolCounts;
}

/// Transactions in a pool.
#[derive(Clone, Debug, Default)]
pub struct PoolTransactions {
    /// Executable ones.
    pub pending: Vec<Arc<PoolTransaction>>,
    /// Those that wait for something.
    pub queued: Vec<Arc<PoolTransaction>>,
}

/// How many transactions a pool has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolCounts {
    /// Executable ones.
    pub pending: u64,
    /// Those that wait for something.
    pub queued: u64,
}

/// Methods of `txpool`.
#[derive(Clone, Debug)]
pub struct TxpoolRpc {
    pool: Arc<dyn PoolReader>,
    threads: BlockingPool,
}

type BySender<T> = BTreeMap<Address, BTreeMap<String, T>>;

impl TxpoolRpc {
    /// The methods over a pool.
    pub fn new(pool: Arc<dyn PoolReader>, threads: BlockingPool) -> Self {
        Self { pool, threads }
    }

    async fn with_pool<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn PoolReader) -> T + Send + 'static,
    ) -> RpcResult<T> {
        let pool = Arc::clone(&self.pool);
        self.threads.run(move |_| Ok(read(&*pool))).await
    }
}

#[async_trait]
impl TxpoolApiServer for TxpoolRpc {
    async fn content(&self) -> RpcResult<TxpoolContent<ScrollTransaction>> {
        self.with_pool(|pool| {
            let PoolTransactions { pending, queued } = pool.transactions();
            TxpoolContent { pending: by_sender(&pending, full), queued: by_sender(&queued, full) }
        })
        .await
    }

    async fn content_from(
        &self,
        sender: Address,
    ) -> RpcResult<TxpoolContentFrom<ScrollTransaction>> {
        self.with_pool(move |pool| {
            let PoolTransactions { pending, queued } = pool.transactions_of(sender);
            TxpoolContentFrom { pending: by_nonce(&pending), queued: by_nonce(&queued) }
        })
        .await
    }

    async fn inspect(&self) -> RpcResult<TxpoolInspect> {
        self.with_pool(|pool| {
            let PoolTransactions { pending, queued } = pool.transactions();
            TxpoolInspect {
                pending: by_sender(&pending, summary),
                queued: by_sender(&queued, summary),
            }
        })
        .await
    }

    fn status(&self) -> RpcResult<TxpoolStatus> {
        let PoolCounts { pending, queued } = self.pool.counts();
        Ok(TxpoolStatus { pending, queued })
    }
}

fn by_sender<T>(
    transactions: &[Arc<PoolTransaction>],
    form: impl Fn(&PoolTransaction) -> T,
) -> BySender<T> {
    let mut senders = BySender::new();
    for transaction in transactions {
        let own = senders.entry(transaction.sender()).or_default();
        own.insert(transaction.nonce().to_string(), form(transaction));
    }
    senders
}

fn by_nonce(transactions: &[Arc<PoolTransaction>]) -> BTreeMap<String, ScrollTransaction> {
    let entry = |own: &Arc<PoolTransaction>| (own.nonce().to_string(), full(own));
    transactions.iter().map(entry).collect()
}

/// A transaction that is in no block.
fn full(transaction: &PoolTransaction) -> ScrollTransaction {
    let in_no_block = TransactionInfo::default();
    ScrollTransaction::from_transaction(transaction.transaction.clone(), in_no_block)
}

fn summary(transaction: &PoolTransaction) -> TxpoolInspectSummary {
    let own = transaction.transaction.inner();
    TxpoolInspectSummary {
        to: own.to(),
        value: own.value(),
        gas: own.gas_limit(),
        gas_price: own.max_fee_per_gas(),
    }
}
